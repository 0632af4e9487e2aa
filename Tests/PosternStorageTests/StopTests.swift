import Foundation
import PosternCredentials
import PosternModel
@testable import PosternPipeline
@_spi(Testing) @testable import PosternStorage
import PosternTesting
import Synchronization
import Testing

/// Stopping messages before they are sent and while they are.
@Suite struct StopTests {
    /// What became of a message before it is stopped.
    enum Way: CaseIterable {
        case draft, scheduled, refused, accepted, mailboxesServed, partlyServed, done, inHand
        case partlyInHand, erased, trashed
    }

    @Test(arguments: [
        (Way.draft, StopEnding.missing, StopEnding.missing),
        (.scheduled, .stopped, .stopped), (.refused, .tooLate, .tooLate),
        (.accepted, .stopped, .stopped), (.mailboxesServed, .stopped, .stopped),
        (.partlyServed, .stopped, .stopped), (.done, .tooLate, .tooLate),
        (.inHand, .stopping, .tooLate), (.partlyInHand, .stopping, .stopped),
        (.erased, .missing, .missing), (.trashed, .stopped, .stopped),
    ])
    func `how a stop ends, and how another does after it`(
        _ way: Way, _ first: StopEnding, _ second: StopEnding
    ) async throws {
        let house = try await Household()
        let now = house.clock.now()
        let guid = try await house.compose(
            DraftContent(
                to: [Member.bob.address, Member.cay.address], subject: "S", body: "B"))
        var inHand: [OutboxRow] = []
        switch way {
        case .draft, .scheduled, .refused, .erased:
            if way != .draft { try await house.schedule(guid, at: now) }
            if way == .refused { try await house.refuse(guid, with: .quotaExhausted) }
            if way == .erased { _ = await house.perform(.deleteMessage(guid), by: .ann) }
        default:
            #expect(await house.send(guid) == "accepted")
        }
        switch way {
        case .mailboxesServed: try await house.deliver()
        case .partlyServed:
            let rows = try await house.due(.mailbox, limit: 1)
            try await house.store.deliverToMailboxes(rows, at: now)
        case .done:
            try await house.deliver()
            let rows = try await house.due(.smtp)
            try await house.store.delivered(rows.map(\.id), at: now)
        case .inHand, .partlyInHand:
            try await house.carry(guid, by: .webhook)
            try house.change("DELETE FROM outbox WHERE courier = 'smtp'")
            inHand = try await house.due(.webhook, limit: way == .inHand ? 9 : 1)
        case .trashed: _ = await house.perform(.deleteMessage(guid), by: .ann)
        default: break
        }
        #expect(try await house.stop([.guid(guid)], by: .bob) == [.missing])
        #expect(try await house.stop(guid) == first)
        try await house.store.delivered(inHand.map(\.id), at: now)
        #expect(try await house.stop(guid) == second)
        try await house.deliver()
        let left = OutboxRow.Courier.allCases
        for courier in left { #expect(try await house.due(courier).isEmpty) }
        #expect(try house.count("SELECT count(*) FROM outbox") == 0)
        #expect(house.store.leases.count == 0)
        let received: [Way: Int] = [.mailboxesServed: 2, .done: 2, .partlyServed: 1]
        #expect(
            try house.count("SELECT count(*) FROM mailboxes") == received[way] ?? 0)
        let noted = ![Way.draft, .refused, .done, .erased].contains(way)
        #expect(
            try house.operationEntries().filter { $0.hasPrefix("stop") } == (noted ? ["stop"] : []))
    }

    @Test func `a message stopped before its time cannot be sent any more`() async throws {
        let house = try await Household()
        let guid = try await house.compose(
            DraftContent(to: [Member.bob.address], subject: "S", body: "B"))
        try await house.schedule(guid, at: house.clock.now())
        let revision = try house.count("SELECT revision FROM messages")
        #expect(try await house.stop(guid) == .stopped)
        // A send that judged it before does not settle it.
        #expect(try house.count("SELECT revision FROM messages") > revision)
        #expect(await house.send(guid) == "message.closed")
        #expect(await house.perform(.dispatch(.unschedule(.guid(guid))), by: .ann).word != "done")
    }

    /// What a courier says of a row it had in hand when its message was stopped.
    enum Word: CaseIterable { case taken, delayed, buried, notBegun, nothing }

    @Test(arguments: Word.allCases, OutboxRow.Courier.allCases.filter { $0 != .mailbox })
    func `a delivery in hand may end well, and is not repeated`(
        _ word: Word, _ courier: OutboxRow.Courier
    ) async throws {
        let house = try await Household()
        let guid = try await house.accepted()
        try house.change("DELETE FROM outbox WHERE courier = 'smtp'")
        try await house.carry(guid, by: courier)
        let row = try #require(try await house.due(courier).first)
        #expect(try await house.stop(guid) == .stopping)
        #expect(try await house.stop(guid) == .stopping)
        let store = house.store
        try await Self.say(word, of: row.id, to: house)
        // The first who looks takes away what came back.
        #expect(try await house.due(courier).isEmpty)
        #expect(try house.count("SELECT count(*) FROM outbox") == 0)
        #expect(try await store.nextDue(courier) == nil)
        #expect(try await house.stop(guid) == (word == .taken ? .tooLate : .stopped))
        let progress = try await house.progress(guid)
        #expect(progress.state == (word == .taken ? .sent : .stopped))
        let isCounted = word != .taken && courier.isOutward
        #expect(progress.stopped == (isCounted ? 1 : 0))
        #expect(try store.deadLetters(limit: 9).isEmpty)
        #expect(store.leases.count == 0)
    }

    /// Lets a courier say what became of a row.
    private static func say(
        _ word: Word, of row: OutboxRow.ID, to house: Household
    ) async throws {
        let (store, now) = (house.store, house.clock.now())
        switch word {
        case .taken: try await store.delivered([row], at: now)
        case .delayed: try await store.delay(row, until: now, reason: "busy")
        case .buried: try await store.bury(row, reason: "gone", at: now)
        case .notBegun: await store.release([row])
        case .nothing: house.clock.advance(by: .seconds(61))
        }
    }

    @Test(arguments: Word.allCases, OutboxRow.Courier.allCases.filter { $0 != .mailbox })
    func `a delivery in hand when its message is taken back may end well, and is not repeated`(
        _ word: Word, _ courier: OutboxRow.Courier
    ) async throws {
        let house = try await Household()
        let guid = try await house.accepted()
        try house.change("DELETE FROM outbox WHERE courier = 'smtp'")
        try await house.carry(guid, by: courier)
        let row = try #require(try await house.due(courier).first)
        for recipients in [[Member.bob.address], nil] {
            let recalling = Recalling(reason: "R", recipients: recipients)
            #expect(await house.perform(.recall(guid, recalling), by: .ann).word == "done")
            // Its courier alone knows what becomes of it, and no core elsewhere has ever had it.
            #expect(try house.count("SELECT count(*) FROM outbox") == 1)
            #expect(try await house.store.withdrawalsOwed(limit: 9).isEmpty)
        }
        let store = house.store
        try await Self.say(word, of: row.id, to: house)
        #expect(try await house.due(courier).isEmpty)
        #expect(try house.count("SELECT count(*) FROM outbox") == 0)
        #expect(try await store.nextDue(courier) == nil)
        #expect(try store.deadLetters(limit: 9).isEmpty)
        #expect(store.leases.count == 0)
    }

    @Test(arguments: OutboxRow.Courier.allCases.filter { $0 != .mailbox })
    func `a delivery in hand when its message is taken back is not repeated after a restart`(
        _ courier: OutboxRow.Courier
    ) async throws {
        let house = try await Household()
        let guid = try await house.accepted()
        try house.change("DELETE FROM outbox WHERE courier = 'smtp'")
        try await house.carry(guid, by: courier)
        #expect(try await house.due(courier).count == 1)
        #expect(await house.perform(.recall(guid, Recalling(reason: "R")), by: .ann).word == "done")
        #expect(try house.count("SELECT count(*) FROM outbox") == 1)
        let second = try SQLiteStore(folder: house.folder, mustExist: true)
        let due = try await second.due(
            courier, at: house.clock.now(), limit: 9, lease: .seconds(60))
        #expect(due.isEmpty)
        await second.close()
        #expect(try house.count("SELECT count(*) FROM outbox") == 0)
    }

    @Test func `a delivery in hand is not repeated after a restart`() async throws {
        let house = try await Household()
        let guid = try await house.accepted()
        try house.change("DELETE FROM outbox WHERE courier = 'smtp'")
        try await house.carry(guid, by: .webhook)
        #expect(try await house.due(.webhook).count == 1)
        #expect(try await house.stop(guid) == .stopping)
        let second = try SQLiteStore(folder: house.folder, mustExist: true)
        #expect(
            try await second.due(
                .webhook, at: house.clock.now(), limit: 9, lease: .seconds(60)
            ).isEmpty)
        await second.close()
        #expect(try house.count("SELECT count(*) FROM outbox") == 0)
        #expect(try await house.progress(guid).state == .stopped)
    }

    @Test(arguments: [CommitInterference.failsUndone, .failsDone])
    func `a stop that was not written down stops nothing for good`(
        _ failure: CommitInterference
    ) async throws {
        let interference = Interference()
        let house = try await Household(interference.options)
        let sent = try await house.accepted()
        try await house.carry(sent, by: .webhook)
        let scheduled = try await house.compose(DraftContent())
        try await house.schedule(scheduled, at: house.clock.now())
        interference.plan([failure])
        let names: [MessageName] = [.guid(sent), .guid(scheduled)]
        #expect(await house.perform(.dispatch(.stop(names)), by: .ann).word == "storage.unwritable")
        let left = failure == .failsDone ? 0 : 1
        #expect(try await house.due(.webhook).count == left)
        #expect(try await house.due(.smtp).count == left)
        #expect(
            try house.store.due(at: house.clock.now(), after: nil, limit: 9).count == left)
        #expect(try house.operationEntries().count == 1 - left)
        if left == 0 {
            #expect(try await house.stop(names) == [.stopped, .stopped])
            #expect(house.store.leases.count == 0)
        }
    }

    @Test func `a look that began before a stop hands none of it out`() {
        let leases = Leases()
        let noon = Workbench.noon
        let early = leases.beginLook()
        leases.withhold(7, of: .webhook)
        func take(_ row: Int64) -> Bool {
            leases.take(row, for: .webhook, at: noon, until: noon)
        }
        #expect(!take(7) && take(8))
        // Another stop of the same message, which fails.
        leases.withhold(7, of: .webhook)
        leases.settle(withheld: [7])
        let between = leases.beginLook()
        leases.endLook(early)
        #expect(!take(7))
        leases.settle(withheld: [7])
        #expect(!take(7))
        let late = leases.beginLook()
        leases.endLook(between)
        #expect(take(7))
        leases.endLook(late)
        leases.release([7, 8])
        #expect(leases.count == 0)
    }

    @Test func `rows that were passed over while they were withheld are found again`() {
        let leases = Leases()
        let noon = Workbench.noon
        let look = leases.beginLook()
        let beginning = leases.beginning(for: .smtp, at: noon)
        leases.withhold(7, of: .smtp)
        #expect(!leases.take(7, for: .smtp, at: noon, until: noon))
        leases.settle(withheld: [7])
        leases.note(handedOut: 9, from: beginning, of: .smtp)
        leases.endLook(look)
        #expect(leases.beginning(for: .smtp, at: noon).row < 7)
        #expect(leases.take(7, for: .smtp, at: noon, until: noon))
    }

    @Test func `ten thousand are stopped in the order they were named`() async throws {
        let house = try await Household()
        var names: [MessageName] = []
        var expected: [StopEnding] = []
        for number in 0..<60 {
            let guid = try await house.compose(
                DraftContent(to: [Member.bob.address], subject: "S", body: "B"))
            switch number % 3 {
            case 0: expected.append(.missing)
            case 1:
                #expect(await house.send(guid) == "accepted")
                expected.append(.stopped)
            default:
                try await house.schedule(guid, at: house.clock.now())
                expected.append(.stopped)
            }
            names.append(.guid(guid))
        }
        for number in 60..<10_000 {
            names.append(number.isMultiple(of: 2) ? .malformed : .guid(.random()))
            expected.append(.missing)
        }
        names.swapAt(1, 9_999)
        expected.swapAt(1, 9_999)
        #expect(try await house.stop(names) == expected)
        // The first portion and the last have something to record.
        #expect(try house.operationEntries() == ["stop", "stop"])
        names.append(.malformed)
        #expect(await house.perform(.dispatch(.stop(names)), by: .ann).word == "request.invalid")
        let recorded = try house.store.leaves(from: 0, limit: 1_000).compactMap {
            try JSONDecoder().decode(AuditEntry.self, from: Data($0))
        }.filter { $0.operation == "stop" }
        #expect(recorded.map(\.count) == [39, nil])
        #expect(
            recorded.allSatisfy { $0.commitments.keys.sorted() == ["account", "draft"] })
    }

    // MARK: races

    /// A courier that does what it is given as fast as it can, and remembers it.
    private final class FastCourier: Sendable {
        private struct State {
            var carried: [MessageGUID] = []
            var isDone = false
        }
        private let state = Mutex(State())
        let house: Household
        let courier: OutboxRow.Courier

        init(_ house: Household, _ courier: OutboxRow.Courier) {
            self.house = house
            self.courier = courier
        }

        var carried: [MessageGUID] { state.withLock { $0.carried } }

        func finish() { state.withLock { $0.isDone = true } }

        func run() async throws {
            while !state.withLock({ $0.isDone }) {
                let rows = try await house.due(courier, limit: 3)
                if rows.isEmpty { await Task.yield() }
                for row in rows {
                    switch Int.random(in: 0..<10) {
                    case 0: await house.store.release([row.id])
                    case 1:
                        try await house.store.delay(
                            row.id, until: house.clock.now(), reason: "busy")
                    default:
                        state.withLock { $0.carried.append(row.message) }
                        try await house.store.delivered([row.id], at: house.clock.now())
                    }
                }
            }
        }
    }

    @Test(arguments: [OutboxRow.Courier.webhook, .smtp])
    func `what is stopped is never carried after, and what is too late always was`(
        _ courier: OutboxRow.Courier
    ) async throws {
        let house = try await Household()
        var count = 0
        for _ in 0..<40 {
            var guids: [MessageGUID] = []
            for _ in 0..<12 { guids.append(try await house.accepted()) }
            if courier == .webhook {
                try house.change("DELETE FROM outbox WHERE courier = 'smtp'")
                for guid in guids { try await house.carry(guid, by: .webhook) }
            } else {
                try await house.deliver()
            }
            let carrier = FastCourier(house, courier)
            let names = guids
            async let carrying: Void = carrier.run()
            try await withThrowingTaskGroup(of: (StopEnding, Bool).self) { stops in
                for guid in names.shuffled() {
                    stops.addTask {
                        (try await house.stop(guid), carrier.carried.contains(guid))
                    }
                }
                for try await (ending, wasCarriedThen) in stops {
                    count += 1
                    switch ending {
                    case .stopped: #expect(!wasCarriedThen)
                    case .tooLate: #expect(wasCarriedThen)
                    case .stopping, .missing: #expect(ending == .stopping)
                    }
                }
            }
            let stopped = try await house.stop(names.map { .guid($0) })
            while try house.count("SELECT count(*) FROM outbox") > 0 { await Task.yield() }
            carrier.finish()
            try await carrying
            let endings = try await house.stop(names.map { .guid($0) })
            for (index, guid) in names.enumerated() {
                let times = carrier.carried.count { $0 == guid }
                switch (stopped[index], endings[index]) {
                case (.stopped, .stopped), (.stopping, .stopped): #expect(times == 0)
                case (.tooLate, .tooLate), (.stopping, .tooLate): #expect(times == 1)
                default: Issue.record("\(stopped[index]) became \(endings[index])")
                }
            }
        }
        #expect(count == 480)
        #expect(house.store.leases.count == 0)
    }

    @Test func `a mailbox has what was too late to stop, and nothing else`() async throws {
        let house = try await Household()
        for _ in 0..<12 {
            var guids: [MessageGUID] = []
            for _ in 0..<12 { guids.append(try await house.accepted()) }
            try house.change("DELETE FROM outbox WHERE courier = 'smtp'")
            let names = guids.map { MessageName.guid($0) }
            async let endings = house.stop(names.shuffled())
            async let rest: Void = house.deliver()
            _ = try await (endings, rest)
            for guid in guids {
                let ending = try await house.stop(guid)
                let isThere = await house.view(guid, by: .bob) != nil
                #expect(ending == (isThere ? .tooLate : .stopped))
                #expect(try await house.progress(guid).delivered == (isThere ? 1 : 0))
            }
        }
    }

    @Test func `of a stop and a send at its time one is first, and the other knows`() async throws {
        let bench = try await Workbench()
        let count = 40
        try await bench.draft(0..<count)
        var sent = 0
        for number in 0..<count {
            let guid = Workbench.guid(number)
            try await bench.store.writer.submit { work in
                let id = try work.statements.row(of: .guid(guid))
                try work.statements.run(
                    """
                    INSERT INTO schedules(message, due_at, dialect, notifies, invites)
                    VALUES(?, 0, 'test', 1, 0)
                    """, id)
                return .keep(())
            }
            let judged = try bench.send(try bench.find(number))
            async let settlement = bench.settle(judged)
            async let endings = bench.store.stop(
                [.guid(guid)], of: bench.ann, at: Workbench.noon
            ) { _ throws(Fault) in
                try SealedEntry(
                    AuditEntry(
                        kind: .operation, id: .make(at: Workbench.noon), at: Workbench.noon,
                        policy: Workbench.policy), subject: bench.ann, openings: [])
            }
            let ended = try await (settlement, endings)
            #expect(ended.1 == [.stopped])
            if ended.0 == .accepted { sent += 1 } else { #expect(ended.0 == .draftChanged) }
        }
        #expect(try bench.count("SELECT count(*) FROM outbox") == 0)
        #expect(try bench.count("SELECT count(*) FROM stops") == count)
        #expect(try bench.count("SELECT count(*) FROM messages WHERE state = 1") == sent)
        #expect(try bench.count("SELECT coalesce(sum(messages), 0) FROM quotas") == sent)
    }

    @Test func `of a stop and taking off the schedule one is first, and the other knows`()
        async throws
    {
        let house = try await Household()
        for _ in 0..<30 {
            let guid = try await house.compose(DraftContent())
            try await house.schedule(guid, at: house.clock.now())
            async let ending = house.stop(guid)
            async let word = house.perform(.dispatch(.unschedule(.guid(guid))), by: .ann).word
            let ended = try await (ending, word)
            let state = try await house.progress(guid).state
            switch ended.0 {
            case .stopped: #expect(ended.1 == "message.not-scheduled" && state == .stopped)
            default: #expect(ended == (.missing, "done") && state == .draft)
            }
        }
    }
}
