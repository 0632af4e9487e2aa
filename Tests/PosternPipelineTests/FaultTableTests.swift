import PosternModel
import PosternPipeline
import PosternTesting
import Testing

/// Every port call that can fail, both ways, and what the client, the quota and the log then say.
@Suite struct FaultTableTests {
    /// One row: what goes wrong, what the client hears, and what a retry then gets.
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var loads: [FaultPlan.Turn] = []
        var commits: [FaultPlan.Turn] = []
        var password: Secret?
        let hears: String
        /// Charged and recorded although the client heard otherwise: a retry must find it.
        let settled: Bool
        let retryHears: String
    }

    static let rows = [
        Row(
            testDescription: "the session cannot be read",
            loads: [.failsUndone(.storageUnreadable)], hears: "storage.unreadable",
            settled: false, retryHears: "accepted"),
        Row(
            testDescription: "the draft cannot be read",
            loads: [.well, .failsUndone(.storageUnreadable)], hears: "storage.unreadable",
            settled: false, retryHears: "accepted"),
        Row(
            testDescription: "the commit fails and nothing has happened",
            commits: [.failsUndone(.storageUnwritable)], hears: "storage.unwritable",
            settled: false, retryHears: "accepted"),
        Row(
            testDescription: "the commit happens and is told to have failed",
            commits: [.failsDone(.storageUnwritable)], hears: "storage.unwritable", settled: true,
            retryHears: "replayed"),
        Row(
            testDescription: "the audit log was tampered with",
            commits: [.failsUndone(.auditTamperedWith)], hears: "audit.tampered-with",
            settled: false, retryHears: "accepted"),
    ]

    @Test(arguments: rows)
    func `what is heard, charged and recorded agrees with the table`(row: Row) async throws {
        let corridor = try Corridor()
        corridor.ledger.loads.plan(row.loads)
        corridor.ledger.commits.plan(row.commits)
        #expect(await corridor.send().word == row.hears)
        #expect(corridor.used == (row.settled ? 1 : 0))
        #expect(try corridor.entries.count == (row.settled ? 1 : 0))
        #expect(await corridor.send().word == row.retryHears)
        // Whatever happened first, the message has left once, is charged once and recorded once.
        #expect(corridor.used == 1)
        #expect(try corridor.entries.count == 1)
    }

    @Test func `a refusal that cannot be recorded is not answered`() async throws {
        let corridor = try Corridor { $0.body = "the vpn password" }
        corridor.ledger.commits.plan([.failsUndone(.storageUnwritable)])
        #expect(await corridor.send().word == "storage.unwritable")
        #expect(await corridor.send().word == "17")
    }

    @Test(arguments: [
        FaultPlan.Turn.failsUndone(.storageUnwritable), .failsDone(.storageUnwritable),
    ])
    func `no password is looked at when its attempt cannot be counted`(
        turn: FaultPlan.Turn
    ) async throws {
        let corridor = try await Corridor.confidential()
        corridor.ledger.commits.plan([turn])
        #expect(await corridor.send(password: Corridor.password).word == "storage.unwritable")
        #expect(corridor.used == 0)
        #expect(await corridor.send(password: Corridor.password).word == "accepted")
    }

    @Test func `a right password is no wrong one when the send cannot be settled`() async throws {
        let corridor = try await Corridor.confidential()
        corridor.ledger.commits.plan([.well, .well, .failsUndone(.storageUnwritable)])
        #expect(await corridor.send(password: Corridor.password).word == "storage.unwritable")
        let state = corridor.ledger.snapshot
        #expect(state.attempts.isEmpty)
        #expect(state.pending[corridor.draft.guid]?[Corridor.ann] == 0)
        #expect(await corridor.send(password: Corridor.password).word == "accepted")
    }

    @Test func `a wrong password that cannot be counted is not answered`() async throws {
        let corridor = try await Corridor.confidential()
        corridor.ledger.commits.plan([.well, .failsUndone(.storageUnwritable)])
        #expect(await corridor.send(password: Secret("wrong")).word == "storage.unwritable")
        #expect(corridor.ledger.snapshot.pending[corridor.draft.guid]?[Corridor.ann] == 1)
    }
}
