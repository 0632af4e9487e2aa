import PosternModel
@testable import PosternPipeline
@_spi(Testing) @testable import PosternStorage
import PosternTesting
import Testing

/// Rows that a delivery core elsewhere carries.
@Suite struct EntrustedRowsTests {
    /// A message to a telephone on its way, whose sender wants to hear how it ends.
    private struct Text {
        let house: Household
        let guid: MessageGUID
        let row: OutboxRow.ID

        var store: SQLiteStore { house.store }
        var named: EntrustedRow { EntrustedRow(row: row, message: guid) }

        /// What its sender was told, or will be.
        var told: [String] {
            get async throws {
                try await store.dueCallbacks(at: house.clock.now(), limit: 9).filter {
                    $0.event.message == guid
                }.map(\.event.ending.rawValue)
            }
        }

        var end: EntrustedCase.End {
            get async throws {
                guard try house.count("SELECT count(*) FROM outbox WHERE id = \(row)") == 1 else {
                    switch try await told {
                    case ["delivered"]: return .delivered
                    case ["undelivered"]: return .dead
                    case ["unsent"]: return .withdrawn
                    case let told: throw Unexpected("told \(told)")
                    }
                }
                #expect(try await told.isEmpty)
                let column = "coalesce(withdrawal, -1)"
                switch try house.count("SELECT \(column) FROM outbox WHERE id = \(row)") {
                case 0: return .mustBeWithdrawn
                case 1: return .isBeingWithdrawn
                default:
                    return
                        try house.count("SELECT entrusting FROM outbox WHERE id = \(row)") == 3
                        ? .isElsewhere : .waits
                }
            }
        }

        func due() async throws -> [OutboxRow.ID] {
            try await house.due(.webhook).map(\.id).filter { $0 == row }
        }

        func hear(_ word: EntrustedCase.Word) async throws {
            try await store.heard(
                [CoreWord(named, word.standing(at: house.clock.now()))], at: house.clock.now())
        }

        func entrust() async throws {
            // In hand now, if it was not among those taken with another's.
            _ = try await due()
            #expect(try await store.handing([row], to: .core, at: house.clock.now()) == [row])
            try await hear(.waiting)
        }
    }

    private func household(_ options: SQLiteStore.Options = .init()) async throws -> Household {
        let house = try await Household(options)
        try house.change(
            "UPDATE accounts SET \"group\" = 'crowds' WHERE address = '\(Member.ann.address)'")
        return house
    }

    private func text(in house: Household) async throws -> Text {
        let phone = try #require(PhoneNumber("+41791234567"))
        let callback = Callback(
            dialect: "test", url: try #require(CallbackURL("https://hooks.example/")),
            events: [.ended])
        let composition = Composition(
            content: DraftContent(body: "At 9.", targets: [.address(.phone(phone))]),
            callback: callback)
        try #require(await house.send(composition).word == "accepted")
        let row = try house.count("SELECT max(id) FROM outbox WHERE courier = 'webhook'")
        return Text(house: house, guid: composition.guid, row: OutboxRow.ID(row))
    }

    private func lose(_ store: SQLiteStore, _ now: Instant, limit: Int = 500) async throws -> Int {
        var (last, count): (OutboxRow.ID?, Int) = (nil, 0)
        while let portion = try await store.entrustAnew(after: last, limit: limit, at: now) {
            (last, count) = (portion.last, count + portion.count)
        }
        return count
    }

    // MARK: the table

