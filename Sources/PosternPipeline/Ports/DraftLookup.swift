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
    /// Stopped, or refused when its time came: it is never sent.
    case closed
    /// A name for a new message that another has already.
    case taken
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
    /// Telephones and foreign cells it reaches, each once, in order.
    public var outsiders: [Outsider]
    /// What its targets stand for; nil when it has none, and once they are frozen.
    public var targets: ResolvedTargets?
    /// The time it waits for.
    public var dueAt: Instant?
    /// What it is part of while it waits, and leaves with alone; nil for a message on its own.
    public var membership: Membership?

    /// Makes a view.
    public init(
        draft: Draft, recalled: Bool, parent: ParentRecord?, recipients: [RecipientRecord],
        used: QuotaUse, attempts: AttemptFacts, passwordHash: PasswordHash?,
        uploadsPending: Bool = false, outsiders: [Outsider] = [],
        targets: ResolvedTargets? = nil, dueAt: Instant? = nil, membership: Membership? = nil
    ) {
        self.draft = draft
        self.recalled = recalled
        self.parent = parent
        self.recipients = recipients
        self.used = used
        self.attempts = attempts
        self.passwordHash = passwordHash
        self.uploadsPending = uploadsPending
        self.outsiders = outsiders
        self.targets = targets
        self.dueAt = dueAt
        self.membership = membership
    }

    /// Everybody it reaches, each once, as text in order.
    var reached: [String] {
        recipients.map(\.address.description).sorted() + outsiders.map(\.description).sorted()
    }
}

/// What a message that waits is part of.
public enum Membership: Sendable, Equatable {
    /// A cascade; the root waits for a time alone, and has no turn.
    case cascade(step: Int, turn: CascadeTurn?)
    /// A dispatch, which has come so far.
    case dispatch(Dispatch.State)
}

/// What a message's targets stand for at one instant.
public struct ResolvedTargets: Sendable, Equatable {
    /// The most recipients a message with targets may have, To, Cc and Bcc included.
    public static let mostRecipients = 1000

    /// Whom they reach, each once, in the order of the targets; not all of them when they are ``tooMany``.
    public var recipients: [SendReceipt.Recipient] = []
    /// With those it has already, the message would have more than ``mostRecipients``.
    public var tooMany = false
    /// Contacts and lists that are not the sender's, or not any more.
    public var missing: [Target] = []
    /// Lists nobody is on.
    public var empty: [Target] = []
    /// Handles no account has.
    public var unknownHandles: [Handle] = []

    /// Stands for nobody.
    public init() {}

    /// The email addresses among them.
    public var emails: [EmailAddress] { recipients.compactMap(\.address.email) }
    /// The telephones and foreign cells among them.
    public var outsiders: [Outsider] { recipients.compactMap(\.address.outsider) }
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
