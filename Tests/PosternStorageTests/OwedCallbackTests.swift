import PosternCredentials
import PosternModel
@testable import PosternPipeline
@_spi(Testing) @testable import PosternStorage
import PosternTesting
import Testing

/// Calls that are owed to those who wanted to hear what becomes of their messages.
@Suite struct OwedCallbackTests {
    private static let address = "https://ann:canary-77@hooks.example/canary-78"
    private static let annex = Annex(dialect: "test", bytes: Array("mine".utf8))

    /// A household whose Ann may write to telephones.
    private func household(_ options: SQLiteStore.Options = .init()) async throws -> Household {
        let house = try await Household(options)
        try house.change(
            "UPDATE accounts SET \"group\" = 'crowds' WHERE address = '\(Member.ann.address)'")
        return house
    }

    /// A message to a telephone.
    private func composition(_ events: Set<DispatchEvent.Kind>?) throws -> Composition {
        var callback: Callback?
        if let events {
            callback = Callback(
                dialect: "test", url: try #require(CallbackURL(Self.address)), events: events)
        }
        let phone = try #require(PhoneNumber("+41791234567"))
        return Composition(
            content: DraftContent(
                body: "At 9.", targets: [.address(.phone(phone))], annex: Self.annex),
            callback: callback)
    }

    /// Sends it, now or at a time.
    private func send(
        in house: Household, events: Set<DispatchEvent.Kind>?, at instant: Instant? = nil
    ) async throws -> MessageGUID {
        let composition = try composition(events)
        let outcome = await house.send(composition, at: instant)
        try #require(["accepted", "scheduled"].contains(outcome.word), "\(outcome.word)")
        return composition.guid
    }

    private func owed(_ house: Household, limit: Int = 9) async throws -> [OwedCallback] {
        try await house.store.dueCallbacks(at: house.clock.now(), limit: limit)
    }

    private func due(_ house: Household, _ guid: MessageGUID) throws -> DueMessage {
        let session = try house.store.view { view throws(Fault) in
            try view.session(TokenDigest(of: Member.ann.credential.token))
        }
        return DueMessage(
            number: 1, guid: guid, owner: try #require(session), dueAt: house.clock.now(),
            dialect: "test", notifies: false, invites: false)
    }

    /// What becomes of a message.
    enum Way: CaseIterable {
        case underWay, putOff, delivered, buried, stopped, stoppedBeforeItsTime, recalled,
            refusedAtItsTime
        case stoppedAndTaken, stoppedAndPutOff, stoppedAndBuried, stoppedAndHandedBack
        case recalledAndTaken, recalledAndPutOff, recalledAndBuried, recalledAndHandedBack

        var ending: DispatchEvent.Ending? {
            switch self {
            case .underWay, .putOff: nil
            case .delivered, .stoppedAndTaken, .recalledAndTaken: .delivered
            case .buried: .undelivered
            case .stopped, .stoppedBeforeItsTime, .recalled, .refusedAtItsTime, .stoppedAndPutOff,
                .stoppedAndBuried, .stoppedAndHandedBack, .recalledAndPutOff, .recalledAndBuried,
                .recalledAndHandedBack:
                .unsent
            }
        }
    }

    /// Sends a message, and lets that become of it.
    private func go(
        _ way: Way, in house: Household, events: Set<DispatchEvent.Kind>?
    ) async throws -> MessageGUID {
        let (store, now) = (house.store, house.clock.now())
        let waits = [.stoppedBeforeItsTime, .refusedAtItsTime].contains(way)
        let guid = try await send(
            in: house, events: events, at: waits ? now.advanced(by: .seconds(60)) : nil)
        func row() async throws -> OutboxRow.ID {
            try #require(try await house.due(.webhook).first).id
        }
        func recall() async throws {
            let outcome = await house.perform(.recall(guid, Recalling(reason: "R")), by: .ann)
            #expect(outcome.word == "done")
        }
        switch way {
        case .underWay: break
        case .putOff: try await store.delay(row(), until: now, reason: "busy")
        case .delivered: try await store.delivered([row()], at: now)
        case .buried: try await store.bury(row(), reason: "gone", at: now)
        case .stopped, .stoppedBeforeItsTime: #expect(try await house.stop(guid) == .stopped)
        case .recalled: try await recall()
        case .refusedAtItsTime:
            let entry = try SealedEntry(
                AuditEntry(kind: .send, id: .make(at: now), at: now, policy: Workbench.policy),
                subject: nil, openings: [])
            try await store.refuseDue(guid, with: .quotaExhausted, at: now, recording: entry)
        case .stoppedAndTaken, .stoppedAndPutOff, .stoppedAndBuried, .stoppedAndHandedBack,
            .recalledAndTaken, .recalledAndPutOff, .recalledAndBuried, .recalledAndHandedBack:
            let row = try await row()
            switch way {
            case .stoppedAndTaken, .stoppedAndPutOff, .stoppedAndBuried, .stoppedAndHandedBack:
                #expect(try await house.stop(guid) == .stopping)
            default: try await recall()
            }
            #expect(try await owed(house).isEmpty)
            switch way {
            case .stoppedAndTaken, .recalledAndTaken: try await store.delivered([row], at: now)
            case .stoppedAndPutOff, .recalledAndPutOff:
                try await store.delay(row, until: now, reason: "busy")
            case .stoppedAndBuried, .recalledAndBuried:
                try await store.bury(row, reason: "gone", at: now)
            default:
                await store.release([row])
                #expect(try await house.due(.webhook).isEmpty)
            }
        }
        return guid
    }

    @Test(
        arguments: Way.allCases,
        [[.ended], [.left], [.left, .ended], nil] as [Set<DispatchEvent.Kind>?])
    func `what becomes of a message is told once, to those who wanted to hear of it`(
        _ way: Way, _ events: Set<DispatchEvent.Kind>?
    ) async throws {
        let house = try await household()
        let guid = try await go(way, in: house, events: events)
        let kinds = way.ending?.kinds.filter { events?.contains($0) == true } ?? []
        let calls = try await owed(house)
        guard !kinds.isEmpty, let ending = way.ending else {
            #expect(calls.isEmpty)
            #expect(try await house.store.nextCallback() == nil)
            return
        }
        let call = try #require(calls.first)
        #expect(calls.count == 1)
        #expect(
            call.event
                == DispatchEvent(
                    message: guid, annex: Self.annex, ending: ending,
                    refusal: way == .refusedAtItsTime ? .quotaExhausted : nil,
                    at: house.clock.now(), kinds: kinds))
        #expect(call.dialect == "test" && call.attempts == 0)
        #expect(call.url?.withExposed { $0 } == Self.address)
        // Another stop changes nothing.
        _ = try await house.stop([.guid(guid)])
        #expect(try await owed(house).count == 1)
        try await house.store.settleCallback(call.id)
        try await house.store.settleCallback(call.id)
        #expect(try await owed(house).isEmpty)
    }

