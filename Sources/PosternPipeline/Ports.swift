public import PosternCredentials
public import PosternModel
public import PosternPolicy

/// Who is asking: proof that a presented token was checked.
///
/// Only the corridor makes one.
public struct Principal: Sendable, Equatable {
    /// The account.
    public let account: AccountID
    /// Its address.
    public let address: EmailAddress
    /// Its group, as the ledger has it.
    public let group: String

    init(account: AccountID, address: EmailAddress, group: String) {
        self.account = account
        self.address = address
        self.group = group
    }
}

/// A session as the ledger has it.
public struct SessionRecord: Sendable, Equatable {
    /// The account it belongs to.
    public var account: AccountID
    /// The account's address.
    public var address: EmailAddress
    /// The account's group.
    public var group: String
    /// The account has been disabled.
    public var accountDisabled: Bool
    /// Logged out or withdrawn.
    public var revoked: Bool
    /// When it was last used, to the minute.
    public var lastSeen: Instant

    /// Makes a record.
    public init(
        account: AccountID, address: EmailAddress, group: String, accountDisabled: Bool,
        revoked: Bool, lastSeen: Instant
    ) {
        self.account = account
        self.address = address
        self.group = group
        self.accountDisabled = accountDisabled
        self.revoked = revoked
        self.lastSeen = lastSeen
    }
}

/// Looks sessions up.
///
/// Calls may block on a disk: never from an event loop.
public protocol SessionStore: Sendable {
    /// The session a token digest names; nil when there is none. The account's status is as of now.
    func session(_ token: TokenDigest) throws(Fault) -> SessionRecord?

    /// Remembers that a session was used, durably within a minute; never waits.
    func touch(_ token: TokenDigest, at instant: Instant)
}

