public import Logging
public import PosternModel
public import PosternPipeline
internal import Synchronization

/// Works the outbox off: accepted messages into mailboxes, to telephones and to cells of other units, their notifications
/// through the relay; texts and notifications through a delivery core in another process, where there is one.
///
/// At least once. Each courier has a lane of its own that asks the outbox for its own rows only, so a
/// dead relay or webhook never delays a mailbox. What cannot be delivered is tried again later, and in the end
/// becomes a dead letter with its reason.
public final class DeliveryCore: Sendable {
    /// That of the mailboxes first.
    private let lanes: [DeliveryLane]
    /// Rung when a message may have come to an end, and not by every commit: few messages are told of.
    private let calls: DeliveryLane?
    private let carriers: [any Carrier]
    private let remote: RemoteCore?
    private let callbacks: CallbackService?
    /// Asks by itself, and is rung by no commit: another core hears no sooner of what it is not asked.
    private let talk: DeliveryLane?
    private let ledger: DeliveryFigures
    private let clock: any Clock
    private let timer: any DeliveryTimer
    /// When the grace of a stop is over; nil while it has not begun.
    private let graceEnd = Mutex<Instant?>(nil)
    /// Ends when there is nothing to wait for any more.
    private let waiting: (AsyncStream<Void>, AsyncStream<Void>.Continuation)

