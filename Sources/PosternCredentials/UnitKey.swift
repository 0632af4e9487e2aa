import Crypto
import Foundation
public import PosternModel

/// The private key by which this unit's cells prove to other units who writes: ECDSA over P-256 with SHA-256.
///
/// Hidden as a whole.
public struct UnitKey: Sendable, Concealed {
    /// How long a token is good for: long enough for clocks that differ a little, short enough to be of no use when found.
    public static let tokenLife = Duration.seconds(300)

    private let key: P256.Signing.PrivateKey
    /// The public key's name, the `kid` of tokens: its thumbprint (RFC 7638).
    public let name: String

    private init(_ key: P256.Signing.PrivateKey) {
        self.key = key
        let (x, y) = Self.coordinates(of: key)
        // The members a thumbprint is of, in its order (RFC 7638 section 3.2).
        let members = #"{"crv":"P-256","kty":"EC","x":"\#(x)","y":"\#(y)"}"#
        name = Base64URL.encode(Array(SHA256.hash(data: Data(members.utf8))))
    }

    /// A new key.
    public static func generate() -> UnitKey { UnitKey(P256.Signing.PrivateKey()) }

    /// Reads a key: PEM (PKCS #8 or SEC 1), or one JSON Web Key with its `d`; nil for anything else.
    public init?(_ text: Secret) {
        let key = text.withExposed { text -> P256.Signing.PrivateKey? in
            let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
            return text.hasPrefix("{")
                ? Self.key(inJWK: text) : try? P256.Signing.PrivateKey(pemRepresentation: text)
        }
        guard let key else { return nil }
        self.init(key)
    }

    /// The key as ``init(_:)`` reads it: PEM.
    public var text: Secret { Secret(key.pemRepresentation + "\n") }

    /// What partners are given: a JSON Web Key Set with the public key, a line.
    public var publicKeys: String {
        let (x, y) = Self.coordinates(of: key)
        return
            #"{"keys":[{"alg":"ES256","crv":"P-256","kid":"\#(name)","kty":"EC","use":"sig","x":"\#(x)","y":"\#(y)"}]}"#
    }

    /// A token by which a cell of this unit proves itself to one of another, and to no other.
    ///
    /// - Parameters:
    ///   - sender: Who writes: `iss` and `sub`.
    ///   - receiver: Whom to: `aud`.
    ///   - now: The present; the token ends ``tokenLife`` later.
    ///   - id: Its `jti`; by chance.
    /// - Returns: The token, to be shown once.
    public func token(
        from sender: CellURL, to receiver: CellURL, at now: Instant,
        id: String = Hexadecimal.encode(RandomBytes.draw())
    ) -> Secret {
        let seconds = now.milliseconds / 1000
        let header = #"{"alg":"ES256","kid":"\#(name)","typ":"JWT"}"#
        // INVARIANT: the spelling of a cell's address holds nothing that JSON would escape.
        let claims =
            #"{"aud":"\#(receiver)","exp":\#(seconds + Self.tokenLife.components.seconds),"iat":\#(seconds),"iss":"\#(sender)","jti":"\#(id)","sub":"\#(sender)"}"#
        let signed =
            Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array(claims.utf8))
        guard let signature = try? key.signature(for: Data(signed.utf8)) else {
            // Signing fails for want of memory alone; a token without a signature is good for nothing, and is refused.
            return Secret(signed + ".")
        }
        return Secret(signed + "." + Base64URL.encode(Array(signature.rawRepresentation)))
    }

    private static func key(inJWK text: String) -> P256.Signing.PrivateKey? {
        guard let jwk = JSONMembers(Array(text.utf8)), jwk.text("kty") == "EC",
            jwk.text("crv") == "P-256", let d = jwk.text("d").flatMap({ Base64URL.decode($0) }),
            let key = try? P256.Signing.PrivateKey(rawRepresentation: d)
        else { return nil }
        // A public part that is another key's would be handed to partners in vain.
        let (x, y) = coordinates(of: key)
        return jwk.text("x") ?? x == x && jwk.text("y") ?? y == y ? key : nil
    }

    private static func coordinates(of key: P256.Signing.PrivateKey) -> (x: String, y: String) {
        let raw = Array(key.publicKey.rawRepresentation)
        return (Base64URL.encode(Array(raw[..<32])), Base64URL.encode(Array(raw[32...])))
    }
}
