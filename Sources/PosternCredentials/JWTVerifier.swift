public import PosternModel

/// What an issuer vouches for: all of a JWT that Postern uses.
public struct VerifiedClaims: Sendable, Equatable {
    /// Who vouches.
    public let issuer: String
    /// Whom the token names: an address or a handle.
    public let account: AccountName
    /// The token lets its owner look and nothing more.
    public let isReadingOnly: Bool
    /// From when on it is worth nothing.
    public let expires: Instant
}

/// Why a JWT is not good; clients are told none of it.
public enum JWTProblem: Error, Sendable, Equatable, CaseIterable {
    /// It is not three parts of unpadded base64url with JSON in the first two, or a name stands twice in one of those.
    case malformed
    /// It is longer than any that is looked at.
    case tooLong
    /// It is of another kind (`typ`), or asks for something Postern does not know (`crit`).
    case unsupported
    /// No issuer of that name is trusted.
    case unknownIssuer
    /// The issuer does not sign like that.
    case wrongAlgorithm
    /// The issuer has no key of that name for that algorithm.
    case unknownKey
    /// The signature is not the key's.
    case wrongSignature
    /// It is for somebody else.
    case wrongAudience
    /// A time is missing, or no number.
    case timeless
    /// Its end has come.
    case expired
    /// Its beginning has not.
    case notYet
    /// It is good for longer than any may be.
    case tooLongLived
    /// It names no account, or an address that the issuer has not verified.
    case nameless
}

/// Tells the JWTs of trusted issuers from all others (RFC 7519, RFC 8725).
///
/// A value, with no clock and no files of its own. What a token says of keys (`jwk`, `jku`, `x5c`, `x5u`) is not looked
/// at: keys are the operator's to give.
public struct JWTVerifier: Sendable {
    /// How far another machine's clock may be ahead.
    public static let leeway = Duration.seconds(60)
    /// How long a token may be good for, from the claim `iat` to `exp`: it cannot be withdrawn before.
    public static let longestLife = Duration.seconds(86_400)

    private let issuers: [String: TokenIssuer]

    /// Trusts some issuers; of two of one name, the first.
    public init(_ issuers: [TokenIssuer]) {
        self.issuers = Dictionary(issuers.map { ($0.name, $0) }) { first, _ in first }
    }

    /// Whether a token begins as every JWT does: with `{"` in base64.
    ///
    /// One look at three bytes, for those who have many tokens that are none.
    public static func isCandidate(_ token: Secret) -> Bool {
        token.withExposed { $0.utf8.starts(with: "eyJ".utf8) }
    }

    /// Verifies a token.
    ///
    /// Before the signature is known to be good, nothing of a token is used but to find the issuer and the key.
    ///
    /// - Parameters:
    ///   - token: As it was shown.
    ///   - now: The present instant.
    /// - Returns: What the issuer vouches for, or the first problem.
    public func verify(
        _ token: Secret, at now: Instant
    ) -> Result<VerifiedClaims, JWTProblem> {
        do throws(JWTProblem) {
            return .success(
                try token.exposedBytes { bytes throws(JWTProblem) in
                    try claims(bytes, at: now)
                })
        } catch {
            return .failure(error)
        }
    }

    private func claims(
        _ bytes: [UInt8], at now: Instant
    ) throws(JWTProblem) -> VerifiedClaims {
        let token = try SignedToken(bytes)
        guard let issuer = token.claims.text("iss").flatMap({ issuers[$0] }) else {
            throw .unknownIssuer
        }
        try token.verify(with: issuer.keys, signing: issuer.algorithms)
        try token.check(audience: issuer.audience)
        let expires = try token.checkTimes(at: now, longestLife: Self.longestLife)
        guard let account = Self.account(token.claims, issuer) else { throw .nameless }
        return VerifiedClaims(
            issuer: issuer.name, account: account,
            isReadingOnly: try Self.isReadingOnly(token.claims), expires: expires)
    }

    /// Whom the claim names.
    ///
    /// An issuer where people enter addresses at will says so in `email_verified` (OpenID Connect Core section 5.1): such
    /// an address is anybody's.
    private static func account(_ claims: JSONMembers, _ issuer: TokenIssuer) -> AccountName? {
        if issuer.account == "email", let verified = claims["email_verified"],
            verified != .truth(true)
        {
            return nil
        }
        return claims.text(issuer.account).flatMap { AccountName($0) }
    }

    /// Whether the scopes are those of somebody who looks: `postern.read` among them and `postern.send` not.
    ///
    /// They stand in `scope` or `scp`, as one text with spaces (RFC 8693 section 4.2) or as a list, as issuers differ.
    private static func isReadingOnly(_ claims: JSONMembers) throws(JWTProblem) -> Bool {
        var scopes: Set<String> = []
        for name in ["scope", "scp"] {
            switch claims[name] {
            case nil: break
            case .text(let text): scopes.formUnion(text.split(separator: " ").map(String.init))
            case .texts(let words): scopes.formUnion(words)
            // A restriction that cannot be read is not none.
            default: throw .malformed
            }
        }
        return scopes.contains("postern.read") && !scopes.contains("postern.send")
    }
}
