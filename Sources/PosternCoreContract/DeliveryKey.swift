public import PosternModel

/// The name under which one delivery is entrusted: the idempotency key that couriers show the outside.
///
/// Words of letters, digits, `-` and `_`, divided by single dots, at most 128 bytes in all. Such a text needs no escape in a
/// path, a field, a `Message-ID` or a log, and is never one that a client or proxy on the way shortens, as `..` is.
public struct DeliveryKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The most bytes a key may have.
    public static let longest = 128

    /// The text.
    public let description: String

    /// Reads a key; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard (1...Self.longest).contains(text.utf8.count) else { return nil }
        let words = text.utf8.split(
            separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard words.allSatisfy({ !$0.isEmpty && $0.allSatisfy(Self.isLetter) }) else { return nil }
        description = String(text)
    }

    /// The key of a row of a gateway's outbox: the message's name and the row's number.
    public init(of message: MessageGUID, row: Int64) { description = "\(message).\(row)" }

    /// Orders by the text.
    public static func < (left: DeliveryKey, right: DeliveryKey) -> Bool {
        left.description < right.description
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
