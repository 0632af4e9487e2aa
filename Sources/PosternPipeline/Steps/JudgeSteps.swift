import PosternModel
import PosternPolicy

/// What came of judging the later steps of a cascade.
enum JudgedSteps: Sendable {
    /// Nothing objects to any; nil where there are none.
    case accepted(AcceptedCascade?)
    /// Something objects to one, and so to the whole.
    case refused(SendOutcome)
}

extension SendPipeline {
    /// Judges the later steps of a cascade as if they went out now.
    ///
    /// Each is judged again, and charged, when it does. A no is recorded once, as the whole's, under the facts of the step it
    /// is about; a yes has an entry for each step, as the scheduling of any message has.
    func judgeSteps(
        _ lookups: [DraftLookup], _ walk: Walk, _ principal: Principal
    ) async throws(Fault) -> JudgedSteps {
        guard case .cascade(let cascade) = walk.intent.subject, !lookups.isEmpty else {
            return .accepted(nil)
        }
        var steps: [AcceptedCascade.Step] = []
        var due = walk.later ?? walk.now
        for (offset, lookup) in lookups.enumerated() {
            let (number, step) = (offset + 2, cascade.steps[offset])
            due = due.advanced(by: step.wait)
            guard case .found(let loaded) = lookup else {
                return .refused(try await obstruct(.messageTaken, walk, principal))
            }
            if let obstacle = obstruction(to: loaded, step.composition) {
                return .refused(
                    try await obstruct(obstacle.named("Step \(number)"), walk, principal))
            }
            let facts = Facts(
                session: .valid, draft: .visible, send: try sendFacts(walk, principal, loaded))
            let decision = walk.policy.decide(facts, at: walk.now)
            let entry = try entry(
                walk, principal, facts, decision, loaded, step: (number, due))
            guard decision.answer == .allow else {
                try await ports.ledger.record(entry)
                let refusal = refusal(
                    walk, decision, quota: decision.quota, found: decision.found(in: facts))
                return .refused(.refused(refusal.named("Step \(number)")))
            }
            steps.append(
                AcceptedCascade.Step(step: step, targets: loaded.targets, entry: entry))
        }
        return .accepted(
            AcceptedCascade(
                steps: steps, dialect: walk.context.dialect,
                wishes: ScheduledWishes(
                    notifies: walk.intent.sendEmailNotification,
                    invites: walk.intent.inviteNewUsers)))
    }

    private func obstruction(to loaded: LoadedDraft, _ composition: Composition) -> Obstacle? {
        if loaded.draft.options.fyeoType != .disabled { return Obstacle(code: .scheduleLocked) }
        return unreachable(loaded, passingOver: composition)
    }

    /// Has the ledger decide about a step whose time has come, as things are there now.
    func decideTurn(
        _ walk: Walk, _ principal: Principal
    ) async throws(Fault) -> CascadeTurn.Verdict? {
        guard let step = walk.intent.message else { return nil }
        let openings = [
            Opening(field: "account", value: principal.address.description),
            Opening(field: "draft", value: step.description),
        ]
        return try await ports.ledger.decideTurn(
            of: step, at: walk.now,
            recording: try SealedEntry(
                AuditEntry(
                    kind: .operation, id: walk.decisionID, at: walk.now,
                    policy: walk.policy.digest, dialect: walk.context.dialect,
                    request: walk.context.request, note: "a step that is not needed",
                    operation: "endCascade"),
                subject: principal.account, openings: openings))
    }
}

extension Obstacle {
    /// The same, saying which part of the request it is about.
    fileprivate func named(_ part: String) -> Obstacle {
        var named = self
        named.sentence = "\(part): \(sentence ?? code.entry.example.naming(targets))"
        return named
    }
}

extension Refusal {
    /// The same, saying which part of the request it is about; the record keeps the policy's own words.
    fileprivate func named(_ part: String) -> Refusal {
        var named = self
        for index in named.objections.indices {
            named.objections[index].sentence = "\(part): \(objections[index].sentence)"
        }
        return named
    }
}
