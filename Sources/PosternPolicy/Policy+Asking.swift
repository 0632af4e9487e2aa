public import PosternModel

extension Policy {
    /// The keyword lists that apply to senders of a group: the only ones worth looking for.
    public func keywordListIDs(for group: String) -> Set<String> { rules(for: group).keywordLists }

    /// A sender's day, after this many messages.
    public func quotaState(
        for group: String, messagesUsed used: Int, at instant: Instant
    ) -> QuotaState {
        quotaState(for: group, messagesUsed: used, on: day(at: instant))
    }

    func quotaState(for group: String, messagesUsed used: Int, on day: CalendarDay) -> QuotaState {
        let limit = rules(for: group).dailyMessages
        return QuotaState(
            limit: limit, remaining: limit - min(limit, max(0, used)), startedAt: day.startsAt,
            resetsAt: day.endsAt)
    }
}
