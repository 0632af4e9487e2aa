import Foundation
import PosternCredentials
import PosternModel
@testable import PosternPipeline
import PosternPolicy
@_spi(Testing) @testable import PosternStorage
import PosternTesting
import Synchronization
import Testing

/// Messages with others that take their place, from the send that brings them to their end.
@Suite struct CascadeTests {
    /// A household whose Ann may write to telephones.
    static func house(_ options: SQLiteStore.Options = .init()) async throws -> Household {
        let house = try await Household(options)
        try house.change(
            "UPDATE accounts SET \"group\" = 'crowds' WHERE address = '\(Member.ann.address)'")
        return house
    }

    private static let callback = CallbackURL("https://hooks.example/in")
    private static let minute = Duration.seconds(60)

    /// A message of a cascade; each goes to a number of its own, by which it is known.
    static func composition(_ step: Int, body: String = "At 9.") throws -> Composition {
        let phone = try #require(PhoneNumber("+4179123456\(step)"))
        return Composition(
            content: DraftContent(body: body, targets: [.address(.phone(phone))]),
            callback: callback.map {
                Callback(dialect: "test", url: $0, events: [.left, .ended])
            })
    }

    static func cascade(
        _ steps: Int = 3, _ condition: Cascade.Condition = .notDelivered
    ) throws -> Cascade {
        Cascade(
            root: try composition(1),
            steps: try (2...steps).map {
                Cascade.Step(
                    composition: try composition($0), condition: condition, wait: minute)
            })
    }

    static func send(
        _ cascade: Cascade, in house: Household, at instant: Instant? = nil, dryRun: Bool = false
    ) async -> SendOutcome {
        await house.sends.send(
            SendIntent(
                credential: Member.ann.credential, subject: .cascade(cascade), at: instant,
                inviteNewUsers: false, sendEmailNotification: false, dryRun: dryRun),
            in: RequestContext(dialect: "test", request: "r1"))
    }

    /// Sends what is due, as the scheduler does, until nothing is; says what came of each.
    @discardableResult
    private func turn(_ house: Household) async throws -> [String] {
        var words: [String] = []
        while words.count < 99,
            let due = try house.store.due(at: house.clock.now(), after: nil, limit: 1).first
        {
            words.append(await house.sends.sendDue(due).word)
        }
        return words
    }

    /// The numbers a courier is handed, by their last digit; all are delivered.
    private func carried(_ house: Household) async throws -> String {
        let rows = try await house.due(.webhook)
        try await house.store.delivered(rows.map(\.id), at: house.clock.now())
        return rows.map { String($0.recipient.description.suffix(1)) }.joined()
    }

    private func bury(_ house: Household) async throws {
        for row in try await house.due(.webhook) {
            try await house.store.bury(row.id, reason: "gone", at: house.clock.now())
        }
    }

    /// How each step stands, in order.
    private func stages(_ house: Household, _ cascade: Cascade) async throws -> [String] {
        var stages: [String] = []
        for guid in cascade.guids {
            stages.append(try await house.progress(guid).state.stage.rawValue)
        }
        return stages
    }

    private func told(_ house: Household) async throws -> [String] {
        try await house.store.dueCallbacks(at: house.clock.now(), limit: 99).map {
            "\($0.event.cascade?.step ?? 0) \($0.event.ending)"
        }
    }

    // MARK: sending

