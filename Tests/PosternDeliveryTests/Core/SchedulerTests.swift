import Logging
import PosternDelivery
import PosternModel
import PosternPipeline
import Synchronization
import Testing

/// Messages that wait for their time.
@Suite struct SchedulerTests {
    private let timer = HandTimer()

    /// What the ledger knows of schedules, and what became of them.
    private final class MemorySchedules: Schedules {
        private struct State {
            /// In the order of their places.
            var messages: [DueMessage] = []
            var gone: Set<Int64> = []
            /// Before it, all are gone.
            var start = 0
            var limits: [Int] = []
            var mostInHand = 0
            var sent: [(number: Int64, at: Instant)] = []
            var tries = 0
            var faults = 0
        }
        private let state = Mutex(State())

        init(_ due: [(Int64, Instant)] = []) { add(due) }

        func add(_ due: [(Int64, Instant)]) {
            let messages = due.map { Self.message($0.0, $0.1) }
            state.withLock { state in
                state.messages += messages
                state.messages.sort { $0.place < $1.place }
                state.start = 0
            }
        }

        func planFaults(_ count: Int) { state.withLock { $0.faults = count } }

        var sent: [Int64] { state.withLock { $0.sent.map(\.number) } }
        var times: [Instant] { state.withLock { $0.sent.map(\.at) } }
        var tries: Int { state.withLock { $0.tries } }
        var mostInHand: Int { state.withLock { $0.mostInHand } }
        var left: Int { state.withLock { $0.messages.count - $0.gone.count } }
        /// How many were asked for at a time.
        var limits: [Int] { state.withLock { $0.limits } }

        func due(
            at now: Instant, after place: DueMessage.Place?, limit: Int
        ) throws(Fault) -> [DueMessage] {
            let due: [DueMessage]? = state.withLock { state in
                if state.faults > 0 {
                    state.faults -= 1
                    return nil
                }
                state.limits.append(limit)
                var due: [DueMessage] = []
                var index = Self.index(after: place, &state)
                while due.count < limit, index < state.messages.count,
                    state.messages[index].dueAt <= now
                {
                    let message = state.messages[index]
                    if !state.gone.contains(message.number) { due.append(message) }
                    index += 1
                }
                state.mostInHand = max(state.mostInHand, due.count)
                return due
            }
            guard let due else { throw Fault(.storageUnreadable) }
            return due
        }

        func nextDue(after place: DueMessage.Place?) throws(Fault) -> Instant? {
            state.withLock { state in
                let first = Self.index(after: place, &state)
                return state.messages[first...].first { !state.gone.contains($0.number) }?.dueAt
            }
        }

        private static func index(after place: DueMessage.Place?, _ state: inout State) -> Int {
            while state.start < state.messages.count,
                state.gone.contains(state.messages[state.start].number)
            { state.start += 1 }
            guard let place else { return state.start }
            var (low, high) = (state.start, state.messages.count)
            while low < high {
                let middle = (low + high) / 2
                if state.messages[middle].place > place { high = middle } else { low = middle + 1 }
            }
            return low
        }

        /// Notes a try; takes the message off the schedule where it went well.
        func tried(_ message: DueMessage, wentWell: Bool, at now: Instant) {
            state.withLock { state in
                state.tries += 1
                guard wentWell else { return }
                state.sent.append((message.number, now))
                state.gone.insert(message.number)
            }
        }

        private static func message(_ number: Int64, _ due: Instant) -> DueMessage {
            guard let address = EmailAddress("ann@example.org") else {
                preconditionFailure("that is an address")
            }
            return DueMessage(
                number: number, guid: .random(),
                owner: SessionRecord(
                    account: AccountID(rawValue: 1), address: address, group: "staff",
                    accountDisabled: false, revoked: false, lastSeen: due),
                dueAt: due, dialect: "test", notifies: true, invites: true)
        }
    }

    private static let settled = SendOutcome.obstructed(
        Obstruction(
            stamp: DecisionStamp(decision: .make(at: Samples.start), policy: policy),
            refusal: OperationRefusal(.own(.messageClosed))))

    private static func failed(_ code: FaultCode) -> SendOutcome {
        .failed(
            Failure(decision: .make(at: Samples.start), policy: policy, fault: Fault(code)))
    }

