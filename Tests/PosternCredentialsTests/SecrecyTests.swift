import Crypto
import PosternModel
import Testing

@testable import PosternCredentials

@Suite struct SecrecyTests {
    /// Everything Swift would print of a value.
    static func prints(_ value: some Any) -> String {
        var text = "\(value) \(String(reflecting: value)) "
        dump(value, to: &text)
        for child in Mirror(reflecting: value).children { text += "\(child)" }
        return text
    }

    @Test func `a token, a hash and a check print nothing that is secret`() async throws {
        let token = SessionToken.mint()
        let tokenText = token.text.withExposed { $0 }
        let password = Secret("canary-password")
        let checker = makeChecker(parameters: Argon2Parameters(unchecked: 128, 1, 1))
        let weak = try PasswordCheckerTests.hash()
        var hasher = PasswordHasher()
        let hash = try hasher.hash(password, parameters: cheap)
        let check = try await checker.check(password, against: hash)
        guard case .matched(let upgrade?) = check else {
            Issue.record("no upgrade")
            return
        }
        let printed =
            Self.prints(token) + Self.prints(hash) + Self.prints(check) + Self.prints([upgrade])
            + Self.prints(["key": weak]) + Self.prints(checker) + Self.prints(password)
        #expect(!printed.contains(tokenText))
        #expect(!printed.contains("canary"))
        for secret in [hash, upgrade, weak] {
            let fields = secret.phc.split(separator: "$")
            #expect(!printed.contains(fields[3]))
            #expect(!printed.contains(fields[4]))
        }
        #expect(printed.contains("argon2id(m=64,t=1,p=1)"))
    }

    @Test func `a fault says nothing of the password or the hash`() async throws {
        let phc = "$argon2id$v=19$m=999999,t=1,p=1$c2FsdHNhbHRzYWx0$canarycanarycanarycan"
        let hash = try #require(PasswordHash(phc: phc))
        let odd = try #require(PasswordHash(phc: phc.replacing("999999", with: "64")))
        let checker = makeChecker()
        for hash in [hash, odd] {
            do {
                _ = try await checker.check(Secret("canary-password"), against: hash)
                Issue.record("no fault")
            } catch {
                #expect(error.code == .passwordUncheckable)
                #expect(!Self.prints(error).contains("canary"))
            }
        }
    }

    @Test func `a token is 256 random bits, safe in a header, and found again by its digest`()
        throws
    {
        var seen: Set<TokenDigest> = []
        for _ in 0..<1000 {
            let token = SessionToken.mint()
            token.text.withExposed { text in
                #expect(text.wholeMatch(of: /pst_[A-Za-z0-9_\-]{43}/) != nil)
                #expect(token.digest.bytes == Array(SHA256.hash(data: Array(text.utf8))))
            }
            #expect(token.digest == TokenDigest(of: token.text))
            seen.insert(token.digest)
        }
        #expect(seen.count == 1000)
    }

    @Test func `a digest is that of FIPS 180's example, and wraps 32 bytes only`() {
        let digest = TokenDigest(of: Secret("abc"))
        #expect(
            Hexadecimal.encode(digest.bytes)
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(TokenDigest(bytes: digest.bytes) == digest)
        #expect(TokenDigest(bytes: digest.bytes.dropLast()) == nil)
        #expect(TokenDigest(bytes: digest.bytes + [0]) == nil)
    }
}
