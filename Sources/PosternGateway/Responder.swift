import HTTPTypes
import PosternDialectKit
import PosternListener
public import PosternModel
public import PosternPipeline

/// Words answers and sends them, with the fields that every reply carries: the request's name, its trace, the policy in
/// force, and whether its files have drifted from it.
public struct Responder: Sendable {
    private let policies: PolicyRegister
    private let metrics: SendMetrics
    private let clock: any PosternModel.Clock

    /// Answers for a gateway.
    ///
    /// - Parameters:
    ///   - policies: The policy in force, and whether its files have drifted.
    ///   - metrics: Where bad requests are counted.
    ///   - clock: Time, for names of decisions and fields that count seconds.
    public init(
        policies: PolicyRegister, metrics: SendMetrics, clock: any PosternModel.Clock
    ) {
        self.policies = policies
        self.metrics = metrics
        self.clock = clock
    }

    /// A problem in a dialect's words, with the fields that go with it.
    func word(
        _ problem: RequestProblem, to request: DialectRequest, by dialect: (any Dialect)?
    ) -> DialectResponse {
        guard let dialect else { return DialectResponse(head: HTTPResponse(status: .notFound)) }
        var isFault = false
        if case .fault = problem { isFault = true }
        if !isFault { countBadRequest(of: dialect) }
        var response = dialect.encode(problem, for: request)
        response.head.headerFields.append(contentsOf: ReplyHeaders.fields(for: problem))
        return response
    }

    func countBadRequest(of dialect: any Dialect) { metrics.countBadRequest(dialect: dialect.name) }

    /// Answers a request that is not seen through; what that comes to is the caller's to count.
    @discardableResult
    func turnAway(
        _ request: ReceivedRequest, _ dialect: (any Dialect)?, for fault: Fault, reply: Reply
    ) -> Failure {
        let failure = Failure(
            decision: .make(at: clock.now()), policy: policies.current.digest, fault: fault)
        let asked = DialectRequest(head: request.head, body: request.body)
        send(
            word(.fault(failure.fault, failure.decision), to: asked, by: dialect), of: request,
            by: reply)
        return failure
    }

    /// Sends what came of a send, with the fields that go with it.
    func send(
        _ response: DialectResponse, for outcome: SendOutcome, of request: ReceivedRequest,
        by reply: Reply
    ) {
        var response = response
        response.head.headerFields.append(
            contentsOf: ReplyHeaders.fields(for: outcome, now: clock.now()))
        send(response, of: request, by: reply, isDecided: true)
    }

    /// Sends what came of an operation, with the fields that go with it; a file's content is read on `executor`.
    func send(
        _ response: DialectResponse, for outcome: OperationOutcome, of request: ReceivedRequest,
        by reply: Reply, readingOn executor: CorridorExecutor
    ) {
        var response = response
        response.head.headerFields.append(
            contentsOf: ReplyHeaders.fields(for: outcome, now: clock.now()))
        send(response, of: request, by: reply, isDecided: true, readingOn: executor)
    }

    /// Sends a response.
    ///
    /// - Parameters:
    ///   - response: The response.
    ///   - request: What it answers.
    ///   - reply: Where it goes.
    ///   - isDecided: Its fields name the policy that decided.
    ///   - executor: Where a file's content is read, for a response that streams one.
    func send(
        _ response: DialectResponse, of request: ReceivedRequest, by reply: Reply,
        isDecided: Bool = false, readingOn executor: CorridorExecutor? = nil
    ) {
        var head = response.head
        addFields(to: &head, request: request.id, isDecided: isDecided)
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

    /// Adds the fields every reply carries, but for its trace.
    func addFields(to head: inout HTTPResponse, request: String, isDecided: Bool = false) {
        if !isDecided { head.headerFields.append(.policy(policies.current.digest)) }
        if policies.trouble != nil {
            head.headerFields.append(HTTPField(name: .policyDrift, value: "?1"))
        }
        head.headerFields.append(.once(.requestID, request))
    }
}

extension HTTPField.Name {
    fileprivate static let policyDrift = known("Postern-Policy-Drift")
    fileprivate static let requestID = known("X-Request-Id")
    fileprivate static let traceresponse = known("traceresponse")
}
