/// A recipient's or account's address, compared without regard to case.
///
/// Strict on purpose: one `@`, a dot-atom local part of at most 64 bytes and a host name of at most
/// 253 (RFC 5321 sections 4.1.2 and 4.5.3.1). Quoted local parts, comments, address literals and
/// non-ASCII addresses are refused rather than repaired, because two readings of one address are how a
/// recipient rule is talked past.
public struct EmailAddress: Hashable, Sendable, Codable, CustomStringConvertible, Comparable {
    /// The whole address in lower case.
    public let description: String

    /// What follows the `@`, in lower case.
    public var domain: Substring {
        description[description.index(after: atSign)...]
    }

    /// What precedes the `@`, in lower case.
    public var localPart: Substring { description[..<atSign] }

    private var atSign: String.Index {
        description.utf8.firstIndex(of: UInt8(ascii: "@")) ?? description.startIndex
    }

    /// Reads one address; nil for anything but a bare, well-formed one.
    public init?(_ text: some StringProtocol) {
        var text = String(text)
        // Judged byte by byte and not lowercased first: a Kelvin sign would become a `k`, and two addresses one.
        guard let isLower = text.withUTF8(Self.isLower) else { return nil }
        description = isLower ? text : text.lowercased()
    }

    /// Whether an address is in lower case already; nil when it is no address.
    ///
    /// One pass: every recipient of every send is read.
    private static func isLower(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool? {
        guard bytes.count <= 254, let at = bytes.firstIndex(of: UInt8(ascii: "@")), at <= 64,
            bytes.count - at - 1 <= 253
        else { return nil }
        var isLower = true
        // Where the present atom of the local part, or label of the host name, begins.
        var start = 0
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): break
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): isLower = false
            case UInt8(ascii: "."), UInt8(ascii: "@"):
                guard index == at || byte == UInt8(ascii: "."),
                    isPart(bytes[start..<index], ofHost: index > at)
                else { return nil }
                start = index + 1
            case UInt8(ascii: "-"): break
            default:
                guard index < at, "!#$%&'*+/=?^_`{|}~".utf8.contains(byte) else { return nil }
            }
        }
        return isPart(bytes[start...], ofHost: true) ? isLower : nil
    }

    private static func isPart(_ part: Slice<UnsafeBufferPointer<UInt8>>, ofHost: Bool) -> Bool {
        let hyphen = UInt8(ascii: "-")
        return !part.isEmpty
            && (!ofHost || part.count <= 63 && part.first != hyphen && part.last != hyphen)
    }

    /// Orders by the lower-case text.
    public static func < (left: EmailAddress, right: EmailAddress) -> Bool {
        left.description < right.description
    }

    /// Reads one string.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let address = EmailAddress(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "Not an email address.")
        }
        self = address
    }

    /// Writes one string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
