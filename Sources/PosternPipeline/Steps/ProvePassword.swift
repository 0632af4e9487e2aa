public import PosternCredentials
public import PosternModel
import PosternPolicy

/// What checking a password showed, and what to remember of it.
struct PasswordProof: Sendable {
    /// The hash it was checked against; a draft whose hash changes is checked anew.
    let hash: PasswordHash?
    /// Right, wrong, or not looked at.
    let fact: PasswordFact
    /// Wrong passwords counted before this one.
    let attempts: AttemptFacts
    /// A stronger hash of the right password, where the stored one is weak.
    let upgrade: PasswordHash?
}

/// Checks and makes password hashes and keys, elsewhere than on the calling thread, in bounded number.
public protocol PasswordChecking: Sendable {
    /// Compares a password with a hash; without a hash it works as hard and answers wrong.
    func check(
        _ password: Secret, against hash: PasswordHash?
    ) async throws(Fault) -> PasswordCheck

    /// Hashes a new password.
    func hash(_ password: Secret) async throws(Fault) -> PasswordHash

    /// Derives the key that a password makes for a lock; a wrong password makes another key.
    func derive(_ password: Secret, for lock: PasswordLock) async throws(Fault) -> PasswordKey

    /// A new lock of the configured strength.
    func newLock() -> PasswordLock
}

extension PasswordChecker: PasswordChecking {}

extension PasswordCheck {
    /// Whether the password is the right one.
    var isMatch: Bool { if case .matched = self { true } else { false } }
}

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

/// A password that was right.
private struct RightPassword {
    let upgrade: PasswordHash?
}

extension SendPipeline {
    /// Checks the password that was given.
    func provePassword(
        _ walk: Walk, _ principal: Principal, _ loaded: LoadedDraft
    ) async throws(Fault) -> PasswordProof {
        let hash = loaded.passwordHash
        let password = walk.intent.password ?? Secret("")
        let attempt = try await ports.ledger.attempt(
            Attempting(
                message: loaded.draft.guid, principal: principal, policy: walk.policy,
                context: walk.context, now: walk.now,
                openings: openings(walk, principal, about: loaded.draft.guid))
        ) { () throws(Fault) -> RightPassword? in
            switch try await ports.passwords.check(password, against: hash) {
            case .matched(let upgrade): RightPassword(upgrade: upgrade)
            case .wrong: nil
            }
        }
        switch attempt {
        case .right(let right, let before):
            return PasswordProof(
                hash: hash, fact: .matched, attempts: before, upgrade: right.upgrade)
        case .wrong(let before):
            return PasswordProof(hash: hash, fact: .wrong, attempts: before, upgrade: nil)
        case .usedUp:
            return PasswordProof(
                hash: hash, fact: .attemptsUsedUp, attempts: loaded.attempts, upgrade: nil)
        }
    }
}
