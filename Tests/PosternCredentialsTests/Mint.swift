import Crypto
import CryptoExtras
import Foundation
import PosternModel
import Testing

@testable import PosternCredentials

/// An issuer of a test's own: keys of each kind, and tokens made from any header and claims.
struct Mint: Sendable {
    static let name = "https://id.example"
    static let noon = Instant(milliseconds: 1_773_144_000_000)
    static let seconds = noon.milliseconds / 1000

    let p256 = P256.Signing.PrivateKey()
    let ed25519 = Curve25519.Signing.PrivateKey()
    let rsa: _RSA.Signing.PrivateKey

    init() throws { rsa = try _RSA.Signing.PrivateKey(keySize: .bits2048) }

    /// One for all tests: RSA keys take their time.
    static let shared: Mint? = try? Mint()

    var p256JWK: String {
        let raw = Array(p256.publicKey.rawRepresentation)
        return
            #"{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":"ec","x":"\#(Self.encode(raw[..<32]))","y":"\#(Self.encode(raw[32...]))"}"#
    }

    var ed25519JWK: String {
        #"{"kty":"OKP","crv":"Ed25519","kid":"ed","key_ops":["verify"],"x":"\#(Self.encode(ed25519.publicKey.rawRepresentation))"}"#
    }

    var rsaJWK: String {
        get throws {
            let numbers = try rsa.publicKey.getKeyPrimitives()
            return
                #"{"kty":"RSA","kid":"rsa","n":"\#(Self.encode(numbers.modulus))","e":"\#(Self.encode(numbers.publicExponent))"}"#
        }
    }

    var jwks: [UInt8] {
        get throws {
            // Keys for another use, and of another kind, are in every issuer's set.
            let others =
                #"{"kty":"RSA","use":"enc","kid":"enc","n":"AQ","e":"AQAB"},{"kty":"EC","crv":"P-384","kid":"big"}"#
            return Array(
                #"{"keys":[\#(p256JWK),\#(ed25519JWK),\#(try rsaJWK),\#(others)]}"#.utf8)
        }
    }

    func issuer(
        _ name: String = name, algorithms: Set<JWTAlgorithm> = Set(JWTAlgorithm.allCases),
        account: String = "email"
    ) throws -> TokenIssuer {
        TokenIssuer(
            name: name, audience: "postern", account: account, algorithms: algorithms,
            keys: try JWTKeySet(try jwks, for: algorithms))
    }

    /// Claims that are good; an empty value takes one away.
    static func claims(_ changes: [String: String] = [:]) -> String {
        let good = [
            "iss": "\"\(name)\"", "aud": #""postern""#, "email": #""ann@example.org""#,
            "iat": "\(seconds - 10)", "exp": "\(seconds + 300)",
        ]
        let members = good.merging(changes) { $1 }.filter { !$0.value.isEmpty }
        return "{"
            + members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }
            .joined(separator: ",") + "}"
    }

    /// A token signed as the words say, whatever its header says.
    func token(
        _ header: String = #"{"alg":"ES256","kid":"ec","typ":"JWT"}"#, _ claims: String = claims(),
        by algorithm: JWTAlgorithm? = .es256
    ) throws -> String {
        let signed = Self.encode(header.utf8) + "." + Self.encode(claims.utf8)
        let bytes = Data(signed.utf8)
        let signature: Data =
            switch algorithm {
            case .es256: try p256.signature(for: bytes).rawRepresentation
            case .edDSA: try ed25519.signature(for: bytes)
            case .rs256:
                try rsa.signature(
                    for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5
                ).rawRepresentation
            case nil: Data()
            }
        return signed + "." + Self.encode(signature)
    }

    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        Base64URL.encode(Array(bytes))
    }
}

extension JWTVerifier {
    /// What became of a token, in a word.
    func word(_ token: String, at now: Instant = Mint.noon) -> String {
        switch verify(Secret(token), at: now) {
        case .success(let claims): claims.isReadingOnly ? "reads" : "good"
        case .failure(let problem): "\(problem)"
        }
    }
}
