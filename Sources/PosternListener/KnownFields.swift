internal import HTTPTypes

/// The request fields the listener judges, and those that come with nearly every request.
///
/// A name found here needs no string of its own, no check of its letters and no table of what was seen: that is most of
/// what a head would cost otherwise.
struct KnownFields: Sendable {
    /// What the listener does with a field.
    enum Role: Sendable {
        /// Hands it on.
        case passed
        /// Hands it on as one field, whatever the number of pieces.
        case cookie
        case host, contentLength, transferEncoding, expect, connection, upgrade, te
        /// Frames the message on the wire and means nothing behind the listener.
        case hop
        /// Announces trailers, which are read and dropped.
        case trailer
    }

    struct Field: Sendable {
        let name: HTTPField.Name
        let role: Role
        /// A bit of its own for a field that may come once, since two readers could choose differently; else 0.
        let once: UInt32
    }

    static let shared = KnownFields()

    /// Shorter names first.
    private let fields: [Field]
    /// All names one after the other, in lower case.
    private let bytes: [UInt8]
    /// Where each length's fields begin among `fields`, and their letters among `bytes`.
    private let starts: [(field: Int, byte: Int)]

    /// The field with a name in any case; nil when it is none of these.
    func find(_ name: Span<UInt8>) -> Field? {
        let length = name.count
        guard length + 1 < starts.count else { return nil }
        var byte = starts[length].byte
        for field in starts[length].field..<starts[length + 1].field {
            var matched = 0
            while matched < length, RequestRules.lowercased(name[matched]) == bytes[byte + matched]
            {
                matched += 1
            }
            if matched == length { return fields[field] }
            byte += length
        }
        return nil
    }

    private init() {
        let once = [
            "authorization", "content-type", "content-encoding", "content-length", "expect", "from",
            "host", "if-modified-since", "if-unmodified-since", "max-forwards",
            "proxy-authorization", "referer", "traceparent", "user-agent",
        ]
        let roles: [String: Role] = [
            "host": .host, "content-length": .contentLength,
            "transfer-encoding": .transferEncoding, "expect": .expect, "connection": .connection,
            "upgrade": .upgrade, "te": .te, "keep-alive": .hop, "proxy-connection": .hop,
            "trailer": .trailer, "cookie": .cookie,
        ]
        let common = [
            "accept", "accept-charset", "accept-encoding", "accept-language", "cache-control",
            "forwarded", "origin", "pragma", "priority", "tracestate", "via", "x-forwarded-for",
            "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "x-request-id",
        ]
        let names = Set(once + roles.keys + common).sorted {
            ($0.utf8.count, $0) < ($1.utf8.count, $1)
        }
        var fields: [Field] = []
        var bytes: [UInt8] = []
        var starts: [(field: Int, byte: Int)] = []
        for name in names {
            guard let fieldName = HTTPField.Name(parsed: name) else { continue }
            while starts.count <= name.utf8.count { starts.append((fields.count, bytes.count)) }
            let bit = once.firstIndex(of: name).map { UInt32(1) << $0 } ?? 0
            fields.append(Field(name: fieldName, role: roles[name] ?? .passed, once: bit))
            bytes.append(contentsOf: name.utf8)
        }
        starts.append((fields.count, bytes.count))
        self.fields = fields
        self.bytes = bytes
        self.starts = starts
    }
}
