/// How a send ended: with a yes, with a no, or without an answer.
public enum SendOutcome: Sendable {
    /// The message is accepted, or was accepted before and this is the stored answer.
    case accepted(Acceptance)
    /// A dry run that would be accepted.
    case wouldAccept(Preview)
    /// Put off to its time; it is judged again then.
    case scheduled(Scheduling)
    /// Policy says no.
    case refused(Refusal)
    /// Something stands in the way before any rule is asked.
    case obstructed(Obstruction)
    /// Postern could not finish.
    case failed(Failure)
}

extension SendOutcome {
    /// The decision's name, which the reply carries.
    public var decision: DecisionID {
        switch self {
        case .accepted(let acceptance): acceptance.stamp.decision
        case .wouldAccept(let preview): preview.stamp.decision
        case .scheduled(let scheduling): scheduling.stamp.decision
        case .refused(let refusal): refusal.stamp.decision
        case .obstructed(let obstruction): obstruction.stamp.decision
        case .failed(let failure): failure.decision
        }
    }
}

/// What every reply about a decision carries in its headers.
public struct DecisionStamp: Sendable, Equatable {
    /// The decision's name.
    public var decision: DecisionID
    /// The policy it was made by.
    public var policy: PolicyDigest
    /// The sender's day so far; nil when the sender is unknown.
    public var quota: QuotaState?

    /// Makes a stamp.
    public init(decision: DecisionID, policy: PolicyDigest, quota: QuotaState? = nil) {
        self.decision = decision
        self.policy = policy
        self.quota = quota
    }
}

/// A yes.
public struct Acceptance: Sendable, Equatable {
    /// What its headers say.
    public var stamp: DecisionStamp
    /// The stored answer; a repeat of the send gets the same.
    public var answer: StoredAnswer
    /// Whether this answer was stored by an earlier send of the same draft.
    public var replayed: Bool
    /// What became of a message that was composed and sent in one go; nil for a draft.
    public var receipt: SendReceipt?

    /// Makes a yes.
    public init(
        stamp: DecisionStamp, answer: StoredAnswer, replayed: Bool, receipt: SendReceipt? = nil
    ) {
        self.stamp = stamp
        self.answer = answer
        self.replayed = replayed
        self.receipt = receipt
    }
}

/// What became of a message that was composed and sent, or scheduled, in one go.
public struct SendReceipt: Sendable, Equatable {
    /// Its GUID.
    public var guid: MessageGUID
    /// Its number.
    public var number: Int64
    /// When it was accepted.
    public var at: Instant
    /// Its distinct recipients in the order of its targets.
    public var recipients: [Recipient]
    /// Handles nobody has, in the order of its targets.
    public var unknownHandles: [Handle]

    /// Somebody it is for.
    public struct Recipient: Sendable, Equatable {
        /// Where they are reached.
        public var address: Address
        /// Their handle, where they have one.
        public var handle: Handle?

        /// Names somebody.
        public init(address: Address, handle: Handle? = nil) {
            self.address = address
            self.handle = handle
        }
    }

    /// Makes a receipt.
    public init(
        guid: MessageGUID, number: Int64, at instant: Instant, recipients: [Recipient] = [],
        unknownHandles: [Handle] = []
    ) {
        self.guid = guid
        self.number = number
        at = instant
        self.recipients = recipients
        self.unknownHandles = unknownHandles
    }
}

/// A yes for later.
public struct Scheduling: Sendable, Equatable {
    /// What its headers say.
    public var stamp: DecisionStamp
    /// When it will be judged again, and sent.
    public var at: Instant
    /// What became of a message that was composed and scheduled in one go; nil for a draft.
    public var receipt: SendReceipt?

    /// Makes a yes for later.
    public init(stamp: DecisionStamp, at instant: Instant, receipt: SendReceipt? = nil) {
        self.stamp = stamp
        at = instant
        self.receipt = receipt
    }
}

/// Something that stands in the way of a send before any rule is asked.
public struct Obstruction: Sendable, Equatable {
    /// What its headers say.
    public var stamp: DecisionStamp
    /// What it is.
    public var refusal: OperationRefusal
    /// What the message lacks, where it lacks something.
    public var missing: Set<SendIntent.Requirement>

    /// Names an obstruction.
    public init(
        stamp: DecisionStamp, refusal: OperationRefusal,
        missing: Set<SendIntent.Requirement> = []
    ) {
        self.stamp = stamp
        self.refusal = refusal
        self.missing = missing
    }
}

/// The parts of an accepted send's answer that a repeat must get again.
public struct StoredAnswer: Sendable, Equatable, Codable {
    /// The decision that accepted the send.
    public var decision: DecisionID
    /// Whether Postern took it on itself to tell the recipients by email.
    public var notificationSent: Bool
    /// The notification as plain text, when asked for.
    public var notificationText: String?
    /// The notification as HTML, when asked for.
    public var notificationHTML: String?

    /// Makes an answer.
    public init(
        decision: DecisionID, notificationSent: Bool, notificationText: String? = nil,
        notificationHTML: String? = nil
    ) {
        self.decision = decision
        self.notificationSent = notificationSent
        self.notificationText = notificationText
        self.notificationHTML = notificationHTML
    }
}

/// A dry run's yes.
public struct Preview: Sendable, Equatable {
    /// What its headers say.
    public var stamp: DecisionStamp
    /// The send would be accepted only if its password is right, which a dry run does not find out.
    public var passwordRequired: Bool

