public import PosternCredentials
public import PosternModel

/// What a load file asks for, checked as far as a file alone can be.
public struct LoadPlan: Sendable {
    /// A password as the file gives it.
    public enum Password: Sendable {
        /// To be hashed before it is stored.
        case plain(Secret)
        /// Hashed already.
        case hash(PasswordHash)
    }

    /// An account to make or to change.
    public struct Account: Sendable {
        /// Its address, by which it is found again.
        public var address: EmailAddress
        /// The person's name.
        public var name = ""
        /// The policy's name of its group.
        public var group: String
        /// `active`, `pending` or `disabled`.
        public var status = AccountStatus.active
        /// The account password; nil leaves the present one.
        public var password: Password?
        /// Addresses of its contacts; accounts in this file or in the ledger.
        public var contacts: [EmailAddress] = []
        /// The name clients of some APIs know it by; nil leaves the present one.
        public var handle: Handle?
        /// Entries of its address book; those it has besides stay.
        public var addressBook: [ContactContent] = []
        /// Lists of its contacts; those it has besides stay.
        public var lists: [List] = []
        /// Its sessions.
        public var tokens: [Token] = []
        /// It has answered a challenge, or never had to.
        public var challengePassed = false
        /// What it has used of a day.
        public var used: [String: (messages: Int, invites: Int)] = [:]
        /// Wrong passwords it has given, over all messages.
        public var attempts: Int?
        /// How long before loading its password was set.
        public var passwordAge = Duration.zero

        /// Makes an account with nothing but an address and a group.
        public init(address: EmailAddress, group: String) {
            self.address = address
            self.group = group
        }
    }

    /// A list of contacts to make or to change.
    public struct List: Sendable {
        /// Its name, by which it is found again.
        public var name: String
        /// Who is on it, and nobody else: addresses of the account's ``Account/addressBook``.
        public var members: [Address]

        /// Makes a list.
        public init(name: String, members: [Address]) {
            self.name = name
            self.members = members
        }
    }

    /// A session to make or to change.
    public struct Token: Sendable {
        /// The token's digest.
        public var digest: TokenDigest
        /// Logged out or withdrawn.
        public var revoked = false
        /// How long before loading it was last used.
        public var idle = Duration.zero
        /// It does not end for want of use.
        public var lasting = false
        /// It lets its owner look and nothing more.
        public var readingOnly = false

        /// Makes a session; unless told otherwise, one that was used just now.
        public init(
            digest: TokenDigest, revoked: Bool = false, idle: Duration = .zero,
            lasting: Bool = false, readingOnly: Bool = false
        ) {
            self.digest = digest
            self.revoked = revoked
            self.idle = idle
            self.lasting = lasting
            self.readingOnly = readingOnly
        }
    }

    /// A draft or a sent message to make or to change.
    public struct Message: Sendable {
        /// The draft; its owner is named by ``owner`` and filled in when loading.
        public var draft: Draft
        /// The account that composed it.
        public var owner: EmailAddress
        /// Sizes of the attached files in bytes, in the order of the draft's names.
        public var attachmentSizes: [Int64] = []
        /// It has been recalled.
        public var recalled = false
        /// It has been sent already: it may be answered, and its mailboxes hold it.
        public var sent = false
        /// The password its readers must prove.
        public var password: Password?
        /// Wrong passwords its owner has given against it.
        public var attempts: Int?

        /// It lies under its password's key once it is loaded.
        var isLockedWhenSent: Bool { sent && draft.options.fyeoType == .uniquePassword }

        /// Makes a draft.
        public init(draft: Draft, owner: EmailAddress) {
            self.draft = draft
            self.owner = owner
        }
    }

    /// The accounts, in file order.
    public var accounts: [Account] = []
    /// Drafts and sent messages, in file order.
    public var messages: [Message] = []
    /// Dispatches and whose they are, in file order.
    public var dispatches: [(plan: DispatchPlan, owner: EmailAddress)] = []

    /// Asks for nothing yet.
    public init() {}
}

/// Whether an account can be used.
public enum AccountStatus: String, Sendable, Codable, CaseIterable {
    /// In use.
    case active
    /// Invited, not yet registered.
    case pending
    /// Switched off.
    case disabled
}

/// What loading a file wrote.
public struct LoadReport: Sendable, Equatable, Codable {
    /// Accounts made or changed.
    public var accounts = 0
    /// Sessions made or changed.
    public var tokens = 0
    /// Contacts named.
    public var contacts = 0
    /// Entries of address books made or changed.
    public var addressBookEntries = 0
    /// Lists of contacts made or changed.
    public var lists = 0
    /// Drafts made or changed.
    public var drafts = 0
    /// Messages made as sent.
    public var sent = 0
    /// Dispatches made or changed.
    public var dispatches = 0
    /// Messages and dispatches left as they are, because they were sent, scheduled, stopped, destroyed or started since the
    /// file was written.
    public var untouched = 0

    /// Nothing yet.
    public init() {}
}