    @Test func `a cascade is one answer, one charge and one message that leaves`() async throws {
        let house = try await Self.house()
        let cascade = try Self.cascade()
        let outcome = await Self.send(cascade, in: house)
        #expect(outcome.word == "accepted" && outcome.receipt?.guid == cascade.root.guid)
        #expect(try house.count("SELECT sum(messages) FROM quotas") == 1)
        #expect(try house.count("SELECT count(*) FROM outbox") == 1)
        #expect(try await stages(house, cascade) == ["sending", "scheduled", "scheduled"])
        let message = try #require(await house.outgoing(.guid(cascade.guids[2])))
        #expect(message.cascade == CascadePlace(root: cascade.root.guid, step: 3))
        #expect(
            message.progress.state
                == .scheduled(house.clock.now().advanced(by: Self.minute * 2)))
        #expect(
            await house.outgoing(.guid(cascade.root.guid))?.cascade
                == CascadePlace(root: cascade.root.guid, step: 1))
        // Each yes is on record.
        let entries = try house.store.leaves(from: 0, limit: 9).map {
            try JSONDecoder().decode(AuditEntry.self, from: Data($0))
        }
        #expect(entries.map(\.kind) == [.send, .schedule, .schedule])
        #expect(
            entries.map(\.note) == [nil, "step 2 of a cascade", "step 3 of a cascade"])
        #expect(Set(entries.map(\.id)).count == 3)
    }

    @Test func `a cascade waits as a whole where its root does`() async throws {
        let house = try await Self.house()
        let cascade = try Self.cascade()
        let at = house.clock.now().advanced(by: .seconds(1800))
        #expect(await Self.send(cascade, in: house, at: at).word == "scheduled")
        #expect(try house.count("SELECT count(*) FROM quotas") == 0)
        #expect(
            try await house.progress(cascade.guids[2]).state
                == .scheduled(at.advanced(by: Self.minute * 2)))
        // The root leaves later than it should, and so do the others.
        house.clock.advance(by: .seconds(1800 + 7))
        #expect(try await turn(house) == ["accepted"])
        #expect(
            try await house.progress(cascade.guids[1]).state
                == .scheduled(house.clock.now().advanced(by: Self.minute)))
    }

    struct Bad: Sendable, CustomTestStringConvertible {
        let step: Int
        let word: String
        let change: @Sendable (inout Composition) throws -> Void
        var testDescription: String { "\(step): \(word)" }
    }

    @Test(arguments: [
        Bad(step: 1, word: "49") { $0.content.targets = [.address(try Self.abroad())] },
        Bad(step: 2, word: "49") { $0.content.targets = [.address(try Self.abroad())] },
        Bad(step: 3, word: "49") { $0.content.targets = [.address(try Self.abroad())] },
        Bad(step: 2, word: "contact.missing") {
            $0.content.targets = [.contact(ContactID(rawValue: 99))]
        },
        Bad(step: 3, word: "schedule.locked") { $0.content.options.fyeoType = .uniquePassword },
        Bad(step: 2, word: "target.unknown") {
            $0.content.targets = [.handle(try #require(Handle("nobody")))]
        },
    ])
    func `an objection to one refuses the whole, names it, and leaves one entry`(
        _ bad: Bad
    ) async throws {
        for dryRun in [false, true] {
            let house = try await Self.house()
            var cascade = try Self.cascade()
            if bad.step == 1 {
                try bad.change(&cascade.root)
            } else {
                try bad.change(&cascade.steps[bad.step - 2].composition)
            }
            let outcome = await Self.send(cascade, in: house, dryRun: dryRun)
            #expect(outcome.word == bad.word)
            #expect(try house.count("SELECT count(*) FROM messages") == 0)
            #expect(try house.count("SELECT count(*) FROM quotas") == 0)
            #expect(try house.store.leafCount() == 1)
            let sentence: String? =
                switch outcome {
                case .refused(let refusal): refusal.objections.first?.sentence
                case .obstructed(let obstruction): obstruction.refusal.sentence
                default: nil
                }
            #expect(
                try #require(sentence).hasPrefix("Step \(bad.step): ") == (bad.step > 1),
                "\(sentence ?? "")")
            // The record keeps the policy's own words: they can be worked out again from the facts.
            let leaf = try #require(try house.store.leaves(from: 0, limit: 1).first)
            let entry = try JSONDecoder().decode(AuditEntry.self, from: Data(leaf))
            let isObjecting = entry.decision?.objections.isEmpty == false
            #expect(isObjecting == (Int(bad.word) != nil))
            #expect(entry.decision?.objections.contains { $0.sentence.hasPrefix("Step") } != true)
        }
    }

    private static func abroad() throws -> Address { try #require(Address("+16505551234")) }

    @Test func `a dry run keeps nothing`() async throws {
        let house = try await Self.house()
        #expect(await Self.send(try Self.cascade(), in: house, dryRun: true).word == "would accept")
        #expect(try house.count("SELECT count(*) FROM messages") == 0)
        #expect(try house.store.leafCount() == 1)
    }

    @Test func `a name that is taken refuses the whole`() async throws {
        let house = try await Self.house()
        var cascade = try Self.cascade()
        #expect(await Self.send(cascade, in: house).word == "accepted")
        cascade.root.guid = .random()
        #expect(await Self.send(cascade, in: house).word == "message.taken")
        // The same name twice in one cascade is found out by the ledger alone.
        var twice = try Self.cascade()
        twice.steps[1].composition.guid = twice.steps[0].composition.guid
        #expect(await Self.send(twice, in: house).word == "message.taken")
        #expect(try house.count("SELECT count(*) FROM messages") == 3)
        #expect(try house.count("SELECT count(*) FROM cascade_steps") == 3)
    }

    // MARK: turns

    @Test func `one that is delivered ends all after it, uncharged and untold`() async throws {
        let house = try await Self.house()
        let cascade = try Self.cascade()
        #expect(await Self.send(cascade, in: house).word == "accepted")
        #expect(try await carried(house) == "1")
        // Its end brings the next step's time forward, which finds out that it is not needed.
        #expect(try await turn(house) == ["message.not-scheduled"])
        #expect(try await stages(house, cascade) == ["sent", "stopped", "stopped"])
        #expect(try house.count("SELECT sum(messages) FROM quotas") == 1)
        #expect(try await told(house) == ["1 delivered"])
        #expect(try house.operationEntries() == ["endCascade"])
        #expect(try house.store.nextDue(after: nil) == nil)
        #expect(try await house.stop(cascade.root.guid) == .tooLate)
        #expect(try await house.stop(cascade.guids[1]) == .stopped)
    }

    @Test func `one that never arrives brings the next forward, down to the last`() async throws {
        let house = try await Self.house()
        let cascade = try Self.cascade()
        #expect(await Self.send(cascade, in: house).word == "accepted")
        for _ in 0..<2 {
            try await bury(house)
            #expect(try await turn(house) == ["accepted"])
        }
        #expect(try await carried(house) == "3")
        #expect(try await turn(house) == [])
        #expect(try await stages(house, cascade) == ["sent", "sent", "sent"])
        #expect(try house.count("SELECT sum(messages) FROM quotas") == 3)
        #expect(
            try await told(house) == ["1 undelivered", "2 undelivered", "3 delivered"])
    }

    @Test func `one whose time is over is withdrawn as the next goes out`() async throws {
        let house = try await Self.house()
        let cascade = try Self.cascade(2)
        #expect(await Self.send(cascade, in: house).word == "accepted")
        house.clock.advance(by: .seconds(59))
        #expect(try await turn(house) == [])
        house.clock.advance(by: .seconds(1))
        #expect(try await turn(house) == ["accepted"])
        // What did not get out in its time must not come beside what takes its place.
        #expect(try await carried(house) == "2")
        #expect(try await stages(house, cascade) == ["stopped", "sent"])
        #expect(try await told(house) == ["1 unsent", "2 delivered"])
        #expect(house.store.leases.count == 0)
        // All is out, whatever became of the first.
        #expect(try await house.stop(cascade.root.guid) == .tooLate)
    }

    @Test(arguments: [true, false])
    func `one that a courier has in hand when its time is over is not repeated`(
        _ gotThrough: Bool
    ) async throws {
        let house = try await Self.house()
        let cascade = try Self.cascade(2)
        #expect(await Self.send(cascade, in: house).word == "accepted")
        house.clock.advance(by: .seconds(59))
        let row = try #require(try await house.due(.webhook).first)
        house.clock.advance(by: .seconds(1))
        #expect(try await turn(house) == ["accepted"])
        #expect(try await house.stop(cascade.root.guid) == .stopping)
        if gotThrough {
            try await house.store.delivered([row.id], at: house.clock.now())
        } else {
            try await house.store.delay(row.id, until: house.clock.now(), reason: "busy")
        }
        #expect(try await carried(house) == "")
        #expect(try await stages(house, cascade) == [gotThrough ? "sent" : "stopped", "stopped"])
    }

    @Test func `one that is not known to be read is followed when its time is over`()
        async throws
    {
        let house = try await Self.house()
        let cascade = try Self.cascade(2, .notRead)
        #expect(await Self.send(cascade, in: house).word == "accepted")
        #expect(try await carried(house) == "1")
        #expect(try await turn(house) == [])
        house.clock.advance(by: Self.minute)
        #expect(try await turn(house) == ["accepted"])
        #expect(try await carried(house) == "2")
    }

    @Test func `one that was refused at its time is followed at once`() async throws {
        let house = try await Self.house()
        let cascade = try Self.cascade()
        let at = house.clock.now().advanced(by: Self.minute)
        #expect(await Self.send(cascade, in: house, at: at).word == "scheduled")
        house.clock.advance(by: Self.minute)
        try house.change(
            """
            INSERT INTO quotas SELECT id, '2026-03-10', 5000, 0 FROM accounts
            WHERE address = 'ann@example.org'
            """)
        // Each is judged for itself.
        #expect(try await turn(house) == ["28", "28", "28"])
        #expect(try await stages(house, cascade) == ["refused", "refused", "refused"])
        #expect(try await told(house) == ["1 unsent", "2 unsent", "3 unsent"])
        #expect(try await house.stop(cascade.root.guid) == .tooLate)
    }

    @Test func `one that was taken back or deleted is followed by nothing`() async throws {
        for isRecalled in [true, false] {
            let house = try await Self.house()
            let cascade = try Self.cascade()
            let at = isRecalled ? nil : house.clock.now().advanced(by: Self.minute)
            _ = await Self.send(cascade, in: house, at: at)
            let operation: Asked =
                isRecalled
                ? .recall(cascade.root.guid, Recalling(reason: "R"))
                : .deleteMessage(cascade.root.guid)
            #expect(await house.perform(operation, by: .ann).word == "done")
            house.clock.advance(by: Self.minute * 5)
            _ = try await turn(house)
            #expect(try await carried(house) == "")
            #expect(try await house.progress(cascade.guids[1]).state == .stopped)
            #expect(try await house.progress(cascade.guids[2]).state == .stopped)
        }
    }

    @Test func `a step waits for the one before, however late that is`() async throws {
        let house = try await Self.house()
        let cascade = try Self.cascade()
        let at = house.clock.now().advanced(by: Self.minute)
        #expect(await Self.send(cascade, in: house, at: at).word == "scheduled")
        house.clock.advance(by: Self.minute * 10)
        let due = try house.store.due(at: house.clock.now(), after: nil, limit: 9)
        #expect(due.count == 3)
        // The root could not be sent, say.
        #expect(await house.sends.sendDue(due[1]).word == "message.not-scheduled")
        #expect(await house.sends.sendDue(due[2]).word == "message.not-scheduled")
        #expect(try await house.progress(cascade.guids[1]).state.stage == .scheduled)
        #expect(try await turn(house) == ["accepted"])
        #expect(try await carried(house) == "1")
    }

    @Test func `a restart between two steps loses neither, and repeats none`() async throws {
        let house = try await Self.house()
        let cascade = try Self.cascade()
        #expect(await Self.send(cascade, in: house).word == "accepted")
        try await bury(house)
        #expect(try await turn(house) == ["accepted"])
        await house.store.close()
        let second = try await Household(in: house.folder)
        try await bury(second)
        #expect(try await turn(second) == ["accepted"])
        #expect(try await carried(second) == "3")
        #expect(try await turn(second) == [])
        #expect(try second.count("SELECT sum(messages) FROM quotas") == 3)
        #expect(try await stages(second, cascade) == ["sent", "sent", "sent"])
    }

    @Test func `somebody is told when a step is due earlier than it was`() async throws {
        let house = try await Self.house()
        let told = Toll()
        house.store.attach(dueEarlier: { told.ring($0) })
        #expect(await Self.send(try Self.cascade(), in: house).word == "accepted")
        let now = house.clock.now()
        #expect(told.instants == [now.advanced(by: Self.minute)])
        try await bury(house)
        #expect(told.instants == [now.advanced(by: Self.minute), now])
        // A message on its own tells nobody.
        let alone = await house.send(try Self.composition(9))
        #expect(alone.word == "accepted")
        try await bury(house)
        #expect(told.instants.count == 2)
    }

    // MARK: what belongs to a cascade leaves with it alone

    @Test func `a step is not sent, moved or made a draft again on its own`() async throws {
        let house = try await Self.house()
        let cascade = try Self.cascade()
        let at = house.clock.now().advanced(by: Self.minute)
        #expect(await Self.send(cascade, in: house, at: at).word == "scheduled")
        for guid in cascade.guids {
            #expect(await house.send(guid) == "message.closed")
            let outcome = await house.sends.send(
                SendIntent(
                    credential: Member.ann.credential, subject: .draft(guid),
                    at: house.clock.now().advanced(by: .seconds(9))),
                in: RequestContext(dialect: "test", request: "r1"))
            #expect(outcome.word == "message.closed")
            #expect(
                await house.perform(.dispatch(.unschedule(.guid(guid))), by: .ann).word
                    == "message.not-scheduled")
            #expect(
                await house.perform(.saveDraft(guid, DraftContent()), by: .ann).word != "done")
        }
        #expect(try await stages(house, cascade) == ["scheduled", "scheduled", "scheduled"])
    }

    // MARK: stopping

    /// Where a cascade of three is stopped.
    enum Way: CaseIterable {
        case waiting, underWay, inHand, delivered, secondUnderWay, secondInHand, allOut, ended
    }

    @Test(arguments: [
        (Way.waiting, StopEnding.stopped, ["stopped", "stopped", "stopped"]),
        (.underWay, .stopped, ["stopped", "stopped", "stopped"]),
        (.inHand, .stopping, ["sending", "stopped", "stopped"]),
        (.delivered, .stopped, ["sent", "stopped", "stopped"]),
        (.secondUnderWay, .stopped, ["sent", "stopped", "stopped"]),
        (.secondInHand, .stopping, ["sent", "sending", "stopped"]),
        (.allOut, .tooLate, ["sent", "sent", "sent"]),
        (.ended, .tooLate, ["sent", "stopped", "stopped"]),
    ])
    func `a root speaks for its whole cascade`(
        _ way: Way, _ ending: StopEnding, _ stages: [String]
    ) async throws {
        let house = try await Self.house()
        let cascade = try Self.cascade()
        let at = way == .waiting ? house.clock.now().advanced(by: Self.minute) : nil
        _ = await Self.send(cascade, in: house, at: at)
        switch way {
        case .waiting, .underWay: break
        case .inHand: #expect(try await house.due(.webhook).count == 1)
        case .delivered: #expect(try await carried(house) == "1")
        case .secondUnderWay, .secondInHand:
            try await bury(house)
            try await turn(house)
            if way == .secondInHand { #expect(try await house.due(.webhook).count == 1) }
        case .allOut:
            for _ in 0..<2 {
                try await bury(house)
                try await turn(house)
            }
            #expect(try await carried(house) == "3")
        case .ended:
            #expect(try await carried(house) == "1")
            try await turn(house)
        }
        let callbacks = try await told(house).count
        #expect(try await house.stop([.guid(cascade.root.guid)], by: .bob) == [.missing])
        #expect(try await house.stop(cascade.root.guid) == ending)
        #expect(try await self.stages(house, cascade) == stages)
        #expect(try await house.stop(cascade.root.guid) == ending)
        // Nothing of it leaves any more, whatever time passes.
        house.clock.advance(by: .seconds(86_400))
        #expect(try await turn(house) == [])
        #expect(try await carried(house) == "")
        #expect(try house.count("SELECT count(*) FROM outbox") == 0)
        #expect(house.store.leases.count == 0)
        // Told is what had left or was on its way, and what was named; never a step whose turn had not come.
        let expected = [Way.waiting, .underWay, .inHand, .secondUnderWay, .secondInHand]
        #expect(try await told(house).count == callbacks + (expected.contains(way) ? 1 : 0))
        let stops = try house.operationEntries().filter { $0 == "stop" }
        #expect(stops.count == (ending == .tooLate ? 0 : 1))
    }

    @Test func `a later step stops those after it, and not the one before`() async throws {
        let house = try await Self.house()
        let cascade = try Self.cascade(4)
        #expect(await Self.send(cascade, in: house).word == "accepted")
        #expect(try await house.stop(cascade.guids[2]) == .stopped)
        #expect(
            try await stages(house, cascade) == ["sending", "scheduled", "stopped", "stopped"])
        try await bury(house)
        #expect(try await turn(house) == ["accepted"])
        try await bury(house)
        #expect(try await turn(house) == [])
        #expect(
            try await stages(house, cascade) == ["sent", "sent", "stopped", "stopped"])
        // The one that was named is told of.
        #expect(try await told(house) == ["3 unsent", "1 undelivered", "2 undelivered"])
    }

    @Test(arguments: [[0, 1, 2], [2, 1, 0]])
    func `all of them may be named at once, in any order`(_ order: [Int]) async throws {
        let house = try await Self.house()
        let cascade = try Self.cascade()
        #expect(await Self.send(cascade, in: house).word == "accepted")
        #expect(
            try await house.stop(order.map { .guid(cascade.guids[$0]) })
                == [.stopped, .stopped, .stopped])
        #expect(try await stages(house, cascade) == ["stopped", "stopped", "stopped"])
    }

    // MARK: races

    @Test func `of a stop and a step's turn one is first, and the other knows`() async throws {
        let house = try await Self.house()
        var (left, kept) = (0, 0)
        for _ in 0..<40 {
            let cascade = try Self.cascade(2)
            #expect(await Self.send(cascade, in: house).word == "accepted")
            try await bury(house)
            let due = try #require(
                try house.store.due(at: house.clock.now(), after: nil, limit: 1).first)
            async let outcome = house.sends.sendDue(due).word
            async let ending = house.stop(cascade.root.guid)
            let ended = try await (outcome, ending)
            // Whoever was first: nothing leaves after the stop was answered.
            #expect(ended.1 == .stopped)
            #expect(try await carried(house) == "")
            #expect(try await stages(house, cascade) == ["sent", "stopped"])
            if ended.0 == "accepted" { left += 1 } else { kept += 1 }
        }
        #expect(left + kept == 40)
        // The root is charged each time, and a step only where it was accepted before the stop came.
        #expect(try house.count("SELECT sum(messages) FROM quotas") == 40 + left)
    }

    @Test func `of a delivery and a step's turn one is first, and the other knows`()
        async throws
    {
        let house = try await Self.house()
        for _ in 0..<40 {
            let cascade = try Self.cascade(2)
            #expect(await Self.send(cascade, in: house).word == "accepted")
            house.clock.advance(by: .seconds(30))
            let row = try #require(try await house.due(.webhook).first)
            house.clock.advance(by: .seconds(30))
            let due = try #require(
                try house.store.due(at: house.clock.now(), after: nil, limit: 1).first)
            let now = house.clock.now()
            async let outcome = house.sends.sendDue(due).word
            async let done: Void = house.store.delivered([row.id], at: now)
            let word = try await (outcome, done).0
            // A step that left did so before it was known that the root had arrived.
            let second = try await house.progress(cascade.guids[1])
            #expect(word == (second.sentAt == nil ? "message.not-scheduled" : "accepted"))
            _ = try await carried(house)
            _ = try await turn(house)
            #expect(try house.count("SELECT count(*) FROM schedules") == 0)
            #expect(house.store.leases.count == 0)
        }
    }

    // MARK: faults

    @Test(arguments: [CommitInterference.failsUndone, .failsDone])
    func `a cascade that was not written down is not there, and one that was is whole`(
        _ failure: CommitInterference
    ) async throws {
        let commits = Interference()
        let house = try await Self.house(commits.options)
        // The use of the session is noted before the send's commit.
        #expect(await house.perform(.describeUser, by: .ann).word == "done")
        try await house.store.probe()
        let cascade = try Self.cascade()
        commits.plan([failure])
        #expect(await Self.send(cascade, in: house).word == "storage.unwritable")
        let count = failure == .failsDone ? 3 : 0
        #expect(try house.count("SELECT count(*) FROM messages") == count)
        #expect(try house.count("SELECT count(*) FROM cascade_steps") == count)
        #expect(try house.count("SELECT count(*) FROM schedules") == max(0, count - 1))
        #expect(try house.store.leafCount() == count)
    }

    @Test(arguments: [CommitInterference.failsUndone, .failsDone], [true, false])
    func `a turn that was not written down is taken again, and one that was is not`(
        _ failure: CommitInterference, _ goes: Bool
    ) async throws {
        let commits = Interference()
        let house = try await Self.house(commits.options)
        let cascade = try Self.cascade()
        #expect(await Self.send(cascade, in: house).word == "accepted")
        if goes { try await bury(house) } else { #expect(try await carried(house) == "1") }
        let due = try #require(
            try house.store.due(at: house.clock.now(), after: nil, limit: 1).first)
        commits.plan([failure])
        #expect(await house.sends.sendDue(due).word == "storage.unwritable")
        let again = await house.sends.sendDue(due).word
        switch (goes, failure) {
        case (true, .failsDone): #expect(again == "replayed")
        case (true, _): #expect(again == "accepted")
        case (false, .failsDone): #expect(again == "message.closed")
        case (false, _): #expect(again == "message.not-scheduled")
        }
        #expect(try house.count("SELECT sum(messages) FROM quotas") == (goes ? 2 : 1))
        #expect(
            try await stages(house, cascade)
                == (goes ? ["sent", "sending", "scheduled"] : ["sent", "stopped", "stopped"]))
        #expect(house.store.leases.count == 0)
    }

    @Test(arguments: [CommitInterference.failsUndone, .failsDone])
    func `a withdrawal that was not written down withdraws nothing`(
        _ failure: CommitInterference
    ) async throws {
        let commits = Interference()
        let house = try await Self.house(commits.options)
        let cascade = try Self.cascade(2)
        #expect(await Self.send(cascade, in: house).word == "accepted")
        house.clock.advance(by: Self.minute)
        let due = try #require(
            try house.store.due(at: house.clock.now(), after: nil, limit: 1).first)
        commits.plan([failure])
        #expect(await house.sends.sendDue(due).word == "storage.unwritable")
        #expect(try await carried(house) == (failure == .failsDone ? "2" : "1"))
        #expect(house.store.leases.count == 0)
    }

    // MARK: lists

    @Test func `a list tells cascades apart`() async throws {
        let house = try await Self.house()
        let (first, second) = (try Self.cascade(), try Self.cascade(2))
        let alone = try Self.composition(7)
        #expect(await Self.send(first, in: house).word == "accepted")
        #expect(await Self.send(second, in: house).word == "accepted")
        #expect(await house.send(alone).word == "accepted")
        func found(_ search: OutgoingSearch, by member: Member = .ann) async throws -> Set<
            MessageGUID
        > {
            Set(try await house.outgoings(search, by: member).items.map(\.guid))
        }
        let root = first.root.guid
        #expect(try await found(OutgoingSearch(cascade: root)) == Set(first.guids))
        #expect(try await found(OutgoingSearch(cascade: root), by: .bob) == [])
        #expect(try await found(OutgoingSearch(cascade: first.guids[1])) == [])
        #expect(
            try await found(OutgoingSearch(messages: [first.guids[1], alone.guid], cascade: root))
                == [first.guids[1]])
        #expect(
            try await found(OutgoingSearch(stages: [.scheduled], cascade: root))
                == Set(first.guids.dropFirst()))
        #expect(try await found(OutgoingSearch(isRoot: true)) == [root, second.root.guid])
        #expect(
            try await found(OutgoingSearch(isRoot: false))
                == Set(first.guids.dropFirst() + second.guids.dropFirst() + [alone.guid]))
    }
}

/// Remembers the instants it is rung for.
final class Toll: Sendable {
    private let rung = Mutex<[Instant]>([])
    var instants: [Instant] { rung.withLock { $0 } }
    func ring(_ instant: Instant) { rung.withLock { $0.append(instant) } }
}

extension Cascade {
    /// Its messages' names, in their order.
    fileprivate var guids: [MessageGUID] { [root.guid] + steps.map(\.composition.guid) }
}
