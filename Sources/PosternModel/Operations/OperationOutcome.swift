/// How an operation ended: with what was asked for, with a no, or without an answer.
public enum OperationOutcome: Sendable {
    /// Done.
    case done(OperationResult, OperationStamp)
    /// It may not be.
    case refused(OperationRefusal, OperationStamp)
    /// Postern could not finish.
    case failed(Failure)
}

extension OperationOutcome {
    /// The decision's name, which the reply carries.
    public var decision: DecisionID {
        switch self {
        case .done(_, let stamp), .refused(_, let stamp): stamp.decision
        case .failed(let failure): failure.decision
        }
    }
}

/// What every reply to an operation carries in its headers.
public struct OperationStamp: Sendable, Equatable {
    /// The decision's name.
    public var decision: DecisionID
    /// The policy it was made by.
    public var policy: PolicyDigest
    /// When the same request may pass without any change, where a time is known.
    public var retryAt: Instant?

    /// Makes a stamp.
    public init(decision: DecisionID, policy: PolicyDigest, retryAt: Instant? = nil) {
        self.decision = decision
        self.policy = policy
        self.retryAt = retryAt
    }
}

/// What an operation gives back.
public enum OperationResult: Sendable {
    /// It is done, and there is nothing to tell.
    case done
    /// A session was opened.
    case session(token: Secret, user: AccountID)
    /// A token that opens sessions.
    case authenticationToken(Secret)
    /// Who the caller is.
    case user(UserProfile)
    /// What is left of the caller's day.
    case quotas(DayLeft)
    /// What the caller may do.
    case rights(GrantedRights)
    /// A draft was begun.
    case draft(MessageGUID)
    /// Uploads were announced.
    case uploads([Upload])
    /// A file.
    case attachment(AttachmentView)
    /// A file's content.
    case content(FileContent)
    /// A message.
    case message(MessageView)
    /// A page of messages.
    case messages(Page<MessageView>)
    /// A page of events.
    case tracking(Page<TrackingEvent>)
    /// One label.
    case label(Label)
    /// Labels.
    case labels([Label])
    /// One entry of the address book.
    case contact(Contact)
    /// A part of the address book.
    case contacts(Excerpt<Contact>)
    /// One list of contacts.
    case contactList(ContactList)
    /// A part of the caller's lists.
    case contactLists(Excerpt<ContactList>)
    /// One of the caller's own messages.
    case outgoing(OutgoingMessage)
    /// A part of the caller's own messages.
    case outgoings(Excerpt<OutgoingMessage>)
    /// How each message's stopping ended, in the order of the request.
    case stops([StopEnding])
    /// One message delivered to the caller.
    case incoming(IncomingMessage)
    /// A part of the messages delivered to the caller.
    case incomings(Excerpt<IncomingMessage>)
}

/// A person as a reader sees them.
public struct Person: Sendable, Equatable {
    /// Their address.
    public var address: EmailAddress
    /// Their name; empty when nobody knows it.
    public var name: String
    /// Their account; nil when they have none.
    public var account: AccountID?

    /// Makes a person.
    public init(address: EmailAddress, name: String = "", account: AccountID? = nil) {
        self.address = address
        self.name = name
        self.account = account
    }
}

/// Who the caller is.
public struct UserProfile: Sendable, Equatable {
    /// The person.
    public var person: Person
    /// The policy's name of their group, as it holds.
    public var group: String
    /// When the account was made.
    public var since: Instant
    /// The group may invite people: the contract's "professional", in place of "guest".
    public var mayInvite: Bool

    /// Makes a profile.
    public init(person: Person, group: String, since: Instant, mayInvite: Bool) {
        self.person = person
        self.group = group
        self.since = since
        self.mayInvite = mayInvite
    }
}

/// What is left of the caller's day.
public struct DayLeft: Sendable, Equatable {
    /// Messages a day.
    public var messages: Int
    /// Messages left today.
    public var messagesLeft: Int
    /// Invitations a day.
    public var invites: Int
    /// Invitations left today.
    public var invitesLeft: Int

    /// Makes counts.
    public init(messages: Int, messagesLeft: Int, invites: Int, invitesLeft: Int) {
        self.messages = messages
        self.messagesLeft = messagesLeft
        self.invites = invites
        self.invitesLeft = invitesLeft
    }
}

/// What the policy in force lets the caller do: what clients show as switches.
public struct GrantedRights: Sendable, Equatable {
    /// Invite people who have no account.
    public var invite: Bool
    /// Reply.
    public var reply: Bool
    /// Reply to everyone.
    public var replyAll: Bool
    /// Forward.
    public var forward: Bool
    /// Take sent messages back.
    public var recall: Bool
    /// Protect messages with a password of their own.
    public var fyeo: Bool
    /// Protect messages with the account password.
    public var confidential: Bool
    /// Set an expiry.
    public var expiry: Bool
    /// The expiry a message gets that sets none.
    public var defaultExpiry: Duration?
    /// Messages are erased some time after they were sent.
    public var retention: Bool
    /// Invited people are challenged.
    public var challenge: Bool
    /// Attach files.
    public var attach: Bool
    /// The size of one attached file, in bytes.
    public var largestFile: Int64
    /// File name extensions that may not be attached, sorted.
    public var deniedTypes: [String]

    /// Names every right.
    public init(
        invite: Bool, reply: Bool, replyAll: Bool, forward: Bool, recall: Bool, fyeo: Bool,
        confidential: Bool, expiry: Bool, defaultExpiry: Duration?, retention: Bool,
        challenge: Bool, attach: Bool, largestFile: Int64, deniedTypes: [String]
    ) {
        self.invite = invite
        self.reply = reply
        self.replyAll = replyAll
        self.forward = forward
        self.recall = recall
        self.fyeo = fyeo
        self.confidential = confidential
        self.expiry = expiry
        self.defaultExpiry = defaultExpiry
        self.retention = retention
        self.challenge = challenge
        self.attach = attach
        self.largestFile = largestFile
        self.deniedTypes = deniedTypes
    }
}

/// One page of a longer list.
public struct Page<Item: Sendable>: Sendable {
    /// What is on it.
    public var items: [Item]
    /// Which it is, from 1.
    public var number: Int
    /// Items a page.
    public var size: Int
    /// Items on all pages.
    public var total: Int

    /// Makes a page.
    public init(items: [Item], number: Int, size: Int, total: Int) {
        self.items = items
        self.number = number
        self.size = size
        self.total = total
    }

    /// How many pages there are; 0 when there is nothing.
    public var count: Int {
        let (full, rest) = total.quotientAndRemainder(dividingBy: max(1, size))
        return full + (rest > 0 ? 1 : 0)
    }
}

/// A label a reader puts on messages.
public struct Label: Sendable, Equatable {
    /// Its name among labels.
    public var guid: LabelGUID
    /// Its name to people.
    public var name: String
    /// When it was made.
    public var createdAt: Instant

    /// Makes a label.
    public init(guid: LabelGUID, name: String, createdAt: Instant) {
        self.guid = guid
        self.name = name
        self.createdAt = createdAt
    }
}
