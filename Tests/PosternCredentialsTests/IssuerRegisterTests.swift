import Foundation
import PosternModel
import Testing

@testable import PosternCredentials

@Suite struct IssuerRegisterTests {
    let mint: Mint
    let register: IssuerRegister

    init() throws {
        mint = try #require(Mint.shared)
        register = IssuerRegister(JWTVerifier([try mint.issuer()]))
    }

    private func word(_ token: String, at now: Instant = Mint.noon) -> String {
        switch register.claims(of: Secret(token), at: now) {
        case nil: "own"
        case .success: "good"
        case .failure(let problem): "\(problem)"
        }
    }

    @Test func `what is no trusted issuer's is left to be one of Postern's own`() throws {
        for token in ["", "pst_abc", "token-of-ann", "eyJ", "eyJhbGciOiJub25lIn0.e30."] {
            #expect(word(token) == "own", "\(token)")
        }
        let foreign = try mint.token(
            #"{"alg":"ES256","kid":"ec"}"#, Mint.claims(["iss": #""https://evil.example""#]))
        #expect(word(foreign) == "own")
        #expect(word(try mint.token(#"{"alg":"ES256","kid":"ed"}"#)) == "unknownKey")
        #expect(register.remembered == 0)
    }

    @Test func `a token is remembered until it expires`() throws {
        let token = try mint.token()
        for _ in 0..<3 { #expect(word(token) == "good") }
        #expect(register.remembered == 1)
        #expect(word(token, at: Mint.noon.advanced(by: .seconds(299))) == "good")
        #expect(word(token, at: Mint.noon.advanced(by: .seconds(300))) == "expired")
    }

    @Test func `what was verified is forgotten with its keys`() throws {
        let token = try mint.token()
        #expect(word(token) == "good")
        register.keepDespite(trouble: "a key file is gone")
        #expect(register.trouble == "a key file is gone")
        #expect(word(token) == "good")
        register.activate(JWTVerifier([try Mint().issuer()]))
        #expect(register.trouble == nil && register.remembered == 0)
        #expect(word(token) == "wrongSignature")
        register.activate(JWTVerifier([]))
        #expect(word(token) == "own")
    }

    @Test func `no more is remembered than the bound allows, and what is used stays`() throws {
        let used = try mint.token()
        #expect(word(used) == "good")
        for number in 0..<(IssuerRegister.mostRemembered + 10) {
            let claims = Mint.claims(["jti": "\(number)"])
            let token = try mint.token(#"{"alg":"EdDSA","kid":"ed"}"#, claims, by: .edDSA)
            #expect(word(token) == "good")
            if number.isMultiple(of: 1000) { #expect(word(used) == "good") }
            #expect(register.remembered <= IssuerRegister.mostRemembered)
        }
    }
}
