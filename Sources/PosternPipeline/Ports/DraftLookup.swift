public import PosternCredentials
public import PosternModel
public import PosternPolicy

/// What looking for a draft found.
public enum DraftLookup: Sendable {
    /// No such draft.
    case missing
    /// Somebody else's.
    case foreign
    /// Sent before, and not recalled since; here is what was answered.
    case sent(StoredAnswer, QuotaUse)
    /// A draft that can be judged, or a message that was recalled: policy says what that means.
    case found(LoadedDraft)
}

/// What a sender has used of their day.
public struct QuotaUse: Sendable, Equatable {
    /// Messages accepted.
    public var messages: Int
    /// Invitations made.
    public var invites: Int
    /// Makes counts.
    public init(messages: Int, invites: Int) {
        self.messages = messages
        self.invites = invites
    }
}

/// A draft and all that surrounds it, read in one transaction.
public struct LoadedDraft: Sendable {
    /// The draft.
    public var draft: Draft
    /// It has been recalled.
    public var recalled: Bool
    /// The message it answers; nil for a new message, or when the parent is gone.
    public var parent: ParentRecord?
    /// Every distinct recipient, in the draft's order.
    public var recipients: [RecipientRecord]
    /// What the sender has used of the day.
    public var used: QuotaUse
    /// Wrong passwords counted so far.
    public var attempts: AttemptFacts
    /// The PHC string a given password must match: the sender's own for Confidential, the message's for an
    /// FYEO draft that already has one; nil when there is nothing to compare with.
    public var passwordHash: PasswordHash?
    /// Some of a file that is attached has not arrived yet.
    public var uploadsPending: Bool

    /// Makes a view.
    public init(
        draft: Draft, recalled: Bool, parent: ParentRecord?, recipients: [RecipientRecord],
        used: QuotaUse, attempts: AttemptFacts, passwordHash: PasswordHash?,
        uploadsPending: Bool = false
    ) {
        self.draft = draft
        self.recalled = recalled
        self.parent = parent
        self.recipients = recipients
        self.used = used
        self.attempts = attempts
        self.passwordHash = passwordHash
        self.uploadsPending = uploadsPending
    }
}

/// An answered message.
public struct ParentRecord: Sendable, Equatable {
    /// Its sender, as a recipient of the answer.
    public var sender: RecipientRecord
    /// It has been recalled.
    public var recalled: Bool
    /// What its sender allows.
    public var options: MessageOptions
    /// The answering sender was reached by blind copy.
    public var wasBlindCopied: Bool

    /// Makes a record.
    public init(
        sender: RecipientRecord, recalled: Bool, options: MessageOptions, wasBlindCopied: Bool
    ) {
        self.sender = sender
        self.recalled = recalled
        self.options = options
        self.wasBlindCopied = wasBlindCopied
    }
}
