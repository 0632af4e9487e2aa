import Foundation
import PosternCoreContract
import PosternModel
import PosternPipeline
@_spi(Testing) import PosternStorage
import Testing

/// What every outbox promises its couriers, held against the ledger's and a core's spool.
@Suite struct OutboxContractTests {
    let noon = Workbench.noon

    enum Kind: CaseIterable { case ledger, spool }

    /// An outbox with three notifications due, and how its commits go.
    private struct Stand {
        let outbox: any Outbox
        let interference: Interference
        /// Opens the same file again, beside the first.
        let reopen: @Sendable () throws -> (any Outbox, @Sendable () async -> Void)
        /// Keeps the folder.
        let owner: any Sendable
    }

    private func stand(_ kind: Kind) async throws -> Stand {
        switch kind {
        case .ledger:
            let interference = Interference()
            let bench = try await Workbench(interference.options)
            try await bench.draft(0..<1)
            let send = try bench.send(
                bench.find(0), notification: .init(subject: "s", text: "t", html: "h"))
            #expect(try await bench.settle(send) == .accepted)
            return Stand(
                outbox: bench.store, interference: interference,
                reopen: {
                    let again = try SQLiteStore(folder: bench.folder, mustExist: true)
                    return (again, { await again.close() })
                }, owner: bench)
        case .spool:
            let bench = try SpoolBench()
            try await bench.entrust(0..<3)
            return Stand(
                outbox: bench.spool, interference: bench.interference,
                reopen: {
                    let again = try DeliverySpool(folder: bench.folder)
                    return (again, { await again.close() })
                }, owner: bench)
        }
    }

    private func due(
        _ outbox: any Outbox, at instant: Instant? = nil, limit: Int = 99
    ) async throws -> [OutboxRow] {
        try await outbox.due(.smtp, at: instant ?? noon, limit: limit, lease: .seconds(60))
    }

    @Test(arguments: Kind.allCases)
    func `rows are handed out in order, each to one courier until its lease ends`(
        _ kind: Kind
    ) async throws {
        let stand = try await stand(kind)
        let first = try await due(stand.outbox, limit: 2)
        #expect(first.count == 2)
        #expect(first.allSatisfy { $0.courier == .smtp && $0.notification != nil })
        #expect(first.allSatisfy { $0.attempts == 0 && $0.acceptedAt == noon })
        let rest = try await due(stand.outbox)
        #expect(rest.count == 1)
        #expect((first + rest).map(\.id) == (first + rest).map(\.id).sorted())
        #expect(try await due(stand.outbox).isEmpty)
        #expect(try await stand.outbox.nextDue(.smtp) == noon.advanced(by: .seconds(60)))
        #expect(try await due(stand.outbox, at: noon.advanced(by: .seconds(61))).count == 3)
    }

    @Test(arguments: Kind.allCases) func `one courier's rows are not another's`(
        _ kind: Kind
    ) async throws {
        let stand = try await stand(kind)
        #expect(
            try await stand.outbox.due(.webhook, at: noon, limit: 9, lease: .seconds(9)).isEmpty)
        #expect(try await stand.outbox.nextDue(.webhook) == nil)
        #expect(try await stand.outbox.nextDue(.smtp) == noon)
        #expect(
            try await stand.outbox.due(.smtp, at: noon, limit: 0, lease: .seconds(9)).isEmpty)
    }

    @Test(arguments: Kind.allCases) func `a row handed back is handed out again at once`(
        _ kind: Kind
    ) async throws {
        let stand = try await stand(kind)
        let rows = try await due(stand.outbox)
        await stand.outbox.release([rows[1].id])
        #expect(try await due(stand.outbox) == [rows[1]])
    }

    @Test(arguments: Kind.allCases) func `rows in hands are handed out again after a restart`(
        _ kind: Kind
    ) async throws {
        let stand = try await stand(kind)
        let rows = try await due(stand.outbox)
        let (again, close) = try stand.reopen()
        #expect(try await due(again) == rows)
        await close()
    }

    @Test(arguments: Kind.allCases)
    func `a row put off waits for its time and has one attempt more`(_ kind: Kind) async throws {
        let stand = try await stand(kind)
        let rows = try await due(stand.outbox)
        let later = noon.advanced(by: .seconds(600))
        try await stand.outbox.delay(rows[0].id, until: later, reason: "Busy.")
        try await stand.outbox.delivered([rows[1].id], at: noon)
        try await stand.outbox.bury(rows[2].id, reason: "Gone.", at: noon)
        #expect(try await due(stand.outbox).isEmpty)
        #expect(try await stand.outbox.nextDue(.smtp) == later)
        let again = try await due(stand.outbox, at: later)
        #expect(again.map(\.id) == [rows[0].id])
        #expect(again.first?.attempts == 1)
        #expect(again.first?.notification == rows[0].notification)
        try await stand.outbox.delivered(again.map(\.id), at: later)
        #expect(try await stand.outbox.nextDue(.smtp) == nil)
    }

    @Test(arguments: Kind.allCases) func `what is settled twice is settled once`(
        _ kind: Kind
    ) async throws {
        let stand = try await stand(kind)
        let rows = try await due(stand.outbox)
        let ids = rows.map(\.id)
        for _ in 0..<2 {
            try await stand.outbox.delivered([ids[0]], at: noon)
            try await stand.outbox.bury(ids[0], reason: "Gone.", at: noon)
            try await stand.outbox.delay(ids[0], until: noon, reason: "Busy.")
        }
        await stand.outbox.release(ids)
        #expect(try await due(stand.outbox).map(\.id) == Array(ids[1...]))
    }

    enum Ending: CaseIterable { case delivered, delayed, buried }

    /// Every ending, failing in both ways.
    static let failures = Kind.allCases.flatMap { kind in
        Ending.allCases.flatMap { ending in
            [CommitInterference.failsUndone, .failsDone].map { (kind, ending, $0) }
        }
    }

    @Test(arguments: failures)
    func `a row whose ending could not be written down is in nobody's hands`(
        _ kind: Kind, _ ending: Ending, _ failure: CommitInterference
    ) async throws {
        let stand = try await stand(kind)
        let row = try #require(try await due(stand.outbox, limit: 1).first)
        stand.interference.plan([failure])
        await #expect(throws: Fault(.storageUnwritable)) {
            switch ending {
            case .delivered: try await stand.outbox.delivered([row.id], at: noon)
            case .delayed: try await stand.outbox.delay(row.id, until: noon, reason: "Busy.")
            case .buried: try await stand.outbox.bury(row.id, reason: "Gone.", at: noon)
            }
        }
        let again = try await due(stand.outbox, limit: 1)
        switch (failure, ending) {
        case (.failsUndone, _): #expect(again == [row])
        // It happened, unheard: a row put off is due again, and one that ended never comes back.
        case (_, .delayed): #expect(again.map(\.id) == [row.id] && again.first?.attempts == 1)
        default: #expect(again.map(\.id) != [row.id] && again.count == 1)
        }
    }
}
