/// What a client asks for besides a send, whatever language it asked in.
public struct OperationRequest: Sendable {
    /// The token the client showed, unchecked; nil when it showed none.
    public var credential: PresentedCredential?
    /// What is to be done.
    public var operation: Operation

    /// Makes a request.
    public init(credential: PresentedCredential? = nil, operation: Operation) {
        self.credential = credential
        self.operation = operation
    }
}

/// Everything in a message's life but its sending.
///
/// A name that is no GUID is nil here: what is not there and what cannot be there get one answer.
public enum Operation: Sendable {
    // MARK: sessions
    /// Open a session with an address and a password.
    case signIn(SignIn)
    /// Open a session with an authentication token.
    case signInByToken(Secret)
    /// End the session.
    case signOut
    /// Make a token that can open sessions for some days.
    case mintAuthenticationToken(days: Int)
    /// Withdraw one authentication token.
    case revokeAuthenticationToken(Secret)
    /// Withdraw all authentication tokens.
    case revokeAuthenticationTokens

    // MARK: what holds for the caller
    /// Who the caller is.
    case describeUser
    /// What is left of the caller's day.
    case describeQuotas
    /// What the policy in force lets the caller do.
    case describeRights

    // MARK: drafts
    /// Begin a draft.
    case createDraft(DraftBeginning)
    /// Replace what a draft says.
    case saveDraft(MessageGUID?, DraftContent)
    /// Add recipients to the draft the client knows by a name of its own.
    case addRecipients(
        externalID: String, to: [EmailAddress], cc: [EmailAddress], bcc: [EmailAddress])

    // MARK: attachments
    /// Announce files that will be uploaded in chunks.
    case reserveAttachments(MessageGUID?, [FilePlan])
    /// Take one chunk of a file.
    case storeChunk(AttachmentGUID?, number: Int, [UInt8])
    /// How far uploads have come.
    case describeUploads([AttachmentGUID?])
    /// Take a file off a draft.
    case removeAttachment(MessageGUID?, AttachmentGUID?)
    /// Attach a file the caller can read already.
    case linkAttachment(MessageGUID?, AttachmentGUID?, password: Secret?)
    /// What a file is.
    case describeAttachment(AttachmentGUID?)
    /// A file's content, or one chunk of it.
    case download(AttachmentGUID?, chunk: Int?, password: Secret?)

    // MARK: reading
    /// A message, with its body or without.
    case readMessage(MessageGUID?, withBody: Bool, password: Secret?)
    /// Messages by folder and other marks, a page at a time.
    case search(MessageSearch)
    /// Who has done what with messages, a page at a time.
    case searchTracking(TrackingSearch)
    /// Move to the trash; what is there already is deleted.
    case deleteMessage(MessageGUID?)
    /// Take a sent message back.
    case recall(MessageGUID?, Recalling)

    // MARK: what the caller keeps
    /// Keep labels.
    case labels(LabelOperation)
    /// Keep an address book.
    case contacts(ContactOperation)
    /// Keep lists of contacts.
    case contactLists(ContactListOperation)

    // MARK: messages on their way
    /// Compose, show and stop the caller's own messages.
    case dispatch(DispatchOperation)
    /// Show messages that were delivered to the caller, and note what they note on them.
    case incoming(IncomingOperation)
}

extension Operation {
    /// Whether it changes nothing but what is known of who read what, or ends the caller's own session.
    public var isReading: Bool {
        switch self {
        case .signOut, .describeUser, .describeQuotas, .describeRights, .describeUploads,
            .describeAttachment, .download, .readMessage, .search, .searchTracking:
            true
        case .labels(let operation): operation.isReading
        case .contacts(let operation): operation.isReading
        case .contactLists(let operation): operation.isReading
        case .dispatch(let operation): operation.isReading
        case .incoming(let operation): operation.isReading
        default: false
        }
    }

    /// The operation's name in logs, metrics and audit entries: a closed set of words.
    public var name: StaticString {
        switch self {
        case .signIn: "signIn"
        case .signInByToken: "signInByToken"
        case .signOut: "signOut"
        case .mintAuthenticationToken: "mintAuthenticationToken"
        case .revokeAuthenticationToken: "revokeAuthenticationToken"
        case .revokeAuthenticationTokens: "revokeAuthenticationTokens"
        case .describeUser: "describeUser"
        case .describeQuotas: "describeQuotas"
        case .describeRights: "describeRights"
        case .createDraft: "createDraft"
        case .saveDraft: "saveDraft"
        case .addRecipients: "addRecipients"
        case .reserveAttachments: "reserveAttachments"
        case .storeChunk: "storeChunk"
        case .describeUploads: "describeUploads"
        case .removeAttachment: "removeAttachment"
        case .linkAttachment: "linkAttachment"
        case .describeAttachment: "describeAttachment"
        case .download: "download"
        case .readMessage: "readMessage"
        case .search: "search"
        case .searchTracking: "searchTracking"
        case .deleteMessage: "deleteMessage"
        case .recall: "recall"
        case .labels(let operation): operation.name
        case .contacts(let operation): operation.name
        case .contactLists(let operation): operation.name
        case .dispatch(let operation): operation.name
        case .incoming(let operation): operation.name
        }
    }
}

/// An address and a password, as a client gave them.
public struct SignIn: Sendable {
    /// The address; nil when what was given is none, so that nobody can have it.
    public var address: EmailAddress?
    /// The password.
    public var password: Secret

    /// Makes a sign-in.
    public init(address: EmailAddress?, password: Secret) {
        self.address = address
        self.password = password
    }
}

