public import PosternModel

/// A session's bearer token, at the moment it is made: shown to its client once and never stored.
///
/// What is stored is its ``digest``. Tokens that clients present travel as `Secret` and are looked up by
/// ``TokenDigest/init(of:)``, whatever their shape: a malformed token is an unknown one.
public struct SessionToken: Sendable, CustomStringConvertible {
    /// How every token starts, so that secret scanners find one that was committed or logged.
    public static let prefix = "pst_"

    /// The token: ``prefix`` and 43 characters of base64url, safe in headers, cookies and URLs.
    public let text: Secret

    /// A new token of 256 bits from the system's secure random source.
    public static func mint() -> SessionToken {
        SessionToken(text: Secret(prefix + Base64URL.encode(RandomBytes.make(32))))
    }

    private init(text: Secret) { self.text = text }

    /// What to store.
    public var digest: TokenDigest { TokenDigest(of: text) }

    /// Always `‹hidden›`.
    public var description: String { text.description }
}
