import PosternModel

/// One send put to one policy at one instant: what every rule looks at.
struct Question {
    let policy: Policy
    let facts: SendFacts
    let group: Shared<GroupRules>
    let at: Instant

    init(_ facts: SendFacts, to policy: Policy, at instant: Instant) {
        self.policy = policy
        self.facts = facts
        self.at = instant
        group = policy.rules(for: facts.group)
    }

    /// What a rule says against the send: whole sentences for the sender, nil when it has nothing to say.
    ///
    /// Sentences carry numbers, never a keyword, an address or a name from the policy.
    func objection(of rule: Rule) -> String? {
        switch rule {
        case .sessionValid, .draftVisible: nil
        case .messageRecalled: recalled
        case .replyAllowed: reply
        case .replyAllAllowed: replyAll
        case .forwardAllowed: forward
        case .fyeoRight: fyeo
        case .confidentialRight: confidential
        case .expiryAllowed: expirySet
        case .expiryRange: expiryRange
        case .passwordGiven: passwordMissing
        case .recipientsPresent: nobody
        case .recipientsLimit: tooMany
        case .recipientsDisabled: disabled
        case .recipientsAllowed: notAllowed
        case .invitationsAllowed: invitations
        case .challengeSingle: challengeSingle
        case .challengeSeveral: challengeSeveral
        case .contentBanned: nil
        case .quotaDaily: quota
        case .passwordRight: passwordWrong
        }
    }
}

// MARK: - 915

extension Question {
    private var recalled: String? {
        if facts.recalled { return "This message has been recalled and cannot be sent." }
        if facts.action != .new, facts.parent?.recalled == true {
            return "The message this one answers has been recalled."
        }
        return nil
    }
}

// MARK: - 908, 77, 909: the parent's options and the group's rights

extension Question {
    /// An answer whose parent is gone has nobody's leave, whatever it would have said.
    private var reply: String? {
        guard facts.action == .reply || facts.action == .replyAll else { return nil }
        guard let parent = facts.parent else {
            return facts.action == .reply
                ? "The message this one replies to no longer exists." : nil
        }
        if !parent.allowReply {
            return "The sender of the original message does not allow replies."
        }
        if !group.reply { return "Your group may not reply to messages." }
        return nil
    }

    /// What counts is whom an answer reaches, not what it calls itself: a reply to more than the
    /// parent's sender is a reply to all, and one to the sender alone is not.
    private var replyAll: String? {
        guard facts.action == .reply || facts.action == .replyAll else { return nil }
        guard let parent = facts.parent else {
            return facts.action == .replyAll
                ? "The message this one replies to no longer exists." : nil
        }
        guard parent.recipientsBesidesSender > 0 else { return nil }
        let others = Quote.count(parent.recipientsBesidesSender, "recipient")
        if parent.wasBlindCopied {
            return
                "You received the original message by blind copy, so your reply may go to its sender only; it names \(others) besides."
        }
        if !parent.allowReplyAll {
            return
                "The sender of the original message allows replies to themselves only; this reply names \(others) besides."
        }
        if !group.replyAll {
            return
                "Your group may reply to the sender of a message only; this reply names \(others) besides."
        }
        return nil
    }

    private var forward: String? {
        guard facts.action == .forward else { return nil }
        guard let parent = facts.parent else {
            return "The message to be forwarded no longer exists."
        }
        if !parent.allowForward {
            return "The sender of the original message does not allow forwarding."
        }
        return group.forward ? nil : "Your group may not forward messages."
    }
}

// MARK: - 922, 930, 51, 38: protection by password

extension Question {
    /// Whether the message promises that a password will be asked for.
    var asksForPassword: Bool { facts.fyeo != .disabled || facts.passwordMustMatch }

    private var fyeo: String? {
        facts.fyeo == .uniquePassword && !group.fyeo
            ? "Your group may not protect messages with a password of their own." : nil
    }

    private var confidential: String? {
        facts.fyeo == .accountPassword && !group.confidential
            ? "Your group may not protect messages with account passwords." : nil
    }

    private var passwordMissing: String? {
        asksForPassword && !facts.passwordGiven
            ? "This message is protected by a password, and none was given." : nil
    }