/// How a draft begins.
public struct DraftBeginning: Sendable {
    /// New, or an answer.
    public var action: MessageAction
    /// The message to answer, as it was named: absent, unreadable or a GUID.
    public var parent: NamedMessage
    /// The parent's password.
    public var password: Secret?
    /// The client's own name for the draft.
    public var externalID: String?

    /// Makes a beginning.
    public init(
        action: MessageAction, parent: NamedMessage = .absent, password: Secret? = nil,
        externalID: String? = nil
    ) {
        self.action = action
        self.parent = parent
        self.password = password
        self.externalID = externalID
    }

    /// A message that may have been named.
    public enum NamedMessage: Sendable, Equatable {
        /// Nothing was named.
        case absent
        /// What was named is no GUID.
        case malformed
        /// A message's name.
        case named(MessageGUID)
    }
}

/// All that a save says; what a client leaves out is empty, or the contract's default.
public struct DraftContent: Sendable, Equatable {
    /// Addressees in the order given.
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
    /// What recipients may do.
    public var options: MessageOptions
    /// When it must disappear.
    public var expiry: Expiry
    /// Whom it reaches besides, in the order given.
    public var targets: [Target]
    /// It makes a request, which each recipient may answer once.
    public var isRequest: Bool
    /// What a dialect keeps with it.
    public var annex: Annex?

    /// Makes content.
    public init(
        to: [EmailAddress] = [], cc: [EmailAddress] = [], bcc: [EmailAddress] = [],
        subject: String = "", body: String = "", bodyFormat: BodyFormat = .text,
        options: MessageOptions = MessageOptions(), expiry: Expiry = Expiry(),
        targets: [Target] = [], isRequest: Bool = false, annex: Annex? = nil
    ) {
        self.to = to
        self.cc = cc
        self.bcc = bcc
        self.subject = subject
        self.body = body
        self.bodyFormat = bodyFormat
        self.options = options
        self.expiry = expiry
        self.targets = targets
        self.isRequest = isRequest
        self.annex = annex
    }
}

/// A file that will be uploaded.
public struct FilePlan: Sendable, Equatable {
    /// Its name, as the client gave it.
    public var name: String
    /// Its size in bytes.
    public var size: Int64

    /// Makes a plan.
    public init(name: String, size: Int64) {
        self.name = name
        self.size = size
    }
}

/// How a message is taken back.
public struct Recalling: Sendable, Equatable {
    /// What recipients are told; empty for nothing.
    public var reason: String
    /// The recipients it is taken back from; nil for all of them.
    public var recipients: [EmailAddress]?
    /// Attached files are taken back with it.
    public var withAttachments: Bool

    /// Makes a recall.
    public init(
        reason: String = "", recipients: [EmailAddress]? = nil, withAttachments: Bool = true
    ) {
        self.reason = reason
        self.recipients = recipients
        self.withAttachments = withAttachments
    }
}

/// Where a message lies, as its reader sees it.
public enum MessageFolder: String, Sendable, CaseIterable {
    /// Being composed.
    case draft
    /// Received.
    case inbox
    /// Sent.
    case sent
    /// Thrown away, not deleted yet.
    case trash
}

/// Which messages are looked for.
public struct MessageSearch: Sendable, Equatable {
    /// The page, from 1.
    public var page: Int
    /// Messages a page, from 1.
    public var pageSize: Int
    /// The folders to look in.
    public var folders: Set<MessageFolder>
    /// A part of the subject, or of an address or name of somebody it is from or to; empty for any.
    public var text: String
    /// Only these messages; empty for any.
    public var messages: [MessageGUID]
    /// Only from one of these; empty for anybody.
    public var senders: [AccountID]
    /// Only to one of these; empty for anybody.
    public var recipients: [AccountID]
    /// Only with one of these labels; empty for any.
    public var labels: [LabelGUID]
    /// The oldest first, in place of the newest.
    public var oldestFirst: Bool

    /// Looks for everything, newest first.
    public init(
        page: Int = 1, pageSize: Int = 25,
        folders: Set<MessageFolder> = Set(MessageFolder.allCases),
        text: String = "", messages: [MessageGUID] = [], senders: [AccountID] = [],
        recipients: [AccountID] = [], labels: [LabelGUID] = [], oldestFirst: Bool = false
    ) {
        self.page = page
        self.pageSize = pageSize
        self.folders = folders
        self.text = text
        self.messages = messages
        self.senders = senders
        self.recipients = recipients
        self.labels = labels
        self.oldestFirst = oldestFirst
    }

    /// How many come before the page; the largest number there is for a page beyond all counting.
    public var offset: Int { pageOffset(page, pageSize) }
}

func pageOffset(_ page: Int, _ size: Int) -> Int {
    let (product, overflow) = (max(1, page) - 1).multipliedReportingOverflow(by: max(0, size))
    return overflow ? .max : product
}

/// Which events of which messages are looked for.
public struct TrackingSearch: Sendable, Equatable {
    /// The page, from 1.
    public var page: Int
    /// Events a page, from 1.
    public var pageSize: Int
    /// Only events of these messages; empty for the thousand the caller sent last.
    public var messages: [MessageGUID]
    /// Only events of these kinds; empty for all.
    public var kinds: Set<TrackingEvent.Kind>
    /// Only after this instant.
    public var after: Instant?
    /// Only before this instant.
    public var before: Instant?

    /// Looks for everything, newest first.
    public init(
        page: Int = 1, pageSize: Int = 25, messages: [MessageGUID] = [],
        kinds: Set<TrackingEvent.Kind> = [], after: Instant? = nil, before: Instant? = nil
    ) {
        self.page = page
        self.pageSize = pageSize
        self.messages = messages
        self.kinds = kinds
        self.after = after
        self.before = before
    }

    /// How many come before the page; the largest number there is for a page beyond all counting.
    public var offset: Int { pageOffset(page, pageSize) }
}
