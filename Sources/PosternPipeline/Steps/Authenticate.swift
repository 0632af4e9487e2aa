import PosternCredentials
import PosternModel
import PosternPolicy

/// What a presented token turned out to be.
enum Authentication: Sendable {
    /// A live session.
    case proved(Principal)
    /// A live session, and the client says that it is somebody else's.
    case mistaken(Principal)
    /// Anything else: one answer for all of it (811).
    case refused(SessionFact)
}

/// Turns presented tokens into principals: the only place where one is made.
struct Authenticator: Sendable {
    let views: any LedgerViews
    /// How long a session lasts without use.
    let idle: Duration

    func authenticate(
        _ credential: PresentedCredential?, at now: Instant, in view: any LedgerView
    ) throws(Fault) -> Authentication {
        guard let credential else { return .refused(.absent) }
        let token = TokenDigest(of: credential.token)
        guard let session = try view.session(token) else { return .refused(.unknown) }
        if session.revoked { return .refused(.revoked) }
        if session.accountDisabled { return .refused(.accountDisabled) }
        // A clock set back makes a session look used in the future; that is not idleness.
        if !session.lasting, session.lastSeen.duration(to: now) > idle {
            return .refused(.expired)
        }
        views.touch(token, at: now)
        let principal = Principal(session)
        if let claimed = credential.claimedUser, !session.answers(to: claimed) {
            return .mistaken(principal)
        }
        return .proved(principal)
    }
}

extension Principal {
    /// Whose session it is.
    init(_ session: SessionRecord) {
        self.init(
            account: session.account, address: session.address, group: session.group,
            readingOnly: session.readingOnly)
    }
}

extension SessionRecord {
    /// Whether a name is the account's: its address or its handle.
    fileprivate func answers(to name: String) -> Bool {
        EmailAddress(name) == address || handle.map { Handle(name) == $0 } ?? false
    }
}
