/// What a group's members may do, as far as a client may be told.
///
/// These are the group's values as they are written. Rules in shadow mode and exceptions can let more
/// pass at an instant, never less; only ``Policy/decide(_:at:)`` knows.
public struct GroupRights: Sendable {
    private let rules: Shared<GroupRules>

    init(_ rules: Shared<GroupRules>) { self.rules = rules }

    /// They may protect a message with a password of its own.
    public var fyeo: Bool { rules.fyeo }
    /// They may protect a message with account passwords.
    public var confidential: Bool { rules.confidential }
    /// They may answer a message's sender.
    public var reply: Bool { rules.reply }
    /// They may answer everyone a message reached.
    public var replyAll: Bool { rules.replyAll }
    /// They may pass messages on.
    public var forward: Bool { rules.forward }
    /// They may take back what they sent.
    public var recall: Bool { rules.recall }
    /// They may invite people who are not known here.
    public var inviting: Bool { rules.inviting }
    /// They may say when a message is to expire.
    public var expiryAllowed: Bool { rules.expiryAllowed }
    /// The shortest expiry they may ask for.
    public var expiryMinimum: Duration { rules.expiryMinimum }
    /// The longest expiry they may ask for; nil where there is no end to it.
    public var expiryMaximum: Duration? { rules.expiryMaximum }
    /// The expiry of a message whose sender asks for none; nil for never.
    public var expiryDefault: Duration? { rules.expiryDefault }
    /// How long after sending a message is erased whatever its expiry; nil for never.
    public var retention: Duration? { rules.retention }
    /// How many distinct recipients a message may have.
    public var recipientLimit: Int { rules.recipientLimit }
    /// How many messages they may send in a day.
    public var dailyMessages: Int { rules.dailyMessages }
    /// How many people they may invite in a day.
    public var dailyInvites: Int { rules.dailyInvites }
    /// Strangers they write to must be asked for a code first, unless exempt.
    public var challengeRequired: Bool { rules.challenge }
}
