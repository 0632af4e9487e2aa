public import HTTPTypes
public import Logging
public import PosternDialectKit
public import PosternListener
public import PosternModel
public import PosternPipeline

/// The front door: finds the dialect a request speaks, sends its intent down the corridor, and hands
/// back the answer.
///
/// What needs neither a disk nor much time (bad requests, refusals without a token, the error catalogue) is answered
/// on the event loop; everything else runs on the corridor's threads or the side door's, in bounded number.
public struct Gateway: RequestHandler {
    private let dialects: [any Dialect]
    private let pages: ServicePages
    private let pipeline: SendPipeline
    private let policies: PolicyRegister
    private let corridor: CorridorExecutor
    private let inFlightLimit: Int
    private let metrics: SendMetrics
    private let side: SideDoor?
    private let room: WaitingRoom
    private let scheduled: @Sendable (Instant) -> Void
    private let clock: any PosternModel.Clock
    private let logger: Logger

    /// Opens the door.
    ///
    /// - Parameters:
    ///   - dialects: The client APIs served; the first that knows a route gets it, and the last says that nobody does.
    ///   - pages: What is served beside them.
    ///   - pipeline: The corridor.
    ///   - policies: The policy in force, for the header that says when its files have drifted.
    ///   - corridor: Its threads.
    ///   - inFlightLimit: Sends under way at once; one more is answered 503.
    ///   - metrics: Where sends are counted.
    ///   - side: What does all else than sending; nil for a gateway that only sends.
    ///   - room: Where requests wait for the ledger.
    ///   - scheduled: Told when a message was put off to; never waits.
    ///   - clock: Time, for headers that count seconds.
    ///   - logger: Where decisions are logged.
    public init(
        dialects: [any Dialect], pages: ServicePages, pipeline: SendPipeline,
        policies: PolicyRegister, corridor: CorridorExecutor, inFlightLimit: Int,
        metrics: SendMetrics, side: SideDoor? = nil, room: WaitingRoom,
        scheduled: @escaping @Sendable (Instant) -> Void = { _ in },
        clock: any PosternModel.Clock, logger: Logger
    ) {
        self.dialects = dialects
        self.pages = pages
        self.pipeline = pipeline
        self.policies = policies
        self.corridor = corridor
        self.inFlightLimit = inFlightLimit
        self.metrics = metrics
        self.side = side
        self.room = room
        self.scheduled = scheduled
        self.clock = clock
        self.logger = logger
    }

    /// The largest body that is read on the event loop, in bytes: reading megabytes takes a tenth of a second and more,
    /// and anybody can send them.
    private static let largestReadAtOnce = 64 * 1024

    /// Answers a request, now or from other threads.
    public func handle(_ request: ReceivedRequest, reply: Reply) {
        let asked = DialectRequest(head: request.head, body: request.body)
        guard let side,
            request.body.count > Self.largestReadAtOnce || pages.takesTime(request.head)
        else { return handle(decode(asked), asked, of: request, reply: reply) }
        guard side.metrics.admit(limit: side.inFlightLimit) else {
            turnAway(
                request, knower(of: request.head) ?? owner(of: request.head),
                for: Fault(.overloaded), reply: reply)
            return
        }
        Task(executorPreference: side.executor) {
            let decoded = decode(asked)
            // What comes of it takes a place of its own.
            side.metrics.leave()
            handle(decoded, asked, of: request, reply: reply)
        }
    }

    /// What the first dialect that knows the route makes of a request; nil when none does.
    private func decode(
        _ asked: DialectRequest
    ) -> (dialect: any Dialect, decoding: Decoding)? {
        // Two dialects may share a path and differ in the method: one's "not this method" waits for the rest.
        var refusal: (any Dialect, Decoding)?
        for dialect in dialects {
            let decoding = dialect.decode(asked)
            switch decoding {
            case .notMine: continue
            case .methodNotAllowed: refusal = refusal ?? (dialect, decoding)
            case .answer, .send, .sends, .operate: return (dialect, decoding)
            }
        }
        return refusal
    }

    private func handle(
        _ decoded: (dialect: any Dialect, decoding: Decoding)?, _ asked: DialectRequest,
        of request: ReceivedRequest, reply: Reply
    ) {
        guard let (dialect, decoding) = decoded else {
            let page =
                pages.answer(asked)
                ?? answer(.unknownRoute, to: asked, by: owner(of: request.head))
            return send(page, of: request, by: reply)
        }
        switch decoding {
        case .notMine: break
        case .methodNotAllowed(let allowed):
            send(answer(.methodNotAllowed(allowed), to: asked, by: dialect), of: request, by: reply)
        case .answer(let response):
            if response.head.status.code >= 400 { metrics.countBadRequest(dialect: dialect.name) }
            send(response, of: request, by: reply)
        case .send(let intent, let manner):
            handle(
                Send(request: request, dialect: dialect, intent: intent, manner: manner),
                reply: reply)
        case .sends(let intents, let manner):
            handle(
                intents.map {
                    Send(request: request, dialect: dialect, intent: $0, manner: manner)
                }, reply: reply)
        case .operate(let operation, let manner):
            handle(
                Call(request: request, dialect: dialect, operation: operation, manner: manner),
                reply: reply)
        }
    }

