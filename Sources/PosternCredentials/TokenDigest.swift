public import PosternModel
import Crypto

/// The SHA-256 of a session token: all of a token that is ever stored.
///
/// Tokens are 256 random bits, so a plain hash cannot be turned back and needs no salt.
public struct TokenDigest: Hashable, Sendable {
    /// 32 bytes.
    public let bytes: [UInt8]

    /// Wraps 32 stored bytes; any other count is refused.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// The digest of a token as a client showed it, well-formed or not.
    public init(of token: Secret) {
        bytes = token.withExposed { Array(SHA256.hash(data: Array($0.utf8))) }
    }
}
