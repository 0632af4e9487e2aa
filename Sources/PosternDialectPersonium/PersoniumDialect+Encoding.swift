import HTTPTypes
public import PosternDialectKit
public import PosternModel

extension PersoniumDialect {
    /// Words how a send ended: 201 with what became of it at each cell, or an error.
    public func encode(_ outcome: SendOutcome, in manner: any ResponseManner) -> DialectResponse {
        let manner = manner as? PersoniumManner ?? PersoniumManner([:], on: unit)
        switch outcome {
        case .accepted(let acceptance):
            switch manner.subject {
            case .send(let message):
                guard let receipt = acceptance.receipt else { return Self.unworded(in: manner) }
                return created(SentEntity(message, receipt: receipt, on: unit), in: manner)
            case .port(let message):
                // A repeat hears when it was taken the first time.
                let at = acceptance.receipt?.at ?? acceptance.answer.decision.madeAt
                return created(ReceivedEntity(message, at: at), in: manner)
            case .nothing, .list, .entity, .change: return Self.unworded(in: manner)
            }
        case .wouldAccept(let preview):
            return .success(.ok, preview.reply, in: manner)
        case .refused(let refusal):
            let problem =
                refusal.cellToken?.problem
                ?? refusal.code.problem(refusal.objections.first?.sentence ?? "")
            return .error(problem, in: manner) {
                ProblemDocument.refusal(
                    refusal, status: problem.status, title: refusal.code.entry.meaning)
            }
        case .obstructed(let obstruction):
            let problem = manner.problem(for: obstruction)
            return .error(problem, in: manner) {
                ProblemDocument.refusal(
                    obstruction.refusal,
                    stamp: OperationStamp(
                        decision: obstruction.stamp.decision, policy: obstruction.stamp.policy),
                    status: problem.status, title: problem.text, code: problem.code)
            }
        // This API has no word for later.
        case .scheduled: return Self.unworded(in: manner)
        case .failed(let failure): return Self.answer(failure, in: manner)
        }
    }

    /// Words how anything else ended.
    public func encode(
        _ outcome: OperationOutcome, in manner: any ResponseManner
    ) -> DialectResponse {
        let manner = manner as? PersoniumManner ?? PersoniumManner([:], on: unit)
        switch outcome {
        case .done(let result, _): return answer(result, in: manner)
        case .refused(let refusal, let stamp):
            let problem = manner.problem(for: refusal, on: unit)
            return .error(problem, in: manner) {
                ProblemDocument.refusal(
                    refusal, stamp: stamp, status: problem.status, title: problem.text,
                    code: problem.code)
            }
        case .failed(let failure): return Self.answer(failure, in: manner)
        }
    }

    private func answer(
        _ result: OperationResult, in manner: PersoniumManner
    ) -> DialectResponse {
        switch result {
        case .done: return .success(.noContent, in: manner)
        case .outgoing(let message):
            guard let entity = SentEntity(message, on: unit) else {
                return .error(.entityMissing, in: manner)
            }
            return answer(entity, in: manner)
        case .incoming(let message):
            return answer(ReceivedEntity(message, on: unit), in: manner)
        case .outgoings(let excerpt):
            let entities = excerpt.items.compactMap { SentEntity($0, on: unit) }
            return .success(
                .ok, entities.reply(in: manner, count: manner.count(of: excerpt)), in: manner)
        case .incomings(let excerpt):
            let entities = excerpt.items.map { ReceivedEntity($0, on: unit) }
            return .success(
                .ok, entities.reply(in: manner, count: manner.count(of: excerpt)), in: manner)
        default: return Self.unworded(in: manner)
        }
    }

    private func created(_ entity: some Entity, in manner: PersoniumManner) -> DialectResponse {
        .success(
            .created, entity.reply(in: manner, isNew: true),
            [.location: entity.uri(in: manner.cellURL), .eTag: entity.etag], in: manner)
    }

    private func answer(_ entity: some Entity, in manner: PersoniumManner) -> DialectResponse {
        switch manner.subject {
        case .change: .success(.noContent, nil, [.eTag: entity.etag], in: manner)
        case .entity(let known) where entity.isAmong(known):
            .success(.notModified, nil, [.eTag: entity.etag], in: manner)
        default:
            .success(
                .ok, entity.reply(in: manner, isNew: false), [.eTag: entity.etag], in: manner)
        }
    }

    private static func answer(_ failure: Failure, in manner: PersoniumManner) -> DialectResponse {
        let problem = failure.fault.code.problem
        return .error(problem, in: manner) {
            ProblemDocument.fault(
                failure.fault, decision: failure.decision, status: problem.status)
        }
    }

    /// For an outcome that nothing asked for by this dialect can have.
    private static func unworded(in manner: PersoniumManner) -> DialectResponse {
        .error(PersoniumProblem(500, "SV-0000", "Unknown error."), in: manner)
    }
}

extension PersoniumManner {
    /// How a no to an operation is worded: what may be missing on the way to approving a request is not what may be missing
    /// on the way to sending.
    fileprivate func problem(for refusal: OperationRefusal, on unit: Unit) -> PersoniumProblem {
        guard case .change = subject, let problem = refusal.requestProblem(on: unit) else {
            return refusal.problem()
        }
        return problem
    }

    /// How what stands in a send's way is worded.
    fileprivate func problem(for obstruction: Obstruction) -> PersoniumProblem {
        // What Personium's own units answer for a cell there is not.
        if case .port = subject, obstruction.refusal.code == .own(.handleUnknown) {
            return .unitUserRequired
        }
        return obstruction.refusal.problem(relation: relation)
    }

    /// The relation a message is for.
    fileprivate var relation: String? {
        if case .send(let message) = subject { message.members.toRelation } else { nil }
    }

    /// A list's whole length, where it is wanted.
    fileprivate func count<Item>(of excerpt: Excerpt<Item>) -> Int? {
        if case .list(counts: true) = subject { excerpt.total } else { nil }
    }
}

extension Entity {
    /// Whether a client has this state of it already: tags are compared weakly (RFC 9110 section 8.8.3.2).
    fileprivate func isAmong(_ tags: [String]) -> Bool {
        let own = etag.dropFirst(2)
        return tags.lazy.flatMap { $0.split(separator: ",") }.contains { tag in
            let tag = tag.trimmed
            return tag == "*" || (tag.hasPrefix("W/") ? tag.dropFirst(2) : tag) == own
        }
    }
}

extension Preview {
    /// Postern's own: what a dry run found, in the place of a message.
    fileprivate var reply: JSONWriter {
        var json = JSONWriter()
        json.object { json in
            json.object("d") { json in
                json.object("results") { json in
                    json.object("dryRun") {
                        $0.member("wouldBeAccepted", true)
                        $0.member("passwordRequired", passwordRequired)
                    }
                }
            }
        }
        return json
    }
}
