/// A 128-bit name of one kind of thing; names of different kinds cannot be taken for each other.
public struct GUID<Kind>: Hashable, Sendable, CustomStringConvertible {
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
    public static func random() -> GUID { GUID(name: .random()) }

    /// The 16 bytes, most significant first.
    public var bytes: [UInt8] { name.bytes }

    /// 32 lower-case hexadecimal digits.
    public var description: String { name.description }
}

/// What an attachment's name names: a file's content, which several messages may share.
public enum AttachmentKind {}

/// The name of an attached file's content.
public typealias AttachmentGUID = GUID<AttachmentKind>

/// What a label's name names.
public enum LabelKind {}

/// The name of a label.
public typealias LabelGUID = GUID<LabelKind>
