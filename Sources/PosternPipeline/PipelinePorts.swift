public import PosternCredentials
public import PosternModel

/// What a pipeline needs of the world; `Ledger` is the part of the ledger it writes.
public struct PipelinePorts<Ledger: Sendable>: Sendable {
    /// The policy in force.
    public var policies: PolicyRegister
    /// Sessions and what callers may see.
    public var views: any LedgerViews
    /// What becomes durable.
    public var ledger: Ledger
    /// Passwords.
    public var passwords: any PasswordChecking
    /// Unauthenticated refusals, counted and sampled.
    public var unauthenticated: any UnauthenticatedLog
    /// Time.
    public var clock: any Clock
    /// Tokens of others than Postern; nil when only its own are taken.
    public var issued: (any IssuedTokens)?
    /// Tokens of foreign cells; nil when none are taken.
    public var foreign: (any ForeignTokens)?

    /// Names each port.
    public init(
        policies: PolicyRegister, views: any LedgerViews, ledger: Ledger,
        passwords: any PasswordChecking, unauthenticated: any UnauthenticatedLog,
        clock: any Clock, issued: (any IssuedTokens)? = nil,
        foreign: (any ForeignTokens)? = nil
    ) {
        self.policies = policies
        self.views = views
        self.ledger = ledger
        self.passwords = passwords
        self.unauthenticated = unauthenticated
        self.clock = clock
        self.issued = issued
        self.foreign = foreign
    }
}
