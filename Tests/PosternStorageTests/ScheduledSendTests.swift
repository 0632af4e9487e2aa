import Foundation
import PosternCredentials
import PosternModel
import PosternPipeline
import PosternStorage
import PosternTesting
import Testing

/// Messages that are put off, and judged again when their time comes.
@Suite struct ScheduledSendTests {
    private static let hour = Duration.seconds(3600)

    /// The one message that waits.
    private static func due(
        _ house: Household, _ guid: MessageGUID, _ member: Member = .ann
    ) throws -> DueMessage {
        let session = try house.store.view { view throws(Fault) in
            try view.session(TokenDigest(of: member.credential.token))
        }
        return DueMessage(
            number: 1, guid: guid, owner: try #require(session), dueAt: house.clock.now(),
            dialect: "test",
            notifies: false, invites: false)
    }

    @Test func `a message waits, uncharged and undelivered, and leaves at its time`() async throws {
        let house = try await ComposedSendTests.house()
        let at = house.clock.now().advanced(by: Self.hour)
        let outcome = await house.send(
            ComposedSendTests.composition([ComposedSendTests.list(1)]), at: at)
        let receipt = try #require(outcome.receipt, "\(outcome.word)")
        #expect(outcome.word == "scheduled")
        #expect(receipt.recipients.count == 2)
        #expect(try house.count("SELECT count(*) FROM quotas") == 0)
        #expect(try house.count("SELECT count(*) FROM outbox") == 0)
        #expect(try house.count("SELECT due_at FROM schedules") == Int(at.milliseconds))

        // Whoever joins the list, or leaves it, does so too late.
        try house.change("DELETE FROM contact_list_members WHERE contact = 2")
        house.clock.advance(by: Self.hour)
        let due = try Self.due(house, receipt.guid)
        #expect(await house.sends.sendDue(due).word == "accepted")
        try await house.deliver()
        #expect(await house.read(receipt.guid, by: .bob).message?.body == "At 9.")
        #expect(await house.read(receipt.guid, by: .cay).message?.body == "At 9.")
        #expect(try house.count("SELECT sum(messages) FROM quotas") == 1)
        #expect(try house.count("SELECT count(*) FROM schedules") == 0)
        // A second call, after a crash say, changes nothing.
        #expect(await house.sends.sendDue(due).word == "replayed")
        #expect(try house.count("SELECT sum(messages) FROM quotas") == 1)
        #expect(try Self.kinds(house) == ["schedule", "send"])
    }

    /// The kinds of entries about sends, without the reading in between.
    private static func kinds(_ house: Household) throws -> [String] {
        try house.store.leaves(from: 0, limit: 100).map {
            try JSONDecoder().decode(AuditEntry.self, from: Data($0)).kind.rawValue
        }.filter { $0 != "operation" }
    }

    struct Turn: Sendable, CustomTestStringConvertible {
        /// What happens while the message waits.
        var change: String
        var word: String
        var testDescription: String { "\(change): \(word)" }
    }

