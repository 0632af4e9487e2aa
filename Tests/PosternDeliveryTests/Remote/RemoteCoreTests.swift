import Logging
import PosternCoreContract
import PosternDelivery
import PosternModel
import PosternPipeline
import PosternTesting
import Synchronization
import Testing

/// Rows that go to a delivery core elsewhere, and what comes of them.
///
/// One after the other: time that passes by itself takes a processor, which others' time limits need.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct RemoteCoreTests {
    private let timer = HandTimer()

    private func text(_ id: Int64) throws -> OutboxRow {
        var row = try Samples.row(id, .webhook)
        row.recipient = .phone(try #require(PhoneNumber("+41791234567")))
        row.text = "At nine."
        row.sender = try Samples.address("ann@hospital.example")
        return row
    }

    private func key(_ row: OutboxRow) -> DeliveryKey {
        DeliveryKey(of: row.message, row: row.id)
    }

    private func delivery(
        _ outbox: MemoryOutbox, _ core: ScriptedCore,
        carries: Set<OutboxRow.Courier> = [.smtp, .webhook], mail: ScriptedCourier? = nil,
        settings: DeliverySettings = DeliverySettings(
            mailboxGathering: .zero, retries: RetrySchedule(longestAge: .seconds(1_000_000_000)))
    ) -> DeliveryCore {
        DeliveryCore(
            outbox: outbox, mail: mail,
            remote: RemoteCore(calls: core, rows: outbox, carries: carries), settings: settings,
            clock: timer, timer: timer, chance: { 1 },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Runs a delivery core, time passing by itself, while a body watches.
    private func running(
        _ delivery: DeliveryCore, _ body: () async throws -> Void
    ) async rethrows {
        async let run: Void = delivery.run()
        do {
            try await timer.passing(while: body)
        } catch {
            delivery.stop()
            await run
            throw error
        }
        delivery.stop()
        await run
    }

    // MARK: the table

    @Test(arguments: EntrustedCase.all)
    func `the outbox in memory keeps the table that the ledger keeps`(
        _ example: EntrustedCase
    ) async throws {
        let row = try text(7)
        let outbox = MemoryOutbox([row])
        var now = Samples.start
        for step in example.steps {
            switch step {
            case .taken:
                now = now.advanced(by: .seconds(1))
                let due = try await outbox.due(.webhook, at: now, limit: 9, lease: .seconds(60))
                #expect(due.map(\.id) == [7])
            case .leaving: _ = try await outbox.handing([7], to: .courier, at: now)
            case .handing: _ = try await outbox.handing([7], to: .core, at: now)
            case .unanswered: try await outbox.unanswered(7)
            case .delayed: try await outbox.delay(7, until: now, reason: "Busy.")
            case .released: await outbox.release([7])
            case .died: await outbox.die(holding: 7)
            case .buried: try await outbox.bury(7, reason: "Given up.", at: now)
            case .stopped: await outbox.stop(7)
            case .says(let word):
                let named = EntrustedRow(row: 7, message: row.message)
                try await outbox.heard([CoreWord(named, word.standing(at: now))], at: now)
            case .lost:
                var last: OutboxRow.ID?
                while let part = try await outbox.entrustAnew(after: last, limit: 9, at: now) {
                    last = part.last
                }
            }
        }
        #expect(await outbox.end(of: 7) == example.end)
    }

    // MARK: what goes well

    @Test func `rows are entrusted, and end as the core says`() async throws {
        let rows = [try text(1), try text(2), try Samples.row(3)]
        let outbox = MemoryOutbox(rows + [try Samples.row(4, .mailbox)])
        let core = ScriptedCore(deliversAtOnce: false)
        let delivery = delivery(outbox, core)
        // Met before: what is in hand when a core is met first is handed over once more.
        try await outbox.follow(core.spool.description)
        await running(delivery) {
            await outbox.until { standings in
                (1...3).allSatisfy { standings[$0] == .entrusted } && standings[4] == .delivered
            }
            await core.end(key(rows[0]), .delivered)
            await core.end(key(rows[1]), .undelivered, reason: "No such\nnumber.")
            await core.end(key(rows[2]), .delivered)
            await outbox.until { standings in
                [1, 3].allSatisfy { standings[$0] == .delivered } && standings[2] != .entrusted
            }
        }
        guard case .dead(let reason) = await outbox.standings[2] else {
            Issue.record("row 2 is no dead letter")
            return
        }
        #expect(reason.contains("No such") && !reason.contains("\n"))
        #expect(await core.entrustings == 3)
        #expect(await core.isClosed)
        let gauges = delivery.gauges
        #expect(gauges.webhook.entrusted == 2 && gauges.smtp.entrusted == 1)
        #expect(gauges.webhook.delivered == 1 && gauges.webhook.dead == 1)
        #expect(gauges.smtp.delivered == 1)
        #expect(gauges.troubles.isEmpty && gauges.coreLosses == 0)
    }

    @Test func `what the core does not carry goes by our own courier`() async throws {
        let outbox = MemoryOutbox([try text(1), try Samples.row(2)])
        let (core, mail) = (ScriptedCore(), ScriptedCourier())
        try await outbox.follow(core.spool.description)
        await running(delivery(outbox, core, carries: [.webhook], mail: mail)) {
            await outbox.until { $0[1] == .delivered && $0[2] == .delivered }
        }
        #expect(mail.carried == [2])
        #expect(await core.entrustings == 1)
    }

    @Test func `many endings are heard page by page, and each once`() async throws {
        let rows = try (1...25).map { try text($0) }
        let outbox = MemoryOutbox(rows)
        let core = ScriptedCore()
        var settings = DeliverySettings(mailboxGathering: .zero)
        settings.coreEndings = 10
        let delivery = delivery(outbox, core, settings: settings)
        await running(delivery) {
            await outbox.until { $0.values.allSatisfy { $0 == .delivered } }
            while (try? await outbox.coreCursor())?.ending != 25 { await Task.yield() }
        }
        #expect(delivery.gauges.webhook.delivered == 25)
        #expect(await core.asked.sorted() == core.asked)
    }

    // MARK: faults

    struct Fault: Sendable, CustomTestStringConvertible {
        enum Place: Sendable {
            case call(ScriptedCore.Call, ScriptedCore.Failure)
            case outbox(MemoryOutbox.Operation, MemoryOutbox.Failure)
        }
        let place: Place
        var testDescription: String { "\(place)" }

        static let all: [Fault] =
            ScriptedCore.Failure.allCases.flatMap { failure in
                [ScriptedCore.Call.entrust, .endings, .withdraw].map {
                    Fault(place: .call($0, failure))
                }
            }
            + [MemoryOutbox.Failure.before, .after].flatMap { failure in
                [
                    MemoryOutbox.Operation.due, .handing, .unanswered, .heard, .heardPage,
                    .withdrawalsOwed, .follow, .nextDue,
                ].map { Fault(place: .outbox($0, failure)) }
            }
    }

    /// Everything that can fail fails three times, both ways; what arrives, arrives once, and what was stopped does not.
    @Test(arguments: Fault.all)
    func `whatever fails, a row is carried once and a stopped one never`(_ fault: Fault)
        async throws
    {
        let rows = [try text(1), try text(2)]
        let outbox = MemoryOutbox(rows)
        let core = ScriptedCore(deliversAtOnce: false)
        switch fault.place {
        case .call(let call, let failure): await core.fail(call, failure, failure, failure)
        case .outbox(.unanswered, let failure):
            await core.fail(.entrust, .unheard)
            await outbox.fail(.unanswered, failure)
        case .outbox(let operation, let failure):
            await outbox.fail(operation, failure, failure, failure)
        }
        let delivery = delivery(outbox, core)
        await running(delivery) {
            await outbox.until { $0[1] == .entrusted && $0[2] == .entrusted }
            await outbox.stop(2)
            await core.end(key(rows[0]), .delivered)
            await outbox.until { $0[1] == .delivered && $0[2] == .withdrawn }
            while !delivery.gauges.troubles.isEmpty { await Task.yield() }
        }
        #expect(await core.carried == [key(rows[0]): 1])
        #expect(delivery.gauges.webhook.dead == 0)
    }

    // MARK: withdrawals

    @Test func `a delivery in a courier's hands may still arrive, and is not tried again`()
        async throws
    {
        let rows = [try text(1), try text(2)]
        let outbox = MemoryOutbox(rows)
        let core = ScriptedCore(deliversAtOnce: false)
        await running(delivery(outbox, core)) {
            await outbox.until { $0[1] == .entrusted && $0[2] == .entrusted }
            for row in rows {
                await core.takeInHand(key(row))
                await outbox.stop(row.id)
            }
            while await core.withdrawn.count < 2 { await Task.yield() }
            while await outbox.end(of: 2) != .isBeingWithdrawn { await Task.yield() }
            await core.end(key(rows[0]), .delivered)
            await core.end(key(rows[1]), .withdrawn)
            await outbox.until { $0[1] == .delivered && $0[2] == .withdrawn }
        }
        #expect(await core.withdrawn.sorted() == rows.map(key))
    }

    @Test func `a row whose answer was lost is withdrawn though nobody knows who has it`()
        async throws
    {
        let row = try text(1)
        let outbox = MemoryOutbox([row])
        let core = ScriptedCore(deliversAtOnce: false)
        await core.fail(.entrust, .undone)
        await core.fail(.endings, .undone, .undone)
        await running(delivery(outbox, core)) {
            await outbox.until {
                if case .waiting(_, .some) = $0[1] { true } else { $0[1] == .entrusted }
            }
            await outbox.stop(1)
            await outbox.until { $0[1] == .withdrawn }
        }
        #expect(await core.carried.isEmpty)
        #expect(await core.standing(key(row))?.standing == .withdrawn)
    }

    // MARK: a core that is away, or lost everything

    @Test func `while the core is away rows wait, and one sentence says why`() async throws {
        let outbox = MemoryOutbox([try text(1), try Samples.row(2), try Samples.row(3, .mailbox)])
        let core = ScriptedCore()
        await core.goAway()
        let delivery = delivery(outbox, core)
        await running(delivery) {
            await outbox.until { $0[3] == .delivered }
            while delivery.gauges.core.trouble == nil || delivery.gauges.webhook.trouble == nil {
                await Task.yield()
            }
            #expect(delivery.gauges.troubles == ["Nobody there."])
            await core.goAway(false)
            await outbox.until { $0.values.allSatisfy { $0 == .delivered } }
            while !delivery.gauges.troubles.isEmpty { await Task.yield() }
        }
        #expect(await core.carried.values.allSatisfy { $0 == 1 })
    }

    @Test(arguments: [true, false])
    func `what a core has lost is entrusted anew`(_ keepsName: Bool) async throws {
        let rows = try (1...3).map { try text($0) }
        let outbox = MemoryOutbox(rows)
        let core = ScriptedCore(deliversAtOnce: false)
        let delivery = delivery(outbox, core)
        await running(delivery) {
            await outbox.until { $0.values.allSatisfy { $0 == .entrusted } }
            await core.end(key(rows[0]), .delivered)
            await outbox.until { $0[1] == .delivered }
            await core.loseEverything(keepingName: keepsName)
            while await core.standing(key(rows[2])) == nil {
                await Task.yield()
            }
            while await core.standing(key(rows[1])) == nil { await Task.yield() }
            await outbox.until { $0[2] == .entrusted && $0[3] == .entrusted }
            await core.end(key(rows[1]), .delivered)
            await core.end(key(rows[2]), .delivered)
            await outbox.until { $0.values.allSatisfy { $0 == .delivered } }
        }
        #expect(delivery.gauges.coreLosses == 1)
        #expect(await core.carried.values.allSatisfy { $0 == 1 })
    }

    @Test func `a core that is met first has lost nothing`() async throws {
        let outbox = MemoryOutbox()
        let core = ScriptedCore()
        let delivery = delivery(outbox, core)
        await running(delivery) {
            while (try? await outbox.coreCursor()) == nil { await Task.yield() }
        }
        #expect(delivery.gauges.coreLosses == 0)
        #expect(try await outbox.coreCursor()?.spool == core.spool.description)
    }

    @Test func `what a core took before it was first asked is no loss`() async throws {
        let rows = try (1...3).map { try text($0) }
        let outbox = MemoryOutbox(rows)
        let core = ScriptedCore(deliversAtOnce: false)
        await core.fail(.endings, .unreachable)
        let delivery = delivery(outbox, core)
        await running(delivery) {
            await outbox.until { $0.values.allSatisfy { $0 == .entrusted } }
            while (try? await outbox.coreCursor()) == nil { await Task.yield() }
            for row in rows { await core.end(key(row), .delivered) }
            await outbox.until { $0.values.allSatisfy { $0 == .delivered } }
        }
        #expect(delivery.gauges.coreLosses == 0)
        #expect(await core.carried.count == 3)
        #expect(await core.carried.values.allSatisfy { $0 == 1 })
    }

    // MARK: objections

    @Test(arguments: [
        (CoreProblem.Name.otherContent, true), (.noSuchCourier, true), (.mediaType, true),
        (.unavailable, true), (.failed, true), (.unreadable, false), (.tooLarge, false),
    ])
    func `what the core objects to waits where another time may be better`(
        _ name: CoreProblem.Name, _ waits: Bool
    ) async throws {
        let outbox = MemoryOutbox([try text(1)])
        let core = ScriptedCore()
        await core.object(CoreProblem(name))
        await running(delivery(outbox, core)) {
            await outbox.until {
                switch $0[1] {
                case .dead, .entrusted: true
                case .delivered: waits
                default: false
                }
            }
        }
        let standing = await outbox.standings[1]
        switch standing {
        case .dead(let reason):
            #expect(!waits)
            #expect(reason.hasPrefix("The delivery core did not take it: "))
        default: #expect(waits)
        }
    }

    @Test func `a row that must not leave is given up, and the core hears nothing of it`()
        async throws
    {
        var row = try text(1)
        row.withheld = "The message has expired."
        let outbox = MemoryOutbox([row])
        let core = ScriptedCore()
        await running(delivery(outbox, core)) {
            await outbox.until { $0[1] == .dead(reason: "The message has expired.") }
        }
        #expect(await core.entrustings == 0)
    }
}
