/// How a JWT may be signed (RFC 7518 section 3.1, RFC 8037 section 3.1).
///
/// WHY NOT: `HS256` and its kind, whose verifier holds the very key that signs, so that whoever reads Postern's files
/// could be anybody; `none`, which signs nothing. Neither has a word here, so that no setting can ask for it.
public enum JWTAlgorithm: String, Sendable, CaseIterable {
    /// ECDSA over P-256 with SHA-256.
    case es256 = "ES256"
    /// RSASSA-PKCS1-v1_5 with SHA-256, and a key of at least 2,048 bits.
    case rs256 = "RS256"
    /// Ed25519.
    case edDSA = "EdDSA"
}
