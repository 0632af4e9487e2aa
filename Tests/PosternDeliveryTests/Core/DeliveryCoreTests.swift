import Logging
import PosternDelivery
import PosternModel
import PosternPipeline
import PosternTesting
import Synchronization
import Testing

/// A courier that answers as told and remembers what it was given.
final class ScriptedCourier: Carrier {
    private struct State {
        var carried: [OutboxRow.ID] = []
        var answers: [Carriage]
        var closed = false
        var underWay = 0
        var most = 0
    }

    private let state: Mutex<State>
    private let gate: Gate?

    /// Makes a courier with an answer for each attempt, and `taken` after the last.
    init(_ answers: Carriage..., gate: Gate? = nil) {
        state = Mutex(State(answers: answers))
        self.gate = gate
    }

    var carried: [OutboxRow.ID] { state.withLock { $0.carried } }
    var isClosed: Bool { state.withLock { $0.closed } }
    var mostAtOnce: Int { state.withLock { $0.most } }

    func carry(_ row: OutboxRow) async -> Carriage {
        let answer = state.withLock { state in
            state.carried.append(row.id)
            state.underWay += 1
            state.most = max(state.most, state.underWay)
            return state.answers.isEmpty ? .taken : state.answers.removeFirst()
        }
        await gate?.pass()
        state.withLock { $0.underWay -= 1 }
        return answer
    }

    func close() async { state.withLock { $0.closed = true } }
}

/// Holds whoever comes until it is opened, and tells how many have come.
actor Gate {
    private var isOpen = false
    private var arrived = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var watchers: [(Int, CheckedContinuation<Void, Never>)] = []

    func pass() async {
        arrived += 1
        for (count, watcher) in watchers where count <= arrived { watcher.resume() }
        watchers.removeAll { $0.0 <= arrived }
        if !isOpen { await withCheckedContinuation { waiting.append($0) } }
    }

    func arrivals(_ count: Int) async {
        if arrived < count { await withCheckedContinuation { watchers.append((count, $0)) } }
    }

    func open() {
        isOpen = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }
}

@Suite(.timeLimit(.minutes(1)))
struct DeliveryCoreTests {
    private let timer = HandTimer()

