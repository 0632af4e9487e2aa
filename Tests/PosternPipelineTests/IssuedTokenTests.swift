import PosternContent
import PosternModel
import PosternPipeline
import PosternPolicy
import PosternTesting
import Testing

@testable import PosternCredentials

/// Issuers of a test's own: a table of tokens and what they prove.
struct IssuedTable: IssuedTokens {
    static let issuer = "https://id.example"

    let tokens: [String: Result<VerifiedClaims, JWTProblem>]

    func claims(of token: Secret, at now: Instant) -> Result<VerifiedClaims, JWTProblem>? {
        token.withExposed { tokens[$0] }
    }

    static func good(
        _ name: String, readingOnly: Bool = false
    ) throws -> Result<VerifiedClaims, JWTProblem> {
        .success(
            VerifiedClaims(
                issuer: issuer, account: try #require(AccountName(name)),
                isReadingOnly: readingOnly, expires: Instant(milliseconds: .max)))
    }
}

@Suite struct IssuedTokenTests {
    private func corridor() throws -> Corridor {
        var tokens: [String: Result<VerifiedClaims, JWTProblem>] = [
            "eyJ-ann": try IssuedTable.good("ann@example.org"),
            "eyJ-handle": try IssuedTable.good("Ann-7"),
            "eyJ-reader": try IssuedTable.good("ann@example.org", readingOnly: true),
            "eyJ-nobody": try IssuedTable.good("nobody@example.org"),
            "eyJ-barred": try IssuedTable.good("eve@barred.example"),
        ]
        for problem in JWTProblem.allCases { tokens["eyJ-\(problem)"] = .failure(problem) }
        let corridor = try Corridor(issued: IssuedTable(tokens: tokens))
        let (now, eve) = (corridor.clock.now(), try Corridor.address("eve@barred.example"))
        corridor.ledger.change { state in
            state.sessions[TokenDigest(of: Corridor.token.token)]?.handle = Handle("ann-7")
            state.sessions[TokenDigest(of: Secret("token-of-eve"))] = SessionRecord(
                account: AccountID(rawValue: 5), address: eve, group: "staff",
                accountDisabled: false, revoked: false, lastSeen: now)
        }
        return corridor
    }

    private func send(
        _ corridor: Corridor, _ token: String, claiming user: String? = nil
    ) async -> String {
        await corridor.send(
            credential: PresentedCredential(token: Secret(token), claimedUser: user)
        ).word
    }

    @Test(
        arguments: [
            ("eyJ-ann", nil), ("eyJ-handle", nil), ("eyJ-ann", "ann-7"),
            ("eyJ-handle", "Ann@example.org"),
        ] as [(String, String?)])
    func `an issuer's word sends as the account's own session would`(
        _ token: String, _ user: String?
    ) async throws {
        let corridor = try corridor()
        #expect(await send(corridor, token, claiming: user) == "accepted")
        #expect(corridor.unauthenticated.facts == [])
    }

    @Test func `a token that only reads sends nothing`() async throws {
        let corridor = try corridor()
        #expect(await send(corridor, "eyJ-reader") == "token.reading-only")
        #expect(corridor.used == 0)
    }

    @Test func `a good token of somebody else than the client says is refused`() async throws {
        let corridor = try corridor()
        #expect(await send(corridor, "eyJ-ann", claiming: "bob@example.org") == "token.of-another")
        #expect(corridor.used == 0)
    }

    @Test func `every problem of an issuer's token is one answer`() async throws {
        let corridor = try corridor()
        for problem in JWTProblem.allCases {
            #expect(await send(corridor, "eyJ-\(problem)") == "811", "\(problem)")
        }
        #expect(
            corridor.unauthenticated.facts
                == JWTProblem.allCases.map { $0 == .expired ? .expired : .unknown })
    }

    @Test func `a word for nobody, for the disabled and for the barred is one answer`() async throws
    {
        let corridor = try corridor()
        #expect(await send(corridor, "eyJ-nobody") == "811")
        #expect(await send(corridor, "eyJ-barred") == "811")
        // Barred from signing in is not barred from a session there is.
        #expect(await send(corridor, "token-of-eve") == "929")
        corridor.ledger.change {
            $0.sessions[TokenDigest(of: Corridor.token.token)]?.accountDisabled = true
        }
        #expect(await send(corridor, "eyJ-ann") == "811")
        #expect(corridor.unauthenticated.facts == [.unknown, .unknown, .accountDisabled])
    }

    @Test func `tokens of Postern's own are taken beside an issuer's`() async throws {
        let corridor = try corridor()
        #expect(await send(corridor, "token-of-ann") == "accepted")
        #expect(await send(corridor, "eyJ-of-nobody-trusted") == "811")
    }

    @Test func `an issuer's word is not the use of a session`() async throws {
        let corridor = try corridor()
        let before = corridor.ledger.snapshot.sessions
        corridor.clock.advance(by: .seconds(30))
        #expect(await send(corridor, "eyJ-ann") == "accepted")
        #expect(corridor.ledger.snapshot.sessions == before)
        // Nor does it end for want of use: the issuer says when it ends.
        corridor.clock.advance(by: .seconds(86_400))
        #expect(await send(corridor, "eyJ-ann") == "replayed")
    }
}
