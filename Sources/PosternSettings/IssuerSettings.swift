/// An issuer whose JWTs are taken as tokens, as the file of issuers names it.
public struct IssuerSettings: Sendable, Equatable {
    /// How an issuer may sign.
    public enum Algorithm: String, Sendable, CaseIterable {
        /// ECDSA over P-256 with SHA-256.
        case es256 = "ES256"
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        case rs256 = "RS256"
        /// Ed25519.
        case edDSA = "EdDSA"
    }

    /// Its name, as the claim `iss` has it.
    public var issuer: String
    /// What the claim `aud` must name.
    public var audience: String
    /// The file of its public keys, a JSON Web Key Set.
    public var keyFile: String
    /// The claim that names the account.
    public var account: String
    /// What it signs with; at least one.
    public var algorithms: [Algorithm]

    /// Names each.
    public init(
        issuer: String, audience: String, keyFile: String, account: String,
        algorithms: [Algorithm]
    ) {
        self.issuer = issuer
        self.audience = audience
        self.keyFile = keyFile
        self.account = account
        self.algorithms = algorithms
    }
}
