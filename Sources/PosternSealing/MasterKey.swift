import Crypto
public import PosternModel

/// The key that wraps the keys of messages: 32 random bytes, kept apart from the ledger.
///
/// Its memory is wiped when the last copy is let go. Two are equal when their bytes are.
public struct MasterKey: Sendable, Equatable, Concealed {
    /// How many bytes a key has.
    public static let byteCount = 32

    /// What names the key in the ledger and in messages to operators.
    public let id: MasterKeyID
    let key: SymmetricKey

    /// Draws a new key from the system's secure random source.
    public static func generate() -> MasterKey { MasterKey(SymmetricKey(size: .bits256)) }

    /// Wraps bytes that came from a secure random source; nil for another count than ``byteCount``.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.init(SymmetricKey(data: bytes))
    }

    private init(_ key: SymmetricKey) {
        self.key = key
        id = MasterKeyID(of: key)
    }
}
