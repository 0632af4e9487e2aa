import Crypto
import CryptoExtras
import Foundation
import PosternModel
import Testing

@testable import PosternCredentials

@Suite struct JWTTests {
    let mint: Mint
    let verifier: JWTVerifier

    init() throws {
        mint = try #require(Mint.shared)
        verifier = JWTVerifier([try mint.issuer()])
    }

    @Test(arguments: [
        (JWTAlgorithm.es256, #"{"alg":"ES256","kid":"ec"}"#),
        (.es256, #"{"alg":"ES256","kid":"ec","typ":"at+JWT","x5t":"abc"}"#),
        (.edDSA, #"{"alg":"EdDSA","kid":"ed","typ":"JWT"}"#),
        (.rs256, #"{"alg":"RS256","kid":"rsa","typ":"application/jwt"}"#),
    ])
    func `a token signed by the issuer names an account`(
        _ algorithm: JWTAlgorithm, _ header: String
    ) throws {
        let token = try mint.token(header, by: algorithm)
        let claims = try verifier.verify(Secret(token), at: Mint.noon).get()
        #expect(claims.issuer == Mint.name)
        #expect(claims.account == AccountName("ann@example.org"))
        #expect(claims.expires == Mint.noon.advanced(by: .seconds(300)))
        #expect(!claims.isReadingOnly)
        #expect(JWTVerifier.isCandidate(Secret(token)))
    }

    /// What is wrong with a header, and who signed all the same.
    @Test(
        arguments: [
            (#"{"alg":"none","kid":"ec"}"#, nil, "wrongAlgorithm"),
            (#"{"alg":"None","kid":"ec"}"#, .es256, "wrongAlgorithm"),
            (#"{"alg":"es256","kid":"ec"}"#, .es256, "wrongAlgorithm"),
            (#"{"alg":"HS256","kid":"ec"}"#, .es256, "wrongAlgorithm"),
            (#"{"alg":"PS256","kid":"rsa"}"#, .rs256, "wrongAlgorithm"),
            (#"{"alg":["ES256"],"kid":"ec"}"#, .es256, "wrongAlgorithm"),
            (#"{"kid":"ec"}"#, .es256, "wrongAlgorithm"),
            (#"{"alg":"ES256"}"#, .es256, "unknownKey"),
            (#"{"alg":"ES256","kid":"EC"}"#, .es256, "unknownKey"),
            (#"{"alg":"ES256","kid":"rsa"}"#, .rs256, "unknownKey"),
            (#"{"alg":"ES256","kid":"ed"}"#, .es256, "unknownKey"),
            (#"{"alg":"EdDSA","kid":"ed"}"#, .es256, "wrongSignature"),
            (#"{"alg":"RS256","kid":"rsa"}"#, .es256, "wrongSignature"),
            (#"{"alg":"ES256","kid":"ec"}"#, nil, "wrongSignature"),
            (#"{"alg":"ES256","kid":"ec","crit":["exp"],"exp":1}"#, .es256, "unsupported"),
            (#"{"alg":"ES256","kid":"ec","crit":null}"#, .es256, "unsupported"),
            (#"{"alg":"ES256","kid":"ec","typ":"dpop+jwt"}"#, .es256, "unsupported"),
            (#"{"alg":"ES256","kid":"ec","typ":"logout+jwt"}"#, .es256, "unsupported"),
            (#"{"alg":"ES256","kid":"ec","typ":7}"#, .es256, "unsupported"),
            (#"{"alg":"none","alg":"ES256","kid":"ec"}"#, .es256, "malformed"),
            (#"{"alg":"ES256","\u0061lg":"none","kid":"ec"}"#, .es256, "malformed"),
            (#"["alg","ES256"]"#, .es256, "malformed"),
            ("", .es256, "malformed"),
        ] as [(String, JWTAlgorithm?, String)])
    func `a header that asks for anything else is refused`(
        _ header: String, _ signer: JWTAlgorithm?, _ problem: String
    ) throws {
        #expect(verifier.word(try mint.token(header, by: signer)) == problem)
    }

    /// Changes to good claims; an empty value takes a claim away.
    @Test(
        arguments: [
            ([:], "good"),
            (["aud": #"["other","postern"]"#], "good"),
            (["aud": #""other""#], "wrongAudience"),
            (["aud": #"["other"]"#], "wrongAudience"),
            (["aud": #"{"postern":1}"#], "wrongAudience"),
            (["aud": ""], "wrongAudience"),
            (["iss": #""https://evil.example""#], "unknownIssuer"),
            (["iss": #""https://id.example/""#], "unknownIssuer"),
            (["iss": ""], "unknownIssuer"),
            (["iss": #"["https://id.example"]"#], "unknownIssuer"),
            (["exp": "\(Mint.seconds)"], "expired"),
            (["exp": "\(Mint.seconds + 1)"], "good"),
            (["exp": "\(Mint.seconds).5"], "good"),
            (["exp": ""], "timeless"),
            (["exp": #""\#(Mint.seconds + 300)""#], "timeless"),
            (["exp": "1e300"], "timeless"),
            (["exp": "-1"], "timeless"),
            (["iat": ""], "timeless"),
            (["iat": "\(Mint.seconds + 60)"], "good"),
            (["iat": "\(Mint.seconds + 61)"], "notYet"),
            (["nbf": "\(Mint.seconds + 60)"], "good"),
            (["nbf": "\(Mint.seconds + 61)"], "notYet"),
            (["nbf": "null"], "timeless"),
            (["iat": "\(Mint.seconds)", "exp": "\(Mint.seconds + 86_400)"], "good"),
            (["iat": "\(Mint.seconds)", "exp": "\(Mint.seconds + 86_401)"], "tooLongLived"),
            (["email": ""], "nameless"),
            (["email": #""ann at example.org""#], "nameless"),
            (["email": "7"], "nameless"),
            (["email": #""ann""#], "good"),
            (["email_verified": "true"], "good"),
            (["email_verified": "false"], "nameless"),
            (["email_verified": #""true""#], "nameless"),
            (["scope": #""openid postern.read""#], "reads"),
            (["scope": #""postern.read postern.send""#], "good"),
            (["scope": #""postern.send""#], "good"),
            (["scope": #""openid""#], "good"),
            (["scope": #""postern.readers""#], "good"),
            (["scp": #"["postern.read"]"#], "reads"),
            (["scp": #"["postern.read"]"#, "scope": #""postern.send""#], "good"),
            (["scp": #"{"postern.read":1}"#], "malformed"),
            (["realm": #"{"iss":"a","iss":"b","roles":[{"a:b":"c,\":"}]}"#], "good"),
            (["a\":1,\"iss": #""https://id.example""#, "aud": #""postern""#], "malformed"),
            (["a": #"1,"exp":\#(Mint.seconds + 9000)"#], "malformed"),
            (["a": #"1,"\u0065mail":"bob@example.org""#], "malformed"),
        ] as [([String: String], String)])
    func `claims are taken as they are or not at all`(
        _ changes: [String: String], _ word: String
    ) throws {
        #expect(verifier.word(try mint.token(claims: Mint.claims(changes))) == word)
    }

    @Test func `a token that was changed is nobody's`() throws {
        let token = try mint.token()
        let parts = token.split(separator: ".").map(String.init)
        let other = Mint.encode(Mint.claims(["email": #""bob@example.org""#]).utf8)
        #expect(verifier.word("\(parts[0]).\(other).\(parts[2])") == "wrongSignature")
        for cut in ["\(parts[0]).\(parts[1])", token + ".", token + ".\(parts[2])", ".." + token] {
            #expect(verifier.word(cut) == "malformed", "\(cut)")
        }
        // Every character counts, and no other spelling of the same bytes is taken.
        for index in token.indices {
            var changed = token
            changed.replaceSubrange(index...index, with: token[index] == "A" ? "B" : "A")
            #expect(verifier.word(changed) != "good")
        }
        #expect(verifier.word(token + "A") == "wrongSignature")
        for suffix in ["=", "==", " ", "\n"] {
            #expect(verifier.word(token + suffix) == "malformed", "\(suffix)")
        }
        #expect(verifier.word(" " + token) == "malformed")
    }

    @Test func `a public key is no shared secret`() throws {
        // The oldest trick (RFC 8725 section 2.1): HMAC with the public key, which everybody has, as its secret.
        let signed =
            Mint.encode(#"{"alg":"HS256","kid":"rsa"}"#.utf8) + "."
            + Mint.encode(Mint.claims().utf8)
        for key in [
            Data(mint.rsa.publicKey.pemRepresentation.utf8), mint.rsa.publicKey.derRepresentation,
            mint.p256.publicKey.x963Representation, mint.p256.publicKey.rawRepresentation,
        ] {
            let tag = HMAC<SHA256>.authenticationCode(
                for: Data(signed.utf8), using: SymmetricKey(data: key))
            #expect(verifier.word(signed + "." + Mint.encode(tag)) == "wrongAlgorithm")
        }
    }

    @Test(arguments: ["jwk", "x5c", "jku", "x5u"])
    func `a key that a token brings along is not looked at`(_ member: String) throws {
        let stranger = try Mint()
        let value = member == "jwk" ? stranger.p256JWK : #""https://evil.example/jwks""#
        let header = #"{"alg":"ES256","kid":"ec","\#(member)":\#(value)}"#
        #expect(verifier.word(try stranger.token(header)) == "wrongSignature")
        #expect(verifier.word(try mint.token(header)) == "good")
    }

    @Test func `each issuer has its own keys and algorithms`() throws {
        let other = try Mint()
        let narrow = try JWTVerifier([
            mint.issuer(algorithms: [.es256]),
            other.issuer("https://other.example", account: "sub"),
        ])
        #expect(narrow.word(try mint.token()) == "good")
        #expect(
            narrow.word(try mint.token(#"{"alg":"RS256","kid":"rsa"}"#, by: .rs256))
                == "wrongAlgorithm")
        let claims = Mint.claims(["iss": #""https://other.example""#, "sub": #""Ann-7""#])
        #expect(narrow.word(try mint.token(claims: claims)) == "wrongSignature")
        #expect(narrow.word(try other.token()) == "wrongSignature")
        let taken = try narrow.verify(Secret(try other.token(claims: claims)), at: Mint.noon).get()
        #expect(taken.account == AccountName("ann-7"))
    }

    @Test func `a token has a largest size`() throws {
        func token(_ filling: Int) throws -> String {
            try mint.token(
                claims: Mint.claims(["a": "\"\(String(repeating: "x", count: filling))\""]))
        }
        let least = try token(0).utf8.count
        let room = (PresentedCredential.longestToken - least) / 4 * 3
        #expect(verifier.word(try token(room - 3)) == "good")
        #expect(verifier.word(try token(room + 3)) == "tooLong")
    }

    @Test func `other encodings of JSON are none`() throws {
        let claims = Mint.claims()
        for bytes in [
            Array(claims.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }),
            [0xEF, 0xBB, 0xBF] + Array(claims.utf8), Array(claims.utf8) + [0],
            Array("{\"a\":\"".utf8) + [0xFF] + Array("\",".utf8) + Array(claims.utf8.dropFirst()),
            Array(repeating: UInt8(ascii: "["), count: 4000), Array("{".utf8), [],
        ] {
            let members = JSONMembers(bytes)
            #expect(members == nil)
        }
        #expect(JSONMembers(Array(claims.utf8)) != nil)
    }
}

extension Mint {
    fileprivate func token(claims: String) throws -> String {
        try token(#"{"alg":"ES256","kid":"ec","typ":"JWT"}"#, claims)
    }
}
