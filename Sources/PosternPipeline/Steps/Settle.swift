import PosternCredentials
import PosternModel
import PosternPolicy

extension SendPipeline {
    /// Spends a permit: one durable commit, then the answer; nil when the view was overtaken.
    func settle(
        _ walk: Walk, _ principal: Principal, _ facts: Facts, _ permit: consuming Permit,
        _ view: DraftView, _ cascade: AcceptedCascade?, _ proof: PasswordProof?
    ) async throws(Fault) -> SendOutcome? {
        let decision = permit.decision
        let draft = view.loaded.draft
        let limits = walk.policy.dailyLimits(for: principal.group, at: walk.now)
        let (answer, notification) = notificationAnswer(walk, principal, draft)
        let send = AcceptedSend(
            principal: principal, draft: draft, recipients: view.loaded.recipients,
            outsiders: view.loaded.outsiders, targets: view.loaded.targets,
            composition: walk.intent.composition, wasScheduled: view.loaded.dueAt != nil,
            takesPlace: view.loaded.turn != nil, cascade: cascade,
            invitedGroup: walk.policy.defaultGroup,
            day: view.day.key, messageLimit: limits.messages, inviteLimit: limits.invites,
            answer: answer, notification: notification,
            passwordKey: try await passwordKey(walk, draft),
            challenge: try await challenge(walk, principal, view.loaded.recipients),
            at: walk.now, expiresAt: decision.expiresAt,
            erasedAt: [
                decision.expiresAt,
                walk.policy.retention(for: principal.group).map { walk.now.advanced(by: $0) },
            ].compactMap(\.self).min(),
            entry: try entry(walk, principal, facts, decision, view.loaded))
        if let due = walk.later {
            return try await schedule(walk, permit, send, at: due)
        }
        let settlement = try await ports.ledger.settle(permit, send)
        switch settlement {
        case .accepted, .composed:
            if let proof, let upgrade = proof.upgrade, let current = proof.hash {
                // A lost upgrade costs nothing: the next right password makes it again.
                try? await ports.ledger.upgrade(current, to: upgrade, of: principal.account)
            }
            let stamp = DecisionStamp(
                decision: walk.decisionID, policy: decision.policy,
                quota: decision.quota?.after(inviting: send.invitations))
            return .accepted(
                Acceptance(
                    stamp: stamp, answer: answer, replayed: false,
                    receipt: receipt(settlement, send)))
        // The next view tells whether it is a repeat of what has just been sent.
        case .nameTaken where walk.intent.composition?.mayRepeat == true: return nil
        case .nameTaken: return try await obstruct(.messageTaken, walk, principal)
        case .alreadyAccepted(let first):
            let stamp = DecisionStamp(
                decision: first.decision, policy: decision.policy, quota: decision.quota)
            return .accepted(Acceptance(stamp: stamp, answer: first, replayed: true))
        case .quotaChanged, .draftChanged:
            // The next view tells what the draft, or the day, has become.
            return nil
        }
    }

    /// Puts a permitted send off.
    private func schedule(
        _ walk: Walk, _ permit: consuming Permit, _ send: AcceptedSend, at due: Instant
    ) async throws(Fault) -> SendOutcome? {
        let decision = permit.decision
        let settlement = try await ports.ledger.schedule(
            permit, send, at: due, in: walk.context.dialect,
            for: ScheduledWishes(
                notifies: walk.intent.sendEmailNotification, invites: walk.intent.inviteNewUsers))
        switch settlement {
        case .accepted, .composed:
            return .scheduled(
                Scheduling(
                    stamp: DecisionStamp(
                        decision: walk.decisionID, policy: decision.policy,
                        quota: decision.quota),
                    at: due, receipt: receipt(settlement, send)))
        case .nameTaken: return try await obstruct(.messageTaken, walk, send.principal)
        case .alreadyAccepted, .quotaChanged, .draftChanged: return nil
        }
    }

    /// What a client is told of a message that was composed in one go.
    private func receipt(_ settlement: Settlement, _ send: AcceptedSend) -> SendReceipt? {
        guard case .composed(let number) = settlement else { return nil }
        return SendReceipt(
            guid: send.draft.guid, number: number, at: send.at,
            recipients: send.targets?.recipients ?? [],
            unknownHandles: send.targets?.unknownHandles ?? [])
    }

    /// Answers a send of a message that has left before: the stored answer, uncharged.
    func answerAgain(
        _ walk: Walk, _ principal: Principal, _ answer: StoredAnswer, _ used: QuotaUse
    ) -> SendOutcome {
        let quota = walk.policy.quotaState(
            for: principal.group, messagesUsed: used.messages, invitesUsed: used.invites,
            at: walk.now)
        let stamp = DecisionStamp(
            decision: answer.decision, policy: walk.policy.digest, quota: quota)
        return .accepted(Acceptance(stamp: stamp, answer: answer, replayed: true))
    }

    /// The answer to store, and the email to send.
    private func notificationAnswer(
        _ walk: Walk, _ principal: Principal, _ draft: Draft
    ) -> (StoredAnswer, Notification?) {
        let sends = walk.intent.sendEmailNotification && options.relaysNotifications
        let formats = walk.intent.notificationFormats
        let rendered =
            sends || !formats.isEmpty
            ? options.notifications.notification(from: principal.address, of: draft.guid) : nil
        let answer = StoredAnswer(
            decision: walk.decisionID, notificationSent: sends,
            notificationText: formats.contains(.text) ? rendered?.text : nil,
            notificationHTML: formats.contains(.html) ? rendered?.html : nil)
        return (answer, sends ? rendered : nil)
    }

    /// The key that readers of an FYEO message will have to give, from the password it was sent with.
    private func passwordKey(_ walk: Walk, _ draft: Draft) async throws(Fault) -> PasswordKey? {
        guard draft.options.fyeoType == .uniquePassword, let password = walk.intent.password else {
            return nil
        }
        return try await ports.passwords.derive(password, for: ports.passwords.newLock())
    }

    /// The challenge, when a code came and somebody is challenged.
    private func challenge(
        _ walk: Walk, _ principal: Principal, _ recipients: [RecipientRecord]
    ) async throws(Fault) -> Challenge? {
        guard let code = walk.intent.challengeCode, !code.isEmpty else { return nil }
        let challenged = recipients.filter {
            walk.policy.classify($0, for: principal.group).challenged
        }
        guard !challenged.isEmpty else { return nil }
        return Challenge(
            hash: try await ports.passwords.hash(code),
            recipients: Set(challenged.map(\.address)))
    }
}

extension AcceptedSend {
    /// How many people nobody knew are invited by it.
    fileprivate var invitations: Int { recipients.count { $0.standing == .unknown } }
}

extension QuotaState {
    /// The day after one more message that invites so many.
    fileprivate func after(inviting invited: Int) -> QuotaState {
        var after = self
        after.remaining = max(0, remaining - 1)
        if let left = invites?.remaining { after.invites?.remaining = max(0, left - invited) }
        return after
    }
}
