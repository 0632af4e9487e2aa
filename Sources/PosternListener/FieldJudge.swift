internal import HTTPTypes

/// Judges the fields of a head one after the other, however they arrive, and keeps those that are handed on.
struct FieldJudge {
    private(set) var fields = HTTPFields()
    private(set) var host: String?
    private(set) var contentLength: Int?
    private(set) var expectsContinue = false
    private var seen: UInt32 = 0
    /// Where the cookies are among the fields.
    private var cookies: HTTPFields.Index?

    /// Makes room for as many fields as will come.
    mutating func reserveCapacity(_ count: Int) { fields.reserveCapacity(count) }

    /// Takes a field.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - value: Its value, of which every byte may stand in one.
    /// - Returns: What it is where it steers the connection, which each protocol has its own rules for; else nil.
    /// - Throws: When it is unclear, or comes twice and must not.
    mutating func take(
        _ name: Span<UInt8>, _ value: String
    ) throws(ListenerProblem) -> KnownFields.Role? {
        guard let known = KnownFields.shared.find(name) else {
            guard let name = RequestRules.fieldName(RequestRules.string(name)) else {
                throw .malformed(.field)
            }
            fields.append(HTTPField(name: name, value: value))
            return nil
        }
        guard known.once & seen == 0 else {
            switch known.role {
            case .host: throw .malformed(.host)
            case .contentLength: throw .malformed(.framing)
            default: throw .malformed(.duplicateField)
            }
        }
        seen |= known.once
        switch known.role {
        case .passed: fields.append(HTTPField(name: known.name, value: value))
        case .cookie:
            // It may come in pieces for the sake of compression (RFC 9113 section 8.2.3).
            if let cookies {
                fields[cookies].value += "; " + value
            } else {
                cookies = fields.endIndex
                fields.append(HTTPField(name: known.name, value: value))
            }
        case .host: host = value
        case .contentLength:
            guard let length = RequestRules.length(value) else { throw .malformed(.framing) }
            contentLength = length
        case .expect:
            guard RequestRules.equal(value, "100-continue") else { throw .expectationUnknown }
            expectsContinue = true
        case .connection, .hop, .te, .trailer, .transferEncoding, .upgrade: return known.role
        }
        return nil
    }
}
