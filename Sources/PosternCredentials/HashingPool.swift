import Dispatch
import Foundation
import PosternModel
import Synchronization

/// A fixed number of threads with a hasher each, and a bounded queue before them.
final class HashingPool: Sendable {
    private struct Job: Sendable {
        let id: UInt64
        /// Works, and gives what answers the caller.
        let run: @Sendable (inout PasswordHasher) -> @Sendable () -> Void
        /// Answers the caller without having worked.
        let abandon: @Sendable (Fault) -> Void
    }

    private struct State {
        var waiting: [Job] = []
        var running = 0
        var threads: Int
        var nextID: UInt64 = 0
        var isClosed = false
        var ends: [CheckedContinuation<Void, Never>] = []
    }

    private let threads: Int
    private let queueLimit: Int
    private let state: Mutex<State>
    /// Signalled once for each job and, at the end, once for each thread.
    private let wakeUps = DispatchSemaphore(value: 0)

    init(
        threads: Int, queueLimit: Int, niceness: Int32, beforeEach: @escaping @Sendable () -> Void
    ) {
        self.threads = threads
        self.queueLimit = queueLimit
        state = Mutex(State(threads: threads))
        for number in 0..<threads {
            let thread = Thread { [self] in
                // On Linux the process id 0 names the calling thread alone (setpriority(2), "C
                // library/kernel differences"). A refusal costs priority only.
                setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
                work(beforeEach)
            }
            thread.name = "argon2-\(number)"
            thread.start()
        }
    }

    var load: PasswordChecker.Load {
        state.withLock { PasswordChecker.Load(running: $0.running, waiting: $0.waiting.count) }
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Runs work on a thread of the pool, or throws without having run it.
    func run<Answer: Sendable>(
        _ work: @escaping @Sendable (inout PasswordHasher) throws(Fault) -> Answer
    ) async throws(Fault) -> Answer {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let result: Result<Answer, Fault> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let job = Job(
                    id: id,
                    run: { hasher in
                        let result: Result<Answer, Fault>
                        do throws(Fault) {
                            result = .success(try work(&hasher))
                        } catch {
                            result = .failure(error)
                        }
                        return { continuation.resume(returning: result) }
                    },
                    abandon: { continuation.resume(returning: .failure($0)) })
                if let refusal = enqueue(job) { return job.abandon(refusal) }
                // A cancellation before the job was queued found nothing to take out.
                if Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            cancel(id)
        }
        return try result.get()
    }

    /// Takes no more jobs; the threads end when the queue is empty.
    func close() {
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard isFirst else { return }
        for _ in 0..<threads { wakeUps.signal() }
    }

    func shutdown() async {
        close()
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.threads > 0 { state.ends.append(continuation) }
                return state.threads == 0
            }
            if isOver { continuation.resume() }
        }
    }

    private func enqueue(_ job: Job) -> Fault? {
        let refusal: Fault? = state.withLock { state in
            if state.isClosed { return Fault(.shuttingDown) }
            // Counted together: a job that a free thread has not yet picked up is not a waiting one.
            guard state.waiting.count + state.running < threads + queueLimit else {
                return Fault(.passwordQueueFull)
            }
            state.waiting.append(job)
            return nil
        }
        if refusal == nil { wakeUps.signal() }
        return refusal
    }

    private func cancel(_ id: UInt64) {
        let job = state.withLock { state in
            state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) }
        }
        job?.abandon(Fault(.overloaded, note: "the caller gave up waiting for a password check"))
    }

    private func work(_ beforeEach: @Sendable () -> Void) {
        var hasher = PasswordHasher()
        while true {
            wakeUps.wait()
            let (job, isOver) = state.withLock { state -> (Job?, Bool) in
                // A wake-up without a job is a cancelled one's, or the end's.
                if state.waiting.isEmpty { return (nil, state.isClosed) }
                state.running += 1
                return (state.waiting.removeFirst(), false)
            }
            if isOver { break }
            guard let job else { continue }
            beforeEach()
            let answer = job.run(&hasher)
            // First the place, then the answer: whoever has an answer may ask again.
            state.withLock { $0.running -= 1 }
            answer()
        }
        let ends = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.threads -= 1
            guard state.threads == 0 else { return [] }
            defer { state.ends = [] }
            return state.ends
        }
        for end in ends { end.resume() }
    }
}
