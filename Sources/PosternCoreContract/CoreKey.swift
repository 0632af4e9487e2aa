import Crypto
import Foundation
import PosternDialectKit
public import PosternModel

/// The key that a gateway and its core have in common; shown in every request as `Authorization: Bearer KEY`.
public struct CoreKey: Sendable, Concealed {
    /// What is wrong with a text that is no key: whole sentences for whoever sets it.
    public static let problem = """
        The key must be 32 to 256 letters, digits and signs of `-._~+/=`. `openssl rand -base64 32` makes one.
        """

    private static let scheme = "Bearer "
    private let text: Secret
    private let digest: SHA256Digest

    /// Takes a key, spaces and line ends around it left out; nil for a text that is none.
    public init?(_ secret: Secret) {
        let key = secret.withExposed { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
        guard (32...256).contains(key.utf8.count), key.utf8.allSatisfy(Self.isSign) else {
            return nil
        }
        text = Secret(key)
        digest = SHA256.hash(data: Array(key.utf8))
    }

    /// The value of the field that shows it.
    public var authorization: Secret { text.withExposed { Secret(Self.scheme + $0) } }

    /// Whether a request shows this key.
    ///
    /// Digests are compared, every byte of them: how long it takes says nothing about the key, nor about its length.
    ///
    /// - Parameter field: The value of the request's `Authorization`; nil for none.
    /// - Returns: False for every other key, scheme or spelling.
    public func isShown(by field: String?) -> Bool {
        guard let field, field.utf8.count > Self.scheme.utf8.count,
            Array(field.utf8.prefix(Self.scheme.utf8.count)).map(\.asciiLowercased)
                == Array(Self.scheme.utf8).map(\.asciiLowercased)
        else { return false }
        return SHA256.hash(data: Array(field.utf8.dropFirst(Self.scheme.utf8.count))) == digest
    }

    /// What RFC 6750 lets a bearer token consist of.
    private static func isSign(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~+/=".utf8.contains(byte)
        }
    }
}
