import Crypto
import Foundation
import PosternModel

/// AES-256-GCM: nonce, then ciphertext, then tag.
///
/// The nonces are 96 random bits, so one key should seal no more than 2³² times (NIST SP 800-38D section 8.3).
enum GaloisCounter {
    /// How much longer what is sealed is: 12 bytes of nonce and 16 of tag.
    static let overhead = 28

    static func seal(
        _ message: some DataProtocol, under key: SymmetricKey, authenticating mark: [UInt8]
    ) throws(Fault) -> [UInt8] {
        guard
            let sealed = try? AES.GCM.seal(message, using: key, authenticating: mark).combined
        else { throw Fault(.contentUnreadable, note: "the cryptographic library cannot seal") }
        return Array(sealed)
    }

    /// What was sealed; nil when the key, the mark or any bit is another.
    static func open(
        _ sealed: some DataProtocol, under key: SymmetricKey, authenticating mark: [UInt8]
    ) -> Data? {
        guard let box = try? AES.GCM.SealedBox(combined: sealed) else { return nil }
        return try? AES.GCM.open(box, using: key, authenticating: mark)
    }
}
