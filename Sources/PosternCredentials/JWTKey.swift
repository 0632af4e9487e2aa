import Crypto
import CryptoExtras
import Foundation

/// A public key that JWTs are verified with; it fits one algorithm and no other.
enum JWTKey: Sendable {
    case es256(P256.Signing.PublicKey)
    case rs256(_RSA.Signing.PublicKey)
    case edDSA(Curve25519.Signing.PublicKey)

    var algorithm: JWTAlgorithm {
        switch self {
        case .es256: .es256
        case .rs256: .rs256
        case .edDSA: .edDSA
        }
    }

    /// Reads a key of an algorithm from a JSON Web Key's members (RFC 7518 section 6, RFC 8037 section 2); nil when they
    /// are not such a key's.
    init?(_ jwk: JSONMembers, for algorithm: JWTAlgorithm) {
        func bytes(_ name: String) -> [UInt8]? { jwk.text(name).flatMap { Base64URL.decode($0) } }
        switch algorithm {
        case .es256:
            guard let x = bytes("x"), let y = bytes("y"), x.count == 32, y.count == 32,
                let key = try? P256.Signing.PublicKey(rawRepresentation: x + y)
            else { return nil }
            self = .es256(key)
        case .rs256:
            guard let n = bytes("n"), let e = bytes("e"),
                let key = try? _RSA.Signing.PublicKey(n: n, e: e)
            else { return nil }
            self = .rs256(key)
        case .edDSA:
            guard let x = bytes("x"), x.count == 32,
                let key = try? Curve25519.Signing.PublicKey(rawRepresentation: x)
            else { return nil }
            self = .edDSA(key)
        }
    }

    /// Whether a signature is this key's over a message.
    func verifies(_ signature: [UInt8], over message: [UInt8]) -> Bool {
        switch self {
        case .es256(let key):
            // The two numbers side by side (RFC 7518 section 3.4), not the DER of certificates.
            guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature)
            else { return false }
            return key.isValidSignature(signature, for: SHA256.hash(data: message))
        case .rs256(let key):
            return key.isValidSignature(
                _RSA.Signing.RSASignature(rawRepresentation: signature),
                for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5)
        case .edDSA(let key): return key.isValidSignature(signature, for: message)
        }
    }
}
