import Dispatch
import Foundation
import Glibc
import NIOCore
import Synchronization

/// The threads the corridor runs on: they may block on the ledger, so that event loops never do.
///
/// A send waits for the corridor twice, and waking a thread that sleeps costs whoever wakes it as much as the
/// work of many steps. So a thread that is awake is trusted to come for a new job soon: others are woken only for
/// a backlog. One of those that sleep, the watch, looks now and then whether the trust is misplaced, because every
/// thread that is awake is stuck on a slow disk, and then takes over.
///
/// INVARIANT: while a job waits, a thread is awake that will look at the queue again before it sleeps. A thread
/// goes to sleep only under the lock and with the queue found empty, and whoever queues a job wakes somebody,
/// under the same lock, unless somebody is awake; so no wake-up is lost. A semaphore keeps a signal that comes
/// between giving up the lock and sleeping.
///
/// INVARIANT: while a job waits and a thread sleeps, there is a watch, or a thread that has been woken and not yet
/// taken a job; it leaves a watch behind. So a job waits at most two of the watch's rounds for a sleeping thread.
public final class CorridorExecutor: TaskExecutor {
    /// When a thread is woken.
    struct Patience: Sendable {
        /// Jobs that may wait for each thread that is awake before another is woken.
        var backlog = 8
        /// How often a thread that has run out of jobs lets others run and looks again before it sleeps.
        var looks = 4
        /// How long the watch sleeps.
        var round = Duration.milliseconds(2)
    }

    /// Where one thread sleeps.
    private final class Bed: Sendable {
        let signal = DispatchSemaphore(value: 0)
    }

    private struct State {
        var jobs = CircularBuffer<UnownedJob>(initialCapacity: 256)
        /// How many jobs have been taken, for the watch to see whether anybody takes any.
        var taken: UInt64 = 0
        /// Threads that run a job, look for one or have been woken to.
        var awake: Int
        /// Where the others sleep, the last to go to sleep last; its memory is the warmest.
        var asleep: [Bed] = []
        /// Where the watch sleeps, a thread apart from those.
        var watch: Bed?
        /// Threads that have not ended.
        var threads: Int
        var isClosed = false
        var ends: [CheckedContinuation<Void, Never>] = []

        /// Takes somebody out of their bed; the watch last.
        mutating func rouse() -> Bed? {
            guard let bed = asleep.popLast() ?? watch else { return nil }
            if bed === watch { watch = nil }
            awake += 1
            return bed
        }
    }

    private let patience: Patience
    private let state: Mutex<State>
    /// How many jobs wait, to be glanced at without the lock.
    private let waiting = Atomic(0)
    /// How many jobs are being run.
    private let running = Atomic(0)

    /// Jobs that wait or are being run; a glance, not a promise.
    public var load: Int {
        waiting.load(ordering: .relaxed) + running.load(ordering: .relaxed)
    }

    /// Starts a fixed number of threads.
    public convenience init(threads count: Int) {
        self.init(threads: count, patience: Patience())
    }

    init(threads count: Int, patience: Patience) {
        self.patience = patience
        state = Mutex(State(awake: count, threads: count))
        for number in 0..<count {
            let thread = Thread { [self] in work() }
            thread.name = "corridor-\(number)"
            thread.start()
        }
    }

    /// Queues a job; how many there may be is the gateway's bound, not this queue's.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let (bed, isOver) = state.withLock { state -> (Bed?, Bool) in
            if state.threads == 0 { return (nil, true) }
            state.jobs.append(job)
            waiting.store(state.jobs.count, ordering: .relaxed)
            let isTrusted =
                state.awake > 0 && (state.watch != nil || state.asleep.isEmpty)
                && state.jobs.count <= patience.backlog * state.awake
            return (isTrusted ? nil : state.rouse(), false)
        }
        bed?.signal.signal()
        // A job that is not run leaves its task hanging for ever.
        if isOver { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    /// Ends the threads once their queue is empty; jobs that come later run where they are queued.
    public func shutdown() async {
        await withCheckedContinuation { continuation in
            let (beds, isOver) = state.withLock { state -> ([Bed], Bool) in
                state.isClosed = true
                if state.threads == 0 { return ([], true) }
                state.ends.append(continuation)
                var beds: [Bed] = []
                while let bed = state.rouse() { beds.append(bed) }
                return (beds, false)
            }
            for bed in beds { bed.signal.signal() }
            if isOver { continuation.resume() }
        }
    }

    private func work() {
        let bed = Bed()
        let executor = asUnownedTaskExecutor()
        while true {
            while let job = take() {
                job.runSynchronously(on: executor)
                running.subtract(1, ordering: .relaxed)
            }
            if linger() { continue }
            switch lieDown(bed) {
            case .stay: continue
            case .sleep: bed.signal.wait()
            case .watch: keepWatch(bed)
            case .leave(let ends):
                for end in ends { end.resume() }
                return
            }
        }
    }

    private func take() -> UnownedJob? {
        let (job, bed) = state.withLock { state -> (UnownedJob?, Bed?) in
            guard let job = state.jobs.popFirst() else { return (nil, nil) }
            waiting.store(state.jobs.count, ordering: .relaxed)
            running.add(1, ordering: .relaxed)
            state.taken &+= 1
            // What waits must be watched over while this job runs.
            let isWatched = state.watch != nil || state.asleep.isEmpty || state.jobs.isEmpty
            return (job, isWatched ? nil : state.rouse())
        }
        bed?.signal.signal()
        return job
    }

    /// Lets other threads run for a moment: most often they queue the next job.
    private func linger() -> Bool {
        for _ in 0..<patience.looks {
            if waiting.load(ordering: .relaxed) > 0 { return true }
            sched_yield()
        }
        return false
    }

    private enum Rest {
        case stay, sleep, watch
        case leave([CheckedContinuation<Void, Never>])
    }

    private func lieDown(_ bed: Bed) -> Rest {
        state.withLock { state in
            guard state.jobs.isEmpty else { return .stay }
            state.awake -= 1
            if state.isClosed {
                state.threads -= 1
                guard state.threads == 0 else { return .leave([]) }
                defer { state.ends = [] }
                return .leave(state.ends)
            }
            if state.watch == nil, state.awake > 0 {
                state.watch = bed
                return .watch
            }
            state.asleep.append(bed)
            return .sleep
        }
    }

    /// Sleeps in rounds until somebody must take over, or everybody sleeps.
    private func keepWatch(_ bed: Bed) {
        enum Watch { case on, off, roused, over }
        var seen: UInt64?
        while true {
            let round = DispatchTimeInterval.nanoseconds(Int(patience.round / .nanoseconds(1)))
            if bed.signal.wait(timeout: .now() + round) == .success { return }
            let watch = state.withLock { state -> Watch in
                // The signal is on its way.
                if state.watch !== bed { return .roused }
                if state.awake == 0 {
                    state.watch = nil
                    state.asleep.insert(bed, at: 0)
                    return .off
                }
                if !state.jobs.isEmpty, state.taken == seen {
                    state.watch = nil
                    state.awake += 1
                    return .over
                }
                seen = state.taken
                return .on
            }
            switch watch {
            case .on: continue
            case .over: return
            case .off, .roused:
                bed.signal.wait()
                return
            }
        }
    }
}
