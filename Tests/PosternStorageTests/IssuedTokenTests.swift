import PosternModel
@testable import PosternPipeline
import PosternStorage
import Testing

@testable import PosternCredentials

@Suite struct IssuedTokenTests {
    /// Vouches for everybody whose name follows `eyJ-`; what follows `eyJr-` only reads.
    private struct Voucher: IssuedTokens {
        func claims(of token: Secret, at now: Instant) -> Result<VerifiedClaims, JWTProblem>? {
            token.withExposed { text in
                guard text.hasPrefix("eyJ"), let hyphen = text.firstIndex(of: "-"),
                    let name = AccountName(String(text[text.index(after: hyphen)...]))
                else { return nil }
                return .success(
                    VerifiedClaims(
                        issuer: "https://id.example", account: name,
                        isReadingOnly: text.hasPrefix("eyJr"),
                        expires: now.advanced(by: .seconds(60))))
            }
        }
    }

    private static func token(_ name: String, reading: Bool = false) -> PresentedCredential {
        PresentedCredential(token: Secret((reading ? "eyJr-" : "eyJ-") + name))
    }

    private func household() async throws -> Household {
        let household = try await Household(issued: Voucher())
        let ann = try #require(try household.store.account(Member.ann.address)).id
        let handle = try #require(Handle("ann"))
        #expect(try await household.store.setHandle(handle, of: ann))
        return household
    }

    @Test(arguments: [
        ("ann@example.org", "done"), ("ANN@example.org", "done"), ("ann", "done"),
        ("bob", "811"), ("nobody@example.org", "811"),
        // Disabled, invited, barred from signing in.
        ("dan@example.org", "811"), ("pia@example.org", "811"),
        ("eve@barred.example", "811"),
    ])
    func `an issuer's word is looked up as of now`(_ name: String, _ word: String) async throws {
        let household = try await household()
        let outcome = await household.perform(.describeUser, showing: Self.token(name))
        #expect(outcome.word == word)
        if case .done(.user(let profile), _) = outcome {
            #expect(profile.person.address == Member.ann.address)
        }
    }

    @Test func `disabling an account ends its issuers' tokens with the next request`() async throws
    {
        let household = try await household()
        let token = Self.token("ann@example.org")
        #expect(await household.perform(.describeUser, showing: token).word == "done")
        let ann = try #require(try household.store.account(Member.ann.address)).id
        #expect(try await household.store.setStatus(.disabled, of: ann))
        #expect(await household.perform(.describeUser, showing: token).word == "811")
    }

    @Test func `signing out ends nothing that an issuer vouches for`() async throws {
        let household = try await household()
        let token = Self.token("ann@example.org")
        #expect(await household.perform(.signOut, showing: token).word == "done")
        #expect(await household.perform(.describeUser, showing: token).word == "done")
        #expect(await household.perform(.describeUser, by: .ann).word == "done")
    }

    @Test func `an issuer's token is not exchanged for one that outlives it`() async throws {
        let household = try await household()
        let outcome = await household.perform(
            .mintAuthenticationToken(days: 1), showing: Self.token("ann@example.org"))
        #expect(outcome.word == "request.invalid")
        #expect(outcome.sentence?.contains("outlives") == true)
        #expect(
            await household.perform(.mintAuthenticationToken(days: 1), by: .ann).word == "done")
    }

    @Test func `a scope that only reads reads`() async throws {
        let household = try await household()
        let token = Self.token("ann@example.org", reading: true)
        #expect(await household.perform(.describeUser, showing: token).word == "done")
        #expect(
            await household.perform(.labels(.createLabel(name: "x")), showing: token).word
                == "token.reading-only")
    }
}
