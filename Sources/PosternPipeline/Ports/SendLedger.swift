public import PosternCredentials
public import PosternModel
public import PosternPolicy

/// Makes decisions durable.
///
/// Every method returns only after its transaction is on disk, or throws after nothing of it is. Calls
/// wait for the writer without blocking a thread.
public protocol SendLedger: Sendable {
    /// Settles one permitted send: quota, claim of the draft, outbox rows and audit entry, or nothing.
    func settle(_ permit: consuming Permit, _ send: AcceptedSend) async throws(Fault) -> Settlement

    /// Puts one permitted send off to its time: the message with its recipients frozen, and the audit entry, or nothing.
    ///
    /// Nothing is charged, invited or delivered before its time.
    func schedule(
        _ permit: consuming Permit, _ send: AcceptedSend, at due: Instant, in dialect: String,
        for wishes: ScheduledWishes
    ) async throws(Fault) -> Settlement

    /// Decides about a step of a cascade whose time has come, as things are now.
    ///
    /// One that waits on is put off, and one that never goes out is ended for good, with all after it. Nothing is written
    /// for one that goes out: settling it compares again.
    ///
    /// - Parameters:
    ///   - step: The step.
    ///   - now: When.
    ///   - entry: The audit entry of an end.
    /// - Returns: What was decided; nil when the step does not wait any more.
    /// - Throws: ``PosternModel/FaultCode/storageUnwritable``; nothing is changed then.
    func decideTurn(
        of step: MessageGUID, at now: Instant, recording entry: SealedEntry
    ) async throws(Fault) -> CascadeTurn.Verdict?

    /// Ends a message that was refused when its time came, for good.
    func refuseDue(
        _ message: MessageGUID, with code: RefusalCode, at now: Instant,
        recording entry: SealedEntry
    ) async throws(Fault)

    /// Records decisions that change nothing else: refusals, and summaries of what was not recorded one by one.
    func record(_ entry: SealedEntry) async throws(Fault)

    /// Reserves an attempt before the password is looked at, so that no race evaluates one too many.
    ///
    /// What comes of it is told by ``returnAttempt(_:by:)`` or ``countWrong(_:by:limits:recording:)``; a reservation
    /// of which nothing is heard for a minute counts as a wrong password.
    ///
    /// - Returns: The wrong passwords before, or nil when a limit was reached and nothing was reserved.
    /// - Throws: ``PosternModel/FaultCode/overloaded`` when the passwords being looked at would reach a limit if they
    ///   were all wrong; ``PosternModel/FaultCode/storageUnwritable``. Nothing is reserved then.
    func reserveAttempt(
        _ message: MessageGUID, by account: AccountID, limits: AttemptLimits, at now: Instant
    ) async throws(Fault) -> AttemptFacts?

    /// Gives a reserved attempt back: the password was right, or nobody looked at it.
    func returnAttempt(
        _ message: MessageGUID, by account: AccountID
    ) async throws(Fault)

    /// Counts a reserved attempt as a wrong password; the last one allowed locks, or destroys the message.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - account: Whose password it was.
    ///   - limits: What is allowed.
    ///   - entry: The audit entry of destroying the message, made when it comes to that.
    /// - Returns: The wrong passwords before this one.
    /// - Throws: ``PosternModel/FaultCode/storageUnwritable``; the attempt stays reserved then.
    func countWrong(
        _ message: MessageGUID, by account: AccountID, limits: AttemptLimits,
        recording entry: @escaping @Sendable () throws(Fault) -> SealedEntry
    ) async throws(Fault) -> AttemptFacts

    /// Replaces a password hash that was made with weaker parameters; `current` guards against a change since.
    func upgrade(
        _ current: PasswordHash, to improved: PasswordHash, of account: AccountID
    ) async throws(Fault)
}

/// What a message that waits for its time was wished for with.
public struct ScheduledWishes: Sendable, Equatable {
    /// Recipients are to be told by email.
    public var notifies: Bool
    /// Unknown recipients may be invited.
    public var invites: Bool

    /// Names wishes.
    public init(notifies: Bool, invites: Bool) {
        self.notifies = notifies
        self.invites = invites
    }
}

/// All that settling writes.
public struct AcceptedSend: Sendable {
    /// Who sends.
    public var principal: Principal
    /// The draft as it was judged.
    public var draft: Draft
    /// The recipients as they were judged; unknown ones become invited accounts.
    public var recipients: [RecipientRecord]
    /// Telephones and foreign cells it reaches.
    public var outsiders: [Outsider] = []
    /// What its targets stood for, to be frozen with it; nil when it has none, and when they were frozen before.
    public var targets: ResolvedTargets?
    /// It is composed in one go, and no draft is there to be claimed.
    public var composition: Composition?
    /// It waited for a time until now.
    public var wasScheduled = false
    /// It takes the place of the one before it in a cascade: what is left of that one is stopped as it leaves.
    public var takesPlace = false
    /// The messages that may take its place; nil for none.
    public var cascade: AcceptedCascade?
    /// The group of accounts that inviting makes: the policy's default.
    public var invitedGroup: String
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
    /// The key of the message's own password, under which its content is put; nil when it asks for none of its own.
    public var passwordKey: PasswordKey?
    /// What those must enter who have yet to come in; nil when nobody must.
    public var challenge: Challenge?
    /// When it was accepted.
    public var at: Instant
    /// When the message must disappear; nil for never.
    public var expiresAt: Instant?
    /// When it is erased: when it must disappear, or when the policy keeps it no longer; nil for never.
    public var erasedAt: Instant?
    /// The audit entry.
    public var entry: SealedEntry
}

/// A challenge code, and whom it is for.
public struct Challenge: Sendable {
    /// The code's hash.
    public var hash: PasswordHash
    /// The recipients that the sender's policy has challenged: unknown ones, or invited ones who have not come in.
    public var recipients: Set<EmailAddress>

    /// Joins both.
    public init(hash: PasswordHash, recipients: Set<EmailAddress>) {
        self.hash = hash
        self.recipients = recipients
    }
}

/// The later steps of a cascade, to be kept with its root.
public struct AcceptedCascade: Sendable {
    /// The steps in their order; never empty.
    public var steps: [Step]
    /// The dialect they are scheduled in.
    public var dialect: String
    /// What they are wished for with.
    public var wishes: ScheduledWishes

    /// One step, as it was judged.
    public struct Step: Sendable {
        /// What is to be sent.
        public var step: Cascade.Step
        /// What its targets stood for, to be frozen with it; nil when it has none.
        public var targets: ResolvedTargets?
        /// The audit entry of putting it off.
        public var entry: SealedEntry
    }
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
    /// On disk, as a new message of this number.
    case composed(Int64)
    /// There is a message of the new one's name; nothing was written.
    case nameTaken
    /// Another send of the same draft was first; its answer is this one's too.
    case alreadyAccepted(StoredAnswer)
    /// The day's messages or invitations were used up in between; nothing was written.
    case quotaChanged
    /// The draft was saved, recalled, stopped or deleted in between, or is not to leave any more; nothing was written.
    case draftChanged
}
