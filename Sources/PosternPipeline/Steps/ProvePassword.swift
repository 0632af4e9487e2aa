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
