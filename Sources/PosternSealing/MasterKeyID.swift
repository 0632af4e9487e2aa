import Crypto
import PosternModel

/// The name of a master key, worked out from it; it tells nothing of the key.
public struct MasterKeyID: Hashable, Sendable, CustomStringConvertible {
    /// How many bytes a name has.
    static let byteCount = 4

    /// The first four bytes of SHA-256(`postern master key` ‖ key).
    let bytes: [UInt8]

    init(of key: SymmetricKey) {
        var hash = SHA256()
        hash.update(data: Array("postern master key".utf8))
        key.withUnsafeBytes { hash.update(bufferPointer: $0) }
        bytes = Array(hash.finalize().prefix(Self.byteCount))
    }

    /// Reads stored bytes; nil for another count.
    init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = Array(bytes)
    }

    /// Reads 8 lower-case hexadecimal digits, and no other spelling.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 2 * Self.byteCount, let bytes = Hexadecimal.decode(text) else {
            return nil
        }
        self.bytes = bytes
        guard description.utf8.elementsEqual(text.utf8) else { return nil }
    }

    /// 8 lower-case hexadecimal digits.
    public var description: String { Hexadecimal.encode(bytes) }
}
