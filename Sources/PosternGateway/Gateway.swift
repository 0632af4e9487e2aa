import HTTPTypes
public import Logging
public import PosternDialectKit
public import PosternListener
public import PosternModel
public import PosternPipeline

/// The front door: finds the dialect a request speaks, sends its intent down the corridor, and hands
/// back the answer.
///
/// What needs no disk (bad requests, refusals without a token, the error catalogue, health) is answered
/// on the event loop; everything else runs on the corridor's threads, in bounded number.
public struct Gateway: RequestHandler {
    private let dialects: [any Dialect]
    private let pages: ServicePages
    private let pipeline: SendPipeline
    private let policies: PolicyRegister
    private let corridor: CorridorExecutor
    private let inFlightLimit: Int
    private let metrics: SendMetrics
    private let clock: any PosternModel.Clock
    private let logger: Logger

    /// Opens the door.
    ///
    /// - Parameters:
    ///   - dialects: The client APIs served; the first that knows a route gets it.
    ///   - pages: What is served beside them.
    ///   - pipeline: The corridor.
    ///   - policies: The policy in force, for the header that says when its files have drifted.
    ///   - corridor: Its threads.
    ///   - inFlightLimit: Sends under way at once; one more is answered 503.
    ///   - metrics: Where sends are counted.
    ///   - clock: Time, for headers that count seconds.
    ///   - logger: Where decisions are logged.
    public init(
        dialects: [any Dialect], pages: ServicePages, pipeline: SendPipeline,
        policies: PolicyRegister, corridor: CorridorExecutor, inFlightLimit: Int,
        metrics: SendMetrics,
        clock: any PosternModel.Clock, logger: Logger
    ) {
        self.dialects = dialects
        self.pages = pages
        self.pipeline = pipeline
        self.policies = policies
        self.corridor = corridor
        self.inFlightLimit = inFlightLimit
        self.metrics = metrics
        self.clock = clock
        self.logger = logger
    }

    /// Answers a request, now or from the corridor.
    public func handle(_ request: ReceivedRequest, reply: Reply) {
        let asked = DialectRequest(head: request.head, body: request.body)
        // Two dialects may share a path and differ in the method: one's "not this method" waits for the rest.
        var refusal: (dialect: any Dialect, allowed: [HTTPRequest.Method])?
        for dialect in dialects {
            switch dialect.decode(asked) {
            case .notMine: continue
            case .methodNotAllowed(let allowed): refusal = refusal ?? (dialect, allowed)
            case .answer(let response):
                metrics.countBadRequest(dialect: dialect.name)
                reply.send(response, of: request)
                return
            case .send(let intent, let manner):
                handle(
                    Send(request: request, dialect: dialect, intent: intent, manner: manner),
                    reply: reply)
                return
            }
        }
        if let refusal {
            reply.send(
                answer(.methodNotAllowed(refusal.allowed), to: asked, by: refusal.dialect),
                of: request)
        } else if let page = pages.answer(asked) {
            reply.send(page, of: request)
        } else {
            reply.send(answer(.unknownRoute, to: asked, by: dialects.first), of: request)
        }
    }

    /// A problem in a dialect's words, with the fields that go with it.
    private func answer(
        _ problem: RequestProblem, to request: DialectRequest, by dialect: (any Dialect)?
    ) -> DialectResponse {
        guard let dialect else { return DialectResponse(head: HTTPResponse(status: .notFound)) }
        metrics.countBadRequest(dialect: dialect.name)
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
            let problem = RequestProblem.fault(Fault(.overloaded), .make(at: clock.now()))
            let asked = DialectRequest(head: send.request.head, body: send.request.body)
            reply.send(answer(problem, to: asked, by: send.dialect), of: send.request)
            return
        }
        Task(executorPreference: corridor) {
            let outcome = await pipeline.send(send.intent, in: context)
            metrics.leave()
            finish(send, outcome, since: started, reply: reply)
        }
    }

    private func finish(
        _ send: Send, _ outcome: SendOutcome, since started: ContinuousClock.Instant, reply: Reply
    ) {
        var response = send.dialect.encode(outcome, in: send.manner)
        response.head.headerFields.append(
            contentsOf: ReplyHeaders.fields(for: outcome, now: clock.now()))
        if policies.trouble != nil {
            response.head.headerFields.append(HTTPField(name: .policyDrift, value: "?1"))
        }
        reply.send(response, of: send.request)
        metrics.count(outcome, dialect: send.dialect.name, took: started.duration(to: .now))
        log(outcome, send)
    }

    private func log(_ outcome: SendOutcome, _ send: Send) {
        let level: Logger.Level = if case .failed = outcome { .error } else { .debug }
        guard logger.logLevel <= level else { return }
        var metadata: Logger.Metadata = [
            "request": "\(send.request.id)", "dialect": "\(send.dialect.name)",
            "decision": "\(outcome.decision)", "result": "\(SendMetrics.Result(outcome).label)",
        ]
        if let trace = send.request.trace { metadata["trace"] = "\(trace.trace)" }
        if case .failed(let failure) = outcome {
            metadata["fault"] = "\(failure.fault)"
            metadata["hint"] = "\(failure.fault.code.entry.operatorHint)"
        }
        logger.log(level: level, "send answered", metadata: metadata)
    }

    /// Words an answer to a request the listener itself refuses: in the dialect whose route it is, where
    /// its head arrived and names one.
    public func response(to refused: RefusedRequest) -> OutgoingResponse {
        var response = worded(refused)
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
        guard let request, let asked = refused.head.map({ DialectRequest(head: $0) }),
            let dialect = dialects.first(where: { $0.knows(asked) })
        else { return .text(refused.problem.status, refused.problem.sentence + "\n") }
        let response = answer(request, to: asked, by: dialect)
        return OutgoingResponse(head: response.head, body: response.body)
    }

    /// One send on its way through the door.
    private struct Send: Sendable {
        let request: ReceivedRequest
        let dialect: any Dialect
        let intent: SendIntent
        let manner: any ResponseManner
    }
}

extension Dialect {
    /// Whether a request's route is one of this dialect's, whatever else is wrong with it.
    fileprivate func knows(_ request: DialectRequest) -> Bool {
        if case .notMine = decode(request) { return false }
        return true
    }
}

extension ReceivedRequest {
    /// The trace the caller says this request belongs to.
    fileprivate var trace: TraceContext? {
        head.headerFields[.traceparent].flatMap(TraceContext.init(traceparent:))
    }
}

extension Reply {
    /// Sends a response with the fields every reply carries.
    fileprivate func send(_ response: DialectResponse, of request: ReceivedRequest) {
        var head = response.head
        head.headerFields.append(.once(.requestID, request.id))
        if let trace = request.trace {
            // The request id's first half serves as the span: it is as unique and already in the log.
            head.headerFields.append(
                .once(
                    .traceresponse, trace.traceresponse(span: String(request.id.prefix(16)))))
        }
        send(OutgoingResponse(head: head, body: response.body))
    }
}

extension HTTPField.Name {
    fileprivate static let policyDrift = known("Postern-Policy-Drift")
    fileprivate static let requestID = known("X-Request-Id")
    fileprivate static let traceparent = known("traceparent")
    fileprivate static let traceresponse = known("traceresponse")
}
