public import PosternModel

/// Who may sign in, and what becomes of wrong passwords.
public struct LoginRules: Sendable, Equatable {
    /// Wrong passwords in a row after which an account may not try for a while; from 1 to 1000.
    public let lockAfter: Int
    /// For how long it may not.
    public let lockFor: Duration
    /// How long a password may be used after it was set; nil for ever.
    public let passwordMaximumAge: Duration?
    /// Whether an unknown account must look like a wrong password.
    public let hidesAccounts: Bool
    let deniedDomains: DomainSet
    let deniedAddresses: Set<EmailAddress>

    /// Whether the owner of an address may not sign in at this portal.
    public func denies(_ address: EmailAddress) -> Bool {
        deniedAddresses.contains(address) || deniedDomains.contains(address.domain)
    }
}