    @Test(arguments: [
        Turn(change: "SELECT 1", word: "accepted"),
        Turn(
            change: "UPDATE accounts SET status = 'disabled' WHERE address = 'ann@example.org'",
            word: "811"),
        Turn(
            change: "UPDATE accounts SET status = 'disabled' WHERE address = 'bob@example.org'",
            word: "8871"),
        Turn(
            change: """
                INSERT INTO quotas SELECT id, '2026-03-10', 5000, 0 FROM accounts
                WHERE address = 'ann@example.org'
                """, word: "28"),
        Turn(change: "DELETE FROM schedules", word: "message.not-scheduled"),
    ])
    func `a message is judged again at its time`(_ turn: Turn) async throws {
        let house = try await ComposedSendTests.house()
        let at = house.clock.now().advanced(by: .seconds(60))
        let guid = try #require(
            await house.send(
                ComposedSendTests.composition([ComposedSendTests.contact(1)]), at: at
            ).receipt
        ).guid
        try house.change(turn.change)
        house.clock.advance(by: .seconds(60))
        let due = try Self.due(house, guid)
        #expect(await house.sends.sendDue(due).word == turn.word)
        guard turn.word != "accepted", turn.word != "message.not-scheduled" else { return }
        #expect(try house.count("SELECT refused_with FROM stops") == Int(turn.word))
        #expect(try house.count("SELECT count(*) FROM schedules") == 0)
        #expect(try house.count("SELECT count(*) FROM outbox") == 0)
        #expect(try Self.kinds(house) == ["schedule", "send"])
        // It is never sent any more.
        #expect(await house.send(guid) == (turn.word == "811" ? "811" : "message.closed"))
        #expect(await house.sends.sendDue(due).word != "accepted")
    }

    @Test(arguments: [
        (-61, "schedule.out-of-reach"), (-59, "accepted"), (0, "accepted"), (1, "scheduled"),
        (366 * 86_400, "scheduled"), (366 * 86_400 + 1, "schedule.out-of-reach"),
    ])
    func `a time that has just passed is now, and none is more than a year away`(
        _ seconds: Int, _ word: String
    ) async throws {
        let house = try await ComposedSendTests.house()
        let at = house.clock.now().advanced(by: .seconds(seconds))
        #expect(
            await house.send(
                ComposedSendTests.composition([ComposedSendTests.contact(1)]), at: at
            ).word == word)
    }

    @Test func `a draft is scheduled, moved, and sent before its time`() async throws {
        let house = try await ComposedSendTests.house()
        let guid = try await house.draft(
            DraftContent(to: [Member.bob.address], subject: "S", body: "B"))
        for hours in [2, 3] {
            let at = house.clock.now().advanced(by: Self.hour * hours)
            let outcome = await house.sends.send(
                SendIntent(credential: Member.ann.credential, subject: .draft(guid), at: at),
                in: RequestContext(dialect: "test", request: "r1"))
            #expect(outcome.word == "scheduled")
            #expect(try house.count("SELECT due_at FROM schedules") == Int(at.milliseconds))
        }
        #expect(await house.send(guid) == "accepted")
        #expect(try house.count("SELECT count(*) FROM schedules") == 0)
        let due = try Self.due(house, guid)
        #expect(await house.sends.sendDue(due).word == "replayed")
        #expect(try house.count("SELECT sum(messages) FROM quotas") == 1)
    }

    @Test func `a message under a password does not wait`() async throws {
        let house = try await ComposedSendTests.house()
        let guid = try await house.draft(
            DraftContent(
                to: [Member.bob.address], subject: "S", body: "B",
                options: MessageOptions(fyeoType: .uniquePassword)))
        let outcome = await house.sends.send(
            SendIntent(
                credential: Member.ann.credential, subject: .draft(guid),
                at: house.clock.now().advanced(by: Self.hour), password: Household.word),
            in: RequestContext(dialect: "test", request: "r1"))
        #expect(outcome.word == "schedule.locked")
    }

    @Test(arguments: [false, true], [false, true])
    func `a load leaves alone what waits for its time, and what was stopped`(
        _ isStopped: Bool, _ isSent: Bool
    ) async throws {
        let house = try await Household()
        let guid = try await house.compose(
            DraftContent(to: [Member.bob.address], subject: "S", body: "B"))
        try await house.schedule(guid, at: house.clock.now())
        if isStopped { #expect(try await house.stop(guid) == .stopped) }
        let before = try house.count("SELECT revision FROM messages")
        let plan = try LoadFile.read(
            """
            messages:
              - {guid: \(guid), owner: ann@example.org, to: [cay@example.org], subject: Other, sent: \(isSent)}
            """)
        let report = try await house.store.load(plan, at: house.clock.now()) { _ throws(Fault) in
            throw Fault(.passwordUncheckable)
        }
        #expect(report.untouched == 1 && report.drafts == 0 && report.sent == 0)
        #expect(try house.count("SELECT revision FROM messages") == before)
        #expect(await house.outgoing(.guid(guid))?.content.subject == "S")
        let due = try house.store.due(at: house.clock.now(), after: nil, limit: 9)
        #expect(due.count == (isStopped ? 0 : 1))
    }
}
