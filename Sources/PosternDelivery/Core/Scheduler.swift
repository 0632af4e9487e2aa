public import Logging
public import PosternModel
public import PosternPipeline
internal import Synchronization

/// Sends messages when their time comes.
///
/// A message whose send could not be finished is tried again after a pause that doubles, and stands in no other's way:
/// the pass goes on behind it. What was begun when the process died is due still, and is sent by the next one. However
/// many messages wait, ``Settings/batch`` of them are in memory.
public final class Scheduler: Sendable {
    /// What can be set.
    public struct Settings: Sendable {
        /// Messages looked up at a time.
        public var batch: Int
        /// Messages sent at a time.
        public var atOnce: Int
        /// Failures in a row after which all sending rests, where they are not the messages' own.
        public var patience: Int
        /// Pauses after failures, of one message or all.
        public var pauses: RetrySchedule
        /// How often to look for messages that nobody announced.
        public var lookout: Duration

        /// Makes settings.
        public init(
            batch: Int = 256, atOnce: Int = 32, patience: Int = 8,
            pauses: RetrySchedule = RetrySchedule(
                first: .milliseconds(500), longest: .seconds(60)),
            lookout: Duration = .seconds(30)
        ) {
            self.batch = max(1, batch)
            self.atOnce = max(1, atOnce)
            self.patience = max(1, patience)
            self.pauses = pauses
            self.lookout = lookout
        }
    }

    /// What it has done since it was made.
    public struct Gauges: Sendable, Equatable {
        /// Messages that were accepted, refused or found gone.
        public var settled = 0
        /// Sends that could not be finished.
        public var failed = 0
        /// Sends under way now.
        public var underWay = 0
        /// Why sending rests, as a sentence; nil while it does not.
        public var trouble: String?

        /// All zero.
        public init() {}
    }

    // What is due and stays so, whatever its send said, must not make us spin.
    private static let shortestRest = Duration.milliseconds(100)

    private let schedules: any Schedules
    private let settings: Settings
    private let clock: any Clock
    private let timer: any DeliveryTimer
    private let chance: @Sendable () -> Double
    private let logger: Logger
    private let send: @Sendable (DueMessage) async -> SendOutcome
    private let bell = DeliveryBell()
    private let figures = Mutex(Gauges())
    /// Until when it sleeps; nil while it is awake.
    private let asleep = Mutex<Instant?>(nil)

