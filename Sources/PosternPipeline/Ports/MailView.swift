public import PosternCredentials
public import PosternModel

/// The ledger as of one instant, with all of a message's life in it; good only within ``MailLedger/mailView(_:)``.
public protocol MailView: LedgerView, AddressBookView, DispatchView, InboxView {
    /// The account of an address; nil when there is none.
    func account(_ address: EmailAddress) throws(Fault) -> AccountRecord?

    /// The account an authentication token opens sessions for, and until when; nil for a token that is unknown or was
    /// withdrawn.
    func account(
        opening token: TokenDigest
    ) throws(Fault) -> (account: AccountRecord, until: Instant)?

    /// Who an account is.
    func profile(of account: AccountID) throws(Fault) -> ProfileRecord?

    /// A message as one reader sees it, without its body.
    ///
    /// - Returns: Nil when there is no such message, when it is not this reader's, or when it has expired.
    func message(
        _ guid: MessageGUID, for account: AccountID, at now: Instant
    ) throws(Fault) -> MessageRecord?

    /// Whether there is a message of this name that was sent and has not expired, whoever may read it.
    func isThere(_ guid: MessageGUID, at now: Instant) throws(Fault) -> Bool

    /// Whether a key is the one that opens a message with a ``MessageLock/unique(_:)``.
    func isOpened(_ guid: MessageGUID, by key: PasswordKey) throws(Fault) -> Bool

    /// A message's body.
    ///
    /// - Parameters:
    ///   - guid: A message that ``message(_:for:at:)`` has shown.
    ///   - key: The key its password gives; nil for a message without a ``MessageLock/unique(_:)``.
    /// - Returns: The text.
    /// - Throws: ``PosternModel/FaultCode/contentUnreadable`` when the key is not the one, or the text was changed.
    func body(of guid: MessageGUID, openedBy key: PasswordKey?) throws(Fault) -> String

    /// A page of messages.
    ///
    /// - Returns: Nil when the page holds more text than ``PosternModel/ListBound/textBytes``, and is more than one message.
    func search(
        _ search: MessageSearch, for account: AccountID, at now: Instant
    ) throws(Fault) -> Page<MessageView>?

    /// A page of what was done with messages this reader may know it of; nobody but the sender learns what those reached by
    /// blind copy did.
    func tracking(
        _ search: TrackingSearch, for account: AccountID, at now: Instant
    ) throws(Fault) -> Page<TrackingEvent>

    /// Files on their way into a draft of this account, in the order asked for; those that are not are left out.
    func uploads(_ guids: [AttachmentGUID], of account: AccountID) throws(Fault) -> [Upload]

    /// A file this reader can reach through some message; nil when there is none.
    func attachment(
        _ guid: AttachmentGUID, for account: AccountID, at now: Instant
    ) throws(Fault) -> AttachmentRecord?

    /// A file's content, or one chunk's.
    ///
    /// - Parameters:
    ///   - record: What ``attachment(_:for:at:)`` has shown.
    ///   - chunk: The chunk, from 1; nil for the whole file.
    ///   - key: The key the message's password gives; nil where it has none.
    /// - Returns: The content, to be read piece by piece.
    /// - Throws: ``PosternModel/FaultCode/contentUnreadable`` when the key is not the one.
    func content(
        of record: AttachmentRecord, chunk: Int?, openedBy key: PasswordKey?
    ) throws(Fault) -> FileContent

    /// A reader's labels, by name.
    func labels(of account: AccountID) throws(Fault) -> [Label]
}

/// An account as signing in needs it.
public struct AccountRecord: Sendable {
    /// Whether the account can be used.
    public enum Standing: Sendable, Equatable {
        /// In use.
        case active
        /// Invited, not registered.
        case pending
        /// Switched off.
        case disabled
    }

    /// The account.
    public var account: AccountID
    /// Its address.
    public var address: EmailAddress
    /// Its group.
    public var group: String
    /// Whether it can be used.
    public var standing: Standing
    /// It was invited with a challenge its owner has not answered.
    public var challengeUnanswered: Bool
    /// The password; nil when it never had one.
    public var passwordHash: PasswordHash?
    /// When the password was set.
    public var passwordSetAt: Instant

    /// Makes a record.
    public init(
        account: AccountID, address: EmailAddress, group: String, standing: Standing,
        challengeUnanswered: Bool, passwordHash: PasswordHash?, passwordSetAt: Instant
    ) {
        self.account = account
        self.address = address
        self.group = group
        self.standing = standing
        self.challengeUnanswered = challengeUnanswered
        self.passwordHash = passwordHash
        self.passwordSetAt = passwordSetAt
    }
}

/// Who an account is.
public struct ProfileRecord: Sendable, Equatable {
    /// The person.
    public var person: Person
    /// When the account was made.
    public var since: Instant

    /// Makes a record.
    public init(person: Person, since: Instant) {
        self.person = person
        self.since = since
    }
}

/// A message as one reader sees it, and what stands between them and its body.
public struct MessageRecord: Sendable {
    /// What the reader sees; its body is nil.
    public var view: MessageView
    /// The reader composed it.
    public var isOwn: Bool
    /// It is still a draft.
    public var isDraft: Bool
    /// The reader has it by blind copy alone.
    public var isBlindCopy: Bool
    /// It has been taken back from this reader.
    public var isRecalled: Bool
    /// What must be proved to read it.
    public var lock: MessageLock

    /// Makes a record.
    public init(
        view: MessageView, isOwn: Bool, isDraft: Bool, isBlindCopy: Bool, isRecalled: Bool,
        lock: MessageLock
    ) {
        self.view = view
        self.isOwn = isOwn
        self.isDraft = isDraft
        self.isBlindCopy = isBlindCopy
        self.isRecalled = isRecalled
        self.lock = lock
    }
}

/// What must be proved to read a message.
public enum MessageLock: Sendable {
    /// Nothing.
    case none
    /// The reader's own account password; nil when they have none, so that nothing they give is right.
    case account(PasswordHash?)
    /// The message's password, from which the key is derived that opens it.
    case unique(PasswordLock)
    /// The message's password, of which only a hash is kept: messages that were loaded with a hash.
    case hash(PasswordHash)
}

/// A file as one reader can reach it.
public struct AttachmentRecord: Sendable {
    /// What the reader sees.
    public var view: AttachmentView
    /// The message the reader reaches it through.
    public var message: MessageGUID
    /// The reader composed that message.
    public var isOwn: Bool
    /// What must be proved to read that message.
    public var lock: MessageLock

    /// Makes a record.
    public init(view: AttachmentView, message: MessageGUID, isOwn: Bool, lock: MessageLock) {
        self.view = view
        self.message = message
        self.isOwn = isOwn
        self.lock = lock
    }
}
