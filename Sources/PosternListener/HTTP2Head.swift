internal import HTTPTypes
internal import NIOHPACK

/// A request's head over HTTP/2, checked.
///
/// The library underneath has refused upper-case names, unknown, double and misplaced pseudo-headers,
/// connection-specific fields and a body that differs from `content-length` (RFC 9113 section 8) with a
/// stream error; this refuses the rest with an answer.
struct HTTP2Head {
    var request: HTTPRequest
    var contentLength: Int?
    var expectsContinue = false

    static func check(
        _ headers: HPACKHeaders, limits: ListenerLimits
    ) throws(ListenerProblem) -> HTTP2Head {
        guard headers.count <= limits.fields + 4 else { throw .tooManyFields(limit: limits.fields) }
        var pseudo = PseudoHeaders()
        var judge = FieldJudge()
        judge.reserveCapacity(headers.count)
        var size = 0
        for (name, value, _) in headers {
            size += name.utf8.count + value.utf8.count + 4
            if name.utf8.first == UInt8(ascii: ":") {
                try pseudo.add(name, value)
                continue
            }
            guard !name.utf8.contains(where: RequestRules.isCapital),
                RequestRules.isFieldValue(value), !isBlank(value.utf8.first),
                !isBlank(value.utf8.last)
            else { throw .malformed(.field) }
            switch try judge.take(name.utf8.span, value) {
            case .connection, .hop, .transferEncoding, .upgrade: throw .malformed(.field)
            case .te:
                guard RequestRules.equal(value, "trailers") else { throw .malformed(.field) }
            default: break
            }
        }
        guard size <= limits.head else { throw .headTooLarge(limit: limits.head) }
        let request = try makeRequest(
            pseudo, host: judge.host, fields: judge.fields, limits: limits)
        return HTTP2Head(
            request: request, contentLength: judge.contentLength,
            expectsContinue: judge.expectsContinue)
    }

    private static func makeRequest(
        _ pseudo: PseudoHeaders, host: String?, fields: HTTPFields, limits: ListenerLimits
    ) throws(ListenerProblem) -> HTTPRequest {
        guard let methodText = pseudo.method, let method = HTTPRequest.Method(methodText) else {
            throw .malformed(.pseudoHeader)
        }
        switch method {
        case .trace, .connect: throw .methodRefused
        default: break
        }
        guard let scheme = pseudo.scheme, RequestRules.equal(scheme, "https"),
            let path = pseudo.path
        else { throw .malformed(.pseudoHeader) }
        guard path.utf8.count <= limits.target else { throw .targetTooLong(limit: limits.target) }
        guard RequestRules.isOriginForm(path.utf8.span) || path == "*" && method == .options else {
            throw .malformed(.target)
        }
        guard let authority = pseudo.authority ?? host, RequestRules.isAuthority(authority)
        else { throw .malformed(.host) }
        if let host {
            guard RequestRules.isAuthority(host) else { throw .malformed(.host) }
            guard RequestRules.agree(host, authority, secure: true) else {
                throw .malformed(.authority)
            }
        }
        return HTTPRequest(
            method: method, scheme: "https", authority: authority, path: path, headerFields: fields)
    }

    private static func isBlank(_ byte: UInt8?) -> Bool { byte.map(RequestRules.isBlank) ?? false }
}

/// The pseudo-headers a request may have (RFC 9113 section 8.3.1), each once.
private struct PseudoHeaders {
    private(set) var method: String?
    private(set) var scheme: String?
    private(set) var authority: String?
    private(set) var path: String?

    mutating func add(_ name: String, _ value: String) throws(ListenerProblem) {
        switch name {
        case ":method": try Self.set(&method, value)
        case ":scheme": try Self.set(&scheme, value)
        case ":authority": try Self.set(&authority, value)
        case ":path": try Self.set(&path, value)
        default: throw .malformed(.pseudoHeader)
        }
    }

    private static func set(_ slot: inout String?, _ value: String) throws(ListenerProblem) {
        guard slot == nil else { throw .malformed(.pseudoHeader) }
        slot = value
    }
}
