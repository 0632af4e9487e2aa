import PosternCredentials
import PosternModel
import PosternPolicy

/// What proving a message's password showed.
enum LockProof: Sendable {
    /// It may be read; `key` opens it where it has a password of its own, and `refunds` says that an attempt was counted.
    case proved(key: PasswordKey?, refunds: Bool)
    /// It may not.
    case refused(OperationRefusal)
}

extension OperationPipeline {
    /// Checks the password a message asks for, after counting the attempt durably.
    ///
    /// INVARIANT: the attempt is on disk before the password is looked at, so that a thousand guesses at once against a
    /// limit of five evaluate five. A proved one is given back when the reading is recorded.
    ///
    /// `missing` is the code for nothing given.
    func prove(
        _ lock: MessageLock, of guid: MessageGUID, by password: Secret?,
        missing: RefusalCode = .passwordMissing, _ walk: OperationWalk, _ principal: Principal
    ) async throws(Fault) -> LockProof {
        if case .none = lock { return .proved(key: nil, refunds: false) }
        guard let password, !password.isEmpty else {
            return .refused(OperationRefusal(.send(missing)))
        }
        let limits = walk.policy.attemptLimits
        let before = try await ports.ledger.reserveAttempt(
            guid, by: principal.account, limits: limits)
        guard let before else {
            return .refused(
                OperationRefusal(
                    .send(.passwordWrong),
                    sentence:
                        "Too many wrong passwords were given; an administrator can unlock them."))
        }
        do {
            let proof = try await look(at: password, for: lock, of: guid)
            return proof ?? .refused(wrong(after: before, limits))
        } catch {
            // Nobody looked at it: the queue was full, or the ledger could not be read.
            try? await ports.ledger.returnAttempt(guid, by: principal.account)
            throw error
        }
    }

    /// Looks at a password; nil when it is not the one.
    private func look(
        at password: Secret, for lock: MessageLock, of guid: MessageGUID
    ) async throws(Fault) -> LockProof? {
        let right = LockProof.proved(key: nil, refunds: true)
        switch lock {
        case .none: return right
        case .account(let hash):
            return try await ports.passwords.check(password, against: hash).isMatch ? right : nil
        case .hash(let hash):
            return try await ports.passwords.check(password, against: hash).isMatch ? right : nil
        case .unique(let lock):
            // A password too long for the library is no fault here: it is simply not the one.
            guard password.withExposed({ $0.utf8.count <= PasswordHasher.longestPassword }) else {
                return nil
            }
            let key = try await ports.passwords.derive(password, for: lock)
            let opens = try ports.ledger.mailView { view throws(Fault) in
                try view.isOpened(guid, by: key)
            }
            return opens ? .proved(key: key, refunds: true) : nil
        }
    }

    /// A wrong password's refusal; from the policy's threshold on it says how many are left.
    private func wrong(after before: AttemptFacts, _ limits: AttemptLimits) -> OperationRefusal {
        let used = before.principal + 1
        guard used >= limits.warnAfter else { return OperationRefusal(.send(.passwordWrong)) }
        let left = max(0, limits.lockAfter - used)
        return OperationRefusal(
            .send(.passwordWrong),
            sentence: left == 0
                ? "The password is wrong, and no more will be looked at until an administrator unlocks."
                : "The password is wrong. \(left) more will be looked at.")
    }
}

extension PasswordCheck {
    fileprivate var isMatch: Bool { if case .matched = self { true } else { false } }
}
