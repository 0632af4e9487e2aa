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

extension SendPipeline {
    /// Checks the password that was given, after counting the attempt durably.
    ///
    /// INVARIANT: the attempt is on disk before the password is looked at, so that a thousand guesses at
    /// once against a limit of five evaluate five.
    func provePassword(
        _ walk: Walk, _ principal: Principal, _ loaded: LoadedDraft
    ) async throws(Fault) -> PasswordProof {
        let hash = loaded.passwordHash
        let before = try await ports.ledger.reserveAttempt(
            loaded.draft.guid, by: principal.account, limits: walk.policy.attemptLimits)
        guard let before else {
            return PasswordProof(
                hash: hash, fact: .attemptsUsedUp, attempts: loaded.attempts, upgrade: nil)
        }
        let password = walk.intent.password ?? Secret("")
        let check: PasswordCheck
        do { check = try await ports.passwords.check(password, against: hash) } catch {
            // Nobody looked at it: the checkers' queue was full, say.
            try? await ports.ledger.returnAttempt(loaded.draft.guid, by: principal.account)
            throw error
        }
        switch check {
        case .matched(let upgrade):
            return PasswordProof(hash: hash, fact: .matched, attempts: before, upgrade: upgrade)
        case .wrong:
            return PasswordProof(hash: hash, fact: .wrong, attempts: before, upgrade: nil)
        }
    }
}