    private func core(
        _ outbox: MemoryOutbox, _ courier: ScriptedCourier,
        _ settings: DeliverySettings = DeliverySettings(mailboxGathering: .zero),
        webhook: ScriptedCourier? = nil
    ) -> DeliveryCore {
        DeliveryCore(
            outbox: outbox, mail: courier, webhook: webhook, settings: settings, clock: timer,
            timer: timer,
            chance: { 1 }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Runs a core while a body watches, then stops it.
    private func running(_ core: DeliveryCore, _ body: () async throws -> Void) async rethrows {
        async let run: Void = core.run()
        do {
            try await body()
        } catch {
            core.stop()
            await run
            throw error
        }
        core.stop()
        await run
    }

    @Test
    func `mailbox rows of a batch go in one transaction`() async throws {
        let outbox = MemoryOutbox(try (1...5).map { try Samples.row($0, .mailbox) })
        let core = core(outbox, ScriptedCourier())
        await running(core) {
            await outbox.until { $0.values.allSatisfy { $0 == .delivered } }
        }
        #expect(await outbox.batches == [5])
        #expect(core.gauges.mailbox.delivered == 5)
    }

    @Test
    func `mailbox rows that follow soon after a round go together`() async throws {
        let outbox = MemoryOutbox(try (1...3).map { try Samples.row($0, .mailbox) })
        let core = core(
            outbox, ScriptedCourier(), DeliverySettings(mailboxGathering: .milliseconds(50)))
        try await running(core) {
            await outbox.until { $0.values.allSatisfy { $0 == .delivered } }
            for id in 4...6 {
                await outbox.add([try Samples.row(Int64(id), .mailbox)])
                core.nudge()
            }
            await timer.pass(.milliseconds(50))
            await outbox.until { $0.values.allSatisfy { $0 == .delivered } }
        }
        #expect(await outbox.batches == [3, 3])
    }

    @Test
    func `a nudge is enough to deliver what was committed`() async throws {
        let outbox = MemoryOutbox()
        let courier = ScriptedCourier()
        let core = core(outbox, courier)
        try await running(core) {
            await outbox.add([try Samples.row(1, .mailbox), try Samples.row(2)])
            core.nudge()
            await outbox.until { $0.values.allSatisfy { $0 == .delivered } }
        }
        #expect(courier.carried == [2])
        #expect(courier.isClosed)
    }

    @Test
    func `a relay that hangs delays no mailbox`() async throws {
        let gate = Gate()
        let courier = ScriptedCourier(gate: gate)
        let outbox = MemoryOutbox(try (1...50).map { try Samples.row($0) })
        let core = core(outbox, courier)
        try await running(core) {
            await gate.arrivals(2)
            await outbox.add(try (51...60).map { try Samples.row($0, .mailbox) })
            core.nudge()
            await outbox.until { standings in (51...60).allSatisfy { standings[$0] == .delivered } }
            #expect(core.gauges.smtp.underWay == 2)
            await gate.open()
            await outbox.until { $0.values.allSatisfy { $0 == .delivered } }
        }
        #expect(courier.mostAtOnce == 2)
    }

    @Test
    func `a row put off comes again after its pause, which doubles`() async throws {
        let courier = ScriptedCourier(.delayed("Busy."), .delayed("Busy."))
        let outbox = MemoryOutbox([try Samples.row(1)])
        // Looking out less often than the row comes again, so that only the row wakes its lane.
        let core = core(
            outbox, courier, DeliverySettings(mailboxGathering: .zero, lookout: .seconds(3_600)))
        await running(core) {
            for pause in [Duration.seconds(30), .seconds(60)] {
                let until = timer.now().advanced(by: pause)
                await outbox.until { $0[1] == .waiting(until: until, reason: "Busy.") }
                await timer.pass(pause)
            }
            await outbox.until { $0[1] == .delivered }
        }
        #expect(courier.carried.count == 3)
        #expect(core.gauges.smtp.delayed == 2)
    }

    @Test(arguments: [
        (Carriage.refused("No."), 0, Duration.zero, "No."),
        (.delayed("Busy."), 149, .zero, "Given up after 150 attempts. Busy."),
        (.uncertain("Lost."), 149, .zero, "Given up after 150 attempts. Lost."),
        (.unreachable("Down."), 500, .seconds(5 * 86_400), "Given up after 120 hours. Down."),
        (.delayed("Busy."), 3, .seconds(5 * 86_400), "Given up after 120 hours. Busy."),
    ])
    func `a row is given up with a reason`(
        _ carriage: Carriage, _ attempts: Int, _ age: Duration, _ reason: String
    ) async throws {
        let outbox = MemoryOutbox([
            try Samples.row(
                1, attempts: attempts, acceptedAt: Samples.start.advanced(by: .zero - age))
        ])
        let core = core(outbox, ScriptedCourier(carriage))
        await running(core) { await outbox.until { $0[1] == .dead(reason: reason) } }
        #expect(core.gauges.smtp.dead == 1)
    }

    @Test
    func `a relay out of reach rests the lane, and one row finds out that it is back`() async throws
    {
        let courier = ScriptedCourier(.unreachable("Down."), .unreachable("Down."))
        let outbox = MemoryOutbox(try (1...10).map { try Samples.row($0, attempts: 200) })
        let core = core(outbox, courier, DeliverySettings(mailboxGathering: .zero, mailsAtOnce: 1))
        await running(core) {
            await outbox.until {
                $0.values.allSatisfy { if case .waiting(_, "Down.") = $0 { true } else { false } }
            }
            #expect(courier.carried == [1])
            core.nudge()
            await timer.pass(.milliseconds(500))
            await outbox.until {
                $0[2] == .waiting(until: timer.now().advanced(by: .seconds(3_600)), reason: "Down.")
            }
            #expect(courier.carried == [1, 2])
            #expect(core.gauges.smtp.trouble == "Down.")
            await timer.pass(.seconds(1))
            await outbox.until { standings in (3...10).allSatisfy { standings[$0] == .delivered } }
            await timer.passing {
                await outbox.until { $0.values.allSatisfy { $0 == .delivered } }
            }
        }
        #expect(core.gauges.smtp.trouble == nil)
        #expect(courier.carried.count == 12)
    }

    @Test
    func `a relay out of reach keeps nothing from telephones, nor they from it`() async throws {
        let (relay, webhook) = (ScriptedCourier(.unreachable("Down.")), ScriptedCourier(.taken))
        let outbox = MemoryOutbox([try Samples.row(1), try Samples.row(2, .webhook)])
        let core = core(outbox, relay, webhook: webhook)
        await running(core) {
            await outbox.until {
                guard case .waiting(_, "Down.") = $0[1] else { return false }
                return $0[2] == .delivered
            }
        }
        #expect(relay.carried == [1] && webhook.carried == [2])
        #expect(relay.isClosed && webhook.isClosed)
        #expect(core.gauges.smtp.trouble == "Down." && core.gauges.webhook.trouble == nil)
        #expect(core.gauges.webhook.delivered == 1)
    }

    @Test
    func `an outage is forgotten when nothing waits for its end`() async throws {
        let outbox = MemoryOutbox([try Samples.row(1)])
        let core = core(outbox, ScriptedCourier(.unreachable("Down.")))
        await running(core) {
            await outbox.until { if case .waiting(_, "Down.") = $0[1] { true } else { false } }
            await timer.sleeper(for: .milliseconds(500))
            #expect(core.gauges.smtp.trouble == "Down.")
            await outbox.stop(1)
            await timer.pass(.milliseconds(500))
            // Idle again.
            await timer.sleeper(for: DeliverySettings().lookout)
            #expect(core.gauges.smtp.trouble == nil)
        }
    }

    @Test(arguments: [
        (Carriage.delayed("Busy."), 1), (.uncertain("No answer."), 1), (.unreachable("Down."), 0),
        (.failing("Down."), 0),
    ])
    func `an attempt counts when somebody was there to put it off`(
        _ carriage: Carriage, _ attempts: Int
    ) async throws {
        let outbox = MemoryOutbox([try Samples.row(1, .webhook)])
        let core = core(outbox, ScriptedCourier(), webhook: ScriptedCourier(carriage))
        await running(core) {
            await outbox.until { if case .waiting(_, .some) = $0[1] { true } else { false } }
        }
        #expect(await outbox.row(1)?.attempts == attempts)
    }

    @Test(arguments: [
        (Carriage.delayed("Busy."), EntrustedCase.End.withdrawn),
        (.deferred("Busy.", by: .seconds(9)), .withdrawn), (.unreachable("Down."), .withdrawn),
        (.uncertain("No answer."), .dead),
    ])
    func `a text that may have left is not stopped, and one that has not is`(
        _ carriage: Carriage, _ end: EntrustedCase.End
    ) async throws {
        let outbox = MemoryOutbox([try Samples.row(1, .webhook)])
        let webhook = ScriptedCourier(carriage)
        let core = core(outbox, ScriptedCourier(), webhook: webhook)
        await running(core) {
            await outbox.until { if case .waiting(_, .some) = $0[1] { true } else { false } }
            await outbox.stop(1)
        }
        #expect(await outbox.end(of: 1) == end)
        #expect(webhook.carried == [1])
    }

    @Test
    func `a text that was on its way when the process died is not stopped`() async throws {
        let gate = Gate()
        let outbox = MemoryOutbox([try Samples.row(1, .webhook)])
        let core = core(outbox, ScriptedCourier(), webhook: ScriptedCourier(gate: gate))
        await running(core) {
            await gate.arrivals(1)
            await outbox.die(holding: 1)
            await outbox.stop(1)
            #expect(await outbox.end(of: 1) == .dead)
            await gate.open()
        }
    }

    @Test
    func `a clock set back holds no lane up`() async throws {
        let outbox = MemoryOutbox([try Samples.row(1, .mailbox)])
        let core = core(
            outbox, ScriptedCourier(), DeliverySettings(mailboxGathering: .milliseconds(10)))
        await running(core) {
            await outbox.until { $0[1] == .delivered }
            await timer.sleeper(for: .milliseconds(10))
            timer.setBack(by: .seconds(3_600))
            var row = try? Samples.row(2, .mailbox)
            row?.acceptedAt = timer.now()
            await outbox.add([row].compactMap(\.self))
            core.nudge()
            await outbox.until { $0[2] == .delivered }
        }
    }

    @Test
    func `rows for telephones wait while there is no webhook`() async throws {
        let outbox = MemoryOutbox([try Samples.row(1, .webhook), try Samples.row(2, .mailbox)])
        let core = core(outbox, ScriptedCourier())
        await running(core) { await outbox.until { $0[2] == .delivered } }
        #expect(
            await outbox.standings[1] == .waiting(until: Samples.start, reason: nil))
    }

    @Test(arguments: [
        (Duration.seconds(5), Duration.seconds(30)), (.seconds(1000), .seconds(1000)),
        (.seconds(999_999_999), .seconds(3600)),
    ])
    func `what the other side asks to wait is heeded, between the least and the longest pause`(
        _ asked: Duration, _ pause: Duration
    ) async throws {
        let outbox = MemoryOutbox([try Samples.row(1, .webhook)])
        let core = core(
            outbox, ScriptedCourier(), webhook: ScriptedCourier(.deferred("Busy.", by: asked)))
        await running(core) {
            await outbox.until {
                $0[1] == .waiting(until: Samples.start.advanced(by: pause), reason: "Busy.")
            }
        }
        #expect(core.gauges.webhook.delayed == 1)
        #expect(await outbox.row(1)?.attempts == 1)
    }

    @Test
    func `a row that cannot be delivered holds up no other`() async throws {
        let outbox = MemoryOutbox(try (1...4).map { try Samples.row($0, .mailbox) })
        await outbox.poison(2)
        let core = core(outbox, ScriptedCourier())
        // The ledger is all that can fail here, so the row waits no longer than for an outage of the ledger.
        let soon = timer.now().advanced(by: .milliseconds(500))
        await running(core) {
            await outbox.until { standings in
                guard case .waiting(soon, .some) = standings[2] else { return false }
                return [1, 3, 4].allSatisfy { standings[$0] == .delivered }
            }
        }
        #expect(await outbox.mailboxed == [1, 3, 4])
    }

    @Test
    func `stopping finishes what is under way and begins nothing`() async throws {
        let gate = Gate()
        let courier = ScriptedCourier(gate: gate)
        let outbox = MemoryOutbox(try (1...10).map { try Samples.row($0) })
        let core = core(outbox, courier)
        async let run: Void = core.run()
        await gate.arrivals(2)
        core.stop()
        await gate.open()
        await run
        #expect(courier.carried.count == 2)
        #expect(await outbox.standings.values.count { $0 == .delivered } == 2)
        #expect(courier.isClosed)
    }

    @Test
    func `a far end that keeps us waiting is left when the grace is over`() async throws {
        let gate = Gate()
        let courier = ScriptedCourier(gate: gate)
        let outbox = MemoryOutbox(try (1...10).map { try Samples.row($0) })
        let core = core(outbox, courier)
        let isOver = Mutex(false)
        async let run: Void = {
            await core.run()
            isOver.withLock { $0 = true }
        }()
        await gate.arrivals(2)
        core.beginStopping(within: .seconds(10))
        timer.advance(by: .seconds(9))
        core.stop()
        for _ in 0..<100 { await Task.yield() }
        #expect(isOver.withLock { !$0 })
        timer.advance(by: .seconds(1))
        await run
        #expect(courier.carried.count == 2)
        #expect(courier.isClosed)
        #expect(await outbox.standings.values.allSatisfy { $0 != .delivered })
        await gate.open()
    }

    @Test
    func `a clock set back makes no stop longer`() async throws {
        let gate = Gate()
        let core = core(MemoryOutbox([try Samples.row(1)]), ScriptedCourier(gate: gate))
        async let run: Void = core.run()
        await gate.arrivals(1)
        core.beginStopping(within: .seconds(10))
        core.stop()
        await timer.sleeper(for: .seconds(10))
        timer.setBack(by: .seconds(3_600))
        await run
        await gate.open()
    }

    @Test
    func `when a stop is near nothing goes out, and mailboxes are filled up to it`() async throws {
        let gate = Gate()
        let courier = ScriptedCourier(gate: gate)
        let rows = try (1...4).map { try Samples.row($0) }
        let outbox = MemoryOutbox(rows + [try Samples.row(5, .mailbox)])
        let core = core(outbox, courier)
        async let run: Void = core.run()
        await gate.arrivals(2)
        await outbox.until { $0[5] == .delivered }
        core.beginStopping(within: .seconds(10))
        await outbox.add([try Samples.row(6, .mailbox)])
        core.nudge()
        await outbox.until { $0[6] == .delivered }
        await gate.open()
        core.stop()
        await run
        #expect(courier.carried.count == 2)
        #expect(await outbox.standings.values.count { $0 == .delivered } == 4)
    }

    @Test
    func `the pause doubles to its longest, and chance takes at most half of it`() {
        let schedule = RetrySchedule(first: .seconds(1), longest: .seconds(10))
        let pauses = [1, 2, 3, 4, 5, 1_000].map { schedule.pause(afterFailures: $0, chance: 1) }
        #expect(pauses == [1, 2, 4, 8, 10, 10].map { .seconds($0) })
        #expect(schedule.pause(afterFailures: 2, chance: 0) == .seconds(1))
    }
}
