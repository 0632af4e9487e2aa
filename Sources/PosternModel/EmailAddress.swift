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
        description.firstIndex(of: "@") ?? description.startIndex
    }

    /// Reads one address; nil for anything but a bare, well-formed one.
    public init?(_ text: some StringProtocol) {
        // Not lowercased first: a Kelvin sign would become a `k`, and two addresses one.
        guard text.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        let lowered = text.lowercased()
        let parts = lowered.utf8.split(
            separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, lowered.utf8.count <= 254,
            Self.isDotAtom(parts[0]), parts[0].count <= 64,
            Self.isHostName(parts[1])
        else { return nil }
        description = lowered
    }

    private static func isDotAtom(_ bytes: Substring.UTF8View) -> Bool {
        bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && $0.allSatisfy(isAtomCharacter) }
    }

    private static func isHostName(_ bytes: Substring.UTF8View) -> Bool {
        let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return bytes.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.count)
                    && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                    && label.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
            }
    }

    private static func isAtomCharacter(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
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
