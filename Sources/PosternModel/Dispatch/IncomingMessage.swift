/// A message as one it was delivered to sees it, whatever API it was sent by.
public struct IncomingMessage: Sendable, Equatable {
    /// Its number.
    public var number: Int64
    /// Its GUID.
    public var guid: MessageGUID
    /// The message it answers.
    public var parent: MessageGUID?
    /// Who sent it.
    public var sender: Person
    /// The sender's handle, where they have one.
    public var senderHandle: Handle?
    /// The other recipients its reader may know of.
    public var others: [Person]
    /// The subject line.
    public var subject: String
    /// How the body is written.
    public var bodyFormat: BodyFormat
    /// The body; nil when a password must be proved first, or the message was recalled.
    public var body: String?
    /// What the sender's dialect keeps with it.
    public var annex: Annex?
    /// When it was sent.
    public var sentAt: Instant
    /// When it was delivered.
    public var deliveredAt: Instant
    /// It has been read.
    public var isRead: Bool
    /// The reader's answer to a request.
    public var answer: Answer?

    /// A reader's answer to a request the message makes.
    public enum Answer: String, Sendable, CaseIterable {
        /// Yes.
        case approved
        /// No.
        case rejected
    }

    /// Makes a view.
    public init(
        number: Int64, guid: MessageGUID, parent: MessageGUID? = nil, sender: Person,
        senderHandle: Handle? = nil, others: [Person] = [], subject: String,
        bodyFormat: BodyFormat, body: String?, annex: Annex? = nil, sentAt: Instant,
        deliveredAt: Instant, isRead: Bool, answer: Answer? = nil
    ) {
        self.number = number
        self.guid = guid
        self.parent = parent
        self.sender = sender
        self.senderHandle = senderHandle
        self.others = others
        self.subject = subject
        self.bodyFormat = bodyFormat
        self.body = body
        self.annex = annex
        self.sentAt = sentAt
        self.deliveredAt = deliveredAt
        self.isRead = isRead
        self.answer = answer
    }
}

/// Which of the messages delivered to the caller are asked for; thrown away ones are left out.
public struct IncomingSearch: Sendable, Equatable {
    /// Which part of the list.
    public var window: Window
    /// Only those not read yet.
    public var unreadOnly: Bool
    /// The oldest first, in place of the newest.
    public var oldestFirst: Bool

    /// Asks for all, newest first.
    public init(window: Window = Window(), unreadOnly: Bool = false, oldestFirst: Bool = false) {
        self.window = window
        self.unreadOnly = unreadOnly
        self.oldestFirst = oldestFirst
    }
}

/// What a reader notes on a message delivered to them.
public enum IncomingMark: Sendable, Equatable {
    /// Read, or not read after all.
    case read(Bool)
    /// Answered a request, once and for all.
    case answered(IncomingMessage.Answer)
}
