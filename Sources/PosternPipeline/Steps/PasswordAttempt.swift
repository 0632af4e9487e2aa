import PosternModel
import PosternPolicy

/// How looking at a password ended.
enum PasswordAttempt<Proof> {
    /// It is right; `before` counts the wrong ones before it.
    case right(Proof, before: AttemptFacts)
    /// It is wrong; `before` counts the wrong ones before it.
    case wrong(before: AttemptFacts)
    /// It was not looked at, because the attempts are used up.
    case usedUp
}

/// Whose password is looked at, for which message, and what is left in the log if that destroys it.
struct Attempting: Sendable {
    let message: MessageGUID
    let principal: Principal
    let policy: Policy
    let context: RequestContext
    let now: Instant
    /// Who attempts it at what, as the entry commits to them.
    let openings: [Opening]

    /// The audit entry of a message destroyed by too many wrong passwords.
    func destruction() throws(Fault) -> SealedEntry {
        try SealedEntry(
            AuditEntry(
                kind: .erasure, id: .make(at: now), at: now, policy: policy.digest,
                dialect: context.dialect, request: context.request, count: 1,
                note: "a message was destroyed after too many wrong passwords"),
            subject: principal.account, openings: openings)
    }
}

extension SendLedger {
    /// Looks at a password once its attempt is reserved durably, and tells the ledger how that ended.
    ///
    /// INVARIANT: the attempt is on disk before the password is looked at, so that a thousand guesses at
    /// once against a limit of five evaluate five; only what was wrong, or never heard of again, counts.
    ///
    /// - Parameters:
    ///   - attempting: Whose password it is, and for which message.
    ///   - look: Looks; nil when the password is wrong.
    /// - Returns: How it ended.
    /// - Throws: What looking threw; a fault of the ledger's when the attempt or its end could not be written.
    func attempt<Proof>(
        _ attempting: Attempting, look: () async throws(Fault) -> Proof?
    ) async throws(Fault) -> PasswordAttempt<Proof> {
        let (message, account) = (attempting.message, attempting.principal.account)
        let limits = attempting.policy.attemptLimits
        let before = try await reserveAttempt(
            message, by: account, limits: limits, at: attempting.now)
        guard let before else { return .usedUp }
        let proof: Proof?
        do { proof = try await look() } catch {
            // Nobody looked at it: the checkers' queue was full, say.
            try? await returnAttempt(message, by: account)
            throw error
        }
        guard let proof else {
            return .wrong(
                before: try await countWrong(message, by: account, limits: limits) {
                    () throws(Fault) in try attempting.destruction()
                })
        }
        try await returnAttempt(message, by: account)
        return .right(proof, before: before)
    }
}