    @Test func `a call put off comes again at its time, and its number never`() async throws {
        let house = try await household()
        _ = try await go(.delivered, in: house, events: [.ended])
        let call = try #require(try await owed(house).first)
        let later = house.clock.now().advanced(by: .seconds(15))
        try await house.store.delayCallback(call.id, until: later)
        #expect(try await owed(house).isEmpty)
        #expect(try await house.store.nextCallback() == later)
        house.clock.advance(by: .seconds(15))
        let again = try #require(try await owed(house).first)
        #expect(again.id == call.id && again.attempts == 1 && again.event == call.event)
        try await house.store.settleCallback(call.id)
        _ = try await go(.buried, in: house, events: [.ended])
        #expect(try #require(try await owed(house).first).id > call.id)
    }

    @Test func `the longest overdue are told first`() async throws {
        let house = try await household()
        var guids: [MessageGUID] = []
        for _ in 0..<3 {
            guids.append(try await go(.delivered, in: house, events: [.ended]))
            house.clock.advance(by: .seconds(1))
        }
        #expect(try await owed(house, limit: 2).map(\.event.message) == Array(guids.prefix(2)))
    }

    /// A settling commit that fails owes nothing; one that only seems to fail owes one call, however often it is repeated.
    @Test(arguments: [Way.delivered, .buried, .stopped, .refusedAtItsTime], [true, false])
    func `a call is owed if and only if what it tells is on disk`(
        _ way: Way, _ isDone: Bool
    ) async throws {
        let commits = Interference()
        let house = try await household(commits.options)
        let now = house.clock.now()
        let guid = try await send(
            in: house, events: [.ended],
            at: way == .refusedAtItsTime ? now.advanced(by: .seconds(60)) : nil)
        let row = try await house.due(.webhook).first?.id ?? 0
        if way == .stopped { await house.store.release([row]) }
        let entry = try SealedEntry(
            AuditEntry(kind: .send, id: .make(at: now), at: now, policy: Workbench.policy),
            subject: nil, openings: [])
        func act() async throws {
            switch way {
            case .delivered: try await house.store.delivered([row], at: now)
            case .buried: try await house.store.bury(row, reason: "gone", at: now)
            case .stopped:
                let account = try house.account(.ann)
                _ = try await house.store.stop([.guid(guid)], of: account, at: now) {
                    _ throws(Fault) in entry
                }
            default:
                try await house.store.refuseDue(
                    guid, with: .quotaExhausted, at: now, recording: entry)
            }
        }
        commits.plan([isDone ? .failsDone : .failsUndone])
        await #expect(throws: Fault.self) { try await act() }
        #expect(try house.count("SELECT count(*) FROM callbacks") == (isDone ? 1 : 0))
        try await act()
        #expect(try house.count("SELECT count(*) FROM callbacks") == 1)
    }

    @Test func `a send that is not on disk has nobody to tell`() async throws {
        let commits = Interference()
        let house = try await household(commits.options)
        // The use of the session may be noted in a commit of its own, before the send's.
        commits.plan([.failsUndone, .failsUndone])
        #expect(await house.send(try composition([.ended])).word == "storage.unwritable")
        #expect(try house.count("SELECT count(*) FROM callback_wishes") == 0)
    }

