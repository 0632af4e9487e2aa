import HTTPTypes
public import PosternDialectKit
public import PosternModel

extension RevicomDialect {
    /// Words the outcome of a request that sends one message.
    public func encode(_ outcome: SendOutcome, in manner: any ResponseManner) -> DialectResponse {
        encode([outcome], in: manner)
    }

    /// Words the outcomes of a request's messages.
    ///
    /// Where one of them was accepted the answer is 200, and `errors` says whether all were. Where none was, it is that of
    /// the first fault, since asking again may help there, or else of the first no.
    public func encode(
        _ outcomes: [SendOutcome], in manner: any ResponseManner
    ) -> DialectResponse {
        let manner = manner as? RevicomManner ?? RevicomManner()
        guard outcomes.contains(where: \.isYes) else {
            let told = outcomes.first(where: \.isFault) ?? outcomes.first
            return told.map { refusal($0, in: manner) } ?? answer(.unwordable, in: manner)
        }
        var json = JSONWriter()
        json.object { json in
            json.member("errors", !outcomes.allSatisfy(\.isYes))
            if outcomes.contains(where: \.isPreview) { json.member("dryRun", true) }
            json.array("items", of: outcomes.enumerated()) { json, outcome in
                let sent =
                    manner.sent.indices.contains(outcome.offset)
                    ? manner.sent[outcome.offset] : nil
                json.object { outcome.element.write(sent, in: manner, to: &$0) }
            }
        }
        return .json(.ok, json.bytes)
    }

    /// Words how an operation ended.
    public func encode(
        _ outcome: OperationOutcome, in manner: any ResponseManner
    ) -> DialectResponse {
        let manner = manner as? RevicomManner ?? RevicomManner()
        switch outcome {
        case .done(.done, _): return dispatched(in: manner)
        case .done(let result, _): return encode(result, in: manner)
        case .refused(let refusal, let stamp):
            let wording = refusal.wording(in: manner)
            return answer(wording, in: manner) {
                ProblemDocument.refusal(
                    refusal, stamp: stamp, status: wording.status.code,
                    title: refusal.code.entry.meaning, code: "\(wording.code)")
            }
        case .failed(let failure): return fault(failure, in: manner)
        }
    }

    /// Words a problem that nothing has been decided about yet.
    public func encode(_ problem: RequestProblem, for request: DialectRequest) -> DialectResponse {
        let manner = RevicomManner(
            wantsProblem: Negotiation(request.head.headerFields).wantsProblem)
        let wording = problem.wording
        guard case .fault(let fault, let id) = problem else { return answer(wording, in: manner) }
        return answer(wording, in: manner) {
            ProblemDocument.fault(fault, decision: id, status: wording.status.code)
        }
    }

    private func encode(_ result: OperationResult, in manner: RevicomManner) -> DialectResponse {
        var json = JSONWriter()
        switch result {
        case .stops(let endings):
            let items = manner.stopped.map { ($0.text, $0.code(of: endings)) }
            json.object { json in
                json.member("errors", items.contains { $0.1 >= 400 })
                json.array("items", of: items) { json, item in
                    json.object {
                        $0.member("messageUuid", item.0)
                        $0.member("code", item.1)
                    }
                }
            }
        case .outgoing(let message): json.object { message.write(to: &$0) }
        case .outgoings(let excerpt):
            json.object { json in
                json.member("total", excerpt.total)
                json.array("items", of: excerpt.items) { json, message in
                    json.object { message.write(to: &$0) }
                }
            }
        // There is no money here. ISO 4217 calls that XXX; what is left of the day is what a client has to spend.
        case .quotas(let left): json.object { $0.member("XXX", left.messagesLeft) }
        default: return answer(.unwordable, in: manner)
        }
        return .json(.ok, json.bytes)
    }

    /// Words what was done with a dispatch.
    private func dispatched(in manner: RevicomManner) -> DialectResponse {
        var json = JSONWriter()
        switch manner.dispatch?.action {
        case .messages:
            json.array(of: manner.added) { json, entry in
                json.object { json in
                    json.member("destination", entry.destination)
                    if let message = entry.message {
                        json.member("messageUuid", message.guid.dashed)
                    } else {
                        json.member("errorCode", 7401)
                    }
                }
            }
        case .start:
            json.object { $0.member("dispatchId", manner.dispatch?.number ?? 0) }
        case .stop: return .nothing
        case nil: return answer(.unwordable, in: manner)
        }
        return .json(.ok, json.bytes)
    }

