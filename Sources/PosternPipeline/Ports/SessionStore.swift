public import PosternCredentials
public import PosternModel

/// Looks sessions up.
///
/// Calls may block on a disk: never from an event loop.
public protocol SessionStore: Sendable {
    /// The session a token digest names; nil when there is none. The account's status is as of now.
    func session(_ token: TokenDigest) throws(Fault) -> SessionRecord?

    /// Remembers that a session was used, durably within a minute; never waits.
    func touch(_ token: TokenDigest, at instant: Instant)
}

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

    /// Makes a record.
    public init(
        account: AccountID, address: EmailAddress, group: String, accountDisabled: Bool,
        revoked: Bool, lastSeen: Instant
    ) {
        self.account = account
        self.address = address
        self.group = group
        self.accountDisabled = accountDisabled
        self.revoked = revoked
        self.lastSeen = lastSeen
    }
}