    @Test(arguments: EntrustedCase.all)
    func `a row ends as the table says, and every view says so`(
        _ example: EntrustedCase
    ) async throws {
        let house = try await household()
        let text = try await text(in: house)
        let (store, row) = (house.store, text.row)
        for step in example.steps {
            let now = house.clock.now()
            switch step {
            case .taken:
                house.clock.advance(by: .seconds(1))
                #expect(try await text.due() == [row])
            case .leaving, .handing:
                let isStopped = example.steps.prefix(2).contains(.stopped)
                let hands: OutboxRow.Hands = step == .leaving ? .courier : .core
                #expect(
                    try await store.handing([row], to: hands, at: now) == (isStopped ? [] : [row]))
            case .unanswered: try await store.unanswered(row)
            case .delayed: try await store.delay(row, until: now, reason: "Busy.")
            case .released: await store.release([row])
            case .died: store.leases.release([row])
            case .buried: try await store.bury(row, reason: "Given up.", at: now)
            case .stopped: _ = try await house.stop(text.guid)
            case .says(let word): try await text.hear(word)
            case .lost: _ = try await lose(store, now)
            }
        }
        #expect(try await text.end == example.end)
        #expect(
            store.leases.count
                == (example.steps.last == .lost && example.end == .waits
                    && !example.steps.contains(.says(.waiting)) ? 1 : 0))

        let progress = try await house.progress(text.guid)
        let isStopped = example.steps.contains(.stopped)
        switch example.end {
        case .waits, .isElsewhere, .mustBeWithdrawn, .isBeingWithdrawn:
            #expect(progress.state == .sending)
            #expect([progress.pending, progress.failed, progress.stopped] == [1, 0, 0])
        case .delivered:
            #expect(progress.state == .sent)
            #expect([progress.pending, progress.failed, progress.stopped] == [0, 0, 0])
        case .dead:
            #expect([progress.pending, progress.failed, progress.stopped] == [0, 1, 0])
        case .withdrawn:
            #expect(progress.state == .stopped)
            #expect([progress.pending, progress.failed, progress.stopped] == [0, 0, 1])
        }
        #expect(
            try await store.withdrawalsOwed(limit: 9)
                == (example.end == .mustBeWithdrawn ? [text.named] : []))
        #expect(
            try store.entrustedCount()
                == (try house.count("SELECT count(*) FROM outbox WHERE entrusting = 3")))
        if example.end != .waits {
            house.clock.advance(by: .seconds(1_800))
            #expect(try await text.due().isEmpty)
            #expect(try await store.nextDue(.webhook) == nil)
        }
        // Asked again, a stop says what there is to say.
        switch example.end {
        case .delivered, .dead: #expect(try await house.stop(text.guid) == .tooLate)
        case .withdrawn: #expect(try await house.stop(text.guid) == .stopped)
        case .isElsewhere, .mustBeWithdrawn, .isBeingWithdrawn:
            #expect(try await house.stop(text.guid) == .stopping)
        case .waits: #expect(!isStopped)
        }
    }

    @Test
    func `a stop of what may have left comes too late, and says in the log that it was asked for`()
        async throws
    {
        let house = try await household()
        let text = try await text(in: house)
        _ = try await text.due()
        let now = house.clock.now()
        #expect(try await house.store.handing([text.row], to: .courier, at: now) == [text.row])
        try await house.store.unanswered(text.row)
        try await house.store.delay(text.row, until: now, reason: "No answer.")
        let entries = try house.count("SELECT count(*) FROM audit_entries")
        #expect(try await house.stop(text.guid) == .tooLate)
        #expect(try await text.told == ["undelivered"])
        #expect(try house.count("SELECT count(*) FROM audit_entries") == entries + 1)
        #expect(
            try house.store.deadLetters(limit: 9).map(\.reason) == [Withdrawal.tooLateToSay])
        #expect(try await house.stop(text.guid) == .tooLate)
        #expect(try house.count("SELECT count(*) FROM audit_entries") == entries + 1)
    }

    @Test(arguments: [OutboxRow.Hands.courier, .core])
    func `what a dead process may have handed out is not forgotten by a note that fails`(
        _ hands: OutboxRow.Hands
    ) async throws {
        let interference = Interference()
        let house = try await household(interference.options)
        let text = try await text(in: house)
        let now = house.clock.now()
        _ = try await text.due()
        #expect(try await house.store.handing([text.row], to: hands, at: now) == [text.row])
        house.store.leases.release([text.row])
        _ = try await text.due()
        interference.plan([.failsUndone])
        await #expect(throws: Fault.self) {
            try await house.store.handing([text.row], to: hands, at: now)
        }
        #expect(house.store.leases.count == 0)
        #expect(try await house.stop(text.guid) == (hands == .core ? .stopping : .tooLate))
    }

    // MARK: messages that go while the core has them

    @Test(arguments: [EntrustedCase.Word.withdrawn, .delivered, .undelivered])
    func `a recalled message is withdrawn, and told of when it is known what happened`(
        _ word: EntrustedCase.Word
    ) async throws {
        let house = try await household()
        let text = try await text(in: house)
        try await text.entrust()
        let recalledAt = house.clock.now()
        let outcome = await house.perform(.recall(text.guid, Recalling(reason: "R")), by: .ann)
        #expect(outcome.word == "done")
        #expect(try await text.end == .mustBeWithdrawn)
        house.clock.advance(by: .seconds(5))
        try await text.hear(word)
        let told: [EntrustedCase.Word: String] = [
            .delivered: "delivered", .undelivered: "undelivered", .withdrawn: "unsent",
        ]
        #expect(try await text.told == [told[word]])
        let call = try #require(
            try await house.store.dueCallbacks(at: house.clock.now(), limit: 9).first)
        #expect(call.event.at == (word == .withdrawn ? recalledAt : house.clock.now()))
        // What a core gave up may have left on a call that nobody answered: that is for somebody to know.
        #expect(try house.store.deadLetters(limit: 9).isEmpty == (word != .undelivered))
    }

    @Test func `a recalled message that comes back undone is told of as not sent`() async throws {
        let house = try await household()
        let text = try await text(in: house)
        _ = try await text.due()
        #expect(
            try await house.store.handing([text.row], to: .core, at: house.clock.now()) == [
                text.row
            ])
        _ = await house.perform(.recall(text.guid, Recalling(reason: "R")), by: .ann)
        #expect(try await text.told.isEmpty)
        try await house.store.delay(text.row, until: house.clock.now(), reason: "Busy.")
        #expect(try await text.told == ["unsent"])
    }

    @Test func `an erased message is withdrawn, and nobody is told`() async throws {
        let house = try await household()
        let text = try await text(in: house)
        try await text.entrust()
        try house.change("UPDATE messages SET erase_at = 0 WHERE hex(guid) = upper('\(text.guid)')")
        #expect(try await house.erase() == 1)
        #expect(try await house.store.withdrawalsOwed(limit: 9) == [text.named])
        try await text.hear(.withdrawn)
        #expect(try house.count("SELECT count(*) FROM outbox") == 0)
        #expect(try await text.told.isEmpty)
        #expect(try house.store.deadLetters(limit: 9).isEmpty)
    }

    @Test func `a notification at the core is withdrawn with its message`() async throws {
        let house = try await Household()
        let guid = try await house.accepted()
        try await house.deliver()
        let row = try #require(try await house.due(.smtp).first)
        let named = EntrustedRow(row: row.id, message: guid)
        let now = house.clock.now()
        #expect(try await house.store.handing([row.id], to: .core, at: now) == [row.id])
        try await house.store.heard(
            [CoreWord(named, .waiting(isWithdrawing: false))], at: now)
        #expect(try await house.progress(guid).state == .sent)
        #expect(try await house.stop(guid) == .stopping)
        #expect(try await house.store.withdrawalsOwed(limit: 9) == [named])
        let heard = try await house.store.heard([CoreWord(named, .withdrawn(at: now))], at: now)
        #expect(heard == [HeardRow(row: row.id, courier: .smtp, fate: .withdrawn)])
        #expect(try await house.stop(guid) == .stopped)
    }

    // MARK: processes that end

    @Test func `a stop after a restart takes nothing away that the core may have`() async throws {
        let house = try await household()
        let text = try await text(in: house)
        _ = try await text.due()
        #expect(
            try await house.store.handing([text.row], to: .core, at: house.clock.now()) == [
                text.row
            ])
        // The process ends before it hears what the core says; the next one knows no leases.
        house.store.leases.release([text.row])
        #expect(try await house.stop(text.guid) == .stopping)
        #expect(try await text.end == .mustBeWithdrawn)
        #expect(try await text.due().isEmpty)
    }

    @Test(arguments: [CommitInterference.failsUndone, .failsDone])
    func `endings and the place they were heard to are on disk together`(
        _ failure: CommitInterference
    ) async throws {
        let commits = Interference()
        let house = try await household(commits.options)
        let (first, second) = (try await text(in: house), try await text(in: house))
        for text in [first, second] { try await text.entrust() }
        let (store, now) = (house.store, house.clock.now())
        try await store.follow("a")
        let words = [
            CoreWord(first.named, .delivered(at: now)),
            CoreWord(second.named, .undelivered("No.", at: now)),
        ]
        let place = CoreCursor(spool: "a", ending: 2)
        commits.plan([failure])
        await #expect(throws: Fault.self) {
            _ = try await store.heard(words, upTo: place, at: now)
        }
        let isDone = failure == .failsDone
        #expect(try await store.coreCursor()?.ending == (isDone ? 2 : 0))
        #expect(try await first.end == (isDone ? .delivered : .isElsewhere))
        #expect(try await second.end == (isDone ? .dead : .isElsewhere))
        // Heard again, they are true once.
        let heard = try await store.heard(words, upTo: place, at: now)
        #expect(heard.count == (isDone ? 0 : 2))
        #expect(try await first.told == ["delivered"])
        #expect(try await second.told == ["undelivered"])
        #expect(try await store.coreCursor() == place)
        #expect(try store.deadLetters(limit: 9).map(\.reason) == ["No."])
    }

    @Test func `a page of a spool that is followed no more changes nothing`() async throws {
        let house = try await household()
        let text = try await text(in: house)
        try await text.entrust()
        let (store, now) = (house.store, house.clock.now())
        #expect(try await store.coreCursor() == nil)
        try await store.follow("b")
        let heard = try await store.heard(
            [CoreWord(text.named, .delivered(at: now))], upTo: .init(spool: "a", ending: 9),
            at: now)
        #expect(heard.isEmpty)
        #expect(try await text.end == .isElsewhere)
        #expect(try await store.coreCursor() == CoreCursor(spool: "b", ending: 0))
    }

    // MARK: a core that lost everything

    @Test func `what a core has lost is due again once, portion by portion`() async throws {
        let house = try await household()
        var texts: [Text] = []
        for _ in 0..<5 { texts.append(try await text(in: house)) }
        for text in texts {
            try await text.entrust()
            house.clock.advance(by: .seconds(1))
        }
        let store = house.store
        #expect(try store.entrustedCount() == 5)
        #expect(try await lose(store, house.clock.now(), limit: 2) == 5)
        #expect(try await lose(store, house.clock.now(), limit: 2) == 0)
        #expect(try await house.due(.webhook).map(\.id) == texts.map(\.row))
        #expect(try await house.due(.webhook).isEmpty)
    }

    @Test func `a row that is none of the message named is left alone`() async throws {
        let house = try await household()
        let text = try await text(in: house)
        try await text.entrust()
        let now = house.clock.now()
        let heard = try await house.store.heard(
            [
                CoreWord(.init(row: text.row, message: .random()), .delivered(at: now)),
                CoreWord(.init(row: text.row + 1, message: text.guid), .delivered(at: now)),
            ], at: now)
        #expect(heard.isEmpty)
        #expect(try await text.end == .isElsewhere)
    }

    @Test func `the core is asked about a row that it has had for a day`() async throws {
        let house = try await household()
        let text = try await text(in: house)
        try await text.entrust()
        let store = house.store
        house.clock.advance(by: .seconds(86_399))
        #expect(try await store.questionsDue(at: house.clock.now(), limit: 9).isEmpty)
        house.clock.advance(by: .seconds(1))
        #expect(try await store.questionsDue(at: house.clock.now(), limit: 9) == [text.named])
        try await text.hear(.waiting)
        #expect(try await store.questionsDue(at: house.clock.now(), limit: 9).isEmpty)
        house.clock.advance(by: .seconds(86_400))
        try await text.hear(.unknown)
        #expect(try await text.due() == [text.row])
    }

    @Test func `an end that the core dates later than now is told of now`() async throws {
        let house = try await household()
        let text = try await text(in: house)
        try await text.entrust()
        let now = house.clock.now()
        try await house.store.heard(
            [CoreWord(text.named, .delivered(at: now.advanced(by: .seconds(3_600))))], at: now)
        #expect(try await text.told == ["delivered"])
    }
}
