import Crypto
import Foundation
import PosternModel
import Testing

@testable import PosternCredentials

/// By what token a foreign cell proves who it is, and what all others are told.
@Suite struct CellTokenTests {
    private static let partner = "https://partner.example/"
    private let mint: Mint
    private let list: ForeignUnitList
    private let receiver: CellURL

    init() throws {
        mint = try #require(Mint.shared)
        receiver = try #require(CellURL("https://home.example/ann/"))
        list = ForeignUnitList([
            ForeignUnit(
                url: try #require(UnitURL(Self.partner)),
                keys: try JWTKeySet(try mint.jwks, for: Set(JWTAlgorithm.allCases)),
                account: try #require(EmailAddress("partner@home.example")))
        ])
    }

    /// Claims that are good; an empty value takes one away.
    private static func claims(_ changes: [String: String] = [:]) -> String {
        Mint.claims(
            [
                "iss": "\"\(partner)bob/\"", "sub": "\"\(partner)bob/\"",
                "aud": #""https://home.example/ann/""#, "jti": #""1""#, "email": "",
            ].merging(changes) { $1 })
    }

    private func word(_ token: String, for cell: String? = nil, at now: Instant = Mint.noon)
        -> String
    {
        let cell = cell.flatMap { CellURL($0) } ?? receiver
        return switch list.claims(of: Secret(token), for: cell, at: now) {
        case .success(let claims): "\(claims.cell) as \(claims.account)"
        case .failure(let problem): problem.rawValue
        }
    }

    @Test func `a cell of a listed unit is taken for the account that stands for the unit`() throws
    {
        for (header, algorithm) in [
            (#"{"alg":"ES256","kid":"ec","typ":"JWT"}"#, JWTAlgorithm.es256),
            (#"{"alg":"EdDSA","kid":"ed"}"#, .edDSA), (#"{"alg":"RS256","kid":"rsa"}"#, .rs256),
        ] {
            let token = try mint.token(header, Self.claims(), by: algorithm)
            #expect(word(token) == "https://partner.example/bob/ as partner@home.example")
        }
        let listed = try mint.token(
            #"{"alg":"ES256","kid":"ec"}"#, Self.claims(["aud": #"["https://home.example/ann/"]"#]))
        #expect(word(listed).hasSuffix("as partner@home.example"))
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var changes: [String: String]
        var problem: CellTokenProblem
        var testDescription: String { "\(changes)" }
    }

    private static let now = Mint.seconds

    @Test(arguments: [
        Row(changes: ["exp": "\(now - 1)"], problem: .expired),
        Row(changes: ["exp": "\(now)"], problem: .expired),
        Row(changes: ["exp": ""], problem: .unreadable),
        Row(changes: ["iat": ""], problem: .unreadable),
        Row(changes: ["iat": "\(now + 61)"], problem: .unreadable),
        Row(changes: ["nbf": "\(now + 61)"], problem: .unreadable),
        Row(changes: ["iat": "\(now)", "exp": "\(now + 601)"], problem: .unreadable),
        Row(changes: ["jti": ""], problem: .unreadable),
        Row(changes: ["jti": "7"], problem: .unreadable),
        // Replayed to another cell, or good for several.
        Row(changes: ["aud": ""], problem: .wrongAudience),
        Row(changes: ["aud": #""https://home.example/eve/""#], problem: .wrongAudience),
        Row(changes: ["aud": #""https://home.example/ann""#], problem: .wrongAudience),
        Row(changes: ["aud": #""https://home.example/""#], problem: .wrongAudience),
        Row(
            changes: ["aud": #"["https://home.example/ann/","https://home.example/eve/"]"#],
            problem: .wrongAudience),
        Row(changes: ["sub": ""], problem: .unreadable),
        Row(changes: ["sub": "\"\(partner)eve/\""], problem: .unreadable),
        Row(changes: ["iss": ""], problem: .unknownUnit),
        Row(changes: ["iss": "\"\(partner)\""], problem: .unknownUnit),
        Row(changes: ["iss": "\"\(partner)bob\""], problem: .unknownUnit),
        Row(changes: ["iss": "\"\(partner)a/bob/\""], problem: .unknownUnit),
        Row(changes: ["iss": #""https://other.example/bob/""#], problem: .unknownUnit),
        Row(changes: ["iss": #""https://partner.example:443/bob/""#], problem: .unknownUnit),
        Row(changes: ["iss": #""https://PARTNER.example/bob/""#], problem: .unknownUnit),
        Row(
            changes: ["iss": #""https://partner.example.evil.example/bob/""#], problem: .unknownUnit
        ),
        Row(changes: ["iss": #"["https://partner.example/bob/"]"#], problem: .unknownUnit),
    ])
    func `a claim that is not right is told as far as its unit needs to know`(_ row: Row) throws {
        #expect(
            word(try mint.token(#"{"alg":"ES256","kid":"ec"}"#, Self.claims(row.changes)))
                == row.problem.rawValue)
    }

    @Test(
        arguments: [
            (#"{"alg":"none","kid":"ec"}"#, nil, CellTokenProblem.wrongSignature),
            (#"{"alg":"HS256","kid":"ec"}"#, .es256, .wrongSignature),
            (#"{"alg":"ES256"}"#, .es256, .wrongSignature),
            (#"{"alg":"ES256","kid":"unknown"}"#, .es256, .wrongSignature),
            (#"{"alg":"ES256","kid":"rsa"}"#, .es256, .wrongSignature),
            (#"{"alg":"RS256","kid":"rsa"}"#, .es256, .wrongSignature),
            (#"{"alg":"ES256","kid":"ec"}"#, nil, .wrongSignature),
            (#"{"alg":"ES256","kid":"ec","crit":["exp"],"exp":1}"#, .es256, .unreadable),
            (#"{"alg":"ES256","kid":"ec","typ":"dpop+jwt"}"#, .es256, .unreadable),
            (#"{"alg":"ES256","alg":"none","kid":"ec"}"#, .es256, .unreadable),
        ] as [(String, JWTAlgorithm?, CellTokenProblem)])
    func `nothing but a key of the unit's signs`(
        _ header: String, _ algorithm: JWTAlgorithm?, _ problem: CellTokenProblem
    ) throws {
        #expect(word(try mint.token(header, Self.claims(), by: algorithm)) == problem.rawValue)
    }

    @Test func `another's key under the same name does not sign`() throws {
        let other = try Mint()
        #expect(
            word(try other.token(#"{"alg":"ES256","kid":"ec"}"#, Self.claims())) == "wrongSignature"
        )
        let good = try mint.token(#"{"alg":"ES256","kid":"ec"}"#, Self.claims())
        for cell in ["https://home.example/eve/", "https://home.example:8443/ann/"] {
            #expect(word(good, for: cell) == "wrongAudience")
        }
        #expect(word(good, at: Mint.noon.advanced(by: .seconds(300))) == "expired")
        #expect(word(String(good.dropLast(2))) == "wrongSignature")
        #expect(
            ForeignUnitList().claims(of: Secret(good), for: receiver, at: Mint.noon)
                == .failure(.unknownUnit))
    }

    @Test(arguments: [
        "", "a", "a.b.c", "eyJ", "eyJ.eyJ.", "..", String(repeating: "e", count: 8193),
    ])
    func `what is no token is told so`(_ text: String) { #expect(word(text) == "unreadable") }

    @Test func `a register lists what it was given last, and says why it does not follow its file`()
        throws
    {
        let register = UnitRegister(list)
        let unit = try #require(UnitURL(Self.partner))
        let token = Secret(try mint.token(#"{"alg":"ES256","kid":"ec"}"#, Self.claims()))
        func isTaken() -> Bool {
            (try? register.claims(of: token, for: receiver, at: Mint.noon).get()) != nil
        }
        #expect(register.contains(unit) && isTaken())
        register.keepDespite(trouble: "Bad.")
        #expect(register.trouble == "Bad." && register.contains(unit))
        register.activate(ForeignUnitList())
        #expect(register.trouble == nil && !register.contains(unit) && !isTaken())
    }
}

/// The key that this unit's own tokens are signed with.
@Suite struct UnitKeyTests {
    private func cells() throws -> (sender: CellURL, receiver: CellURL) {
        (
            try #require(CellURL("https://home.example/ann/")),
            try #require(CellURL("https://partner.example/bob/"))
        )
    }

    @Test func `what is signed here is verified there, by that cell alone and for five minutes`()
        throws
    {
        let key = UnitKey.generate()
        let (sender, receiver) = try cells()
        let keys = try JWTKeySet(Array(key.publicKeys.utf8), for: [.es256])
        #expect(keys.names == [key.name])
        let list = ForeignUnitList([
            ForeignUnit(
                url: sender.unit, keys: keys, account: try #require(EmailAddress("a@b.example")))
        ])
        let token = key.token(from: sender, to: receiver, at: Mint.noon)
        func verdict(_ cell: CellURL, _ seconds: Int64) -> Result<CellClaims, CellTokenProblem> {
            list.claims(of: token, for: cell, at: Mint.noon.advanced(by: .seconds(seconds)))
        }
        #expect(try verdict(receiver, 0).get().cell == sender)
        #expect(try verdict(receiver, 299).get().cell == sender)
        #expect(verdict(receiver, 300) == .failure(.expired))
        #expect(verdict(sender, 0) == .failure(.wrongAudience))
        let again = key.token(from: sender, to: receiver, at: Mint.noon)
        #expect(again != token, "each token has a name of its own")
        #expect(again.withExposed { $0.split(separator: ".").count } == 3)
    }

    @Test func `a key is read as it was written, as PEM or as a JSON Web Key`() throws {
        let key = UnitKey.generate()
        #expect(UnitKey(key.text)?.publicKeys == key.publicKeys)
        let raw = P256.Signing.PrivateKey()
        let point = Array(raw.publicKey.rawRepresentation)
        func jwk(_ x: ArraySlice<UInt8>, _ d: some Sequence<UInt8>) -> UnitKey? {
            UnitKey(
                Secret(
                    #"{"kty":"EC","crv":"P-256","x":"\#(Mint.encode(x))","y":"\#(Mint.encode(point[32...]))","d":"\#(Mint.encode(d))"}"#
                ))
        }
        let read = try #require(jwk(point[..<32], raw.rawRepresentation))
        #expect(read.name == UnitKey(Secret(raw.pemRepresentation))?.name)
        // A public part that is another key's.
        #expect(jwk(point[32...], raw.rawRepresentation) == nil)
        #expect(jwk(point[..<32], [1, 2, 3]) == nil)
    }

    @Test(arguments: [
        "", "{}", "key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        #"{"kty":"EC","crv":"P-384","d":"AQ"}"#, #"{"kty":"oct","k":"AQ"}"#,
    ])
    func `what is no key for ES256 is none`(_ text: String) {
        #expect(UnitKey(Secret(text)) == nil)
    }

    @Test func `a key is not printed, and its set holds nothing private`() throws {
        let key = UnitKey.generate()
        let text = key.text.withExposed { $0 }
        var dumped = ""
        dump(key, to: &dumped)
        for printed in ["\(key)", String(reflecting: key), dumped] {
            #expect(printed.contains("‹hidden›") || !printed.contains("key:"))
            #expect(!printed.contains(text.split(separator: "\n")[1]))
        }
        #expect(!key.publicKeys.contains("\"d\""))
    }

    /// RFC 7638 section 3: SHA-256 over the required members in their order.
    @Test func `a key is named by its thumbprint`() throws {
        let key = UnitKey.generate()
        let keys = try #require(
            try JSONSerialization.jsonObject(with: Data(key.publicKeys.utf8)) as? [String: Any])
        let jwk = try #require((keys["keys"] as? [[String: String]])?.first)
        let (x, y) = (try #require(jwk["x"]), try #require(jwk["y"]))
        let members = #"{"crv":"P-256","kty":"EC","x":"\#(x)","y":"\#(y)"}"#
        #expect(jwk["kid"] == Mint.encode(SHA256.hash(data: Data(members.utf8))))
    }
}
