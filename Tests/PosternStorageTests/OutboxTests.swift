import GRDB
import PosternModel
@testable import PosternPipeline
@_spi(Testing) import PosternStorage
import Testing

@Suite struct OutboxTests {
    let noon = Workbench.noon

    private func bench(sends: Int) async throws -> Workbench {
        let bench = try await Workbench()
        try await bench.draft(0..<sends)
        for number in 0..<sends {
            let send = try bench.send(
                bench.find(number), notification: .init(subject: "s", text: "t", html: "h"))
            #expect(try await bench.settle(send) == .accepted)
        }
        return bench
    }

    @Test func `a row in a courier's hands is not handed out again before its lease ends`()
        async throws
    {
        let bench = try await bench(sends: 1)
        let store = bench.store
        func due(_ courier: OutboxRow.Courier, _ limit: Int) async throws -> [OutboxRow] {
            try await store.due(courier, at: noon, limit: limit, lease: .seconds(60))
        }
        let first = try await due(.mailbox, 2)
        #expect(first.map(\.id) == [0, 2])
        #expect(first.allSatisfy { $0.courier == .mailbox && $0.notification == nil })
        #expect(try await due(.mailbox, 9).map(\.id) == [4])
        #expect(try await due(.mailbox, 9).isEmpty)
        #expect(try await store.nextDue(.mailbox) == noon.advanced(by: .seconds(60)))
        #expect(try await store.nextDue(.smtp) == noon)
        let told = try await due(.smtp, 9)
        #expect(told.map(\.id) == [1, 3, 5])
        #expect(told.allSatisfy { $0.notification == .init(subject: "s", text: "t", html: "h") })
        let later = noon.advanced(by: .seconds(61))
        #expect(
            try await store.due(.mailbox, at: later, limit: 9, lease: .seconds(60)).count == 3)
    }

    @Test
    func
        `a row put off waits for its time even when the clock was set back before it was accepted`()
        async throws
    {
        let bench = try await bench(sends: 1)
        let before = noon.advanced(by: .seconds(-7200))
        let row = try #require(
            try await bench.store.due(.smtp, at: before, limit: 1, lease: .seconds(60)).first)
        let later = before.advanced(by: .seconds(30))
        try await bench.store.delay(row.id, until: later, reason: "Busy.")
        let rest = try await bench.store.due(.smtp, at: before, limit: 9, lease: .seconds(60))
        #expect(rest.map(\.id) == [3, 5])
        #expect(try await bench.store.nextDue(.smtp) == later)
        #expect(
            try await bench.store.due(.smtp, at: later, limit: 9, lease: .seconds(60)).map(\.id)
                == [row.id])
    }

    @Test func `a row let go is handed out again, and those after it are not`() async throws {
        let bench = try await bench(sends: 2)
        let rows = try await bench.store.due(.mailbox, at: noon, limit: 4, lease: .seconds(60))
        await bench.store.release([rows[1].id])
        #expect(
            try await bench.store.due(.mailbox, at: noon, limit: 1, lease: .seconds(60)) == [
                rows[1]
            ])
        try await bench.store.deliverToMailboxes([rows[0], rows[2]], at: noon)
        let rest = try await bench.store.due(.mailbox, at: noon, limit: 9, lease: .seconds(60))
        #expect(rest.count == 2)
        #expect(rest.allSatisfy { new in !rows.contains { $0.id == new.id } })
    }

    @Test func `rows are handed out again after a restart`() async throws {
        let bench = try await bench(sends: 1)
        #expect(
            try await bench.store.due(.smtp, at: noon, limit: 9, lease: .seconds(3600)).count == 3)
        let second = try SQLiteStore(folder: bench.folder, mustExist: true)
        #expect(try await second.due(.smtp, at: noon, limit: 9, lease: .seconds(60)).count == 3)
        await second.close()
    }

    @Test func `a message for an account that is gone becomes a dead letter`() async throws {
        let bench = try await bench(sends: 1)
        let rows = try await bench.store.due(
            .mailbox, at: noon, limit: 99, lease: .seconds(60))
        let file = try DatabaseQueue(path: bench.folder + "/postern.sqlite")
        try await file.write {
            try $0.execute(
                sql: "UPDATE accounts SET address = 'moved@x.org' WHERE address = 'bob@example.org'"
            )
        }
        try await bench.store.deliverToMailboxes(rows, at: noon)
        let letters = try bench.store.deadLetters(limit: 9)
        #expect(letters.map(\.recipient.description) == ["bob@example.org"])
        #expect(letters.map(\.reason) == ["the recipient has no account"])
        #expect(try bench.store.counts().outbox == 3)
    }

    @Test(arguments: [CommitInterference.failsUndone, .failsDone])
    func `rows that could not be put into mailboxes are in nobody's hands again`(
        _ failure: CommitInterference
    ) async throws {
        let interference = Interference()
        let bench = try await Workbench(interference.options)
        try await bench.draft(0..<1)
        #expect(try await bench.settle(try bench.send(try bench.find(0))) == .accepted)
        let rows = try await bench.store.due(.mailbox, at: noon, limit: 9, lease: .seconds(60))
        #expect(!rows.isEmpty)
        interference.plan([failure])
        await #expect(throws: Fault(.storageUnwritable)) {
            try await bench.store.deliverToMailboxes(rows, at: noon)
        }
        let left = try await bench.store.due(.mailbox, at: noon, limit: 9, lease: .seconds(60))
        switch failure {
        case .failsDone: #expect(left.isEmpty)
        default: #expect(left == rows)
        }
    }

    /// What may become of a notification row.
    enum Ending: CaseIterable { case delivered, delayed, buried, notBegun }

    @Test(arguments: Ending.allCases)
    func `a row whose ending could not be written down is in nobody's hands`(
        _ ending: Ending
    ) async throws {
        let interference = Interference()
        let bench = try await Workbench(interference.options)
        try await bench.draft(0..<1)
        let send = try bench.send(
            bench.find(0), notification: .init(subject: "s", text: "t", html: "h"))
        #expect(try await bench.settle(send) == .accepted)
        let store = bench.store
        func due() async throws -> [OutboxRow] {
            try await store.due(.smtp, at: noon, limit: 1, lease: .seconds(600))
        }
        let row = try #require(try await due().first)
        interference.plan([.failsUndone])
        do {
            switch ending {
            case .delivered: try await store.delivered([row.id], at: noon)
            case .delayed: try await store.delay(row.id, until: noon, reason: "busy")
            case .buried: try await store.bury(row.id, reason: "gone", at: noon)
            case .notBegun: await store.release([row.id])
            }
            #expect(ending == .notBegun)
        } catch { #expect(error == Fault(.storageUnwritable)) }
        #expect(try await due() == [row])
    }

    @Test func `delivering to mailboxes twice changes nothing the second time`() async throws {
        let bench = try await bench(sends: 2)
        let rows = try await bench.store.due(
            .mailbox, at: noon, limit: 99, lease: .seconds(60))
        try await bench.store.deliverToMailboxes(rows, at: noon)
        try await bench.store.deliverToMailboxes(rows, at: noon.advanced(by: .seconds(5)))
        let address = try #require(EmailAddress("bob@example.org"))
        let bob = try #require(try bench.store.account(address)).id
        let items = try bench.store.mailbox(of: bob, limit: 9)
        #expect(items.map(\.message) == [Workbench.guid(1), Workbench.guid(0)])
        #expect(items.allSatisfy { $0.deliveredAt == noon })
        #expect(try bench.store.counts().outbox == 6)
    }

    @Test func `a delayed row comes again later, and a buried one lies where it is seen`()
        async throws
    {
        let bench = try await bench(sends: 1)
        let rows = try await bench.store.due(
            .mailbox, at: noon, limit: 99, lease: .seconds(60))
        let later = noon.advanced(by: .seconds(600))
        try await bench.store.delay(rows[0].id, until: later, reason: "busy")
        try await bench.store.bury(rows[1].id, reason: "gone", at: noon)
        try await bench.store.bury(rows[1].id, reason: "gone", at: noon)
        try await bench.store.delivered(rows[2...].map(\.id), at: noon)
        #expect(try await bench.store.nextDue(.mailbox) == later)
        let again = try await bench.store.due(.mailbox, at: later, limit: 9, lease: .seconds(60))
        #expect(again.map(\.id) == [rows[0].id])
        #expect(again.first?.attempts == 1)
        let dead = try bench.store.deadLetters(limit: 9)
        #expect(dead.map(\.reason) == ["gone"])
        #expect(dead.first?.id == rows[1].id)
        try await bench.store.deliverToMailboxes(again, at: later)
        #expect(try await bench.store.nextDue(.mailbox) == nil)
    }
}