    private var passwordWrong: String? {
        switch facts.password {
        case .notEvaluated, .matched: return nil
        case .attemptsUsedUp:
            return
                "The password was not checked: too many wrong ones were given before. An administrator can unlock it."
        case .wrong:
            if destroysMessage {
                return "The password is wrong. It was one too many: the message has been destroyed."
            }
            if wasLastAttempt {
                return
                    "The password is wrong. No more attempts will be checked until an administrator unlocks them."
            }
            let limits = policy.attemptLimits
            guard wrongPasswords >= limits.warnAfter else { return "The password is wrong." }
            return
                "The password is wrong. \(Quote.count(limits.lockAfter - wrongPasswords, "more attempt")) will be checked."
        }
    }

    /// Whether this wrong password was the last one the message could bear.
    var destroysMessage: Bool {
        guard facts.password == .wrong, let burnAfter = policy.attemptLimits.burnAfter else {
            return false
        }
        return max(0, facts.attempts.message).saturatingAdd(1) >= burnAfter
    }

    /// Wrong passwords by the sender, this one included.
    private var wrongPasswords: Int { max(0, facts.attempts.principal).saturatingAdd(1) }

    /// Whether this wrong password was the last one to be looked at: not even the right one is taken now.
    var wasLastAttempt: Bool {
        facts.password == .wrong && wrongPasswords >= policy.attemptLimits.lockAfter
    }
}

// MARK: - 75, 76: expiry

extension Question {
    private var expirySet: String? {
        facts.expiry.isSet && !group.expiryAllowed
            ? "Your group may not set an expiry; messages expire as the policy says." : nil
    }

    private var expiryRange: String? {
        // Where an expiry may not be set, that says it all, unless it is not held against this sender.
        guard facts.expiry.isSet,
            group.expiryAllowed
                || !policy.applies(Rule.expiryAllowed.entry.id, to: group.name, at: at)
        else { return nil }
        if let name = facts.expiry.group {
            guard let duration = policy.expiryGroups[name] else {
                return "The expiry names a group that does not exist."
            }
            if duration < group.expiryMinimum { return tooSoon }
            if let maximum = group.expiryMaximum, duration > maximum { return tooLate(maximum) }
        }
        if let date = facts.expiry.date {
            if date <= at { return "The expiry lies in the past." }
            if date < at.advanced(by: group.expiryMinimum) { return tooSoon }
            if let maximum = group.expiryMaximum, date > at.advanced(by: maximum) {
                return tooLate(maximum)
            }
        }
        return nil
    }

    private var tooSoon: String {
        "The expiry is too soon: a message must last at least \(DurationText.spoken(group.expiryMinimum))."
    }

    private func tooLate(_ maximum: Duration) -> String {
        "The expiry is too far away: a message may last at most \(DurationText.spoken(maximum))."
    }

    /// When the message must disappear: the earlier of what was asked for, else the policy's default.
    var expiresAt: Instant? {
        let asked = facts.expiry.group.flatMap { policy.expiryGroups[$0] }.map(at.advanced(by:))
        switch (facts.expiry.date, asked) {
        case (let date?, let end?): return min(date, end)
        case (let date?, nil): return date
        case (nil, let end?): return end
        case (nil, nil): return group.expiryDefault.map(at.advanced(by:))
        }
    }
}

// MARK: - 74, 8871, 49, 30, 44, 45: recipients

extension Question {
    /// An empty list satisfies every rule about all recipients, and must not pass for that.
    private var nobody: String? {
        facts.recipients.distinct == 0
            ? "The message has no recipients; it needs at least one." : nil
    }

    private var tooMany: String? {
        let count = facts.recipients.distinct
        guard count > group.recipientLimit else { return nil }
        return
            "The message has \(Quote.count(count, "recipient")), and at most \(group.recipientLimit) \(group.recipientLimit == 1 ? "is" : "are") allowed."
    }

    private var disabled: String? {
        let count = facts.recipients.count { $0.standing == .disabled }
        guard count > 0 else { return nil }
        return count == 1
            ? "1 recipient has a disabled account." : "\(count) recipients have disabled accounts."
    }

    private var notAllowed: String? {
        func forbidden(_ isMeant: (RecipientStanding) -> Bool) -> Int {
            facts.recipients.count { isMeant($0.standing) && isForbidden($0) }
        }
        let people = forbidden { $0 != .phone && $0 != .cell }
        let phones = forbidden { $0 == .phone }
        let cells = forbidden { $0 == .cell }
        var sentences: [String] = []
        if people > 0 {
            sentences.append(
                "Your group may not write to \(Quote.count(people, "of the recipients", "of the recipients"))."
            )
        }
        if phones > 0 {
            sentences.append(
                group.phones.allowed
                    ? "Your group may not write to \(phones) of the telephone numbers."
                    : "Your group may not write to telephone numbers.")
        }
        if cells > 0 {
            sentences.append(
                group.cells.allowed
                    ? "Your group may not write to \(cells) of the cells of other units."
                    : "Your group may not write to cells of other units.")
        }
        return sentences.isEmpty ? nil : sentences.joined(separator: " ")
    }

