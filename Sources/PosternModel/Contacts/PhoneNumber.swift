/// A telephone number in its international form: `+`, then 7 to 15 digits of which the first is not 0 (ITU-T E.164).
///
/// Spaces, hyphens and brackets are refused, not dropped; dialects that know their clients write them take them out first.
public struct PhoneNumber: Hashable, Sendable, CustomStringConvertible {
    /// `+` and the digits.
    public let description: String

    /// Reads the international form; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let bytes = text.utf8
        guard bytes.first == UInt8(ascii: "+"), (8...16).contains(bytes.count),
            bytes.dropFirst().first != UInt8(ascii: "0"),
            bytes.dropFirst().allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        description = String(text)
    }

    /// The digits alone.
    public var digits: Substring { description.dropFirst() }
}
