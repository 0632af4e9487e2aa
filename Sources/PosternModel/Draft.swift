/// A message as its sender composed it, before and after it is sent.
public struct Draft: Sendable, Equatable {
    /// Its name.
    public var guid: MessageGUID
    /// The account that composed it.
    public var owner: AccountID
    /// New, or an answer to a parent.
    public var action: MessageAction
    /// The message it answers; nil exactly when `action` is ``MessageAction/new``.
    public var parent: MessageGUID?
    /// Addressees in the order given, duplicates kept.
    public var to: [EmailAddress]
    /// Addressees of copies.
    public var cc: [EmailAddress]
    /// Addressees of blind copies.
    public var bcc: [EmailAddress]
    /// The subject line.
    public var subject: String
    /// The text in `bodyFormat`.
    public var body: String
    /// How `body` is written.
    public var bodyFormat: BodyFormat
    /// What recipients may do, and who must prove a password.
    public var options: MessageOptions
    /// When it must disappear.
    public var expiry: Expiry
    /// Names of the files attached, as the sender gave them.
    public var attachmentNames: [String]
    /// Other texts its recipients are shown, beside subject and body.
    public var words: [String]
    /// Grows by one with every save; a send judged at one revision never settles another.
    public var revision: Int64

    /// Makes a draft of the given parts; everything not given is empty, or the contract's default.
    public init(
        guid: MessageGUID, owner: AccountID, action: MessageAction = .new,
        parent: MessageGUID? = nil, to: [EmailAddress] = [], cc: [EmailAddress] = [],
        bcc: [EmailAddress] = [], subject: String = "", body: String = "",
        bodyFormat: BodyFormat = .text, options: MessageOptions = MessageOptions(),
        expiry: Expiry = Expiry(), attachmentNames: [String] = [], words: [String] = [],
        revision: Int64 = 1
    ) {
        self.guid = guid
        self.owner = owner
        self.action = action
        self.parent = parent
        self.to = to
        self.cc = cc
        self.bcc = bcc
        self.subject = subject
        self.body = body
        self.bodyFormat = bodyFormat
        self.options = options
        self.expiry = expiry
        self.attachmentNames = attachmentNames
        self.words = words
        self.revision = revision
    }

    /// Every addressee once, in the order to, cc, bcc.
    public var distinctRecipients: [EmailAddress] {
        var seen: Set<EmailAddress> = []
        return (to + cc + bcc).filter { seen.insert($0).inserted }
    }
}

/// Whether a draft stands alone or answers a parent (the contract's `actionCode`).
public enum MessageAction: String, Sendable, Codable, CaseIterable {
    /// A message of its own.
    case new
    /// An answer to the parent's sender.
    case reply
    /// An answer to everyone the parent reached.
    case replyAll
    /// The parent passed on to others.
    case forward
}

/// How a body is written.
public enum BodyFormat: String, Sendable, Codable, CaseIterable {
    /// Plain text.
    case text
    /// HTML; banned words are looked for in what a reader would see.
    case html
}

/// What recipients may do with a message (the contract's `messageOptions`).
public struct MessageOptions: Sendable, Equatable, Codable {
    /// Recipients may forward it.
    public var allowForward: Bool
    /// Recipients may answer its sender.
    public var allowReply: Bool
    /// Recipients may answer everyone.
    public var allowReplyAll: Bool
    /// Reading is recorded.
    public var allowTracking: Bool
    /// Recipients may see who has read it.
    public var shareTracking: Bool
    /// Whether a password must be proved to read it.
    public var fyeoType: FYEOType

    /// The contract's defaults: everything allowed, no password.
    public init(
        allowForward: Bool = true, allowReply: Bool = true, allowReplyAll: Bool = true,
        allowTracking: Bool = true, shareTracking: Bool = true, fyeoType: FYEOType = .disabled
    ) {
        self.allowForward = allowForward
        self.allowReply = allowReply
        self.allowReplyAll = allowReplyAll
        self.allowTracking = allowTracking
        self.shareTracking = shareTracking
        self.fyeoType = fyeoType
    }
}

/// The "for your eyes only" kinds (`contracts/secure-messaging.md` section 5).
public enum FYEOType: String, Sendable, Codable, CaseIterable {
    /// No password.
    case disabled
    /// Each reader proves their own account password: the right is called Confidential.
    case accountPassword
    /// Readers prove a password made up for this message: the right is called FYEO.
    case uniquePassword
}

/// When a message must disappear; empty when its sender asked for nothing.
public struct Expiry: Sendable, Equatable, Codable {
    /// A fixed instant.
    public var date: Instant?
    /// The name of an expiry group the policy defines.
    public var group: String?

    /// Makes an expiry; both parts may be absent.
    public init(date: Instant? = nil, group: String? = nil) {
        self.date = date
        self.group = group
    }

    /// Whether the sender asked for anything at all.
    public var isSet: Bool { date != nil || group != nil }
}
