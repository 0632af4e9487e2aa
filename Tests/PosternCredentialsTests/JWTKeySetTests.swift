import CryptoExtras
import Foundation
import Testing

@testable import PosternCredentials

@Suite struct JWTKeySetTests {
    let mint: Mint

    init() throws { mint = try #require(Mint.shared) }

    private func faults(_ text: String, _ algorithms: Set<JWTAlgorithm>) throws -> [String] {
        let thrown = #expect(throws: JWTKeySetFaults.self) {
            _ = try JWTKeySet(Array(text.utf8), for: algorithms)
        }
        return try #require(thrown).sentences
    }

    @Test func `keys for the issuer's algorithms are taken, others passed over`() throws {
        let all = try JWTKeySet(try mint.jwks, for: Set(JWTAlgorithm.allCases))
        #expect(all.names == ["ec", "ed", "rsa"])
        #expect(try JWTKeySet(try mint.jwks, for: [.es256]).names == ["ec"])
        let renamed = mint.ed25519JWK.replacing(#""kid""#, with: #""alg":"Ed25519","kid""#)
        #expect(
            try JWTKeySet(Array(#"{"keys":[\#(renamed)]}"#.utf8), for: [.edDSA]).names == ["ed"])
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"keys":7}"#, #"{"keys":[7]}"#, "{\"keys\":[]} x",
    ])
    func `what is no set is refused whole`(_ text: String) throws {
        #expect(try faults(text, [.es256]).first?.hasPrefix("It is no JSON Web Key Set") == true)
    }

    @Test func `every fault is told, and secrets are not taken`() throws {
        let ec = mint.p256JWK
        let found = try faults(
            """
            {"keys":[
             \(ec),
             \(ec),
             \(ec.replacing(#""kid":"ec","#, with: "")),
             \(ec.replacing(#""kid":"ec""#, with: #""kid":"x""#).replacing(#""y":""#, with: #""y":"A"#)),
             \(ec.replacing(#""kid":"ec""#, with: #""kid":"s","d":"AAAA""#)),
             {"kty":"oct","kid":"shared","k":"c2VjcmV0","alg":"HS256"}
            ]}
            """, [.es256])
        #expect(
            found.map { String($0.prefix(5)) } == ["Key 2", "Key 3", "Key 4", "Key 5", "Key 6"],
            "\(found)")
        #expect(found[3].contains("secret") && found[4].contains("secret"))
        #expect(!"\(found)".contains("c2VjcmV0"))
    }

    @Test func `a set with nothing to use is refused`() throws {
        #expect(try faults(#"{"keys":[]}"#, [.es256]) == ["It has no key for ES256."])
        #expect(
            try faults(#"{"keys":[\#(mint.p256JWK)]}"#, [.edDSA, .rs256])
                == ["It has no key for EdDSA, RS256."])
    }

    @Test func `a short RSA key is refused`() throws {
        let short = try _RSA.Signing.PrivateKey(unsafeKeySize: .init(bitCount: 1024))
        let numbers = try short.publicKey.getKeyPrimitives()
        let text =
            #"{"keys":[{"kty":"RSA","kid":"old","n":"\#(Mint.encode(numbers.modulus))","e":"AQAB"}]}"#
        #expect(try faults(text, [.rs256]) == ["Key 1 cannot be read as a key for RS256."])
    }

    @Test func `a set is bounded`() throws {
        let many = Array(repeating: "{}", count: JWTKeySet.mostKeys + 1).joined(separator: ",")
        #expect(try faults(#"{"keys":[\#(many)]}"#, [.es256]) == ["It has more than 100 keys."])
        let large = String(repeating: " ", count: JWTKeySet.largestSize + 1)
        #expect(try faults(large, [.es256]).first?.hasPrefix("It is larger") == true)
    }
}
