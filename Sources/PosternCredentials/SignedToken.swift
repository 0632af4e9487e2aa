import PosternModel

/// A JWT taken apart: what it says, before anybody knows whether it is true.
///
/// Nothing of it is used before ``verify(with:signing:)`` but to find whose key that needs.
struct SignedToken {
    let header: JSONMembers
    let claims: JSONMembers
    private let signed: [UInt8]
    private let signature: [UInt8]

    /// Reads three parts of unpadded base64url with JSON in the first two.
    ///
    /// - Throws: ``JWTProblem/tooLong``, ``JWTProblem/malformed`` or ``JWTProblem/unsupported``.
    init(_ token: [UInt8]) throws(JWTProblem) {
        guard token.count <= PresentedCredential.longestToken else { throw .tooLong }
        let parts = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let head = Base64URL.decode(parts[0]),
            let body = Base64URL.decode(parts[1]), let signature = Base64URL.decode(parts[2]),
            let header = JSONMembers(head), let claims = JSONMembers(body)
        else { throw .malformed }
        guard header["crit"] == nil, Self.isBearer(header["typ"]) else { throw .unsupported }
        self.header = header
        self.claims = claims
        self.signature = signature
        signed = Array(token.prefix(parts[0].count + 1 + parts[1].count))
    }

    /// Checks the signature by the key the header names among those of whoever should have signed.
    func verify(
        with keys: JWTKeySet, signing algorithms: Set<JWTAlgorithm>
    ) throws(JWTProblem) {
        guard let algorithm = header.text("alg").flatMap({ JWTAlgorithm(rawValue: $0) }),
            algorithms.contains(algorithm)
        else { throw .wrongAlgorithm }
        guard let key = header.text("kid").flatMap({ keys[$0] }), key.algorithm == algorithm
        else { throw .unknownKey }
        guard key.verifies(signature, over: signed) else { throw .wrongSignature }
    }

    /// Checks that it is for somebody.
    func check(audience: String) throws(JWTProblem) {
        switch claims["aud"] {
        case .text(audience): break
        case .texts(let names) where names.contains(audience): break
        default: throw .wrongAudience
        }
    }

    /// Checks that it is good now, and for no longer than tokens of its kind may be.
    ///
    /// - Returns: When it ends.
    func checkTimes(at now: Instant, longestLife: Duration) throws(JWTProblem) -> Instant {
        guard let expires = Self.instant(claims["exp"]), let issued = Self.instant(claims["iat"])
        else { throw .timeless }
        guard now < expires else { throw .expired }
        let begins: Instant
        if let claim = claims["nbf"] {
            guard let instant = Self.instant(claim) else { throw .timeless }
            begins = max(issued, instant)
        } else {
            begins = issued
        }
        guard begins <= now.advanced(by: JWTVerifier.leeway) else { throw .notYet }
        guard issued.duration(to: expires) <= longestLife else { throw .tooLongLived }
        return expires
    }

    /// A NumericDate (RFC 7519 section 2), to the millisecond.
    private static func instant(_ claim: JSONMembers.Value?) -> Instant? {
        // Beyond this lies the year 9999; a number that has no instant would end the program.
        guard case .number(let seconds)? = claim, (0...253_402_300_799).contains(seconds) else {
            return nil
        }
        return Instant(milliseconds: Int64(seconds * 1000))
    }

    /// Whether a `typ` is one that tokens to be shown have; others (of a logout, of a proof) are signed by the same key
    /// for another use.
    private static func isBearer(_ type: JSONMembers.Value?) -> Bool {
        guard let type else { return true }
        guard case .text(let text) = type else { return false }
        return ["jwt", "at+jwt", "application/jwt", "application/at+jwt"]
            .contains(text.lowercased())
    }
}

extension Secret {
    /// Lends the text as bytes; typed throws do not pass through `rethrows`.
    func exposedBytes<Value, Problem>(
        _ body: ([UInt8]) throws(Problem) -> Value
    ) throws(Problem) -> Value { try body(withExposed { Array($0.utf8) }) }
}
