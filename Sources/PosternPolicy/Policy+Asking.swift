public import PosternModel

extension Policy {
    /// The keyword lists that apply to senders of a group: the only ones worth looking for.
    public func keywordListIDs(for group: String) -> Set<String> { rules(for: group).keywordLists }

    /// A sender's day, after this much was used of it: what holds for them at the instant.
    public func quotaState(
        for group: String, messagesUsed: Int, invitesUsed: Int, at instant: Instant
    ) -> QuotaState {
        quotaState(
            for: rules(for: group), messagesUsed, invitesUsed, at: instant, on: day(at: instant))
    }

    func quotaState(
        for group: Shared<GroupRules>, _ messagesUsed: Int, _ invitesUsed: Int,
        at instant: Instant, on day: CalendarDay
    ) -> QuotaState {
        let limits = dailyLimits(for: group, at: instant)
        let messages = QuotaState.Allowance(limit: limits.messages, used: messagesUsed)
        return QuotaState(
            limit: messages.limit, remaining: messages.remaining,
            invites: QuotaState.Allowance(limit: limits.invites, used: invitesUsed),
            startedAt: day.startsAt, resetsAt: day.endsAt)
    }
}

// MARK: - What the rest of a message's life asks

extension Policy {
    /// What a client may be told of a group's values, exceptions and shadow mode aside.
    public func rights(for group: String) -> GroupRights { GroupRights(rules(for: group)) }

    /// What members of a group may attach.
    public func attachmentRules(for group: String) -> AttachmentRules {
        rules(for: group).attachments
    }

    /// Whether members of a group may take back what they sent.
    public func mayRecall(_ group: String) -> Bool { rules(for: group).recall }

    /// How long after sending a message of this group's members is erased whatever its expiry; nil for never.
    public func retention(for group: String) -> Duration? { rules(for: group).retention }

    /// Why a draft may not be saved with a kind of protection: the code ``decide(_:at:)`` would give for it
    /// (922 or 930), shadow mode and exceptions at the instant included; nil when it may.
    public func restrictsSaving(
        fyeo: FYEOType, for group: String, at instant: Instant
    ) -> RefusalCode? {
        var facts = SendFacts(group: group, recipients: RecipientFacts())
        facts.fyeo = fyeo
        return firstCode(of: [.fyeoRight, .confidentialRight], facts, at: instant)
    }

    /// Why an answer to a message may not even be begun: 915, 908 or 909 as ``decide(_:at:)`` would give
    /// them at the instant; nil when it may, and for a new message.
    ///
    /// Whether a reply reaches more people than it may (77) depends on its recipients, whom a draft does
    /// not have yet: a reply to all is judged here as the reply that it is at least.
    public func objectionToAnswering(
        _ action: MessageAction, parent: ParentFacts, group: String, at instant: Instant
    ) -> RefusalCode? {
        let facts = SendFacts(
            group: group, recipients: RecipientFacts(), action: action, parent: parent)
        return firstCode(
            of: [.messageRecalled, .replyAllowed, .forwardAllowed], facts, at: instant)
    }

    /// What some of the rules answer to facts that are not whole yet.
    private func firstCode(
        of rules: [Rule], _ facts: SendFacts, at instant: Instant
    ) -> RefusalCode? {
        findings(Question(facts, to: self, at: instant), of: rules).enforced.first?.code
    }
}
