import Logging
import PosternDialectKit
import PosternListener
import PosternModel
public import PosternPipeline

/// What does all else than sending, on threads of its own.
public struct SideDoor: Sendable {
    private let executor: CorridorExecutor
    private let inFlightLimit: Int
    private let metrics: OperationMetrics
    private let room: WaitingRoom
    private let responder: Responder
    private let log: AnswerLog
    private let perform: @Sendable (OperationRequest, RequestContext) async -> OperationOutcome

    /// Names its parts.
    ///
    /// - Parameters:
    ///   - pipeline: What is done.
    ///   - executor: The threads it is done on; they wait for disks.
    ///   - inFlightLimit: Requests under way at once; one more is answered 503.
    ///   - metrics: Where they are counted.
    ///   - room: Where requests wait for the ledger.
    ///   - responder: What sends the answers.
    ///   - log: Where they are logged.
    public init(
        pipeline: OperationPipeline, executor: CorridorExecutor, inFlightLimit: Int,
        metrics: OperationMetrics, room: WaitingRoom, responder: Responder, log: AnswerLog
    ) {
        self.init(
            executor: executor, inFlightLimit: inFlightLimit, metrics: metrics, room: room,
            responder: responder, log: log, perform: { await pipeline.perform($0, in: $1) })
    }

    init(
        executor: CorridorExecutor, inFlightLimit: Int, metrics: OperationMetrics,
        room: WaitingRoom, responder: Responder, log: AnswerLog,
        perform: @escaping @Sendable (OperationRequest, RequestContext) async -> OperationOutcome
    ) {
        self.executor = executor
        self.inFlightLimit = inFlightLimit
        self.metrics = metrics
        self.room = room
        self.responder = responder
        self.log = log
        self.perform = perform
    }

    /// Has something read on its threads, which takes a place for as long; what comes of it takes one of its own.
    ///
    /// - Parameters:
    ///   - read: Reads it.
    ///   - go: Goes on with what was read.
    ///   - turnAway: Called in place of `go` when there is no place, or when the ledger stands still: nothing was begun, and nothing
    ///     is later.
    func read<Value: Sendable>(
        _ read: @escaping @Sendable () -> Value, then go: @escaping @Sendable (Value) -> Void,
        orElse turnAway: @escaping @Sendable (Fault) -> Void
    ) {
        guard metrics.admit(limit: inFlightLimit) else { return turnAway(Fault(.overloaded)) }
        guard let place = room.enter({ turnAway(WaitingRoom.closed) }) else {
            metrics.leave()
            return turnAway(WaitingRoom.closed)
        }
        Task(executorPreference: executor) {
            let value = read()
            metrics.leave()
            if room.leave(place) { go(value) }
        }
    }

    /// Does what is asked.
    func handle(_ call: Call, reply: Reply) {
        guard metrics.admit(limit: inFlightLimit) else {
            return turnAway(call, for: Fault(.overloaded), reply: reply)
        }
        let place = room.enter { turnAway(call, for: Fault(.storageUnanswered), reply: reply) }
        guard let place else {
            metrics.leave()
            return turnAway(call, for: WaitingRoom.closed, reply: reply)
        }
        let context = RequestContext(dialect: call.dialect.name, request: call.request.id)
        Task(executorPreference: executor) {
            let outcome = await perform(call.operation, context)
            room.leave(place)
            metrics.leave()
            responder.send(
                call.dialect.encode(outcome, in: call.manner), for: outcome, of: call.request,
                by: reply, readingOn: executor)
            record(outcome, of: call)
        }
    }

    private func turnAway(_ call: Call, for fault: Fault, reply: Reply) {
        let failure = responder.turnAway(call.request, call.dialect, for: fault, reply: reply)
        record(.failed(failure), of: call)
    }

    private func record(_ outcome: OperationOutcome, of call: Call) {
        let name = call.operation.operation.name.description
        metrics.count(outcome, of: name, dialect: call.dialect.name)
        log.note(
            "request answered", call.request, dialect: call.dialect.name,
            decision: outcome.decision, fault: outcome.fault,
            details: ["operation": "\(name)", "result": "\(outcome.label)"])
    }
}

/// One request for anything but a send.
struct Call: Sendable {
    let request: ReceivedRequest
    let dialect: any Dialect
    let operation: OperationRequest
    let manner: any ResponseManner
}

extension OperationOutcome {
    fileprivate var fault: Fault? {
        if case .failed(let failure) = self { failure.fault } else { nil }
    }
}
