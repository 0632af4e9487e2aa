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
}

/// Turns presented tokens into principals: the only place where one is made.
struct Authenticator: Sendable {
    let views: any LedgerViews
    /// Tokens of others than Postern; nil when only its own are taken.
    let issued: (any IssuedTokens)?
    /// How long a session lasts without use.
    let idle: Duration

    func authenticate(
        _ credential: PresentedCredential?, at now: Instant, by rules: LoginRules,
        in view: any LedgerView
    ) throws(Fault) -> Authentication {
        guard let credential else { return .refused(.absent) }
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
            readingOnly: session.readingOnly)
    }

    /// Whom an issuer vouches for.
    fileprivate init(_ session: SessionRecord, vouchedForBy claims: VerifiedClaims) {
        self.init(
            account: session.account, address: session.address, group: session.group,
            readingOnly: claims.isReadingOnly, isVouchedFor: true)
    }
}

extension SessionRecord {
    /// Whether a name is the account's: its address or its handle.
    fileprivate func answers(to name: String) -> Bool {
        EmailAddress(name) == address || handle.map { Handle(name) == $0 } ?? false
    }
}
