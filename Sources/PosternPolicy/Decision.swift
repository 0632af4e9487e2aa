public import PosternModel

/// What the policy says to a set of facts: every objection, in check order, and what would change its mind.
public struct Decision: Sendable, Equatable, Codable {
    /// Yes, no, or yes if the password is right.
    public enum Answer: String, Sendable, Codable {
        /// Nothing objects.
        case allow
        /// Nothing objects so far, and a password must still be checked.
        case allowIfPasswordMatches
        /// At least one rule objects.
        case refuse
    }

    /// The policy that decided.
    public let policy: PolicyDigest
    /// Yes, no, or yes if.
    public let answer: Answer
    /// Every enforced rule that objects, in check order; the first gives the wire code.
    public let objections: [Objection]
    /// What rules in shadow mode would have said; they change nothing.
    public let shadowObjections: [Objection]
    /// The smallest set of edits that would pass; empty for a yes, nil where the sender alone cannot pass.
    public let remedies: [Remedy]?
    /// When the same send may pass unchanged: only a day whose messages or invitations are used up passes by waiting.
    public let retryAt: Instant?
    /// The sender's day before this send; nil when the sender is unknown.
    public let quota: QuotaState?
    /// When the message must disappear, defaults applied; nil when never, or when refused.
    public let expiresAt: Instant?

    init(
        policy: PolicyDigest, answer: Answer, objections: [Objection],
        shadowObjections: [Objection], remedies: [Remedy]?, retryAt: Instant?,
        quota: QuotaState?, expiresAt: Instant?
    ) {
        self.policy = policy
        self.answer = answer
        self.objections = objections
        self.shadowObjections = shadowObjections
        self.remedies = remedies
        self.retryAt = retryAt
        self.quota = quota
        self.expiresAt = expiresAt
    }
}

extension Decision {
    /// Whether another decision says the same of a send.
    ///
    /// What it advises, and what it tells of the sender's day, is left aside: later builds know to say more about that.
    public func agrees(with other: Decision) -> Bool {
        policy == other.policy && answer == other.answer && objections == other.objections
            && shadowObjections == other.shadowObjections && expiresAt == other.expiresAt
    }

    /// Where banned content stands, in the facts this decision was made on: what lists found whose rule objects.
    ///
    /// A list in shadow mode, or below its threshold, is none of the sender's business.
    public func found(in facts: Facts) -> [ContentHit] {
        let objecting = Set(objections.lazy.filter { $0.code == .bannedContent }.map(\.rule))
        guard !objecting.isEmpty else { return [] }
        return facts.send?.content.filter { objecting.contains(Rule.contentBanned($0.list)) } ?? []
    }
}

/// Policy's yes to one send, spent by settling it.
///
/// Only ``Policy/verdict(on:for:revision:at:)`` can make a permit, and a permit cannot be copied. A
/// message therefore leaves at most once for each yes, and the compiler says so before any test does.
public struct Permit: ~Copyable, Sendable {
    /// The draft the permit covers.
    public let draft: MessageGUID
    /// The revision that was judged; a draft saved since is not covered.
    public let revision: Int64
    /// The yes.
    public let decision: Decision

    init(draft: MessageGUID, revision: Int64, decision: Decision) {
        self.draft = draft
        self.revision = revision
        self.decision = decision
    }
}

/// A decision together with the permit it earned, if it earned one.
public enum Verdict: ~Copyable, Sendable {
    /// Nothing objects: here is the permit.
    case permitted(Permit)
    /// Nothing objects but a password is still to be checked.
    case passwordPending(Decision)
    /// Something objects.
    case refused(Decision)
}

extension Policy {
    /// Decides, and mints a permit when the answer is an unconditional yes.
    ///
    /// - Parameters:
    ///   - facts: What is known of the send.
    ///   - draft: The draft that was judged.
    ///   - revision: The revision of it that was judged.
    ///   - instant: When.
    /// - Returns: The permit, or the decision that withholds it.
    public func verdict(
        on facts: Facts, for draft: MessageGUID, revision: Int64, at instant: Instant
    ) -> Verdict {
        let decision = decide(facts, at: instant)
        switch decision.answer {
        case .allow:
            return .permitted(Permit(draft: draft, revision: revision, decision: decision))
        case .allowIfPasswordMatches: return .passwordPending(decision)
        case .refuse: return .refused(decision)
        }
    }
}

extension Permit {
    /// A permit nobody decided on, for tests of what comes after the decision.
    @_spi(Testing) public static func permitWithoutPolicyForTests(
        draft: MessageGUID, revision: Int64, decision: Decision
    ) -> Permit {
        Permit(draft: draft, revision: revision, decision: decision)
    }
}

extension Decision {
    /// A decision no policy made, for tests of what comes after it.
    @_spi(Testing) public static func decisionWithoutPolicyForTests(
        policy: PolicyDigest, answer: Answer = .allow, objections: [Objection] = [],
        quota: QuotaState? = nil, expiresAt: Instant? = nil
    ) -> Decision {
        Decision(
            policy: policy, answer: answer, objections: objections, shadowObjections: [],
            remedies: [], retryAt: nil, quota: quota, expiresAt: expiresAt)
    }
}
