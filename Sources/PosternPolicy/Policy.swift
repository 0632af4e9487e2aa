public import PosternModel

/// A loaded policy: every rule a send is judged by. Once loaded it cannot fail.
public struct Policy: Sendable {
    /// The digest of the files it was loaded from.
    public let digest: PolicyDigest
    /// The keyword lists, for the scanner.
    public let keywordLists: [KeywordList]
    /// How many wrong passwords are put up with.
    public let attemptLimits: AttemptLimits

    /// Decides a send: pure, total, and the only evaluator there is.
    public func decide(_ facts: Facts, at instant: Instant) -> Decision {
        Decision(
            policy: digest, answer: .allow, objections: [], shadowObjections: [], remedies: [],
            retryAt: nil, quota: nil, expiresAt: nil)
    }

    /// The calendar day of the policy's time zone that an instant falls on.
    public func day(at instant: Instant) -> CalendarDay {
        CalendarDay(key: "", startsAt: instant, endsAt: instant)
    }

    /// What a sender of a group may use of a day.
    public func dailyLimits(for group: String) -> (messages: Int, invites: Int) { (0, 0) }

    /// Puts one recipient in a class, for a sender of a group.
    public func classify(_ recipient: RecipientRecord, for group: String) -> RecipientClass {
        RecipientClass(standing: recipient.standing, group: recipient.group)
    }
}

/// One day of the policy's time zone; 23 or 25 hours long when the clocks change.
public struct CalendarDay: Sendable, Equatable {
    /// `yyyy-MM-dd`: what quotas are counted under.
    public let key: String
    /// Its first instant.
    public let startsAt: Instant
    /// The first instant of the next day.
    public let endsAt: Instant
}

/// How many wrong passwords are put up with before a warning, a lock and the message's destruction.
public struct AttemptLimits: Sendable, Equatable {
    /// Wrong passwords by one principal against one message from which the refusal warns.
    public let warnAfter: Int
    /// Wrong passwords after which no more are evaluated, until an administrator unlocks.
    public let lockAfter: Int
    /// Wrong passwords of all principals together after which the message is destroyed; nil for never.
    public let burnAfter: Int?

    /// Makes limits.
    public init(warnAfter: Int, lockAfter: Int, burnAfter: Int?) {
        self.warnAfter = warnAfter
        self.lockAfter = lockAfter
        self.burnAfter = burnAfter
    }
}
