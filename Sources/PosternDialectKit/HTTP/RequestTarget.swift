/// A request's target, taken apart: path segments and query, decoded strictly.
public struct RequestTarget: Sendable {
    /// The path's segments, percent-decoded, empty ones dropped; nil for one whose escapes are malformed.
    ///
    /// ServiceStack drops empty segments too, and a real client depends on it by sending `/api//messages`
    /// (`contracts/secure-messaging.md` section 1).
    public var segments: [String?]
    /// What follows the first `?`, still encoded; nil when nothing does.
    public var query: ArraySlice<UInt8>?

    /// Takes a target apart; a target that is not a path, `*` say, has one segment that fits nothing.
    public init(_ target: String) {
        let bytes = Array(target.utf8)
        segments = []
        segments.reserveCapacity(8)
        var start = 0
        var at = 0
        while at < bytes.count, bytes[at] != UInt8(ascii: "?") {
            if bytes[at] == UInt8(ascii: "/") {
                if start < at { segments.append(PercentCoding.decode(bytes[start..<at])) }
                start = at + 1
            }
            at += 1
        }
        if start < at { segments.append(PercentCoding.decode(bytes[start..<at])) }
        query = at < bytes.count ? bytes[(at + 1)...] : nil
    }
}

/// Percent-encoding as RFC 3986 section 2.1 writes it, read strictly.
public enum PercentCoding {
    /// Decodes escapes.
    ///
    /// - Parameters:
    ///   - bytes: The encoded text.
    ///   - plusIsSpace: Whether `+` stands for a space, as in queries and forms.
    /// - Returns: The text; nil when an escape is cut short or not hexadecimal, when the bytes are not
    ///   UTF-8, or when a control character is among them, escaped or bare: none has a place in a path or
    ///   parameter, and a NUL or line feed that gets through is how a later reader is misled.
    public static func decode(_ bytes: ArraySlice<UInt8>, plusIsSpace: Bool = false) -> String? {
        // Nearly everything is plain letters and digits, and needs no second copy.
        if bytes.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "-") }) {
            return String(decoding: bytes, as: UTF8.self)
        }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            var byte = bytes[index]
            if byte == UInt8(ascii: "%") {
                guard index + 2 < bytes.endIndex, let high = bytes[index + 1].hexadecimalValue,
                    let low = bytes[index + 2].hexadecimalValue
                else { return nil }
                byte = high << 4 | low
                index += 2
            } else if plusIsSpace, byte == UInt8(ascii: "+") {
                byte = UInt8(ascii: " ")
            }
            guard byte >= 0x20, byte != 0x7F else { return nil }
            decoded.append(byte)
            index += 1
        }
        return String(validating: decoded, as: UTF8.self)
    }
}

extension JSONObject {
    /// What is wrong with a query or form.
    public enum ParameterProblem: Error, Sendable, Equatable {
        /// A name or value is not percent-encoded UTF-8.
        case badEncoding
        /// A name comes twice, or in two spellings.
        case duplicate
        /// There are more than 64 parameters.
        case tooMany
    }

    /// Reads `name=value` pairs divided by `&`, as queries and forms are written; every value is a text.
    public init(parameters bytes: ArraySlice<UInt8>) throws(ParameterProblem) {
        self.init()
        for pair in bytes.split(separator: UInt8(ascii: "&")) {
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            guard let name = PercentCoding.decode(pair[..<equals], plusIsSpace: true),
                let value = PercentCoding.decode(pair[equals...].dropFirst(), plusIsSpace: true)
            else { throw .badEncoding }
            guard members.count < 64 else { throw .tooMany }
            guard insert(name, .string(value)) else { throw .duplicate }
        }
    }
}
