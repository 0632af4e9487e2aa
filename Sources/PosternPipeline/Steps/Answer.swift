public import PosternModel
public import PosternPolicy

extension SendPipeline {
    /// Decides facts that stop before a send, and refuses.
    ///
    /// The decision knows nothing of the sender's day, but every reply to a known sender tells it. It is asked for
    /// alike whatever is wrong with the draft, so that answer and time stay the same for all.
    func refuse(
        _ walk: Walk, _ principal: Principal, _ facts: Facts
    ) async throws(Fault) -> SendOutcome {
        let decision = walk.policy.decide(facts, at: walk.now)
        let quota = try quota(of: principal, walk)
        try await recordRefusal(entry(walk, principal, facts, decision, nil), decision, walk)
        return .refused(refusal(walk, decision, quota: quota))
    }

    /// What is left of a sender's day.
    func quota(of principal: Principal, _ walk: Walk) throws(Fault) -> QuotaState {
        let day = walk.policy.day(at: walk.now).key
        let used = try ports.views.view { view throws(Fault) in
            try view.used(by: principal.account, on: day)
        }
        return walk.policy.quotaState(
            for: principal.group, messagesUsed: used.messages, invitesUsed: used.invites,
            at: walk.now)
    }

    /// Records a refusal, then answers it.
    func refuse(
        _ walk: Walk, _ principal: Principal, _ facts: Facts, _ decision: Decision,
        _ loaded: LoadedDraft
    ) async throws(Fault) -> SendOutcome {
        try await recordRefusal(entry(walk, principal, facts, decision, loaded), decision, walk)
        return .refused(
            refusal(walk, decision, quota: decision.quota, found: decision.found(in: facts)))
    }

    /// Records what a dry run would have got, then answers it.
    ///
    /// A dry run leaves an entry of its own kind, because asking what would be refused is how a keyword list
    /// is felt out; it changes nothing else.
    func preview(
        _ walk: Walk, _ principal: Principal, _ facts: Facts, _ decision: Decision,
        _ loaded: LoadedDraft
    ) async throws(Fault) -> SendOutcome {
        try await ports.ledger.record(entry(walk, principal, facts, decision, loaded))
        let stamp = DecisionStamp(
            decision: walk.decisionID, policy: decision.policy, quota: decision.quota)
        return .wouldAccept(
            Preview(
                stamp: stamp, passwordRequired: decision.answer == .allowIfPasswordMatches))
    }

    /// Records a refusal; of a message whose time had come, together with its end.
    private func recordRefusal(
        _ entry: SealedEntry, _ decision: Decision, _ walk: Walk
    ) async throws(Fault) {
        guard walk.isDue, let guid = walk.intent.message,
            let code = decision.objections.first?.code
        else { return try await ports.ledger.record(entry) }
        try await ports.ledger.refuseDue(guid, with: code, at: walk.now, recording: entry)
    }

    /// Refuses without a principal: counted and sampled, never waiting for the disk.
    func refuseUnauthenticated(
        _ fact: SessionFact, _ walk: Walk, by problem: CellTokenProblem? = nil
    ) -> SendOutcome {
        let facts = Facts(session: fact)
        let decision = walk.policy.decide(facts, at: walk.now)
        ports.unauthenticated.note(
            UnauthenticatedRefusal(
                decision: walk.decisionID, at: walk.now, context: walk.context, facts: facts,
                verdict: decision))
        var refusal = refusal(walk, decision)
        refusal.cellToken = problem
        return .refused(refusal)
    }

    /// Refuses a foreign cell's token in the same way.
    func refuse(_ problem: CellTokenProblem, _ walk: Walk) -> SendOutcome {
        refuseUnauthenticated(problem == .expired ? .expired : .unknown, walk, by: problem)
    }

    func refusal(
        _ walk: Walk, _ decision: Decision, quota: QuotaState? = nil, found: [ContentHit] = []
    ) -> Refusal {
        Refusal(
            stamp: DecisionStamp(
                decision: walk.decisionID, policy: decision.policy, quota: quota),
            objections: decision.objections, remedies: decision.remedies,
            retryAt: decision.retryAt, found: found, at: walk.now)
    }

    /// Who asks about which message: the account, and the foreign cell that it stands for.
    func openings(
        _ walk: Walk, _ principal: Principal, about message: MessageGUID?
    ) -> [Opening] {
        var openings = [Opening(field: "account", value: principal.address.description)]
        if let crossing = walk.intent.credential?.crossing {
            openings.append(Opening(field: "cell", value: crossing.from.description))
        }
        if let guid = message {
            openings.append(Opening(field: "draft", value: guid.description))
        }
        return openings
    }

    /// The audit entry of one decision; `step` is given for the later step of a cascade that is judged with its root, with
    /// when its turn will come.
    func entry(
        _ walk: Walk, _ principal: Principal, _ facts: Facts, _ decision: Decision,
        _ loaded: LoadedDraft?, step: (number: Int, due: Instant)? = nil
    ) throws(Fault) -> SealedEntry {
        var openings = openings(
            walk, principal, about: step == nil ? walk.intent.message : loaded?.draft.guid)
        if let loaded {
            openings.append(
                Opening(field: "recipients", value: loaded.reached.joined(separator: "\n")))
        }
        let due = step?.due ?? walk.later
        // A yes to a step is a decision of its own; a no is the answer to the whole.
        let isOwn = step != nil && decision.answer == .allow
        return try SealedEntry(
            AuditEntry(
                kind: walk.intent.dryRun ? .preflight : due == nil ? .send : .schedule,
                id: isOwn ? .make(at: walk.now) : walk.decisionID, at: walk.now,
                policy: decision.policy, dialect: walk.context.dialect,
                request: walk.context.request, facts: facts, decision: decision,
                note: (step?.number ?? loaded?.step).map { "step \($0) of a cascade" }, dueAt: due),
            subject: principal.account, openings: openings)
    }
}

/// A refusal nobody waits for the record of.
public struct UnauthenticatedRefusal: Sendable {
    /// The decision's name.
    public let decision: DecisionID
    /// When.
    public let at: Instant
    /// Where the request came from.
    public let context: RequestContext
    /// What the token proved.
    public let facts: Facts
    /// What was decided.
    public let verdict: Decision
    /// The operation, where it was not a send.
    public var operation: String?
    /// Why the operation was refused, as audit entries name it.
    public var refusal: String?

    /// Joins a refusal's parts.
    public init(
        decision: DecisionID, at: Instant, context: RequestContext, facts: Facts,
        verdict: Decision, operation: String? = nil, refusal: String? = nil
    ) {
        self.decision = decision
        self.at = at
        self.context = context
        self.facts = facts
        self.verdict = verdict
        self.operation = operation
        self.refusal = refusal
    }
}

/// Counts refusals of unauthenticated requests and records a sample, so that a flood cannot fill the log.
public protocol UnauthenticatedLog: Sendable {
    /// Takes note; never waits and never fails.
    func note(_ refusal: UnauthenticatedRefusal)
}
