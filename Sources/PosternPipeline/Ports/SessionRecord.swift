public import PosternModel

/// A session as the ledger has it.
public struct SessionRecord: Sendable, Equatable {
    /// The account it belongs to.
    public var account: AccountID
    /// The account's address.
    public var address: EmailAddress
    /// The account's group.
    public var group: String
    /// The account has been disabled.
    public var accountDisabled: Bool
    /// Logged out or withdrawn.
    public var revoked: Bool
    /// When it was last used, to the minute.
    public var lastSeen: Instant
    /// The account's handle.
    public var handle: Handle?
    /// It does not end for want of use: an API's key.
    public var lasting: Bool
    /// It lets its owner look and nothing more.
    public var readingOnly: Bool

    /// Makes a record.
    public init(
        account: AccountID, address: EmailAddress, group: String, accountDisabled: Bool,
        revoked: Bool, lastSeen: Instant, handle: Handle? = nil, lasting: Bool = false,
        readingOnly: Bool = false
    ) {
        self.account = account
        self.address = address
        self.group = group
        self.accountDisabled = accountDisabled
        self.revoked = revoked
        self.lastSeen = lastSeen
        self.handle = handle
        self.lasting = lasting
        self.readingOnly = readingOnly
    }
}