    private static let policy: PolicyDigest = {
        guard let digest = PolicyDigest(bytes: Array(repeating: 7, count: 32)) else {
            preconditionFailure("32 bytes are a digest")
        }
        return digest
    }()

    /// Messages a scheduler fails with, and for how many tries.
    private final class Failing: Sendable {
        let code: FaultCode
        private let left: Mutex<[Int64: Int]>
        init(_ failures: [Int64: Int] = [:], with code: FaultCode = .storageUnwritable) {
            self.code = code
            left = Mutex(failures)
        }
        func fails(_ number: Int64) -> Bool {
            left.withLock { left in
                guard let rest = left[number], rest > 0 else { return false }
                left[number] = rest - 1
                return true
            }
        }
    }

    private func scheduler(
        _ schedules: MemorySchedules, _ failing: Failing = Failing(),
        _ settings: Scheduler.Settings = Scheduler.Settings()
    ) -> Scheduler {
        Scheduler(
            schedules: schedules, settings: settings, clock: timer, timer: timer, chance: { 1 },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { [timer] message in
            let fails = failing.fails(message.number)
            schedules.tried(message, wentWell: !fails, at: timer.now())
            return fails ? Self.failed(failing.code) : Self.settled
        }
    }

    /// Runs a scheduler while a body watches, then stops it.
    private func running(
        _ scheduler: Scheduler, _ body: () async throws -> Void
    ) async rethrows {
        async let run: Void = scheduler.run()
        do {
            try await body()
        } catch {
            scheduler.stop()
            await run
            throw error
        }
        scheduler.stop()
        await run
    }

    private func until(_ condition: () -> Bool) async {
        while !condition() { await Task.yield() }
    }

    private func at(_ seconds: Int64) -> Instant { Samples.start.advanced(by: .seconds(seconds)) }

    @Test
    func `each is sent at its time, the longest overdue first`() async throws {
        let due: [(Int64, Instant)] = [(3, at(-5)), (1, at(20)), (2, at(-9)), (4, at(10))]
        let schedules = MemorySchedules(due)
        await running(scheduler(schedules, Failing(), .init(atOnce: 1))) {
            await until { schedules.sent == [2, 3] }
            await timer.pass(.seconds(10))
            await until { schedules.sent == [2, 3, 4] }
            await timer.pass(.seconds(10))
            await until { schedules.sent == [2, 3, 4, 1] }
        }
        #expect(schedules.times == [at(0), at(0), at(10), at(20)])
    }

    @Test
    func `one that is scheduled for sooner than the next wakes it`() async throws {
        let schedules = MemorySchedules([(1, at(20))])
        let scheduler = scheduler(schedules)
        await running(scheduler) {
            schedules.add([(2, at(5))])
            scheduler.nudge(for: at(5))
            await timer.pass(.seconds(5))
            await until { schedules.sent == [2] }
            await timer.pass(.seconds(15))
            await until { schedules.sent == [2, 1] }
            await timer.sleeper(for: .seconds(30))
            // Nobody announces this one: the lookout finds it.
            schedules.add([(3, at(25))])
            timer.advance(by: .seconds(30))
            await until { schedules.sent == [2, 1, 3] }
        }
    }

    @Test
    func `one that cannot be sent stands in no other's way, and is never lost`() async throws {
        let schedules = MemorySchedules((1...20).map { ($0, at($0 - 20)) })
        let failing = Failing([1: 3, 7: 1])
        let scheduler = scheduler(schedules, failing, .init(batch: 4, atOnce: 2))
        await running(scheduler) {
            await until { schedules.sent.count == 18 && scheduler.gauges.underWay == 0 }
            schedules.add([(21, at(0))])
            scheduler.nudge(for: at(0))
            await until { schedules.sent.contains(21) }
            await timer.passing { await until { schedules.left == 0 } }
        }
        #expect(Set(schedules.sent) == Set(1...21) && schedules.sent.count == 21)
        #expect(schedules.tries == 25 && scheduler.gauges.failed == 4)
        #expect(scheduler.gauges.settled == 21)
    }

    @Test
    func `when nothing can be sent, everything rests and one finds out that it is over`()
        async throws
    {
        let schedules = MemorySchedules((1...1_000).map { ($0, at(0)) })
        let failing = Failing(Dictionary(uniqueKeysWithValues: (1...11).map { ($0, 1) }))
        let scheduler = scheduler(schedules, failing, .init(atOnce: 1))
        await running(scheduler) {
            await until { scheduler.gauges.trouble != nil }
            #expect(schedules.tries == 8)
            await timer.passing {
                await until {
                    scheduler.nudge(for: at(0))
                    return schedules.left == 0
                }
            }
        }
        // The ninth, tenth and eleventh found out that it was not, the twelfth that it was.
        #expect(schedules.limits.prefix(6) == [256, 1, 1, 1, 1, 256])
        #expect(schedules.tries == 1_011)
        #expect(Set(schedules.sent) == Set(1...1_000) && schedules.sent.count == 1_000)
    }

    @Test
    func `damaged messages, however many, do not keep others waiting`() async throws {
        let schedules = MemorySchedules((1...40).map { ($0, at($0 - 40)) })
        let failing = Failing(
            Dictionary(uniqueKeysWithValues: (1...39).map { ($0, Int.max) }),
            with: .contentUnreadable)
        let scheduler = scheduler(schedules, failing)
        await running(scheduler) {
            await until { schedules.sent == [40] || scheduler.gauges.trouble != nil }
            #expect(scheduler.gauges.trouble == nil)
        }
    }

    @Test
    func `a ledger that cannot be read is asked again`() async throws {
        let schedules = MemorySchedules([(1, at(0))])
        schedules.planFaults(3)
        let scheduler = scheduler(schedules)
        await running(scheduler) {
            await timer.passing { await until { schedules.left == 0 } }
        }
        #expect(schedules.sent == [1])
    }

    @Test(arguments: [-3_600, 3_600])
    func `a clock that is set loses nothing and sends nothing twice`(_ seconds: Int64) async throws
    {
        let schedules = MemorySchedules([(1, at(0)), (2, at(10)), (3, at(-1_800))])
        let failing = Failing([3: 1])
        let scheduler = scheduler(schedules, failing)
        await running(scheduler) {
            await until { schedules.sent == [1] }
            timer.advance(by: .seconds(seconds))
            // Due by the clock as it is now, though before all that was sent.
            schedules.add([(4, at(seconds - 5))])
            scheduler.nudge(for: at(seconds - 5))
            await timer.passing { await until { schedules.left == 0 } }
        }
        #expect(schedules.sent.sorted() == [1, 2, 3, 4] && schedules.tries == 5)
    }

    @Test
    func `a hundred thousand at once are sent a few hundred at a time`() async throws {
        let schedules = MemorySchedules((1...100_000).map { ($0, at($0 % 7 - 7)) })
        let scheduler = scheduler(schedules)
        await running(scheduler) { await until { schedules.left == 0 } }
        #expect(Set(schedules.sent).count == 100_000 && schedules.tries == 100_000)
        #expect(schedules.mostInHand == 256)
    }

    @Test
    func `what stays due although it was seen to is not sent without end`() async throws {
        let tries = Mutex(0)
        let schedules = MemorySchedules([(1, at(0))])
        let scheduler = Scheduler(
            schedules: schedules, clock: timer, timer: timer, chance: { 1 },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { _ in
            tries.withLock { $0 += 1 }
            return Self.settled
        }
        await running(scheduler) {
            for expected in 1...3 {
                await timer.sleeper(for: .milliseconds(100))
                #expect(tries.withLock { $0 } == expected)
                timer.advance(by: .milliseconds(100))
            }
        }
    }

    @Test
    func `stopping finishes what is under way, and the next to run sends the rest`() async throws {
        let schedules = MemorySchedules((1...100).map { ($0, at(0)) })
        let gate = Gate()
        let scheduler = Scheduler(
            schedules: schedules, settings: .init(atOnce: 2), clock: timer, timer: timer,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { [timer] message in
            await gate.pass()
            schedules.tried(message, wentWell: true, at: timer.now())
            return Self.settled
        }
        async let run: Void = scheduler.run()
        await gate.arrivals(2)
        scheduler.stop()
        await gate.open()
        await run
        #expect(schedules.sent.sorted() == [1, 2] && scheduler.gauges.underWay == 0)
        let second = self.scheduler(schedules)
        await running(second) { await until { schedules.left == 0 } }
        #expect(schedules.sent.count == 100 && Set(schedules.sent).count == 100)
    }
}