    /// Whose route it is, whatever the body; nil when it is nobody's.
    private func knower(of head: HTTPRequest) -> (any Dialect)? {
        let asked = DialectRequest(head: head)
        return dialects.first { $0.knows(asked) }
    }

    /// In whose words a request is answered that is no route of anybody's: theirs whose place it was made at, or else those of
    /// the dialect that is asked last, since the others claim only what shows that it is theirs.
    private func owner(of head: HTTPRequest) -> (any Dialect)? {
        dialects.first { ($0 as? MountedDialect)?.covers(head) == true } ?? dialects.last
    }

    /// A problem in a dialect's words, with the fields that go with it.
    private func answer(
        _ problem: RequestProblem, to request: DialectRequest, by dialect: (any Dialect)?
    ) -> DialectResponse {
        guard let dialect else { return DialectResponse(head: HTTPResponse(status: .notFound)) }
        var isFault = false
        if case .fault = problem { isFault = true }
        if !isFault { metrics.countBadRequest(dialect: dialect.name) }
        var response = dialect.encode(problem, for: request)
        response.head.headerFields.append(contentsOf: ReplyHeaders.fields(for: problem))
        return response
    }

    private func handle(_ send: Send, reply: Reply) {
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
            return refuse([send], for: Self.standstill, reply: reply)
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

    /// Walks the sends of one request, which show one credential and take a place for each that is under way at once.
    private func handle(_ sends: [Send], reply: Reply) {
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
            return refuse(sends, for: Self.standstill, reply: reply)
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

    private func finish(_ sends: [Send], _ endings: [Ending], reply: Reply) {
        guard let first = sends.first else { return }
        let outcomes = endings.map(\.outcome)
        var response = first.dialect.encode(outcomes, in: first.manner)
        // One request, one decision to name: the first that is not a yes, or the first.
        if let named = outcomes.first(where: { !$0.isYes }) ?? outcomes.first {
            addFields(for: named, to: &response)
        }
        send(response, of: first.request, by: reply, isDecided: true)
        for (send, ending) in zip(sends, endings) {
            record(ending.outcome, of: send, took: ending.took)
        }
    }

    private func announce(_ outcome: SendOutcome) {
        if case .scheduled(let scheduling) = outcome { scheduled(scheduling.at) }
    }

    /// Why nothing is begun while the ledger stands still.
    private static let standstill = Fault(.storageUnwritable, note: "the ledger stands still")

    /// Answers the sends of one request, which are not seen through.
    private func refuse(
        _ sends: [Send], for fault: Fault, took: Duration = .zero, reply: Reply
    ) {
        guard let first = sends.first else { return }
        let failure = turnAway(first.request, first.dialect, for: fault, reply: reply)
        for send in sends { record(.failed(failure), of: send, took: took) }
    }

    /// Answers sends that were begun and have waited too long for the ledger.
    private func giveUp(_ sends: [Send], since started: ContinuousClock.Instant, reply: Reply) {
        refuse(
            sends, for: Fault(.storageUnanswered), took: started.duration(to: .now), reply: reply)
    }

    /// Answers a request that is not seen through; what that comes to is the caller's to count.
    @discardableResult
    private func turnAway(
        _ request: ReceivedRequest, _ dialect: (any Dialect)?, for fault: Fault, reply: Reply
    ) -> Failure {
        let failure = Failure(
            decision: .make(at: clock.now()), policy: policies.current.digest, fault: fault)
        let asked = DialectRequest(head: request.head, body: request.body)
        send(
            answer(.fault(failure.fault, failure.decision), to: asked, by: dialect), of: request,
            by: reply)
        return failure
    }

    private func handle(_ call: Call, reply: Reply) {
        guard let side else {
            let asked = DialectRequest(head: call.request.head, body: call.request.body)
            send(answer(.unknownRoute, to: asked, by: call.dialect), of: call.request, by: reply)
            return
        }
        guard side.metrics.admit(limit: side.inFlightLimit) else {
            return turnAway(call, for: Fault(.overloaded), reply: reply)
        }
        let place = room.enter { turnAway(call, for: Fault(.storageUnanswered), reply: reply) }
        guard let place else {
            side.metrics.leave()
            return turnAway(call, for: Self.standstill, reply: reply)
        }
        let context = RequestContext(dialect: call.dialect.name, request: call.request.id)
        Task(executorPreference: side.executor) {
            let outcome = await side.perform(call.operation, context)
            room.leave(place)
            side.metrics.leave()
            var response = call.dialect.encode(outcome, in: call.manner)
            response.head.headerFields.append(
                contentsOf: ReplyHeaders.fields(for: outcome, now: clock.now()))
            send(
                response, of: call.request, by: reply, isDecided: true, readingOn: side.executor)
            record(outcome, of: call)
        }
    }

    private func turnAway(_ call: Call, for fault: Fault, reply: Reply) {
        record(
            .failed(turnAway(call.request, call.dialect, for: fault, reply: reply)), of: call)
    }

    private func record(_ outcome: OperationOutcome, of call: Call) {
        let name = call.operation.operation.name.description
        side?.metrics.count(outcome, of: name, dialect: call.dialect.name)
        log(outcome, of: name, call)
    }

    /// At what level an answer is logged.
    ///
    /// A line for each request that is turned away would keep a busy service busier; they are counted. And what is the
    /// client's to put right needs no operator.
    private static func level(of fault: Fault?) -> Logger.Level {
        guard let code = fault?.code, code != .overloaded, code.entry.turn != .caller else {
            return .debug
        }
        return .error
    }

    private static func explain(_ fault: Fault?, in metadata: inout Logger.Metadata) {
        guard let fault else { return }
        metadata["fault"] = "\(fault)"
        metadata["hint"] = "\(fault.code.entry.operatorHint)"
    }

    private func log(_ outcome: OperationOutcome, of name: String, _ call: Call) {
        let fault = outcome.fault
        let level = Self.level(of: fault)
        guard logger.logLevel <= level else { return }
        var metadata: Logger.Metadata = [
            "request": "\(call.request.id)", "dialect": "\(call.dialect.name)",
            "operation": "\(name)", "decision": "\(outcome.decision)",
            "result": "\(outcome.label)",
        ]
        if let trace = call.request.trace { metadata["trace"] = "\(trace.trace)" }
        Self.explain(fault, in: &metadata)
        logger.log(level: level, "request answered", metadata: metadata)
    }

    /// How large a request's body may be, by the dialect whose route it is.
    public func bodyLimit(for head: HTTPRequest) -> Int? {
        for dialect in dialects {
            if let limit = dialect.bodyLimit(for: head) { return limit }
        }
        return nil
    }

    private func finish(
        _ send: Send, _ outcome: SendOutcome, since started: ContinuousClock.Instant, reply: Reply
    ) {
        var response = send.dialect.encode(outcome, in: send.manner)
        addFields(for: outcome, to: &response)
        self.send(response, of: send.request, by: reply, isDecided: true)
        record(outcome, of: send, took: started.duration(to: .now))
    }

    private func addFields(for outcome: SendOutcome, to response: inout DialectResponse) {
        response.head.headerFields.append(
            contentsOf: ReplyHeaders.fields(for: outcome, now: clock.now()))
    }

    private func record(_ outcome: SendOutcome, of send: Send, took duration: Duration) {
        metrics.count(outcome, dialect: send.dialect.name, took: duration)
        log(outcome, send)
    }

    private func log(_ outcome: SendOutcome, _ send: Send) {
        let fault = outcome.fault
        let level = Self.level(of: fault)
        guard logger.logLevel <= level else { return }
        var metadata: Logger.Metadata = [
            "request": "\(send.request.id)", "dialect": "\(send.dialect.name)",
            "decision": "\(outcome.decision)", "result": "\(SendMetrics.Result(outcome).label)",
        ]
        if let trace = send.request.trace { metadata["trace"] = "\(trace.trace)" }
        Self.explain(fault, in: &metadata)
        logger.log(level: level, "send answered", metadata: metadata)
    }

    /// Sends a response with the fields every reply carries: the request's name, its trace, the policy in force, and whether its
    /// files have drifted from it.
    ///
    /// - Parameters:
    ///   - response: The response.
    ///   - request: What it answers.
    ///   - reply: Where it goes.
    ///   - isDecided: Its fields name the policy that decided.
    ///   - executor: Where a file's content is read, for a response that streams one.
    private func send(
        _ response: DialectResponse, of request: ReceivedRequest, by reply: Reply,
        isDecided: Bool = false, readingOn executor: CorridorExecutor? = nil
    ) {
        var head = response.head
        addStanding(to: &head, isDecided: isDecided)
        head.headerFields.append(.once(.requestID, request.id))
        if let trace = request.trace {
            // The request id's first half serves as the span: it is as unique and already in the log.
            head.headerFields.append(
                .once(
                    .traceresponse, trace.traceresponse(span: String(request.id.prefix(16)))))
        }
        if let content = response.content, let executor {
            reply.send(
                OutgoingResponse(
                    head: head, length: content.length,
                    pieces: StreamedFile(content: content, executor: executor)))
        } else {
            reply.send(OutgoingResponse(head: head, body: response.body))
        }
    }

    private func addStanding(to head: inout HTTPResponse, isDecided: Bool = false) {
        if !isDecided { head.headerFields.append(.policy(policies.current.digest)) }
        if policies.trouble != nil {
            head.headerFields.append(HTTPField(name: .policyDrift, value: "?1"))
        }
    }

    /// Words an answer to a request the listener itself refuses: in the dialect whose route it is, where
    /// its head arrived and names one.
    public func response(to refused: RefusedRequest) -> OutgoingResponse {
        var response = worded(refused)
        addStanding(to: &response.head)
        response.head.headerFields.append(.once(.requestID, refused.id))
        return response
    }

    private func worded(_ refused: RefusedRequest) -> OutgoingResponse {
        let request: RequestProblem? =
            switch refused.problem {
            case .bodyTooLarge(let limit): .bodyTooLarge(limit: limit)
            case .bodyTooSlow: .tooSlow
            default: nil
            }
        guard let request, let head = refused.head, let dialect = knower(of: head) else {
            var response = OutgoingResponse.text(
                refused.problem.status, refused.problem.sentence + "\n")
            response.head.headerFields.append(contentsOf: refused.problem.fields)
            return response
        }
        let response = answer(request, to: DialectRequest(head: head), by: dialect)
        return OutgoingResponse(head: response.head, body: response.body)
    }

    /// One send on its way through the door.
    private struct Send: Sendable {
        let request: ReceivedRequest
        let dialect: any Dialect
        let intent: SendIntent
        let manner: any ResponseManner
    }

    /// How one of several sends ended.
    private struct Ending: Sendable {
        let outcome: SendOutcome
        let took: Duration
    }

    /// One request for anything else.
    private struct Call: Sendable {
        let request: ReceivedRequest
        let dialect: any Dialect
        let operation: OperationRequest
        let manner: any ResponseManner
    }
}

/// What does all else than sending, on threads of its own.
public struct SideDoor: Sendable {
    let perform: @Sendable (OperationRequest, RequestContext) async -> OperationOutcome
    let executor: CorridorExecutor
    let inFlightLimit: Int
    let metrics: OperationMetrics

    /// Names its parts.
    ///
    /// - Parameters:
    ///   - pipeline: What is done.
    ///   - executor: The threads it is done on; they wait for disks.
    ///   - inFlightLimit: Requests under way at once; one more is answered 503.
    ///   - metrics: Where they are counted.
    public init(
        pipeline: OperationPipeline, executor: CorridorExecutor, inFlightLimit: Int,
        metrics: OperationMetrics
    ) {
        self.init(
            executor: executor, inFlightLimit: inFlightLimit, metrics: metrics,
            perform: { await pipeline.perform($0, in: $1) })
    }

    init(
        executor: CorridorExecutor, inFlightLimit: Int, metrics: OperationMetrics,
        perform: @escaping @Sendable (OperationRequest, RequestContext) async -> OperationOutcome
    ) {
        self.perform = perform
        self.executor = executor
        self.inFlightLimit = inFlightLimit
        self.metrics = metrics
    }
}

extension SendOutcome {
    fileprivate var isYes: Bool {
        switch self {
        case .accepted, .scheduled, .wouldAccept: true
        case .refused, .obstructed, .failed: false
        }
    }
}

extension Dialect {
    /// Whether a request's route is one of this dialect's, whatever else is wrong with it.
    fileprivate func knows(_ request: DialectRequest) -> Bool {
        if case .notMine = decode(request) { return false }
        return true
    }
}

extension SendOutcome {
    fileprivate var fault: Fault? {
        if case .failed(let failure) = self { failure.fault } else { nil }
    }
}

extension OperationOutcome {
    fileprivate var fault: Fault? {
        if case .failed(let failure) = self { failure.fault } else { nil }
    }
}

extension ReceivedRequest {
    /// The trace the caller says this request belongs to.
    fileprivate var trace: TraceContext? {
        head.headerFields[.traceparent].flatMap(TraceContext.init(traceparent:))
    }
}

extension HTTPField.Name {
    fileprivate static let policyDrift = known("Postern-Policy-Drift")
    fileprivate static let requestID = known("X-Request-Id")
    fileprivate static let traceparent = known("traceparent")
    fileprivate static let traceresponse = known("traceresponse")
}