    private func refusal(_ outcome: SendOutcome, in manner: RevicomManner) -> DialectResponse {
        switch outcome {
        case .refused(let refusal):
            let wording = refusal.wording(in: manner)
            return answer(wording, in: manner) {
                ProblemDocument.refusal(
                    refusal, status: wording.status.code, title: refusal.code.entry.meaning)
            }
        case .obstructed(let obstruction):
            let wording = obstruction.refusal.wording(in: manner)
            let stamp = obstruction.stamp
            return answer(wording, in: manner) {
                ProblemDocument.refusal(
                    obstruction.refusal,
                    stamp: OperationStamp(decision: stamp.decision, policy: stamp.policy),
                    status: wording.status.code,
                    title: obstruction.refusal.code.entry.meaning, code: "\(wording.code)")
            }
        case .failed(let failure): return fault(failure, in: manner)
        case .accepted, .scheduled, .wouldAccept: return answer(.unwordable, in: manner)
        }
    }

    private func fault(_ failure: Failure, in manner: RevicomManner) -> DialectResponse {
        let wording = failure.fault.code.wording
        return answer(wording, in: manner) {
            ProblemDocument.fault(
                failure.fault, decision: failure.decision, status: wording.status.code)
        }
    }

    /// Words a no or a fault: in the API's own shape, or as a problem document where one was asked for.
    func answer(
        _ wording: Wording, in manner: RevicomManner, problem: (() -> [UInt8])? = nil
    ) -> DialectResponse {
        var fields: HTTPFields = [:]
        // RFC 9110 section 15.5.2 wants a challenge with every 401. Named Basic, it would have browsers ask their users
        // for a password, and send it along wherever another site makes them go from then on.
        if wording.status == .unauthorized {
            fields[.wwwAuthenticate] = "Bearer realm=\"\(mount.baseURL)\""
        }
        if manner.wantsProblem {
            let body =
                problem?()
                ?? ProblemDocument.badRequest(
                    status: wording.status.code, title: wording.status.reasonPhrase,
                    detail: wording.text)
            return .json(wording.status, body, as: ProblemDocument.mediaType, fields)
        }
        var json = JSONWriter()
        json.object { json in json.object("error") { wording.write(to: &$0) } }
        return .json(wording.status, json.bytes, fields)
    }
}

extension SendOutcome {
    /// Whether the message goes out, now or later, or would.
    fileprivate var isYes: Bool {
        switch self {
        case .accepted, .scheduled, .wouldAccept: true
        case .refused, .obstructed, .failed: false
        }
    }

    fileprivate var isFault: Bool { if case .failed = self { true } else { false } }

    fileprivate var isPreview: Bool { if case .wouldAccept = self { true } else { false } }

    /// Writes one item of a send's answer.
    ///
    /// `code` is 201 for a message that was made and 200 for one that would be. The contract has no code for a message
    /// that was not: 403 is what the whole request would have been answered with.
    fileprivate func write(
        _ sent: RevicomManner.Sent?, in manner: RevicomManner, to json: inout JSONWriter
    ) {
        let receipt: SendReceipt?
        var code = 201
        var wording: Wording?
        switch self {
        case .accepted(let acceptance): receipt = acceptance.receipt
        case .scheduled(let scheduling): receipt = scheduling.receipt
        case .wouldAccept: (receipt, code) = (nil, 200)
        case .refused(let refusal):
            (receipt, code, wording) = (nil, 403, refusal.wording(in: manner))
        case .obstructed(let obstruction):
            (receipt, code, wording) = (nil, 403, obstruction.refusal.wording(in: manner))
        case .failed(let failure):
            let fault = failure.fault.code.wording
            (receipt, code, wording) = (nil, fault.status.code, fault)
        }
        if code == 201, let guid = receipt?.guid ?? sent?.guid {
            json.member("messageUuid", guid.dashed)
        }
        json.member("code", code)
        json.member("externalMessageId", ifPresent: sent?.externalID)
        if let wording { json.object("error") { wording.write(to: &$0) } }
    }
}
