import Foundation
import PosternCredentials
import PosternModel
@testable import PosternPipeline
import PosternSealing
@_spi(Testing) @testable import PosternStorage
import PosternTesting
import Testing

/// Collections of messages that are started and stopped as a whole.
@Suite struct DispatchTests {
    private static let id = DispatchID(rawValue: 17)
    private static let text = "Flu shots: canary-91, Monday."

    static func plan(_ id: DispatchID = id, text: String = text) -> DispatchPlan {
        DispatchPlan(
            id: id, name: "Flu",
            template: Dispatch.Template(channel: "SMS", sender: "Clinic", text: text))
    }

    static func entry(at now: Instant) throws(Fault) -> SealedEntry {
        try SealedEntry(
            AuditEntry(
                kind: .administration, id: .make(at: now), at: now, policy: Workbench.policy),
            subject: nil, openings: [])
    }

    /// A household whose Ann has a dispatch.
    static func house(_ options: SQLiteStore.Options = .init()) async throws -> Household {
        let house = try await CascadeTests.house(options)
        let now = house.clock.now()
        #expect(
            try await house.store.makeDispatch(
                plan(), for: house.account(.ann), at: now, recording: entry(at: now)))
        return house
    }

    static func compositions(
        _ count: Int, saying text: String = text
    ) throws -> [Composition] {
        try (0..<count).map {
            let phone = try #require(PhoneNumber("+4179\(1_000_000 + $0)"))
            return Composition(
                content: DraftContent(body: text, targets: [.address(.phone(phone))]))
        }
    }

    private func ask(
        _ operation: DispatchOperation, in house: Household, by member: Member = .ann
    ) async -> String {
        await house.perform(.dispatch(operation), by: member).word
    }

    /// Adds messages that say what the dispatch says.
    private func add(
        _ count: Int, in house: Household
    ) async throws -> [MessageGUID] {
        let compositions = try Self.compositions(count)
        let word = await ask(
            .addToDispatch(Self.id) { dispatch in
                compositions.map {
                    var composition = $0
                    composition.content.body = dispatch.template.text
                    return composition
                }
            }, in: house)
        try #require(word == "done", "\(word)")
        return compositions.map(\.guid)
    }

    @Test func `texts are added to no dispatch where nobody carries them`() async throws {
        let house = try await Household(relaysPhones: false)
        let now = house.clock.now()
        #expect(
            try await house.store.makeDispatch(
                Self.plan(), for: house.account(.ann), at: now, recording: Self.entry(at: now)))
        let texts = try Self.compositions(2)
        #expect(
            await ask(.addToDispatch(Self.id) { _ in texts }, in: house)
                == "target.phones-unserved")
        #expect(try house.count("SELECT count(*) FROM dispatch_messages") == 0)
    }

    /// Sends what is due, as the scheduler does, a few at a time; says how many were accepted.
    @discardableResult
    private func turn(_ house: Household, limit: Int = 7) async throws -> Int {
        var place: DueMessage.Place?
        var accepted = 0
        while true {
            let due = try house.store.due(at: house.clock.now(), after: place, limit: limit)
            guard let last = due.last else { return accepted }
            #expect(due.map(\.place) == due.map(\.place).sorted())
            place = last.place
            for message in due where await house.sends.sendDue(message).word == "accepted" {
                accepted += 1
            }
        }
    }

    private func stages(_ house: Household, _ guids: [MessageGUID]) async throws -> Set<String> {
        var stages: Set<String> = []
        for guid in guids { stages.insert(try await house.progress(guid).state.stage.rawValue) }
        return stages
    }

    @Test func `messages wait until their dispatch is started, and later ones leave at once`()
        async throws
    {
        let house = try await Self.house()
        let told = Toll()
        house.store.attach(dueEarlier: { told.ring($0) })
        let first = try await add(20, in: house)
        #expect(told.instants.isEmpty)
        house.clock.advance(by: .seconds(1800))
        #expect(try await turn(house) == 0)
        #expect(try house.store.nextDue(after: nil) == nil)
        #expect(try house.count("SELECT count(*) FROM quotas") == 0)
        #expect(try await stages(house, first) == ["scheduled"])
        #expect(await house.outgoing(.guid(first[0]))?.dispatch == Self.id)

        let now = house.clock.now()
        #expect(await ask(.startDispatch(Self.id), in: house) == "done")
        #expect(told.instants == [now])
        #expect(try house.store.nextDue(after: nil) == now)
        #expect(try await turn(house) == 20)
        #expect(try house.store.nextDue(after: nil) == nil)
        let later = try await add(2, in: house)
        #expect(told.instants.count == 2)
        #expect(try await turn(house) == 2)
        #expect(try await stages(house, first + later) == ["sending"])
        #expect(try house.count("SELECT sum(messages) FROM quotas") == 22)
        let rows = try await house.due(.webhook)
        #expect(rows.count == 22 && rows.allSatisfy { $0.text == Self.text })
        // Each was judged for itself, and is on record.
        let kinds = try house.store.leaves(from: 0, limit: 99).map {
            try JSONDecoder().decode(AuditEntry.self, from: Data($0)).kind
        }
        #expect(kinds.filter { $0 == .send }.count == 22)
        #expect(try house.operationEntries() == ["startDispatch"])
    }

    /// What was done with a dispatch before.
    enum Standing: CaseIterable { case collecting, started, stopped, emptied }

    @Test(arguments: [
        (Standing.collecting, "done", "done", "dispatch.closed"),
        (.started, "done", "dispatch.closed", "done"),
        (.stopped, "dispatch.closed", "dispatch.closed", "dispatch.closed"),
        (.emptied, "done", "dispatch.closed", "done"),
    ])
    func `what can be done with a dispatch depends on where it stands`(
        _ standing: Standing, _ add: String, _ start: String, _ stop: String
    ) async throws {
        for (word, operation) in [
            (add, DispatchOperation.addToDispatch(Self.id) { _ in [] }),
            (start, .startDispatch(Self.id)), (stop, .stopDispatch(Self.id)),
        ] {
            let house = try await Self.house()
            _ = try await self.add(2, in: house)
            if standing != .collecting {
                #expect(await ask(.startDispatch(Self.id), in: house) == "done")
            }
            if standing == .emptied { try await turn(house) }
            if standing == .stopped {
                #expect(await ask(.stopDispatch(Self.id), in: house) == "done")
            }
            let entries = try house.store.leafCount()
            #expect(await ask(operation, in: house) == word)
            var isAdding = false
            if case .addToDispatch = operation { isAdding = true }
            #expect(try house.store.leafCount() == entries + (isAdding ? 0 : 1))
            // Another's is not there, and neither is what cannot be there.
            #expect(await ask(operation, in: house, by: .bob) == "dispatch.missing")
        }
        let house = try await Self.house()
        for id in [nil, DispatchID(rawValue: 18)] {
            #expect(await ask(.addToDispatch(id) { _ in [] }, in: house) == "dispatch.missing")
            #expect(await ask(.startDispatch(id), in: house) == "dispatch.missing")
            #expect(await ask(.stopDispatch(id), in: house) == "dispatch.missing")
        }
    }

    @Test func `a dispatch that an API cannot put into words takes nothing`() async throws {
        let house = try await Self.house()
        #expect(await ask(.addToDispatch(Self.id) { _ in nil }, in: house) == "request.invalid")
        let many = try Self.compositions(1001)
        #expect(await ask(.addToDispatch(Self.id) { _ in many }, in: house) == "request.invalid")
        var taken = try Self.compositions(2)
        taken[1].guid = taken[0].guid
        let twice = taken
        #expect(await ask(.addToDispatch(Self.id) { _ in twice }, in: house) == "message.taken")
        #expect(try house.count("SELECT count(*) FROM messages") == 0)
    }

    @Test func `a thousand are added at once`() async throws {
        let house = try await Self.house()
        _ = try await add(1000, in: house)
        #expect(await ask(.startDispatch(Self.id), in: house) == "done")
        #expect(try await turn(house, limit: 256) == 1000)
    }

    // MARK: stopping

    @Test func `stopping keeps what has not left from leaving, for good`() async throws {
        let house = try await Self.house()
        let guids = try await add(600, in: house) + add(500, in: house)
        #expect(await ask(.startDispatch(Self.id), in: house) == "done")
        // Some are delivered, one is in hand, some are on their way, the rest waits.
        for due in try house.store.due(at: house.clock.now(), after: nil, limit: 30) {
            #expect(await house.sends.sendDue(due).word == "accepted")
        }
        let delivered = try await house.due(.webhook, limit: 10)
        try await house.store.delivered(delivered.map(\.id), at: house.clock.now())
        let inHand = try await house.due(.webhook, limit: 1)
        #expect(await ask(.stopDispatch(Self.id), in: house) == "done")
        #expect(try await turn(house) == 0)
        #expect(try house.count("SELECT count(*) FROM schedules") == 0)
        #expect(try house.count("SELECT count(*) FROM outbox") == 1)
        #expect(
            try await stages(house, delivered.map(\.message)) == ["sent"])
        #expect(try await stages(house, inHand.map(\.message)) == ["sending"])
        let rest = Set(guids).subtracting((delivered + inHand).map(\.message))
        #expect(try await stages(house, Array(rest)) == ["stopped"])
        await house.store.release(inHand.map(\.id))
        #expect(try await house.due(.webhook).isEmpty)
        #expect(house.store.leases.count == 0)
        // Three portions, each with an entry of its own.
        #expect(
            try house.operationEntries()
                == ["startDispatch", "stopDispatch", "stopDispatch", "stopDispatch"])
        #expect(try house.count("SELECT sum(messages) FROM quotas") == 30)
    }

    @Test func `one message of a dispatch is stopped for itself, before it starts and after`()
        async throws
    {
        let house = try await Self.house()
        let guids = try await add(3, in: house)
        #expect(try await house.stop(guids[0]) == .stopped)
        #expect(await ask(.startDispatch(Self.id), in: house) == "done")
        #expect(try await house.stop(guids[1]) == .stopped)
        #expect(try await turn(house) == 1)
        #expect(try await stages(house, [guids[0], guids[1]]) == ["stopped"])
        #expect(try await stages(house, [guids[2]]) == ["sending"])
    }

    @Test func `a message of a dispatch is not sent or made a draft on its own`() async throws {
        let house = try await Self.house()
        let guid = try await add(1, in: house)[0]
        for isStarted in [false, true] {
            if isStarted { #expect(await ask(.startDispatch(Self.id), in: house) == "done") }
            #expect(await house.send(guid) == "message.closed")
            #expect(
                await house.perform(.dispatch(.unschedule(.guid(guid))), by: .ann).word
                    == "message.not-scheduled")
        }
        #expect(try await turn(house) == 1)
    }

    @Test func `of a stop and a message's turn one is first, and the other knows`() async throws {
        let house = try await Self.house()
        let guids = try await add(40, in: house)
        #expect(await ask(.startDispatch(Self.id), in: house) == "done")
        let due = try house.store.due(at: house.clock.now(), after: nil, limit: 99)
        #expect(due.count == 40)
        async let stopped = ask(.stopDispatch(Self.id), in: house)
        let accepted = await withTaskGroup(of: Bool.self) { group in
            for message in due {
                group.addTask { await house.sends.sendDue(message).word == "accepted" }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(await stopped == "done")
        // What was accepted before the stop was still on its way, and was stopped there.
        #expect(try await stages(house, guids) == ["stopped"])
        #expect(try house.count("SELECT count(*) FROM outbox") == 0)
        #expect(try house.count("SELECT coalesce(sum(messages), 0) FROM quotas") == accepted)
    }

    @Test func `a restart between the messages of a dispatch loses none`() async throws {
        let house = try await Self.house()
        _ = try await add(20, in: house)
        #expect(await ask(.startDispatch(Self.id), in: house) == "done")
        for due in try house.store.due(at: house.clock.now(), after: nil, limit: 5) {
            #expect(await house.sends.sendDue(due).word == "accepted")
        }
        await house.store.close()
        let second = try await Household(in: house.folder)
        #expect(try await turn(second) == 15)
        #expect(try second.count("SELECT sum(messages) FROM quotas") == 20)
    }

    @Test(arguments: [CommitInterference.failsUndone, .failsDone], [0, 1, 2])
    func `what was not written down is done by asking again`(
        _ failure: CommitInterference, _ step: Int
    ) async throws {
        let commits = Interference()
        let house = try await Self.house(commits.options)
        if step > 0 { _ = try await add(3, in: house) }
        if step > 1 { #expect(await ask(.startDispatch(Self.id), in: house) == "done") }
        try await house.store.probe()
        let operation: DispatchOperation
        let compositions = try Self.compositions(3)
        switch step {
        case 0: operation = .addToDispatch(Self.id) { _ in compositions }
        case 1: operation = .startDispatch(Self.id)
        default: operation = .stopDispatch(Self.id)
        }
        #expect(await house.perform(.describeUser, by: .ann).word == "done")
        try await house.store.probe()
        commits.plan([failure])
        #expect(await ask(operation, in: house) == "storage.unwritable")
        let isDone = failure == .failsDone
        let again = await ask(operation, in: house)
        switch step {
        case 0:
            #expect(again == (isDone ? "message.taken" : "done"))
            #expect(try house.count("SELECT count(*) FROM dispatch_messages") == 3)
        case 1:
            #expect(again == (isDone ? "dispatch.closed" : "done"))
            #expect(try await turn(house) == 3)
        default:
            #expect(again == (isDone ? "dispatch.closed" : "done"))
            #expect(try await turn(house) == 0)
            #expect(try house.count("SELECT count(*) FROM stops") == 3)
        }
    }

    // MARK: what operators do

    @Test func `a dispatch is changed until it is started, and is its owner's alone`()
        async throws
    {
        let house = try await Self.house()
        let (ann, bob) = (try house.account(.ann), try house.account(.bob))
        let (store, now) = (house.store, house.clock.now())
        func make(_ text: String, for account: AccountID) async throws -> Bool {
            try await store.makeDispatch(
                Self.plan(text: text), for: account, at: now, recording: Self.entry(at: now))
        }
        let entries = try store.leafCount()
        #expect(try await make("Another", for: ann))
        #expect(try await !make("Bob's", for: bob))
        #expect(try store.leafCount() == entries + 1)
        let found = try store.mailView { view throws(Fault) in
            try view.dispatch(Self.id, of: ann)
        }
        #expect(found?.template.text == "Another" && found?.state == .collecting)
        #expect(await ask(.startDispatch(Self.id), in: house) == "done")
        #expect(try await !make("Too late", for: ann))
        #expect(
            try store.dispatches(limit: 9) == [
                DispatchSummary(
                    id: Self.id, owner: Member.ann.address, name: "Flu", state: .started,
                    channel: "SMS", sender: "Clinic", messages: 0, waiting: 0)
            ])
    }

    @Test func `what a dispatch says lies sealed, and under the current master key`()
        async throws
    {
        let house = try await Self.house()
        #expect(try house.files(holding: Array("canary-91".utf8)).isEmpty)
        #expect(try await house.store.rewrapDispatchKeys() == (changed: 0, unreadable: 0))
        // As `postern keys` does it, beside the gateway that serves.
        let file = MasterKeyFile(path: SQLiteStore.masterKeys(in: house.folder))
        let old = try #require(try file.read())
        let new = old.adding(.generate())
        try file.replace(old, with: new)
        let program = try SQLiteStore(folder: house.folder, mustExist: true)
        #expect(try await program.rewrapDispatchKeys() == (changed: 1, unreadable: 0))
        #expect(try await program.rewrapDispatchKeys() == (changed: 0, unreadable: 0))
        await program.close()
        try file.replace(new, with: new.removing(olderThanCurrent: Set(old.ids)))
        #expect(try await add(1, in: house).count == 1)
        // Sealed for one dispatch, it opens for no other.
        try house.change("UPDATE dispatches SET guid = zeroblob(16)")
        #expect(
            await ask(.addToDispatch(Self.id) { _ in [] }, in: house) == "content.unreadable")
    }

    private static let file = """
        version: 1
        accounts:
          - {address: ann@example.org, group: staff}
          - {address: bob@example.org, group: staff}
        dispatches:
          - {id: 5, owner: ann@example.org, name: Flu, channelType: SMS, senderName: Clinic, content: Monday.}
          - {id: 6, owner: bob@example.org, channelType: VIBER, senderName: Clinic, content: Tuesday.}
        """

    @Test func `dispatches are loaded again and again, and stay once they are started`()
        async throws
    {
        let bench = try await Workbench()
        let plan = try LoadFile.read(Self.file, channels: ["SMS", "VIBER"])
        func load(_ plan: LoadPlan) async throws -> LoadReport {
            try await bench.store.load(plan, at: Workbench.noon) { _ throws(Fault) in
                throw Fault(.passwordUncheckable)
            }
        }
        for _ in 0..<2 { #expect(try await load(plan).dispatches == 2) }
        #expect(
            try await bench.store.start(
                DispatchID(rawValue: 5), of: bench.ann, at: Workbench.noon,
                recording: Self.entry(at: Workbench.noon)) == .done)
        let report = try await load(plan)
        #expect(report.dispatches == 1 && report.untouched == 1)
        #expect(
            try bench.store.dispatches(limit: 9).map { "\($0.id.rawValue) \($0.state)" }
                == ["6 collecting", "5 started"])
        let foreign = try LoadFile.read(
            Self.file.replacing("owner: ann@example.org", with: "owner: bob@example.org"))
        await #expect(throws: Fault(.storageUnwritable)) { _ = try await load(foreign) }
    }

    @Test(arguments: [
        ("id: 5", "id: 0", "`id` must be a whole number from 1"),
        ("id: 5", "id: six", "`id` must be"), ("id: 6", "id: 5", "stands twice"),
        ("channelType: SMS", "channelType: FAX", "`channelType` must be one of: SMS, VIBER."),
        ("channelType: SMS, ", "", "The key `channelType` is missing from a dispatch."),
        ("content: Monday.", "content: \"\"", "`content` of 1 to 4096"),
        ("senderName: Clinic", "senderName: \"a\\nb\"", "`senderName` of 1 to 64"),
        ("name: Flu", "colour: red", "`colour` is not a key of a dispatch."),
        ("owner: ann@example.org", "owner: ann", "`ann` is not an email address."),
    ])
    func `a mistake in a dispatch has its place`(
        _ good: String, _ bad: String, _ sentence: String
    ) throws {
        let text = Self.file.replacing(good, with: bad, maxReplacements: 1)
        do {
            _ = try LoadFile.read(text, channels: ["SMS", "VIBER"])
            Issue.record("It was taken.")
        } catch {
            #expect(error.faults.contains { $0.sentence.contains(sentence) && $0.line >= 6 })
        }
    }

    // MARK: lists

    @Test func `a list tells dispatches apart`() async throws {
        let house = try await Self.house()
        let mine = Set(try await add(2, in: house))
        let alone = try CascadeTests.composition(9)
        #expect(await house.send(alone).word == "accepted")
        func found(_ search: OutgoingSearch) async throws -> Set<MessageGUID> {
            Set(try await house.outgoings(search).items.map(\.guid))
        }
        let other = DispatchID(rawValue: 18)
        #expect(try await found(OutgoingSearch(dispatches: [Self.id])) == mine)
        #expect(try await found(OutgoingSearch(dispatches: [Self.id, other])) == mine)
        #expect(try await found(OutgoingSearch(dispatches: [other])) == [])
        #expect(try await found(OutgoingSearch(isOfDispatch: true)) == mine)
        #expect(try await found(OutgoingSearch(isOfDispatch: false)) == [alone.guid])
    }
}
