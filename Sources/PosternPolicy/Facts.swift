public import PosternModel

/// All that a decision rests on, and all that the audit log keeps of a send.
///
/// Message text, passwords, tokens and addresses never enter: recipients appear as counts by class. The
/// version grows whenever a field changes its meaning, so that old entries can be judged again as they were.
public struct Facts: Sendable, Equatable, Codable {
    /// The version this build writes.
    public static let currentVersion = 1

    /// The version these facts were written in.
    public var version: Int
    /// What the presented token proved.
    public var session: SessionFact
    /// What the named draft turned out to be; `notLookedFor` when the session is not valid.
    public var draft: DraftFact
    /// The send itself; nil unless the session is valid and the draft visible.
    public var send: SendFacts?

    /// Makes facts of the present version.
    public init(session: SessionFact, draft: DraftFact = .notLookedFor, send: SendFacts? = nil) {
        version = Self.currentVersion
        self.session = session
        self.draft = draft
        self.send = send
    }
}

/// What a presented token proved.
public enum SessionFact: String, Sendable, Codable, CaseIterable {
    /// A live session of an active account.
    case valid
    /// No token came.
    case absent
    /// Nobody was given this token.
    case unknown
    /// Idle for too long.
    case expired
    /// Logged out or withdrawn.
    case revoked
    /// The account has been disabled since.
    case accountDisabled
}

/// What the named draft turned out to be.
public enum DraftFact: String, Sendable, Codable, CaseIterable {
    /// The caller's own, and not yet sent.
    case visible
    /// There is none of that name.
    case missing
    /// Somebody else's.
    case foreign
    /// The name is not a GUID.
    case malformed
    /// The session was not valid, so nobody looked.
    case notLookedFor
}

/// The facts of a send by a known sender of a visible draft.
public struct SendFacts: Sendable, Equatable, Codable {
    /// The sender's group as the ledger has it; the policy says what an unknown name means.
    public var group: String
    /// The message has been recalled.
    public var recalled: Bool
    /// New or an answer.
    public var action: MessageAction
    /// What the parent allows; nil for a new message, and for an answer whose parent is gone.
    public var parent: ParentFacts?
    /// The protection asked for.
    public var fyeo: FYEOType
    /// The expiry asked for.
    public var expiry: Expiry
    /// A non-empty password came.
    public var passwordGiven: Bool
    /// What checking it showed.
    public var password: PasswordFact
    /// The password must match one on record, which the message keeps from an earlier attempt.
    ///
    /// An account password always must, whatever this says.
    public var passwordMustMatch: Bool
    /// Who is addressed.
    public var recipients: RecipientFacts
    /// The sender lets unknown recipients be invited.
    public var inviteAsked: Bool
    /// A non-empty challenge code came.
    public var challengeCodeGiven: Bool
    /// What the keyword lists found.
    public var content: [ContentHit]
    /// Messages the sender has had accepted today, in the policy's day.
    public var messagesUsed: Int
    /// Invitations the sender has used today.
    public var invitesUsed: Int
    /// Wrong passwords counted before this request.
    public var attempts: AttemptFacts

    /// Makes the facts of an ordinary new message; set what differs.
    public init(
        group: String, recipients: RecipientFacts, action: MessageAction = .new,
        parent: ParentFacts? = nil
    ) {
        self.group = group
        self.recipients = recipients
        self.action = action
        self.parent = parent
        recalled = false
        fyeo = .disabled
        expiry = Expiry()
        passwordGiven = false
        password = .notEvaluated
        passwordMustMatch = false
        inviteAsked = true
        challengeCodeGiven = false
        content = []
        messagesUsed = 0
        invitesUsed = 0
        attempts = AttemptFacts(message: 0, principal: 0)
    }
}

/// What the answered message allows.
public struct ParentFacts: Sendable, Equatable, Codable {
    /// It has been recalled.
    public var recalled: Bool
    /// Its sender allows replies.
    public var allowReply: Bool
    /// Its sender allows replies to all.
    public var allowReplyAll: Bool
    /// Its sender allows forwarding.
    public var allowForward: Bool
    /// The answering sender was reached by blind copy, and so may answer its sender only.
    public var wasBlindCopied: Bool
    /// How many of the answer's distinct recipients are not the parent's sender.
    public var recipientsBesidesSender: Int
    /// The class the parent's sender would be in as a recipient, count 1; nil when nobody looked.
    ///
    /// Only what a remedy proposes depends on it.
    public var sender: RecipientClass?

