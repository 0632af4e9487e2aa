import Dispatch
public import Logging
public import PosternModel
import Synchronization

/// Keeps the log up with the ledger: takes new entries in soon after they are committed, and sees to faults.
///
/// All disk work happens on one queue of its own (``QuietQueue``). Entries are gathered for a moment first, so that a busy
/// gateway signs a few checkpoints a second and not one per commit.
public final class AuditLogService: Sendable {
    /// How long things wait.
    public struct Pace: Sendable, Equatable {
        /// From the first new entry to taking it and its followers in.
        public var gather: Duration
        /// From a failure to the next attempt.
        public var retry: Duration
        /// Between looks at the files while there is nothing to do.
        public var patrol: Duration

        /// Sets the pace; by default 500 ms, 1 s and 5 s.
        public init(
            gather: Duration = .milliseconds(500), retry: Duration = .seconds(1),
            patrol: Duration = .seconds(5)
        ) {
            self.gather = gather
            self.retry = retry
            self.patrol = patrol
        }
    }

    /// Calls back after a while; tests call back by hand.
    public typealias Timer = @Sendable (Duration, @escaping @Sendable () -> Void) -> Void

    private struct State {
        var running = false
        var stopped = false
        /// A run is due after gathering.
        var nudged = false
        /// A run is due for a look at the files.
        var patrolling = false
        /// A run is due after a failure.
        var retrying = false
        var lastFault: FaultCode?
    }

    private let log: TileLog
    private let clock: any PosternModel.Clock
    private let pace: Pace
    private let logger: Logger
    private let timer: Timer
    private let queue = QuietQueue("audit")
    private let state = Mutex(State())

    /// Puts a log in the service's care; call ``start()`` next.
    ///
    /// - Parameters:
    ///   - log: The open log; the service closes it.
    ///   - clock: For ``AuditHealth/checkpointedAt``.
    ///   - pace: How long things wait.
    ///   - logger: Told when faults begin and end, once each.
    ///   - timer: The system's by default.
    public init(
        _ log: TileLog, clock: any PosternModel.Clock, pace: Pace = Pace(), logger: Logger,
        timer: Timer? = nil
    ) {
        self.log = log
        self.clock = clock
        self.pace = pace
        self.logger = logger
        self.timer =
            timer ?? { delay, work in
                DispatchQueue.global().asyncAfter(
                    deadline: .now() + .milliseconds(Int(delay.wholeMilliseconds)), execute: work)
            }
    }

    /// How the log is; cheap enough for a health probe.
    public var health: AuditHealth { log.health }

    /// Takes in what a crash may have left waiting, and begins to look after the log.
    public func start() {
        let first = state.withLock { state in
            defer { state.running = true }
            return !state.running && !state.stopped
        }
        guard first else { return }
        log.watch.onAlarm { [weak self] in self?.lookAgain(\.retrying) }
        queue.async { [weak self] in self?.run() }
    }

    /// Says that the ledger has new entries.
    ///
    /// Call it after every commit: it is one short lock.
    public func entriesAppended() {
        let due = state.withLock { state in
            guard state.running, !state.stopped, !state.nudged else { return false }
            state.nudged = true
            return true
        }
        guard due else { return }
        timer(pace.gather) { [weak self] in self?.enqueue() }
    }

    /// Takes everything in now; returns when a checkpoint covers all that was committed before the call.
    ///
    /// - Returns: How many entries the checkpoint covers.
    public func integrateNow() async throws(Fault) -> UInt64 {
        let outcome: Result<UInt64, Fault> = await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: self.integrateAll()) }
        }
        return try outcome.get()
    }

    /// Takes in what is left and closes the log; afterwards the guard says no.
    ///
    /// - Throws: The fault that kept entries out of the log. They are in the ledger, and the next start takes
    ///   them in.
    public func stop() async throws(Fault) {
        state.withLock { $0.stopped = true }
        let outcome: Result<UInt64, Fault> = await withCheckedContinuation { continuation in
            queue.async {
                let outcome = self.integrateAll()
                self.log.close()
                continuation.resume(returning: outcome)
            }
        }
        _ = try outcome.get()
    }

    private func enqueue() { queue.async { [weak self] in self?.run() } }

    private func run() {
        let stopped = state.withLock { state in
            state.nudged = false
            return state.stopped
        }
        guard !stopped else { return }
        switch integrateAll() {
        case .success: lookAgain(\.patrolling)
        case .failure: lookAgain(\.retrying)
        }
    }

    private func integrateAll() -> Result<UInt64, Fault> {
        do {
            while try log.integrate(at: clock.now()) > 0 {}
            tell(nil)
            return .success(log.health.integrated)
        } catch {
            tell(error)
            return .failure(error)
        }
    }

    /// Sees to it that the files are looked at again even if nobody nudges.
    private func lookAgain(_ why: any WritableKeyPath<State, Bool> & Sendable) {
        let due = state.withLock { state in
            guard state.running, !state.stopped, !state[keyPath: why] else { return false }
            state[keyPath: why] = true
            return true
        }
        guard due else { return }
        timer(why == \State.retrying ? pace.retry : pace.patrol) { [weak self] in
            self?.state.withLock { $0[keyPath: why] = false }
            self?.enqueue()
        }
    }

    private func tell(_ fault: Fault?) {
        let before = state.withLock { state in
            defer { state.lastFault = fault?.code }
            return state.lastFault
        }
        if let fault, fault.code != before {
            logger.error(
                "The audit log stopped; nothing is sent until it works again.",
                metadata: ["fault": "\(fault.code.rawValue)", "note": "\(fault.note)"])
        } else if fault == nil, before != nil {
            logger.notice("The audit log works again.")
        }
    }
}
