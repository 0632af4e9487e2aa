public import PosternModel

/// Who is asking: proof that a presented token was checked.
///
/// Only the corridor makes one.
public struct Principal: Sendable, Equatable {
    /// The account.
    public let account: AccountID
    /// Its address.
    public let address: EmailAddress
    /// Its group, as the ledger has it.
    public let group: String
    /// Its handle, without which it has no cell.
    public let handle: Handle?
    /// The token lets its owner look and nothing more.
    public let readingOnly: Bool
    /// An issuer vouches for them: the token is not one of Postern's own, and ends when the issuer says.
    public let isVouchedFor: Bool

    init(
        account: AccountID, address: EmailAddress, group: String, handle: Handle? = nil,
        readingOnly: Bool = false, isVouchedFor: Bool = false
    ) {
        self.account = account
        self.address = address
        self.group = group
        self.handle = handle
        self.readingOnly = readingOnly
        self.isVouchedFor = isVouchedFor
    }
}
