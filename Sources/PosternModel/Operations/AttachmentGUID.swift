/// The 128-bit name of an attached file's content; messages that share the file share the name.
public struct AttachmentGUID: Hashable, Sendable, CustomStringConvertible {
    private let name: MessageGUID

    /// Wraps 16 bytes; any other count is refused.
    public init?(bytes: [UInt8]) {
        guard let name = MessageGUID(bytes: bytes) else { return nil }
        self.name = name
    }

    /// Reads 32 hexadecimal digits or the dashed form, as ``MessageGUID`` does.
    public init?(_ text: some StringProtocol) {
        guard let name = MessageGUID(text) else { return nil }
        self.name = name
    }

    private init(name: MessageGUID) { self.name = name }

    /// A new name from the system's secure random source.
    public static func random() -> AttachmentGUID { AttachmentGUID(name: .random()) }

    /// The 16 bytes, most significant first.
    public var bytes: [UInt8] { name.bytes }

    /// 32 lower-case hexadecimal digits.
    public var description: String { name.description }
}

/// The 128-bit name of a label.
public struct LabelGUID: Hashable, Sendable, CustomStringConvertible {
    private let name: MessageGUID

    /// Wraps 16 bytes; any other count is refused.
    public init?(bytes: [UInt8]) {
        guard let name = MessageGUID(bytes: bytes) else { return nil }
        self.name = name
    }

    /// Reads 32 hexadecimal digits or the dashed form, as ``MessageGUID`` does.
    public init?(_ text: some StringProtocol) {
        guard let name = MessageGUID(text) else { return nil }
        self.name = name
    }

    private init(name: MessageGUID) { self.name = name }

    /// A new name from the system's secure random source.
    public static func random() -> LabelGUID { LabelGUID(name: .random()) }

    /// The 16 bytes, most significant first.
    public var bytes: [UInt8] { name.bytes }

    /// 32 lower-case hexadecimal digits.
    public var description: String { name.description }
}

extension AccountID {
    /// The account as a 128-bit name, which is how the Secure Messaging API tells people apart: eight bytes that say
    /// `Postern`, then the row number.
    public var guid: String {
        Hexadecimal.encode(
            Self.mark + withUnsafeBytes(of: rawValue.bigEndian) { Array($0) })
    }

    /// Reads a 128-bit name in either spelling; nil when it is none of an account's.
    public init?(guid text: String) {
        guard let bytes = MessageGUID(text)?.bytes, Array(bytes.prefix(8)) == Self.mark else {
            return nil
        }
        let number = bytes.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let number = Int64(exactly: number), number > 0 else { return nil }
        self.init(rawValue: number)
    }

    private static let mark = Array("Postern\0".utf8)
}