    /// Makes a preview.
    public init(stamp: DecisionStamp, passwordRequired: Bool) {
        self.stamp = stamp
        self.passwordRequired = passwordRequired
    }
}

/// A no, with every reason.
public struct Refusal: Sendable, Equatable {
    /// What its headers say.
    public var stamp: DecisionStamp
    /// Every rule that objects, in check order; never empty.
    public var objections: [Objection]
    /// The smallest change that would pass; nil when the sender alone cannot make one.
    public var remedies: [Remedy]?
    /// When the same send may pass without any change, where a time is known.
    public var retryAt: Instant?
    /// Where banned content was found, in the sender's own text; empty unless that objects.
    public var found: [ContentHit]
    /// When the answer was made.
    public var at: Instant
    /// What is wrong with the token of a foreign cell; nil for all other refusals.
    public var cellToken: CellTokenProblem?

    /// The code clients compare with: the first objection's.
    public var code: RefusalCode { objections.first?.code ?? .sessionInvalid }

    /// Makes a no; `objections` must not be empty.
    public init(
        stamp: DecisionStamp, objections: [Objection], remedies: [Remedy]?,
        retryAt: Instant? = nil, found: [ContentHit] = [], at: Instant
    ) {
        self.stamp = stamp
        self.objections = objections
        self.remedies = remedies
        self.retryAt = retryAt
        self.found = found
        self.at = at
    }
}

/// No answer.
public struct Failure: Sendable, Equatable {
    /// The decision's name, under which the log tells more.
    public var decision: DecisionID
    /// The policy that was running.
    public var policy: PolicyDigest
    /// What happened.
    public var fault: Fault

    /// Makes a failure.
    public init(decision: DecisionID, policy: PolicyDigest, fault: Fault) {
        self.decision = decision
        self.policy = policy
        self.fault = fault
    }
}

/// One rule's no.
public struct Objection: Sendable, Equatable, Codable {
    /// The rule's id, for example `recipients.limit`.
    public var rule: RuleID
    /// The code it answers with.
    public var code: RefusalCode
    /// A whole sentence for the sender: what is wrong, with the numbers that apply.
    public var sentence: String

    /// Makes an objection.
    public init(rule: RuleID, code: RefusalCode, sentence: String) {
        self.rule = rule
        self.code = code
        self.sentence = sentence
    }
}

/// A rule's stable name, `area.what-it-guards`; keywords lists append their id, as in `content.banned.clinical-terms`.
public struct RuleID: RawRepresentable, Hashable, Sendable, Codable, ExpressibleByStringLiteral,
    CustomStringConvertible
{
    /// The name.
    public let rawValue: String
    /// Wraps a name.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Wraps a name written in source.
    public init(stringLiteral value: String) { rawValue = value }
    /// The name.
    public var description: String { rawValue }
    /// Reads one string.
    public init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(String.self)
    }
    /// Writes one string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

/// One edit a sender can make towards a message that passes.
public enum Remedy: Sendable, Equatable, Codable {
    /// Sign in again.
    case signIn
    /// Remove this many recipients, of any kind.
    case removeRecipients(count: Int)
    /// Remove the recipients whose accounts are disabled.
    case removeDisabledRecipients(count: Int)
    /// Remove the recipients the sender's group may not write to.
    case removeForbiddenRecipients(count: Int)
    /// Remove recipients who are unknown and cannot be invited.
    case removeUninvitableRecipients(count: Int)
    /// Remove recipients who would have to be challenged, down to the number given.
    case removeChallengedRecipients(count: Int)
    /// Ask for unknown recipients to be invited.
    case askToInvite
    /// Give a challenge code.
    case giveChallengeCode
    /// Address only the parent's sender.
    case addressOnlyTheParentsSender
    /// Start a message of its own instead of an answer.
    case startNewMessage
    /// Choose another kind of password protection, the strongest the sender may use.
    case changeFYEO(to: FYEOType)
    /// Take the expiry away.
    case clearExpiry
    /// Set an expiry between these instants.
    case setExpiry(notBefore: Instant, notAfter: Instant?)
    /// Give a password.
    case givePassword
    /// Give the right password.
    case correctPassword
    /// Take out what these lists found.
    case removeBannedText(lists: [String])
    /// Wait.
    case waitUntil(Instant)
}

/// A sender's day: what the quota headers say.
public struct QuotaState: Sendable, Equatable, Codable {
    /// Messages allowed each day; `Int.max` where nothing limits them.
    public var limit: Int
    /// Messages still allowed today, not below 0.
    public var remaining: Int
    /// The same of people who are invited; nil in entries made before it was told.
    public var invites: Allowance?
    /// When the next day of the policy's time zone begins.
    public var resetsAt: Instant
    /// When the present day of the policy's time zone began: days are 23 or 25 hours long at clock changes.
    public var startedAt: Instant

    /// What may be used of a day.
    public struct Allowance: Sendable, Equatable, Codable {
        /// How much each day; `Int.max` where nothing limits it.
        public var limit: Int
        /// How much is left of today, not below 0.
        public var remaining: Int

        /// What is left of a limit.
        public init(limit: Int, used: Int) {
            self.limit = limit
            remaining = limit - min(limit, max(0, used))
        }
    }

    /// Makes a state.
    public init(
        limit: Int, remaining: Int, invites: Allowance? = nil, startedAt: Instant,
        resetsAt: Instant
    ) {
        self.limit = limit
        self.remaining = remaining
        self.invites = invites
        self.startedAt = startedAt
        self.resetsAt = resetsAt
    }
}
