import Dispatch
import Synchronization
import Testing

@testable import PosternGateway

@Suite(.timeLimit(.minutes(2))) struct CorridorExecutorTests {
    /// Every way to be impatient: a wake-up lost in any of them leaves a task hanging.
    static let patiences = [
        CorridorExecutor.Patience(),
        .init(backlog: 1, looks: 0, round: .microseconds(100)),
        .init(backlog: 0, looks: 0, round: .seconds(3600)),
        .init(backlog: .max / 1000, looks: 50, round: .microseconds(50)),
    ]

    @Test(arguments: patiences, 1...4)
    func `every job is run, however few come at once`(
        patience: CorridorExecutor.Patience, threads: Int
    ) async {
        let executor = CorridorExecutor(threads: threads, patience: patience)
        for callers in [1, 2, 40] {
            let run = Tally()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<callers {
                    group.addTask {
                        // Each lets the queue run empty: its next job comes when the one before is done.
                        for _ in 0..<4000 / callers {
                            await Task(executorPreference: executor) {
                                run.add(1)
                                await Task.yield()
                                run.add(1)
                            }.value
                        }
                    }
                }
            }
            #expect(run.count == 4000 / callers * callers * 2)
        }
        await executor.shutdown()
    }

    @Test(arguments: 2...4)
    func `jobs wait for no thread that is stuck while another sleeps`(threads: Int) async {
        let patience = CorridorExecutor.Patience(
            backlog: 100, looks: 0, round: .microseconds(500))
        let executor = CorridorExecutor(threads: threads, patience: patience)
        // Each is stuck until the last has run; a job that waited for one of them would wait for ever.
        let gate = DispatchSemaphore(value: 0)
        let stuck = (1..<threads).map { _ in
            Task(executorPreference: executor) { Self.wait(gate) }
        }
        await Task(executorPreference: executor) {}.value
        for _ in stuck { gate.signal() }
        for task in stuck { await task.value }
        await executor.shutdown()
    }

    @Test func `the load is what waits and what is being run`() async {
        let executor = CorridorExecutor(threads: 1)
        #expect(executor.load == 0)
        let (started, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let first = Task(executorPreference: executor) {
            started.signal()
            Self.wait(gate)
        }
        await Task.detached { Self.wait(started) }.value
        let others = (0..<3).map { _ in Task(executorPreference: executor) {} }
        while executor.load < 4 { await Task.yield() }
        #expect(executor.load == 4)
        gate.signal()
        for task in [first] + others { await task.value }
        while executor.load > 0 { await Task.yield() }
        await executor.shutdown()
    }

    @Test func `jobs run on the corridor's threads, one at a time on each`() async {
        let executor = CorridorExecutor(threads: 2)
        let running = Tally()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask(executorPreference: executor) {
                    running.add(1)
                    for _ in 0..<1000 { _ = running.count }
                    running.add(-1)
                }
            }
        }
        #expect((1...2).contains(running.most))
        await executor.shutdown()
    }

    @Test func `what is queued before the end is run, and what comes after it too`() async {
        let executor = CorridorExecutor(threads: 2)
        let run = Tally()
        let gate = DispatchSemaphore(value: 0)
        let tasks = (0..<100).map { _ in
            Task(executorPreference: executor) {
                Self.wait(gate)
                run.add(1)
            }
        }
        async let end: Void = executor.shutdown()
        for _ in tasks { gate.signal() }
        await end
        for task in tasks { await task.value }
        await Task(executorPreference: executor) { run.add(1) }.value
        await executor.shutdown()
        #expect(run.count == 101)
    }

    /// Blocks, as a read from a slow disk does.
    private static func wait(_ gate: DispatchSemaphore) { gate.wait() }
}

/// Counts, from any thread, and remembers the largest count there was.
private final class Tally: Sendable {
    private let state = Mutex((count: 0, most: 0))

    var count: Int { state.withLock { $0.count } }
    var most: Int { state.withLock { $0.most } }

    func add(_ number: Int) {
        state.withLock { state in
            state.count += number
            state.most = max(state.most, state.count)
        }
    }
}