    /// Whether recipients of a class may not be written to.
    func isForbidden(_ recipient: RecipientClass) -> Bool {
        policy.isForbidden(recipient, for: group)
    }

    private var invitations: String? {
        let unknown = facts.recipients.count { $0.standing == .unknown }
        guard unknown > 0 else { return nil }
        let people = unknown == 1 ? "1 recipient is" : "\(unknown) recipients are"
        if !group.inviting {
            return "\(people) not known here, and your group may not invite anyone."
        }
        if !facts.inviteAsked {
            return "\(people) not known here, and the message does not ask for them to be invited."
        }
        let refused = facts.recipients.count { isUninvitable($0) }
        if refused > 0 {
            return
                "\(refused == 1 ? "1 recipient is" : "\(refused) recipients are") not known here and may not be invited by your group."
        }
        if unknown > invitesLeft {
            return
                "The message would invite \(Quote.count(unknown, "person", "people")), and \(invitesLeft) of \(Quote.count(group.dailyInvites, "daily invitation")) \(invitesLeft == 1 ? "is" : "are") left."
        }
        return nil
    }

    /// Whether recipients of a class are unknown and must stay so, invitations left or not.
    func isUninvitable(_ recipient: RecipientClass) -> Bool {
        policy.isUninvitable(recipient, for: group, isAskedFor: facts.inviteAsked)
    }

    /// Invitations the day still has.
    var invitesLeft: Int {
        max(0, group.dailyInvites - min(group.dailyInvites, max(0, facts.invitesUsed)))
    }

    private var challenged: Int { facts.recipients.count(where: \.challenged) }

    private var challengeSingle: String? {
        challenged == 1 && !facts.challengeCodeGiven
            ? "1 recipient must be asked for a challenge code before reading, and none was given."
            : nil
    }

    private var challengeSeveral: String? {
        challenged > 1
            ? "\(challenged) recipients must be asked for a challenge code, and a message may have only one such recipient."
            : nil
    }
}

extension Policy {
    /// Whether a group may not write to recipients of a class who are known, or outside; whether the unknown may be
    /// written to is for the rule of invitations.
    func isForbidden(_ recipient: RecipientClass, for group: Shared<GroupRules>) -> Bool {
        switch recipient.standing {
        case .unknown: false
        // Whom a group may write to is said of people; those outside are in no group and nobody's contact.
        case .phone: !group.phones.allowed || !recipient.invitable
        case .cell: !group.cells.allowed || !recipient.invitable
        case .active, .pending, .disabled: !isWithinReach(recipient, of: group)
        }
    }

    /// Whether recipients of a class are unknown and must stay so, invitations left or not.
    func isUninvitable(
        _ recipient: RecipientClass, for group: Shared<GroupRules>, isAskedFor: Bool
    ) -> Bool {
        recipient.standing == .unknown
            && (!group.inviting || !isAskedFor || !recipient.invitable
                || !isWithinReach(recipient, of: group))
    }

    private func isWithinReach(
        _ recipient: RecipientClass, of group: Shared<GroupRules>
    ) -> Bool {
        guard case .some(let contacts, let groups) = group.mayWriteTo else { return true }
        if contacts && recipient.contact { return true }
        guard let name = recipient.group else { return false }
        return groups.contains(rules(for: name).name)
    }
}

// MARK: - 17: banned content

extension Question {
    /// What one keyword list says against the send.
    func objection(ofList list: String, threshold: Int) -> String? {
        var found = 0
        for hit in facts.content where hit.list == list {
            found = found.saturatingAdd(max(0, hit.distinct))
        }
        guard found >= threshold, group.keywordLists.contains(list) else { return nil }
        let fewer =
            threshold == 1 ? "none is allowed" : "fewer than \(threshold) are allowed"
        return
            "The subject, body or attachment names contain \(Quote.count(found, "banned term")), and \(fewer)."
    }
}

// MARK: - 28: daily quota

extension Question {
    private var quota: String? {
        guard facts.messagesUsed >= group.dailyMessages else { return nil }
        return group.dailyMessages == 0
            ? "Your group may not send messages."
            : "All \(Quote.count(group.dailyMessages, "message")) your group may send in a day have been sent."
    }
}
