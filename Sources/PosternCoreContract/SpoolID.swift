import PosternModel

/// The name of a core's spool: random, and made with its file.
public struct SpoolID: Hashable, Sendable, CustomStringConvertible {
    /// Its 16 bytes.
    public let bytes: [UInt8]

    /// Wraps 16 bytes; any other count is refused.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Reads 32 hexadecimal digits; nil for anything else.
    public init?(_ text: String) {
        guard text.utf8.count == 32, let bytes = Hexadecimal.decode(text) else { return nil }
        self.init(bytes: bytes)
    }

    /// A new name from the system's secure random source.
    public static func random() -> SpoolID { SpoolID(unchecked: RandomBytes.draw()) }

    private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    /// 32 lower-case hexadecimal digits.
    public var description: String { Hexadecimal.encode(bytes) }
}