/// Loads what a decision needs.
///
/// Calls may block on a disk: never from an event loop.
public protocol DraftStore: Sendable {
    /// One consistent view of a draft and all that surrounds it.
    ///
    /// - Parameters:
    ///   - guid: The draft.
    ///   - account: Who asks.
    ///   - day: The policy's day, as ``PosternPolicy/CalendarDay/key``.
    /// - Returns: What was found, as of one instant.
    /// - Throws: ``PosternModel/FaultCode/storageUnreadable``.
    func load(_ guid: MessageGUID, for account: AccountID, on day: String) throws(Fault)
        -> DraftLookup
}

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

    /// Makes a view.
    public init(
        draft: Draft, recalled: Bool, parent: ParentRecord?, recipients: [RecipientRecord],
        used: QuotaUse, attempts: AttemptFacts, passwordHash: PasswordHash?
    ) {
        self.draft = draft
        self.recalled = recalled
        self.parent = parent
        self.recipients = recipients
        self.used = used
        self.attempts = attempts
        self.passwordHash = passwordHash
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

/// Makes decisions durable.
///
/// Every method returns only after its transaction is on disk, or throws after nothing of it is. Calls
/// wait for the writer without blocking a thread.
public protocol SendLedger: Sendable {
    /// Settles one permitted send: quota, claim of the draft, outbox rows and audit entry, or nothing.
    func settle(_ permit: consuming Permit, _ send: AcceptedSend) async throws(Fault) -> Settlement

    /// Records decisions that change nothing else: refusals, and summaries of what was not recorded one by one.
    func record(_ entry: SealedEntry) async throws(Fault)

    /// Counts an attempt before the password is looked at, so that no race evaluates one too many.
    ///
    /// - Returns: The counts before this attempt, or nil when a limit was reached and nothing was counted.
    func reserveAttempt(
        _ message: MessageGUID, by account: AccountID, limits: AttemptLimits
    ) async throws(Fault) -> AttemptFacts?

    /// Replaces a password hash that was made with weaker parameters; `current` guards against a change since.
    func upgrade(
        _ current: PasswordHash, to improved: PasswordHash, of account: AccountID
    ) async throws(Fault)
}

/// All that settling writes.
public struct AcceptedSend: Sendable {
    /// Who sends.
    public var principal: Principal
    /// The draft as it was judged.
    public var draft: Draft
    /// The recipients as they were judged; unknown ones become invited accounts.
    public var recipients: [RecipientRecord]
    /// The policy's day the send is charged to.
    public var day: String
    /// Messages the day allows; the transaction compares again.
    public var messageLimit: Int
    /// Invitations the day allows; the transaction compares again.
    public var inviteLimit: Int
    /// The answer to store for repeats.
    public var answer: StoredAnswer
    /// The notification to send by email; nil when none is wanted.
    public var notification: Notification?
    /// The FYEO password's hash; nil when the message asks for none of its own.
    public var messagePasswordHash: PasswordHash?
    /// Hash of the challenge code invited recipients must enter; nil when none came.
    public var challengeHash: PasswordHash?
    /// The attempt reserved for this send was good: give it back.
    public var refundsAttempt: Bool
    /// When it was accepted.
    public var at: Instant
    /// When the message must disappear; nil for never.
    public var expiresAt: Instant?
    /// The audit entry.
    public var entry: SealedEntry
}

/// The email that tells recipients a message waits.
public struct Notification: Sendable, Equatable {
    /// Its subject.
    public var subject: String
    /// Its plain text.
    public var text: String
    /// Its HTML.
    public var html: String
    /// Makes a notification.
    public init(subject: String, text: String, html: String) {
        self.subject = subject
        self.text = text
        self.html = html
    }
}

/// How settling ended.
public enum Settlement: Sendable, Equatable {
    /// On disk.
    case accepted
    /// Another send of the same draft was first; its answer is this one's too.
    case alreadyAccepted(StoredAnswer)
    /// The day's messages or invitations were used up in between; nothing was written.
    case quotaChanged
    /// The draft was saved, recalled or deleted in between; nothing was written.
    case draftChanged
}

/// Hands new audit entries to whoever builds the tree.
///
/// Calls may block on a disk.
public protocol AuditEntrySource: Sendable {
    /// The leaves from an index on, in order and without gaps; at most `limit`.
    func leaves(from index: Int64, limit: Int) throws(Fault) -> [[UInt8]]

    /// How many entries are committed.
    func leafCount() throws(Fault) -> Int64
}

/// Says whether the files that must not change have not: asked by the writer before every commit.
public protocol LogGuard: Sendable {
    /// Throws when the audit log was removed, cut, replaced or rolled back, or cannot be written. A few
    /// system calls, no reads of file contents.
    func confirmIntact() throws(Fault)
}

/// The delivery core's work list.
///
/// Rows are handed out at least once: a courier that was told nothing must assume its row comes again.
public protocol Outbox: Sendable {
    /// One courier's rows that are due, oldest first; at most `limit`. A row handed out is not due again
    /// before `lease` has passed.
    ///
    /// Asked per courier, so that a backlog of one never stands before the rows of another.
    func due(
        _ courier: OutboxRow.Courier, at instant: Instant, limit: Int, lease: Duration
    ) async throws(Fault) -> [OutboxRow]

    /// Puts messages in mailboxes and settles their rows, in one transaction; a second time changes nothing.
    func deliverToMailboxes(_ rows: [OutboxRow], at instant: Instant) async throws(Fault)

    /// Settles rows whose notifications the relay took.
    func delivered(_ rows: [OutboxRow.ID], at instant: Instant) async throws(Fault)

    /// Puts a row off and counts one attempt; its lease ends.
    func delay(
        _ row: OutboxRow.ID, until instant: Instant, reason: String
    ) async throws(Fault)

    /// Gives a row up into a visible dead letter.
    func bury(_ row: OutboxRow.ID, reason: String, at instant: Instant) async throws(Fault)

    /// When one courier's next row falls due; nil when it has none.
    func nextDue(_ courier: OutboxRow.Courier) async throws(Fault) -> Instant?
}

/// One piece of delivery work.
public struct OutboxRow: Sendable, Equatable, Identifiable {
    /// Row number: also the idempotency key towards the outside, together with the message's name.
    public var id: Int64
    /// The accepted message.
    public var message: MessageGUID
    /// Who carries it.
    public var courier: Courier
    /// For whom.
    public var recipient: EmailAddress
    /// What to say; nil for a mailbox delivery.
    public var notification: Notification?
    /// How often it was tried before.
    public var attempts: Int
    /// When the message was accepted.
    public var acceptedAt: Instant

    /// Who carries a row.
    public enum Courier: String, Sendable, Codable, CaseIterable {
        /// Into the recipient's mailbox in Postern.
        case mailbox
        /// A notification through the mail relay.
        case smtp
    }

    /// Makes a row.
    public init(
        id: Int64, message: MessageGUID, courier: Courier, recipient: EmailAddress,
        notification: Notification?, attempts: Int, acceptedAt: Instant
    ) {
        self.id = id
        self.message = message
        self.courier = courier
        self.recipient = recipient
        self.notification = notification
        self.attempts = attempts
        self.acceptedAt = acceptedAt
    }
}
