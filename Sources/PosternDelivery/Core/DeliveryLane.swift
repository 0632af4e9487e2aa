internal import Logging
internal import PosternModel
internal import PosternPipeline
internal import Synchronization

/// One courier's share of the work: takes a batch and sees it through.
protocol LaneWork: Sendable {
    var bench: DeliveryBench { get }
    /// Its name in logs.
    var name: String { get }
    /// How often to look for what nobody announced.
    var lookout: Duration { get }

    /// Changes its figures.
    func note(_ change: (inout DeliveryGauges.Figures) -> Void)

    /// When something falls due next; nil when nothing does.
    func nextDue() async throws(Fault) -> Instant?

    /// Takes what is due and sees it through; asks the bell whether to stop before each new beginning.
    func work(_ bell: DeliveryBell) async throws(Fault) -> LaneProgress
}

/// Work on one courier's rows of the outbox.
protocol CourierLaneWork: LaneWork {
    var courier: OutboxRow.Courier { get }
}

extension CourierLaneWork {
    var name: String { courier.rawValue }
    var lookout: Duration { bench.settings.lookout }

    func note(_ change: (inout DeliveryGauges.Figures) -> Void) {
        bench.figures.note(courier, change)
    }

    func nextDue() async throws(Fault) -> Instant? { try await bench.outbox.nextDue(courier) }
}

/// What a round of work came to.
enum LaneProgress: Sendable, Equatable {
    /// Something was due; look again at once.
    case worked
    /// All that was due was seen to; what becomes due soon may wait and be seen to together.
    case gathering(until: Instant)
    /// Nothing was due.
    case idle
    /// The courier's far end is away: wait that long, whatever becomes due.
    case outage(until: Instant)
}

/// Repeats one courier's work: at once while there is some, on a bell or in time when there is not.
struct DeliveryLane: Sendable {
    // A row that is due and cannot be had, for example under another node's lease, must not make us spin.
    private static let shortestRest = Duration.milliseconds(100)

    let bell = DeliveryBell()
    private let work: any LaneWork

    init(_ work: any LaneWork) { self.work = work }

    func run() async {
        let bench = work.bench
        var faults = 0
        while !bell.isClosed, !Task.isCancelled {
            do throws(Fault) {
                let progress = try await work.work(bell)
                let due = progress == .idle ? try await work.nextDue() : nil
                if faults > 0 { recovered(progress) }
                faults = 0
                switch progress {
                case .worked: break
                case .idle: await rest(until: due)
                case .gathering(let instant), .outage(let instant): await pause(until: instant)
                }
            } catch {
                faults += 1
                work.note {
                    $0.outboxFaults += 1
                    $0.trouble = "The outbox failed: \(error.code.rawValue)."
                }
                bench.logger.error(
                    "The outbox failed; delivery waits and goes on by itself.",
                    metadata: ["courier": "\(work.name)", "fault": "\(error)"])
                let rest = bench.settings.outages.pause(
                    afterFailures: faults, chance: bench.chance())
                await pause(until: bench.clock.now().advanced(by: rest))
            }
        }
    }

    private func recovered(_ progress: LaneProgress) {
        if case .outage = progress {
        } else {
            work.note { $0.trouble = nil }
        }
        work.bench.logger.notice(
            "The outbox works again.", metadata: ["courier": "\(work.name)"])
    }

    /// Waits for a bell, for the next row or for the time to look out.
    private func rest(until due: Instant?) async {
        let now = work.bench.clock.now()
        let lookout = now.advanced(by: work.lookout)
        let earliest = now.advanced(by: Self.shortestRest)
        await bell.wait(until: min(max(due ?? lookout, earliest), lookout), work.bench.timer)
    }

    /// Waits for an instant; bells for new rows do not shorten it, else every commit would try a dead relay again, or
    /// deliver its own few rows.
    private func pause(until instant: Instant) async {
        let (clock, timer) = (work.bench.clock, work.bench.timer)
        await clock.wait(until: instant) {
            guard !bell.isClosed, !Task.isCancelled else { return false }
            await bell.wait(until: instant, timer, heedingRings: false)
            return true
        }
    }
}

/// Wakes one lane: rung when rows may be due, closed when it is to stop.
final class DeliveryBell: Sendable {
    private struct State {
        var isClosed = false
        /// The lane will look at everything when it wakes, and has said when.
        var isMuffled = false
    }

    private let state = Mutex(State())
    private let rings: AsyncStream<Void>
    private let ringer: AsyncStream<Void>.Continuation

    init() {
        // One ring kept is as good as many: a lane always looks at everything.
        (rings, ringer) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Whether the lane is to stop.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Wakes the lane, or keeps it from falling asleep.
    ///
    /// Every commit rings. Under load that is thousands of times a second, so a lane that waits for a time of its own is
    /// not woken at all.
    func ring() {
        if !state.withLock({ $0.isMuffled }) { ringer.yield() }
    }

    /// Wakes the lane for the last time.
    func close() {
        state.withLock { $0.isClosed = true }
        ringer.yield()
    }

    /// Returns at an instant, when the lane is to stop, or when the task is cancelled; at a ring too unless it is told not
    /// to heed them; now and then for no reason.
    func wait(
        until instant: Instant, _ timer: any DeliveryTimer, heedingRings: Bool = true
    ) async {
        state.withLock { $0.isMuffled = !heedingRings }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [ringer] in
                await timer.sleep(until: instant)
                if !Task.isCancelled { ringer.yield() }
            }
            for await _ in rings { break }
            group.cancelAll()
        }
        state.withLock { $0.isMuffled = false }
    }
}
