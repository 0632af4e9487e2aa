public import PosternModel

extension Facts {
    /// The facts as they would be after some edits, made in order.
    ///
    /// Pure. Whom the group may not write to, and who cannot be invited, is the policy's to say, so it is
    /// asked. An edit that does not fit the facts changes nothing.
    ///
    /// - Parameters:
    ///   - remedies: The edits.
    ///   - policy: The policy that proposed them.
    /// - Returns: The facts after the edits.
    public func applying(_ remedies: [Remedy], under policy: Policy) -> Facts {
        var facts = self
        for remedy in remedies {
            if remedy == .signIn { facts.session = .valid }
            facts.send?.apply(remedy, under: policy)
        }
        return facts
    }
}

extension SendFacts {
    mutating func apply(_ remedy: Remedy, under policy: Policy) {
        let rules = policy.rules(for: group)
        let isAskedFor = inviteAsked
        func isForbidden(_ recipient: RecipientClass) -> Bool {
            policy.isForbidden(recipient, for: rules)
        }
        func isUninvitable(_ recipient: RecipientClass) -> Bool {
            policy.isUninvitable(recipient, for: rules, isAskedFor: isAskedFor)
        }
        switch remedy {
        case .signIn: break
        case .removeRecipients(let count): remove(count, [{ _ in true }])
        case .removeDisabledRecipients(let count): remove(count, [{ $0.standing == .disabled }])
        case .removeForbiddenRecipients(let count): remove(count, [isForbidden])
        case .removeUninvitableRecipients(let count):
            // Those who can never come first, then as many as the day's invitations are short of; those
            // who would have to be challenged before the others.
            remove(
                count,
                [
                    { isUninvitable($0) && $0.challenged }, isUninvitable,
                    { $0.standing == .unknown && $0.challenged }, { $0.standing == .unknown },
                ])
        case .removeChallengedRecipients(let count):
            // Those whom another rule would not let through either go first.
            remove(
                count,
                [
                    {
                        $0.challenged
                            && ($0.standing == .disabled || isForbidden($0) || isUninvitable($0))
                    }, { $0.challenged && $0.standing == .unknown }, { $0.challenged },
                ])
        case .askToInvite: inviteAsked = true
        case .giveChallengeCode: challengeCodeGiven = true
        case .addressOnlyTheParentsSender:
            parent?.recipientsBesidesSender = 0
            if var sender = parent?.sender {
                sender.count = 1
                recipients = RecipientFacts(to: 1, classes: [sender])
            }
        case .startNewMessage:
            action = .new
            parent = nil
        case .changeFYEO(let kind):
            fyeo = kind
            passwordMustMatch = false
            if kind == .disabled || password != .attemptsUsedUp { password = .notEvaluated }
        case .clearExpiry: expiry = Expiry()
        case .setExpiry(let notBefore, _): expiry = Expiry(date: notBefore)
        case .givePassword:
            passwordGiven = true
            if password != .attemptsUsedUp { password = .notEvaluated }
        case .correctPassword:
            if password != .attemptsUsedUp { password = .matched }
        case .removeBannedText(let lists): content.removeAll { lists.contains($0.list) }
        case .waitUntil:
            messagesUsed = 0
            invitesUsed = 0
        }
    }

    /// Takes recipients away, those of the first kind first.
    private mutating func remove(_ count: Int, _ kinds: [(RecipientClass) -> Bool]) {
        var left = max(0, count)
        for isOfKind in kinds {
            for index in recipients.classes.indices where isOfKind(recipients.classes[index]) {
                let taken = min(left, max(0, recipients.classes[index].count))
                recipients.classes[index].count -= taken
                left -= taken
            }
        }
        recipients.classes.removeAll { $0.count <= 0 }
        var removed = max(0, count) - left
        for list in [\RecipientFacts.to, \.cc, \.bcc] {
            let taken = min(removed, max(0, recipients[keyPath: list]))
            recipients[keyPath: list] -= taken
            removed -= taken
        }
        if let others = parent?.recipientsBesidesSender {
            parent?.recipientsBesidesSender = min(others, recipients.distinct)
        }
    }
}
