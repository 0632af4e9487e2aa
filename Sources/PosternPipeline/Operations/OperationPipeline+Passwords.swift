import PosternCredentials
import PosternModel
import PosternPolicy

/// What proving a message's password showed.
enum LockProof: Sendable {
    /// It may be read; `key` opens it where it has a password of its own, and `wasAsked` says that it has one at all.
    case proved(key: PasswordKey?, wasAsked: Bool)
    /// It may not.
    case refused(OperationRefusal)
}

extension OperationPipeline {
    /// Checks the password a message asks for.
    ///
    /// `missing` is the code for nothing given.
    func prove(
        _ lock: MessageLock, of guid: MessageGUID, by password: Secret?,
        missing: RefusalCode = .passwordMissing, _ walk: OperationWalk, _ principal: Principal
    ) async throws(Fault) -> LockProof {
        if case .none = lock { return .proved(key: nil, wasAsked: false) }
        guard let password, !password.isEmpty else {
            return .refused(OperationRefusal(.send(missing)))
        }
        let attempt = try await ports.ledger.attempt(
            Attempting(
                message: guid, principal: principal, policy: walk.policy, context: walk.context,
                now: walk.now,
                openings: walk.openings(address: principal.address, about: [guid]))
        ) { () throws(Fault) -> OpenedLock? in try await look(at: password, for: lock, of: guid) }
        switch attempt {
        case .right(let opened, _): return .proved(key: opened.key, wasAsked: true)
        case .wrong(let before):
            return .refused(wrong(after: before, walk.policy.attemptLimits))
        case .usedUp:
            return .refused(
                OperationRefusal(
                    .send(.passwordWrong),
                    sentence:
                        "Too many wrong passwords were given; an administrator can unlock them."))
        }
    }

    /// A password that was right, and the key that it makes where the message has one of its own.
    private struct OpenedLock {
        var key: PasswordKey?
    }

    /// Looks at a password; nil when it is not the one.
    private func look(
        at password: Secret, for lock: MessageLock, of guid: MessageGUID
    ) async throws(Fault) -> OpenedLock? {
        switch lock {
        case .none: return OpenedLock()
        case .account(let hash):
            let check = try await ports.passwords.check(password, against: hash)
            return check.isMatch ? OpenedLock() : nil
        case .hash(let hash):
            let check = try await ports.passwords.check(password, against: hash)
            return check.isMatch ? OpenedLock() : nil
        case .unique(let lock):
            // A password too long for the library is no fault here: it is simply not the one.
            guard password.canBePassword else { return nil }
            let key = try await ports.passwords.derive(password, for: lock)
            let opens = try ports.ledger.mailView { view throws(Fault) in
                try view.isOpened(guid, by: key)
            }
            return opens ? OpenedLock(key: key) : nil
        }
    }

    /// A wrong password's refusal; from the policy's threshold on it says how many are left.
    private func wrong(after before: AttemptFacts, _ limits: AttemptLimits) -> OperationRefusal {
        if before.message + 1 >= limits.burnAfter ?? .max {
            return OperationRefusal(
                .send(.passwordWrong),
                sentence:
                    "The password is wrong. It was one too many: the message has been destroyed.")
        }
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
