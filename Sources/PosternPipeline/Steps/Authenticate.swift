import PosternCredentials
import PosternModel
import PosternPolicy

/// What a presented token turned out to be.
enum Authentication: Sendable {
    /// A live session, or an issuer's word that is as good.
    case proved(Principal)
    /// The same, and the client says that it is somebody else's.
    case mistaken(Principal)
    /// Anything else: one answer for all of it (811).
    case refused(SessionFact)
    /// The same of a foreign cell's token; its unit's operator has no other way to learn what is wrong.
    case refusedCell(CellTokenProblem)
}

/// Turns presented tokens into principals: the only place where one is made.
struct Authenticator: Sendable {
    let views: any LedgerViews
    /// Tokens of others than Postern; nil when only its own are taken.
    let issued: (any IssuedTokens)?
    /// Tokens of foreign cells; nil when none are taken.
    var foreign: (any ForeignTokens)?
    /// How long a session lasts without use.
    let idle: Duration

    func authenticate(
        _ credential: PresentedCredential?, at now: Instant, by rules: LoginRules,
        in view: any LedgerView
    ) throws(Fault) -> Authentication {
        guard let credential else { return .refused(.absent) }
        if let crossing = credential.crossing {
            return try authenticate(credential.token, crossing, at: now, by: rules, in: view)
        }
        if let claims = issued?.claims(of: credential.token, at: now) {
            return try authenticate(credential, vouchedForBy: claims, by: rules, in: view)
        }
        let token = TokenDigest(of: credential.token)
        guard let session = try view.session(token) else { return .refused(.unknown) }
        if session.revoked { return .refused(.revoked) }
        if session.accountDisabled { return .refused(.accountDisabled) }
        // A clock set back makes a session look used in the future; that is not idleness.
        if !session.lasting, session.lastSeen.duration(to: now) > idle {
            return .refused(.expired)
        }
        views.touch(token, at: now)
        return credential.authentication(of: session, as: Principal(session))
    }

    /// Takes a foreign cell for the account that stands for its unit.
    ///
    /// Whom the policy lets nobody sign in as stands for nobody either. A token that is none can only be one of this unit's
    /// own, which is looked up to say so and for nothing else.
    private func authenticate(
        _ token: Secret, _ crossing: PresentedCredential.Crossing, at now: Instant,
        by rules: LoginRules, in view: any LedgerView
    ) throws(Fault) -> Authentication {
        guard JWTVerifier.isCandidate(token) else {
            let isOwn = try view.session(TokenDigest(of: token)) != nil
            return .refusedCell(isOwn ? .ownToken : .unreadable)
        }
        let claims: CellClaims
        switch foreign?.claims(of: token, for: crossing.to, at: now) {
        case .success(let proved): claims = proved
        case .failure(let problem): return .refusedCell(problem)
        case nil: return .refusedCell(.unknownUnit)
        }
        guard let session = try view.session(of: .address(claims.account)),
            !rules.denies(session.address), !session.accountDisabled
        else { return .refusedCell(.accountUnusable) }
        let principal = Principal(session, isVouchedFor: true)
        // The original does not compare the two: whoever has a token could write in anybody's name.
        return claims.cell == crossing.from ? .proved(principal) : .mistaken(principal)
    }

    /// Takes an issuer's word in a session's place.
    ///
    /// It stands for a sign-in as well: whom the policy lets nobody sign in as is nobody here either. An account that is
    /// there but may not be used is told from one that is not only in the record.
    private func authenticate(
        _ credential: PresentedCredential,
        vouchedForBy result: Result<VerifiedClaims, JWTProblem>, by rules: LoginRules,
        in view: any LedgerView
    ) throws(Fault) -> Authentication {
        let claims: VerifiedClaims
        switch result {
        case .success(let verified): claims = verified
        case .failure(.expired): return .refused(.expired)
        case .failure: return .refused(.unknown)
        }
        guard let session = try view.session(of: claims.account), !rules.denies(session.address)
        else { return .refused(.unknown) }
        if session.accountDisabled { return .refused(.accountDisabled) }
        return credential.authentication(of: session, as: Principal(session, vouchedForBy: claims))
    }
}

extension PresentedCredential {
    /// A good token is good only for whom the client says it is.
    fileprivate func authentication(
        of session: SessionRecord, as principal: Principal
    ) -> Authentication {
        guard let claimedUser, !session.answers(to: claimedUser) else { return .proved(principal) }
        return .mistaken(principal)
    }
}

extension Principal {
    /// Whose session it is.
    init(_ session: SessionRecord) {
        self.init(
            account: session.account, address: session.address, group: session.group,
            handle: session.handle, readingOnly: session.readingOnly)
    }

    /// For whom somebody else vouches.
    fileprivate init(_ session: SessionRecord, isVouchedFor: Bool) {
        self.init(
            account: session.account, address: session.address, group: session.group,
            handle: session.handle, isVouchedFor: isVouchedFor)
    }

    /// Whom an issuer vouches for.
    fileprivate init(_ session: SessionRecord, vouchedForBy claims: VerifiedClaims) {
        self.init(
            account: session.account, address: session.address, group: session.group,
            handle: session.handle, readingOnly: claims.isReadingOnly, isVouchedFor: true)
    }
}

extension SessionRecord {
    /// Whether a name is the account's: its address or its handle.
    fileprivate func answers(to name: String) -> Bool {
        EmailAddress(name) == address || handle.map { Handle(name) == $0 } ?? false
    }
}