    /// Makes a core; nothing happens before ``run()``.
    ///
    /// - Parameters:
    ///   - outbox: The work list.
    ///   - mail: Carries notifications; nil when there is no relay, and notification rows then wait.
    ///   - webhook: Carries messages to telephones; nil when there is no webhook, and their rows then wait.
    ///   - cells: Carries messages to cells of other units; nil when there are none, and their rows then wait.
    ///   - remote: Carries elsewhere what neither of the two does; nil when there is no other core.
    ///   - callbacks: Tells what became of messages; nil when nobody is told.
    ///   - settings: Batches, leases and pauses.
    ///   - clock: The present.
    ///   - timer: Lets time pass; by default the system does.
    ///   - chance: A number from 0 up to 1 for jitter.
    ///   - logger: For operators.
    public init(
        outbox: any Outbox, mail: (any Carrier)?, webhook: (any Carrier)? = nil,
        cells: (any Carrier)? = nil, remote: RemoteCore? = nil,
        callbacks: CallbackService? = nil, settings: DeliverySettings = DeliverySettings(),
        clock: any Clock,
        timer: (any DeliveryTimer)? = nil,
        chance: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }, logger: Logger
    ) {
        let ledger = DeliveryFigures()
        let timer = timer ?? SystemDeliveryTimer(clock: clock)
        let bench = DeliveryBench(
            outbox: outbox, settings: settings, clock: clock, timer: timer, chance: chance,
            logger: logger, figures: ledger)
        let notifying = mail.map {
            CarrierWork(
                bench, courier: .smtp, carrier: $0, atOnce: settings.mailsAtOnce,
                outageNotice: "The mail relay cannot be used; notifications wait.")
        }
        let calls = callbacks.map { DeliveryLane(CallbackWork(bench, $0)) }
        let ended: @Sendable () -> Void = { calls?.bell.ring() }
        let calling = webhook.map {
            CarrierWork(
                bench, courier: .webhook, carrier: $0, atOnce: settings.webhooksAtOnce,
                outageNotice: "The webhook cannot be used; messages to telephones wait.",
                settled: ended)
        }
        let porting = cells.map {
            CarrierWork(
                bench, courier: .cell, carrier: $0, atOnce: settings.cellsAtOnce,
                outageNotice: "Cells of other units cannot be called; messages to them wait.",
                settled: ended)
        }
        let entrusting = (remote?.carries ?? []).subtracting(
            [mail.map { _ in .smtp }, webhook.map { _ in .webhook }].compactMap(\.self))
        lanes =
            [DeliveryLane(MailboxWork(bench))]
            + [notifying, calling, porting].compactMap { $0.map { DeliveryLane($0) } }
            + entrusting.sorted { $0.rawValue < $1.rawValue }.compactMap { courier in
                remote.map { DeliveryLane($0.work(for: courier, bench, ended: ended)) }
            }
        talk = remote.map { DeliveryLane(RemoteCoreTalk(bench, $0, ended: ended)) }
        self.remote = remote
        self.calls = calls
        self.callbacks = callbacks
        carriers = [mail, webhook, cells].compactMap { $0 }
        self.ledger = ledger
        self.clock = clock
        self.timer = timer
        waiting = AsyncStream.makeStream()
    }

    /// Works until ``stop()`` is called or the task is cancelled, then lets go of relay and webhook.
    ///
    /// Never throws and never gives up: when the outbox fails, it waits and goes on by itself.
    public func run() async {
        let (end, ender) = waiting
        // A task of its own, so that it can be left behind with a far end that keeps it waiting.
        let work = Task {
            await withTaskGroup(of: Void.self) { group in
                for lane in lanes { group.addTask { await lane.run() } }
                for lane in [calls, talk].compactMap(\.self) { group.addTask { await lane.run() } }
            }
            ender.finish()
        }
        await withTaskCancellationHandler {
            for await _ in end {}
            if Task.isCancelled { await work.value }
        } onCancel: {
            work.cancel()
        }
        for carrier in carriers { await carrier.close() }
        await callbacks?.carrier.close()
        await remote?.calls.close()
    }

    /// Says that rows may have become due.
    ///
    /// Cheap and never waits: call it after every commit.
    public func nudge() {
        for lane in lanes { lane.bell.ring() }
    }

    /// Says that an end will be asked for: nothing new is begun outside, and ``stop()`` will wait until the grace is over for
    /// what is under way, and no longer.
    ///
    /// What is cut off then is as it is after a crash: due again, under the same name, when the next process looks.
    public func beginStopping(within grace: Duration) {
        graceEnd.withLock { $0 = clock.now().advanced(by: grace) }
        for lane in lanes.dropFirst() + [calls, talk].compactMap(\.self) { lane.bell.close() }
    }

    /// Asks for an end: what is under way is finished and settled, nothing new is begun.
    public func stop() {
        for lane in lanes + [calls, talk].compactMap(\.self) { lane.bell.close() }
        guard let end = graceEnd.withLock({ $0 }) else { return }
        Task { [timer, clock, waiting] in
            await clock.wait(until: end) {
                await timer.sleep(until: end)
                return true
            }
            waiting.1.finish()
        }
    }

    /// The figures as they are now.
    public var gauges: DeliveryGauges { ledger.current }
}

/// The figures, shared by the lanes.
final class DeliveryFigures: Sendable {
    private let state = Mutex(DeliveryGauges())

    /// A copy of the figures.
    var current: DeliveryGauges { state.withLock { $0 } }

    /// Changes one courier's figures.
    func note(
        _ courier: OutboxRow.Courier, _ change: (inout DeliveryGauges.Figures) -> Void
    ) {
        state.withLock { change(&$0[courier]) }
    }

    /// Changes the figures of calls back.
    func noteCallbacks(_ change: (inout DeliveryGauges.Figures) -> Void) {
        state.withLock { change(&$0.callbacks) }
    }

    /// Changes the figures of the talk with a delivery core elsewhere.
    func noteCore(_ change: (inout DeliveryGauges.Figures) -> Void) {
        state.withLock { change(&$0.core) }
    }

    /// Counts a loss of all that a delivery core elsewhere was entrusted with.
    func noteCoreLoss() { state.withLock { $0.coreLosses += 1 } }
}

/// What every lane works with.
struct DeliveryBench: Sendable {
    let outbox: any Outbox
    let settings: DeliverySettings
    let clock: any Clock
    let timer: any DeliveryTimer
    let chance: @Sendable () -> Double
    let logger: Logger
    let figures: DeliveryFigures
}
