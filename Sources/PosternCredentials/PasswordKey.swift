import Crypto
public import PosternModel

/// 32 bytes that a password makes for one lock, to seal with.
///
/// Only a ``PasswordHasher`` makes one. Its memory is wiped when the last copy is let go.
public struct PasswordKey: Sendable, Equatable, Concealed {
    /// How many bytes a key has.
    public static let length = 32

    /// The lock it was made for.
    public let lock: PasswordLock
    private let key: SymmetricKey

    init(_ bytes: [UInt8], lock: PasswordLock) {
        self.lock = lock
        key = SymmetricKey(data: bytes)
    }

    /// Lends the bytes for as long as sealing or opening takes; keep no copy of them.
    public func withExposed<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try key.withUnsafeBytes(body)
    }
}
