/// Whom a composer names in place of an address: what it stands for is looked up, and frozen, when the message is sent.
///
/// Those it reaches do not see each other, as with blind copies.
public enum Target: Sendable, Hashable {
    /// An entry of the caller's address book.
    case contact(ContactID)
    /// All on one of the caller's lists.
    case list(ContactListID)
    /// All on the caller's list of that name.
    case listNamed(String)
    /// The account of that handle.
    case handle(Handle)
    /// An address.
    case address(Address)
}

/// The short name clients of some APIs know an account by: SendHub's `username`, Personium's cell.
///
/// 1 to 128 characters `a`-`z`, `0`-`9`, `-` and `_`, the first a letter or digit; read without regard to case.
public struct Handle: Hashable, Sendable, CustomStringConvertible {
    /// The lower-case text.
    public let description: String

    /// Reads a handle; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard (1...128).contains(bytes.count) else { return nil }
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                break
            case UInt8(ascii: "-"), UInt8(ascii: "_"): if index == 0 { return nil }
            default: return nil
            }
        }
        description = text.lowercased()
    }
}