    @Test func `an address is sealed, and goes with its message`() async throws {
        let house = try await household()
        let guid = try await go(.delivered, in: house, events: [.left, .ended])
        #expect(try house.files(holding: Array("canary-7".utf8)).isEmpty)
        #expect(try house.files(holding: Array("hooks.example".utf8)).isEmpty)
        try house.change("UPDATE messages SET erase_at = 0 WHERE hex(guid) = upper('\(guid)')")
        // Whoever wanted to hear of its end hears of it first.
        #expect(try await house.erase() == 0)
        try await house.store.settleCallback(try #require(try await owed(house).first).id)
        #expect(try await house.erase() == 1)
        #expect(try house.count("SELECT count(*) FROM callback_wishes") == 0)
        #expect(try house.count("SELECT count(*) FROM callbacks") == 0)
    }

    @Test func `a message whose time comes before it could leave is given up, told of and erased`()
        async throws
    {
        let house = try await household()
        let (store, now) = (house.store, house.clock.now())
        let guids = [
            try await send(in: house, events: [.ended]), try await send(in: house, events: nil),
            try await send(in: house, events: [.ended]),
        ]
        try house.change("UPDATE messages SET erase_at = 0")
        // The first is in a courier's hands, who is heard before it is erased.
        let rows = try await house.due(.webhook, limit: 1)
        #expect(rows.map(\.message) == [guids[0]])
        #expect(try await house.erase() == 2)
        #expect(
            try store.deadLetters(limit: 9).map(\.reason) == [
                "The message has expired.", "The message has expired.",
            ])
        let call = try #require(try await owed(house).first)
        #expect(call.event.message == guids[2] && call.event.ending == .undelivered)
        #expect(call.url?.withExposed { $0 } == Self.address)
        #expect(try house.count("SELECT count(*) FROM messages WHERE state = 2") == 1)
        try await store.delivered(rows.map(\.id), at: now)
        #expect(try await house.erase() == 0)
        for call in try await owed(house) { try await store.settleCallback(call.id) }
        #expect(try await house.erase() == 2)
        #expect(try house.count("SELECT count(*) FROM messages WHERE state = 2") == 3)
        #expect(try house.count("SELECT count(*) FROM outbox") == 0)
    }

    @Test(arguments: [nil, [.ended]] as [Set<DispatchEvent.Kind>?])
    func `a message its owner threw away still leaves, and is erased when it has`(
        _ events: Set<DispatchEvent.Kind>?
    ) async throws {
        let house = try await household()
        let guid = try await send(in: house, events: events)
        // Into the trash, and out of it.
        for _ in 1...2 {
            #expect(await house.perform(.deleteMessage(guid), by: .ann).word == "done")
        }
        #expect(try await house.erase() == 0)
        let row = try #require(try await house.due(.webhook).first)
        #expect(row.text == "At 9.")
        try await house.store.delivered([row.id], at: house.clock.now())
        let calls = try await owed(house)
        #expect(calls.map(\.event.ending) == (events == nil ? [] : [.delivered]))
        for call in calls { try await house.store.settleCallback(call.id) }
        #expect(try await house.erase() == 1)
        #expect(try house.count("SELECT count(*) FROM messages WHERE state = 2") == 1)
    }

    @Test func `a delivered message its owner throws away is erased when its sender was told`()
        async throws
    {
        let house = try await household()
        let guid = try await go(.delivered, in: house, events: [.ended])
        for _ in 1...2 {
            #expect(await house.perform(.deleteMessage(guid), by: .ann).word == "done")
        }
        #expect(try await house.erase() == 0)
        let calls = try await owed(house)
        #expect(calls.map(\.event.ending) == [.delivered])
        for call in calls { try await house.store.settleCallback(call.id) }
        #expect(try await house.erase() == 1)
        #expect(try house.count("SELECT count(*) FROM messages WHERE state = 2") == 1)
    }

    @Test func `an address that cannot be opened stands in nobody's way`() async throws {
        let house = try await household()
        let damaged = try await go(.delivered, in: house, events: [.ended])
        try house.change("UPDATE callback_wishes SET url = zeroblob(length(url))")
        let good = try await go(.delivered, in: house, events: [.ended])
        let calls = try await owed(house)
        #expect(calls.map(\.event.message) == [damaged, good])
        #expect(calls.map { $0.url == nil } == [true, false])
    }

    @Test func `a message that left at its time is told of, too`() async throws {
        let house = try await household()
        let at = house.clock.now().advanced(by: .seconds(60))
        let guid = try await send(in: house, events: [.ended], at: at)
        house.clock.advance(by: .seconds(60))
        #expect(await house.sends.sendDue(try due(house, guid)).word == "accepted")
        let row = try #require(try await house.due(.webhook).first)
        try await house.store.delivered([row.id], at: house.clock.now())
        #expect(try await owed(house).map(\.event.ending) == [.delivered])
    }
}
