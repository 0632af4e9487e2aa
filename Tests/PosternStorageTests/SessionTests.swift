import GRDB
import PosternCredentials
import PosternModel
@testable import PosternPipeline
@_spi(Testing) import PosternStorage
import Testing

@Suite struct SessionTests {
    let good = TokenDigest(of: Secret("good"))
    let old = TokenDigest(of: Secret("old"))

    @Test func `a session shows its account as it is now`() async throws {
        let bench = try await Workbench()
        let session = try #require(try bench.store.session(good))
        #expect(session.account == bench.ann)
        #expect(session.group == "staff")
        #expect(!session.accountDisabled && !session.revoked)
        #expect(session.lastSeen == Workbench.noon)
        #expect(try bench.store.session(TokenDigest(of: Secret("nobody's"))) == nil)
        let other = try #require(try bench.store.session(old))
        #expect(other.accountDisabled && other.revoked)
        #expect(other.lastSeen == Workbench.noon.advanced(by: .seconds(-90 * 60)))
        #expect(try await bench.store.setStatus(.disabled, of: bench.ann))
        #expect(try bench.store.session(good)?.accountDisabled == true)
        #expect(try await bench.store.revokeToken(good))
        #expect(try await !bench.store.revokeToken(good))
        #expect(try bench.store.session(good)?.revoked == true)
        #expect(try bench.store.tokens(of: bench.ann).map(\.digest) == [good])
    }

    @Test func `using a session is seen at once and written at most once a minute`() async throws {
        let bench = try await Workbench()
        let seen = "SELECT last_seen FROM sessions WHERE revoked = 0"
        for second in [70, 80, 100, 129] {
            bench.store.touch(good, at: Workbench.noon.advanced(by: .seconds(second)))
            // A unit of work after the touch: whatever was to be written is written when it returns.
            try await bench.store.probe()
        }
        let (first, last) = (
            Workbench.noon.advanced(by: .seconds(70)), Workbench.noon.advanced(by: .seconds(129))
        )
        #expect(try bench.store.session(good)?.lastSeen == last)
        #expect(try bench.count(seen) == Int(first.milliseconds))
        let next = Workbench.noon.advanced(by: .seconds(131))
        bench.store.touch(good, at: next)
        #expect(try bench.store.session(good)?.lastSeen == next)
        try await bench.store.probe()
        #expect(try bench.count(seen) == Int(next.milliseconds))
    }

    @Test func `signing in forgets sessions of the account that ended long ago`() async throws {
        var options = SQLiteStore.Options()
        options.sessionMemory = .seconds(3600)
        let bench = try await Workbench(options)
        let queue = try DatabaseQueue(path: bench.file)
        try await queue.write { db in
            try db.execute(
                sql: """
                    DELETE FROM sessions;
                    WITH kinds(seen, revoked, lasting) AS (VALUES
                      (0, 0, 0), (0, 1, 0), (0, 0, 1), (3600000, 0, 0), (3600000, 1, 0))
                    INSERT INTO sessions(digest, account, created_at, last_seen, revoked, lasting)
                    SELECT randomblob(32), a.id, 0, seen, revoked, lasting FROM kinds, accounts a
                    WHERE a.address IN ('ann@example.org', 'bob@example.org')
                    """)
        }
        try queue.close()
        let now = Instant(milliseconds: 7_200_000)
        try await bench.store.openSession(
            TokenDigest(of: Secret("new")), of: bench.ann, at: now, recording: bench.entry())
        let left = "SELECT count(*) FROM sessions WHERE account"
        #expect(try bench.count("\(left) = \(bench.ann.rawValue)") == 4)
        #expect(try bench.count("\(left) = \(bench.ann.rawValue) AND last_seen = 0") == 1)
        #expect(try bench.count("\(left) <> \(bench.ann.rawValue)") == 5)
    }

    @Test func `a minted token opens a session`() async throws {
        let bench = try await Workbench()
        let token = TokenDigest(of: Secret("fresh"))
        try await bench.store.addToken(
            token, of: bench.ann, at: Workbench.noon, recording: bench.entry())
        #expect(try bench.store.session(token)?.account == bench.ann)
        #expect(try bench.store.leafCount() == 1)
    }

    @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
    func `a token lasts or only reads as it was minted`(
        _ lasting: Bool, _ readingOnly: Bool
    ) async throws {
        let bench = try await Workbench()
        let token = TokenDigest(of: Secret("fresh"))
        try await bench.store.addToken(
            token, of: bench.ann, lasting: lasting, readingOnly: readingOnly, at: Workbench.noon)
        let session = try #require(try bench.store.session(token))
        #expect(session.lasting == lasting && session.readingOnly == readingOnly)
        let listed = try bench.store.tokens(of: bench.ann).first { $0.digest == token }
        #expect(listed?.lasting == lasting && listed?.readingOnly == readingOnly)
    }
}
