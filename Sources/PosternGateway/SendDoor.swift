import Logging
import PosternDialectKit
import PosternListener
public import PosternModel
public import PosternPipeline

/// What sends: walks sends down the corridor, on threads of their own, and answers those that find no place.
public struct SendDoor: Sendable {
    private let pipeline: SendPipeline
    private let corridor: CorridorExecutor
    private let inFlightLimit: Int
    private let metrics: SendMetrics
    private let room: WaitingRoom
    private let responder: Responder
    private let log: AnswerLog
    private let scheduled: @Sendable (Instant) -> Void

    /// Names its parts.
    ///
    /// - Parameters:
    ///   - pipeline: The corridor.
    ///   - corridor: Its threads.
    ///   - inFlightLimit: Sends under way at once; one more is answered 503.
    ///   - metrics: Where sends are counted.
    ///   - room: Where requests wait for the ledger.
    ///   - responder: What sends the answers.
    ///   - log: Where they are logged.
    ///   - scheduled: Told when a message was put off to; never waits.
    public init(
        pipeline: SendPipeline, corridor: CorridorExecutor, inFlightLimit: Int,
        metrics: SendMetrics, room: WaitingRoom, responder: Responder, log: AnswerLog,
        scheduled: @escaping @Sendable (Instant) -> Void = { _ in }
    ) {
        self.pipeline = pipeline
        self.corridor = corridor
        self.inFlightLimit = inFlightLimit
        self.metrics = metrics
        self.room = room
        self.responder = responder
        self.log = log
        self.scheduled = scheduled
    }

    /// Sees a send through; what has no token is refused on the calling thread.
    func handle(_ send: Send, reply: Reply) {
        let started = ContinuousClock.now
        let context = RequestContext(dialect: send.dialect.name, request: send.request.id)
        if let refused = pipeline.refusalWithoutToken(send.intent, in: context) {
            finish(send, refused, since: started, reply: reply)
            return
        }
        guard metrics.admit(limit: inFlightLimit) else {
            return refuse([send], for: Fault(.overloaded), reply: reply)
        }
        let place = room.enter { giveUp([send], since: started, reply: reply) }
        guard let place else {
            metrics.leave()
            return refuse([send], for: WaitingRoom.closed, reply: reply)
        }
        Task(executorPreference: corridor) {
            let outcome = await pipeline.send(send.intent, in: context)
            room.leave(place)
            metrics.leave()
            announce(outcome)
            finish(send, outcome, since: started, reply: reply)
        }
    }

    /// How many sends of one request are under way at once: enough to fill a commit, few enough to leave others room.
    private static let sendsAtOnce = 32

    /// Sees the sends of one request through, which show one credential and take a place for each that is under way at once.
    func handle(_ sends: [Send], reply: Reply) {
        guard let first = sends.first else { return }
        let context = RequestContext(dialect: first.dialect.name, request: first.request.id)
        if let refused = pipeline.refusalWithoutToken(first.intent, in: context) {
            finish(sends, sends.map { _ in Ending(outcome: refused, took: .zero) }, reply: reply)
            return
        }
        let atOnce = min(sends.count, Self.sendsAtOnce, inFlightLimit)
        guard metrics.admit(atOnce, limit: inFlightLimit) else {
            return refuse(sends, for: Fault(.overloaded), reply: reply)
        }
        let started = ContinuousClock.now
        let place = room.enter { giveUp(sends, since: started, reply: reply) }
        guard let place else {
            metrics.leave(atOnce)
            return refuse(sends, for: WaitingRoom.closed, reply: reply)
        }
        Task(executorPreference: corridor) {
            let endings = await walk(sends, atOnce: atOnce, in: context)
            room.leave(place)
            metrics.leave(atOnce)
            for ending in endings { announce(ending.outcome) }
            finish(sends, endings, reply: reply)
        }
    }

    /// How the sends ended, in their order.
    private func walk(
        _ sends: [Send], atOnce: Int, in context: RequestContext
    ) async -> [Ending] {
        await withTaskGroup(of: (Int, Ending).self) { group in
            var endings = [Ending?](repeating: nil, count: sends.count)
            var next = 0
            func begin() {
                guard next < sends.count else { return }
                let (index, intent) = (next, sends[next].intent)
                next += 1
                group.addTask(executorPreference: corridor) {
                    let started = ContinuousClock.now
                    let outcome = await pipeline.send(intent, in: context)
                    return (index, Ending(outcome: outcome, took: started.duration(to: .now)))
                }
            }
            for _ in 0..<atOnce { begin() }
            while let (index, ending) = await group.next() {
                endings[index] = ending
                begin()
            }
            return endings.compactMap(\.self)
        }
    }

    private func announce(_ outcome: SendOutcome) {
        if case .scheduled(let scheduling) = outcome { scheduled(scheduling.at) }
    }

    private func finish(
        _ send: Send, _ outcome: SendOutcome, since started: ContinuousClock.Instant, reply: Reply
    ) {
        let response = send.dialect.encode(outcome, in: send.manner)
        responder.send(response, for: outcome, of: send.request, by: reply)
        record(outcome, of: send, took: started.duration(to: .now))
    }

    private func finish(_ sends: [Send], _ endings: [Ending], reply: Reply) {
        let outcomes = endings.map(\.outcome)
        // One request, one decision to name: the first that is not a yes, or the first.
        guard let first = sends.first,
            let named = outcomes.first(where: { !$0.isYes }) ?? outcomes.first
        else { return }
        let response = first.dialect.encode(outcomes, in: first.manner)
        responder.send(response, for: named, of: first.request, by: reply)
        for (send, ending) in zip(sends, endings) {
            record(ending.outcome, of: send, took: ending.took)
        }
    }

    /// Answers the sends of one request, which are not seen through.
    private func refuse(
        _ sends: [Send], for fault: Fault, took: Duration = .zero, reply: Reply
    ) {
        guard let first = sends.first else { return }
        let failure = responder.turnAway(first.request, first.dialect, for: fault, reply: reply)
        for send in sends { record(.failed(failure), of: send, took: took) }
    }

    /// Answers sends that were begun and have waited too long for the ledger.
    private func giveUp(_ sends: [Send], since started: ContinuousClock.Instant, reply: Reply) {
        refuse(
            sends, for: Fault(.storageUnanswered), took: started.duration(to: .now), reply: reply)
    }

    private func record(_ outcome: SendOutcome, of send: Send, took duration: Duration) {
        metrics.count(outcome, dialect: send.dialect.name, took: duration)
        log.note(
            "send answered", send.request, dialect: send.dialect.name, decision: outcome.decision,
            fault: outcome.fault, details: ["result": "\(SendMetrics.Result(outcome).label)"])
    }

    /// How one of several sends ended.
    private struct Ending: Sendable {
        let outcome: SendOutcome
        let took: Duration
    }
}

/// One send on its way through the door.
struct Send: Sendable {
    let request: ReceivedRequest
    let dialect: any Dialect
    let intent: SendIntent
    let manner: any ResponseManner
}

extension SendOutcome {
    fileprivate var isYes: Bool {
        switch self {
        case .accepted, .scheduled, .wouldAccept: true
        case .refused, .obstructed, .failed: false
        }
    }

    fileprivate var fault: Fault? {
        if case .failed(let failure) = self { failure.fault } else { nil }
    }
}
