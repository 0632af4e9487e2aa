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
    /// How its sender wrote the body.
    public var bodyFormat: BodyFormat
    /// The body, HTML as the text a reader sees: no more than was judged; nil when a password must be proved first, when the message was recalled, and when nobody asked for it.
    public var body: String?
    /// What the sender's dialect keeps with it.
    public var annex: Annex?
    /// When it was sent.
    public var sentAt: Instant
    /// When it was delivered.
    public var deliveredAt: Instant
    /// It has been read.
    public var isRead: Bool
    /// It makes a request, which its reader may answer once.
    public var isRequest: Bool
    /// The reader's answer to the request.
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
        deliveredAt: Instant, isRead: Bool, isRequest: Bool = false, answer: Answer? = nil
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
        self.isRequest = isRequest
        self.answer = answer
    }
}

/// Which of the messages delivered to the caller are asked for; thrown away ones are left out.
public struct IncomingSearch: Sendable, Equatable {
    /// Which part of the list.
    public var window: Window
    /// Only those that make a request, or only those that make none; nil for both.
    public var isRequest: Bool?
    /// Only those that were read, or only those that were not; nil for both.
    public var isRead: Bool?
    /// Only those with this answer; nil for any and none.
    public var answer: SoughtAnswer?
    /// Only these; empty for any.
    public var messages: [MessageGUID]
    /// Only from the account that has this handle; nil for anybody.
    public var sender: Handle?
    /// Only those whose subject is what each of these looks for.
    ///
    /// Of messages that are not named the newest alone are looked through, as many as the ledger opens for one list.
    public var subject: [TextMatch]
    /// With their bodies; without them none is read.
    public var withBodies: Bool
    /// The oldest first, in place of the newest.
    public var oldestFirst: Bool

    /// An answer, or none.
    public enum SoughtAnswer: String, Sendable, CaseIterable {
        /// None was given.
        case notGiven = "none"
        /// Yes.
        case approved
        /// No.
        case rejected
    }

    /// Asks for all, newest first.
    public init(
        window: Window = Window(), isRequest: Bool? = nil, isRead: Bool? = nil,
        answer: SoughtAnswer? = nil, messages: [MessageGUID] = [], sender: Handle? = nil,
        subject: [TextMatch] = [], withBodies: Bool = true, oldestFirst: Bool = false
    ) {
        self.window = window
        self.isRequest = isRequest
        self.isRead = isRead
        self.answer = answer
        self.messages = messages
        self.sender = sender
        self.subject = subject
        self.withBodies = withBodies
        self.oldestFirst = oldestFirst
    }
}

/// What a reader notes on a message delivered to them.
public enum IncomingMark: Sendable {
    /// Read, or not read after all; no request takes it.
    case read(Bool)
    /// Answered a request, once and for all, with what the answer does besides; nil for nothing.
    case answered(IncomingMessage.Answer, effect: AnswerEffect.Rule? = nil)
}