    /// Makes a scheduler; nothing happens before ``run()``.
    ///
    /// - Parameters:
    ///   - schedules: Knows whose time has come.
    ///   - settings: Batches and pauses.
    ///   - clock: The present.
    ///   - timer: Lets time pass; by default the system does.
    ///   - chance: A number from 0 up to 1 for jitter.
    ///   - logger: For operators.
    ///   - send: Sends one message, and takes it off the schedule unless it fails. Called for several at once; of one
    ///     message, never twice at once.
    public init(
        schedules: any Schedules, settings: Settings = Settings(), clock: any Clock,
        timer: (any DeliveryTimer)? = nil,
        chance: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }, logger: Logger,
        send: @escaping @Sendable (DueMessage) async -> SendOutcome
    ) {
        self.schedules = schedules
        self.settings = settings
        self.clock = clock
        self.timer = timer ?? SystemDeliveryTimer(clock: clock)
        self.chance = chance
        self.logger = logger
        self.send = send
    }

    /// The figures as they are now.
    public var gauges: Gauges { figures.withLock { $0 } }

    /// Works until ``stop()`` is called or the task is cancelled.
    ///
    /// Never throws and never gives up. A clock that is set forward is noticed within a minute, and one that is set back at the next look.
    public func run() async {
        var pass = Pass()
        while !bell.isClosed, !Task.isCancelled {
            let now = clock.now()
            pass.begin(at: now)
            do throws(Fault) {
                // After an outage one message finds out whether it is over.
                let due = try schedules.due(
                    at: now, after: pass.place, limit: pass.outages > 0 ? 1 : settings.batch)
                pass.faults = 0
                guard !due.isEmpty else {
                    try await rest(&pass)
                    continue
                }
                await send(due, &pass)
            } catch {
                pass.faults += 1
                logger.error(
                    "Scheduled messages could not be looked up; they wait.",
                    metadata: ["fault": "\(error)"])
                await pause(
                    afterFailures: pass.faults, "The ledger failed: \(error.code.rawValue).")
            }
        }
    }

    /// Says that a message was scheduled.
    ///
    /// Cheap and never waits; wakes nobody for a time later than the next waking.
    public func nudge(for instant: Instant) {
        if asleep.withLock({ $0.map { instant < $0 } ?? true }) { bell.ring() }
    }

    /// Asks for an end: what is under way is finished, nothing new is begun.
    public func stop() { bell.close() }

    /// One walk through all that is due, from the longest overdue on.
    private struct Pass {
        /// Where it has come to; nil at the beginning.
        var place: DueMessage.Place?
        /// Messages of this pass that must be tried again.
        var failures = 0
        /// The last ones in a row that were not the messages' own.
        var failuresInRow = 0
        /// Pauses in a row after which the next message failed too.
        var outages = 0
        /// Passes in a row with failures.
        var failedPasses = 0
        /// Look-ups in a row that failed.
        var faults = 0
        /// When to begin anew; nil when the pass is not over, or nothing failed.
        var againAt: Instant?
        private var last = Instant(milliseconds: .min)

        mutating func begin(at now: Instant) {
            defer { last = now }
            if let againAt, now >= againAt {
                restart()
            } else if now < last {
                // Places and times were noted by a clock that was ahead.
                restart()
            }
        }

        mutating func restart() {
            (place, againAt) = (nil, nil)
            (failures, failuresInRow) = (0, 0)
        }
    }

    private func send(_ due: [DueMessage], _ pass: inout Pass) async {
        var waiting = due[...]
        var (failures, inRow) = (0, pass.failuresInRow)
        let patience = pass.outages > 0 ? 1 : settings.patience
        if pass.outages > 0 { inRow = 0 }
        await withTaskGroup(of: Failure?.self) { group in
            func beginNext() {
                guard inRow < patience, !bell.isClosed, !Task.isCancelled,
                    let message = waiting.popFirst()
                else { return }
                pass.place = message.place
                figures.withLock { $0.underWay += 1 }
                group.addTask { [send] in
                    if case .failed(let failure) = await send(message) { failure } else { nil }
                }
            }
            for _ in 0..<settings.atOnce { beginNext() }
            for await failure in group {
                figures.withLock {
                    $0.underWay -= 1
                    if failure == nil { $0.settled += 1 } else { $0.failed += 1 }
                }
                if let failure {
                    failures += 1
                    if Self.concernsAll(failure.fault) { inRow += 1 }
                    logger.warning(
                        "A scheduled message could not be sent; it is tried again.",
                        metadata: [
                            "fault": "\(failure.fault)", "decision": "\(failure.decision)",
                        ])
                } else {
                    inRow = 0
                }
                beginNext()
            }
        }
        pass.failures += failures
        pass.failuresInRow = inRow
        guard inRow >= patience else {
            if inRow == 0 { pass.outages = 0 }
            return
        }
        pass.outages += 1
        await pause(afterFailures: pass.outages, "Scheduled messages could not be sent.")
    }

    /// Whether the next message would fail too: a damaged one says nothing of the others.
    private static func concernsAll(_ fault: Fault) -> Bool {
        switch fault.code {
        case .overloaded, .shuttingDown, .passwordQueueFull, .storageUnreadable, .storageUnwritable,
            .storageUnanswered, .auditTamperedWith, .auditUnwritable:
            true
        case .passwordUncheckable, .draftUnsettled, .uploadsPending, .contentUnscannable,
            .contentTooTangled, .contentUnreadable, .deliveryDelayed, .deliveryRejected:
            false
        }
    }

    /// Nothing more is due: sleeps until something is, or it is time to try again what failed.
    private func rest(_ pass: inout Pass) async throws(Fault) {
        (pass.outages, pass.failuresInRow) = (0, 0)
        if pass.failures == 0 {
            pass.failedPasses = 0
            pass.restart()
        } else if pass.againAt == nil {
            pass.failedPasses += 1
            let pause = settings.pauses.pause(
                afterFailures: pass.failedPasses, chance: chance())
            pass.againAt = clock.now().advanced(by: pause)
        }
        let next = try schedules.nextDue(after: pass.place)
        let now = clock.now()
        let until =
            [next, pass.againAt, now.advanced(by: settings.lookout)]
            .compactMap(\.self).min() ?? now
        await sleep(until: max(until, now.advanced(by: Self.shortestRest)))
    }

    private func sleep(until instant: Instant) async {
        asleep.withLock { $0 = instant }
        await bell.wait(until: instant, timer)
        asleep.withLock { $0 = nil }
    }

    /// Leaves everything alone for a while, whoever rings.
    private func pause(afterFailures failures: Int, _ trouble: String) async {
        figures.withLock { $0.trouble = trouble }
        let end = clock.now().advanced(
            by: settings.pauses.pause(afterFailures: failures, chance: chance()))
        await clock.wait(until: end) {
            guard !bell.isClosed, !Task.isCancelled else { return false }
            await bell.wait(until: end, timer, heedingRings: false)
            return true
        }
        figures.withLock { $0.trouble = nil }
    }
}
