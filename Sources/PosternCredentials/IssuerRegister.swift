public import PosternModel
import Synchronization

/// Tells the tokens of trusted issuers from Postern's own.
public protocol IssuedTokens: Sendable {
    /// What a token proves.
    ///
    /// - Parameters:
    ///   - token: As it was shown.
    ///   - now: The present instant.
    /// - Returns: What its issuer vouches for, or what is wrong with it; nil when it is no trusted issuer's, and so can
    ///   only be one of Postern's own.
    func claims(of token: Secret, at now: Instant) -> Result<VerifiedClaims, JWTProblem>?
}

/// Holds the issuers that are trusted now, and remembers what was verified.
///
/// A client shows the same token with every request, and its signature is worth verifying once: what was good stays good
/// until it expires. What was bad is not remembered, so that nobody fills the memory with it.
///
/// INVARIANT: what was verified under one set of keys is forgotten with it.
public final class IssuerRegister: IssuedTokens {
    /// How many verified tokens are remembered, at most.
    public static let mostRemembered = 10_000

    private struct State {
        var verifier: JWTVerifier
        /// Grows with every change: an answer that was worked out before is not remembered after.
        var version = 0
        var trouble: String?
        /// What was verified or used lately, and below what was before that.
        ///
        /// The older half goes when the younger is full, which is bounded without an order to keep.
        var younger: [TokenDigest: VerifiedClaims] = [:]
        var older: [TokenDigest: VerifiedClaims] = [:]

        mutating func remembered(_ token: TokenDigest) -> VerifiedClaims? {
            if let claims = younger[token] { return claims }
            guard let claims = older[token] else { return nil }
            remember(token, claims)
            return claims
        }

        mutating func remember(_ token: TokenDigest, _ claims: VerifiedClaims) {
            if younger.count >= IssuerRegister.mostRemembered / 2 {
                older = younger
                younger = [:]
            }
            younger[token] = claims
        }
    }

    private let state: Mutex<State>

    /// Begins with some issuers.
    public init(_ first: JWTVerifier) { state = Mutex(State(verifier: first)) }

    /// Why the files on disk are not what is trusted; nil while they are.
    public var trouble: String? { state.withLock { $0.trouble } }

    /// How many verified tokens are remembered.
    public var remembered: Int { state.withLock { $0.younger.count + $0.older.count } }

    /// Trusts other issuers, or other keys of theirs, from now on.
    public func activate(_ next: JWTVerifier) {
        state.withLock { $0 = State(verifier: next, version: $0.version + 1) }
    }

    /// Keeps to the present ones although the files have changed, and says why.
    public func keepDespite(trouble: String) { state.withLock { $0.trouble = trouble } }

    /// What a token proves; a token of nobody's is not an issuer's either.
    public func claims(
        of token: Secret, at now: Instant
    ) -> Result<VerifiedClaims, JWTProblem>? {
        guard JWTVerifier.isCandidate(token) else { return nil }
        let digest = TokenDigest(of: token)
        let (verifier, version, known) = state.withLock {
            ($0.verifier, $0.version, $0.remembered(digest))
        }
        if let known { return now < known.expires ? .success(known) : .failure(.expired) }
        let result = verifier.verify(token, at: now)
        switch result {
        case .success(let claims):
            state.withLock { state in
                if state.version == version { state.remember(digest, claims) }
            }
        case .failure(.malformed), .failure(.unknownIssuer), .failure(.tooLong): return nil
        case .failure: break
        }
        return result
    }
}
