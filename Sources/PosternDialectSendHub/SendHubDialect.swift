import HTTPTypes
public import PosternDialectKit
public import PosternModel

/// The SendHub API of 2012, tolerant of clients of its 2022 edition.
///
/// Where it differs from the original on purpose, `Divergences.md` says how and why.
public struct SendHubDialect: Dialect {
    /// `sendhub`.
    public let name = "sendhub"
    let mount: Mount
    /// What the mount's address has after its host; links begin with it.
    let prefix: String

    /// Makes the dialect.
    public init(mount: Mount) {
        self.mount = mount
        let parts = mount.baseURL.split(
            separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        prefix = parts.count == 4 && !parts[3].isEmpty ? "/\(parts[3])" : ""
    }

    /// Reads a request; bad ones are answered here, before anybody is asked who sent them.
    public func decode(_ request: DialectRequest) -> Decoding {
        let target = request.target
        var wantsProblem: Bool { Negotiation(request.head.headerFields).wantsProblem }
        do throws(Problem) {
            guard let route = try Route(target, on: mount) else { return .notMine }
            guard route.methods.contains(request.head.method) else {
                return .methodNotAllowed(route.methods)
            }
            let reader = try RequestReader(request, query: target.query)
            if route == .messages, request.head.method == .post {
                let (intent, echo) = try reader.sending()
                return .send(
                    intent,
                    SendHubManner(
                        topic: .sending, wantsProblem: wantsProblem, isNew: true, message: echo))
            }
            var manner = SendHubManner(wantsProblem: wantsProblem)
            let operation = try reader.operation(
                route, by: request.head.method, manner: &manner)
            return .operate(
                OperationRequest(credential: reader.credential, operation: operation), manner)
        } catch {
            return .answer(error.response(wantsProblem: wantsProblem))
        }
    }

    /// Words a send's outcome: the message as it was taken in, or a no.
    public func encode(_ outcome: SendOutcome, in manner: any ResponseManner) -> DialectResponse {
        let manner = manner as? SendHubManner ?? SendHubManner()
        var message = manner.message
        switch outcome {
        case .accepted(let acceptance):
            message.take(acceptance.receipt)
            message.sentAt = acceptance.receipt?.at
            return object(.created) { message.write(to: &$0, below: prefix) }
        case .scheduled(let scheduling):
            message.take(scheduling.receipt)
            message.scheduledAt = scheduling.at
            return object(.created) { message.write(to: &$0, below: prefix) }
        case .wouldAccept:
            message.isDryRun = true
            return object(.ok) { message.write(to: &$0, below: prefix) }
        case .refused(let refusal):
            let problem = refusal.problem
            return problem.response(
                document: manner.wantsProblem
                    ? ProblemDocument.refusal(
                        refusal, status: problem.status.code, title: refusal.code.entry.meaning)
                    : nil)
        case .obstructed(let obstruction):
            let stamp = OperationStamp(
                decision: obstruction.stamp.decision, policy: obstruction.stamp.policy)
            return answer(obstruction.problem, to: obstruction.refusal, stamp, in: manner)
        case .failed(let failure): return answer(failure, in: manner)
        }
    }

    /// Words an operation's outcome.
    public func encode(
        _ outcome: OperationOutcome, in manner: any ResponseManner
    ) -> DialectResponse {
        let manner = manner as? SendHubManner ?? SendHubManner()
        switch outcome {
        case .done(let result, _): return answer(result, in: manner)
        case .refused(let refusal, let stamp):
            return answer(refusal.problem(manner.topic), to: refusal, stamp, in: manner)
        case .failed(let failure): return answer(failure, in: manner)
        }
    }

    /// Words a problem met before the request was read.
    public func encode(_ problem: RequestProblem, for request: DialectRequest) -> DialectResponse {
        let wantsProblem = Negotiation(request.head.headerFields).wantsProblem
        guard case .fault(let fault, let decision) = problem, wantsProblem else {
            return problem.problem.response(wantsProblem: wantsProblem)
        }
        return problem.problem.response(
            document: ProblemDocument.fault(
                fault, decision: decision, status: problem.problem.status.code))
    }

    private func answer(
        _ problem: Problem, to refusal: OperationRefusal, _ stamp: OperationStamp,
        in manner: SendHubManner
    ) -> DialectResponse {
        problem.response(
            document: manner.wantsProblem
                ? ProblemDocument.refusal(
                    refusal, stamp: stamp, status: problem.status.code,
                    title: refusal.code.entry.meaning, code: refusal.code.name) : nil)
    }

    private func answer(_ failure: Failure, in manner: SendHubManner) -> DialectResponse {
        let problem = failure.fault.code.problem
        return problem.response(
            document: manner.wantsProblem
                ? ProblemDocument.fault(
                    failure.fault, decision: failure.decision, status: problem.status.code) : nil)
    }
}

extension MessageObject {
    /// What only the corridor knows.
    fileprivate mutating func take(_ receipt: SendReceipt?) {
        number = receipt?.number
        createdAt = receipt?.at
        isAcknowledged = true
    }
}