    /// Makes the facts of a parent.
    public init(
        recalled: Bool = false, allowReply: Bool = true, allowReplyAll: Bool = true,
        allowForward: Bool = true, wasBlindCopied: Bool = false, recipientsBesidesSender: Int = 0,
        sender: RecipientClass? = nil
    ) {
        self.sender = sender
        self.recalled = recalled
        self.allowReply = allowReply
        self.allowReplyAll = allowReplyAll
        self.allowForward = allowForward
        self.wasBlindCopied = wasBlindCopied
        self.recipientsBesidesSender = recipientsBesidesSender
    }
}

/// What checking a password showed.
public enum PasswordFact: String, Sendable, Codable, CaseIterable {
    /// Nobody checked: something else objects, none is needed, or this is a dry run.
    case notEvaluated
    /// It is right.
    case matched
    /// It is wrong.
    case wrong
    /// It was not looked at, because the attempts are used up.
    case attemptsUsedUp
}

/// Wrong passwords counted before a request.
public struct AttemptFacts: Sendable, Equatable, Codable {
    /// Against this message.
    public var message: Int
    /// By this principal, against any message.
    public var principal: Int

    /// Makes counts.
    public init(message: Int, principal: Int) {
        self.message = message
        self.principal = principal
    }
}

/// Who is addressed, as counts.
public struct RecipientFacts: Sendable, Equatable, Codable {
    /// How many addresses stand in To, duplicates counted.
    public var to: Int
    /// How many stand in Cc.
    public var cc: Int
    /// How many stand in Bcc.
    public var bcc: Int
    /// The distinct recipients by class; counts are positive and classes distinct.
    public var classes: [RecipientClass]

    /// Makes the facts.
    public init(to: Int = 0, cc: Int = 0, bcc: Int = 0, classes: [RecipientClass] = []) {
        self.to = to
        self.cc = cc
        self.bcc = bcc
        self.classes = classes
    }

    /// How many distinct recipients there are.
    public var distinct: Int { count { _ in true } }

    /// How many distinct recipients are in the classes asked for; stops at the largest number there is.
    func count(where isCounted: (RecipientClass) -> Bool) -> Int {
        classes.reduce(0) { sum, next in
            isCounted(next) ? sum.saturatingAdd(max(0, next.count)) : sum
        }
    }
}

/// Recipients that no rule tells apart.
public struct RecipientClass: Sendable, Equatable, Codable {
    /// Whether Postern knows them.
    public var standing: RecipientStanding
    /// Their group, as the ledger has it; nil for the unknown and for those outside.
    public var group: String?
    /// They are among the sender's contacts; never so for those outside.
    public var contact: Bool
    /// The policy lets this sender bring them in: its domain rules let them be invited, or its rules of telephones or
    /// cells let one be written to; true for those already known.
    public var invitable: Bool
    /// The policy wants them challenged (CRA) before they read.
    public var challenged: Bool
    /// How many there are.
    public var count: Int

    /// Makes a class.
    public init(
        standing: RecipientStanding, group: String?, contact: Bool = false,
        invitable: Bool = true, challenged: Bool = false, count: Int = 1
    ) {
        self.standing = standing
        self.group = group
        self.contact = contact
        self.invitable = invitable
        self.challenged = challenged
        self.count = count
    }
}

/// What a recipient is to Postern.
public enum RecipientStanding: String, Sendable, Codable, CaseIterable {
    /// An account in use.
    case active
    /// Invited, not yet registered.
    case pending
    /// An account that has been disabled.
    case disabled
    /// No account at all.
    case unknown
    /// A telephone: no account, and nothing to invite anyone to.
    case phone
    /// A cell of another unit: the same.
    case cell
}

/// One recipient as the ledger knows them, before the policy puts them in a class.
public struct RecipientRecord: Sendable, Equatable {
    /// Their address.
    public var address: EmailAddress
    /// Whether Postern knows them.
    public var standing: RecipientStanding
    /// Their group; nil for the unknown.
    public var group: String?
    /// They are among the sender's contacts.
    public var contact: Bool
    /// The sender is among theirs; for the ledger's own use, no rule looks at it.
    public var isContactOf: Bool
    /// They have answered a challenge before, or never had to.
    public var challengePassed: Bool

    /// Makes a record.
    public init(
        address: EmailAddress, standing: RecipientStanding, group: String? = nil,
        contact: Bool = false, isContactOf: Bool = false, challengePassed: Bool = false
    ) {
        self.address = address
        self.standing = standing
        self.group = group
        self.contact = contact
        self.isContactOf = isContactOf
        self.challengePassed = challengePassed
    }
}

extension Int {
    /// The sum, stopping at the ends of the range: facts from a log may hold any number.
    func saturatingAdd(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}
