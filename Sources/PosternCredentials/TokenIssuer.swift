/// Somebody whose word on who is who Postern takes, and how.
public struct TokenIssuer: Sendable {
    /// Its name, as the claim `iss` has it, to the letter.
    public let name: String
    /// What the claim `aud` must name: a token for somebody else is none for Postern.
    public let audience: String
    /// The claim that names the account, by its address or its handle.
    public let account: String
    /// What it signs with.
    public let algorithms: Set<JWTAlgorithm>
    /// What it signs with is verified with these.
    public let keys: JWTKeySet

    /// Names each.
    public init(
        name: String, audience: String, account: String, algorithms: Set<JWTAlgorithm>,
        keys: JWTKeySet
    ) {
        self.name = name
        self.audience = audience
        self.account = account
        self.algorithms = algorithms
        self.keys = keys
    }
}
