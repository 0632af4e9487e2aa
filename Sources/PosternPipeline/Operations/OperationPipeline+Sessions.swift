import PosternCredentials
import PosternModel
import PosternPolicy

extension OperationPipeline {
    /// Opens a session for whoever proves an account's password.
    ///
    /// Where accounts are hidden, an answer that opens none waits for the beat: nobody is to tell by the time it took what was
    /// found.
    func signIn(_ signIn: SignIn, _ walk: OperationWalk) async throws(Fault) -> OperationOutcome {
        guard walk.policy.login.hidesAccounts else { return try await prove(signIn, walk) }
        let nextBeat = beat.begin()
        do throws(Fault) {
            let outcome = try await prove(signIn, walk)
            if case .refused = outcome { await nextBeat() }
            return outcome
        } catch {
            await nextBeat()
            throw error
        }
    }

    /// Looks at an account's password.
    ///
    /// What the contract tells apart is told only to whom the password was proved, where there is one to prove. An address
    /// nobody has costs as much as a wrong password. The attempt is on disk before the password is looked at.
    private func prove(_ signIn: SignIn, _ walk: OperationWalk) async throws(Fault)
        -> OperationOutcome
    {
        let rules = walk.policy.login
        if let address = signIn.address, rules.denies(address) {
            note(.absent, walk, .own(.userRestricted))
            return walk.refused(.own(.userRestricted))
        }
        let known = try ports.ledger.mailView { view throws(Fault) in
            try signIn.address.flatMap { address throws(Fault) in try view.account(address) }
        }
        guard let known else {
            if rules.hidesAccounts {
                try await ports.ledger.pretendSignIn(recording: nil)
                return try await pretend(signIn, walk)
            }
            _ = try await ports.passwords.check(signIn.password, against: nil)
            note(.absent, walk, .own(.userUnknown))
            return walk.refused(.own(.userUnknown))
        }
        switch try await ports.ledger.reserveSignIn(known.account, limits: rules, at: walk.now) {
        case .reserved: break
        // Only an account can be locked: told so, or answered sooner, one would know of it.
        case .usedUp where rules.hidesAccounts, .crowded where rules.hidesAccounts:
            return try await pretend(signIn, walk)
        case .usedUp(let until):
            note(.absent, walk, .own(.signInsUsedUp))
            return walk.refused(.own(.signInsUsedUp), retryAt: until)
        case .crowded:
            throw Fault(.overloaded, note: "as many passwords are looked at as may be wrong")
        }
        let check: PasswordCheck
        do {
            check = try await ports.passwords.check(signIn.password, against: known.passwordHash)
        } catch {
            // Nobody looked at it: the checkers' queue was full, say.
            try? await ports.ledger.returnSignIn(known.account)
            throw error
        }
        guard case .matched(let upgrade) = check else {
            let code: OperationCode =
                known.passwordHash == nil && !rules.hidesAccounts
                ? known.refusalWithoutPassword : .own(.credentialsWrong)
            return try await end(code, known, wrongly: true, walk)
        }
        if let refusal = known.refusal(by: rules, at: walk.now) {
            return try await end(refusal, known, wrongly: false, walk)
        }
        if let upgrade, let current = known.passwordHash {
            // A lost upgrade costs nothing: the next right password makes it again.
            try? await ports.ledger.upgrade(current, to: upgrade, of: known.account)
        }
        return try await open(known, walk)
    }

    /// Answers as a wrong password is answered after it was counted: once it was looked at, and something recorded.
    private func pretend(
        _ signIn: SignIn, _ walk: OperationWalk
    ) async throws(Fault) -> OperationOutcome {
        _ = try await ports.passwords.check(signIn.password, against: nil)
        try await ports.ledger.pretendSignIn(
            recording: try signIn.address.map { address throws(Fault) in
                try walk.entry(
                    account: AccountID(rawValue: 0), address: address,
                    refusal: .own(.credentialsWrong))
            })
        note(.absent, walk, .own(.credentialsWrong))
        return walk.refused(.own(.credentialsWrong))
    }

    private func end(
        _ code: OperationCode, _ account: AccountRecord, wrongly isWrong: Bool,
        _ walk: OperationWalk
    ) async throws(Fault) -> OperationOutcome {
        try await ports.ledger.endSignIn(
            of: account.account, wrongly: isWrong, at: walk.now,
            recording: try walk.entry(
                account: account.account, address: account.address, refusal: code))
        return walk.refused(code)
    }

    /// Opens a session for whoever shows an authentication token.
    func signIn(byToken token: Secret, _ walk: OperationWalk) async throws(Fault)
        -> OperationOutcome
    {
        let found = try ports.ledger.mailView { view throws(Fault) in
            try view.account(opening: TokenDigest(of: token))
        }
        guard let found, walk.now < found.until else {
            note(.absent, walk, .own(.credentialsWrong))
            return walk.refused(.own(.credentialsWrong))
        }
        if walk.policy.login.denies(found.account.address) {
            return try await refuse(.own(.userRestricted), found.account, walk)
        }
        // The token stands for a password proved before, whose age is no matter here.
        if let refusal = found.account.refusalByStanding {
            return try await refuse(refusal, found.account, walk)
        }
        return try await open(found.account, walk)
    }

    private func open(
        _ account: AccountRecord, _ walk: OperationWalk
    ) async throws(Fault) -> OperationOutcome {
        let token = SessionToken.mint()
        try await ports.ledger.openSession(
            token.digest, of: account.account, at: walk.now,
            recording: try walk.entry(account: account.account, address: account.address))
        return walk.done(.session(token: token.text, user: account.account))
    }

    private func refuse(
        _ code: OperationCode, _ account: AccountRecord, _ walk: OperationWalk
    ) async throws(Fault) -> OperationOutcome {
        try await ports.ledger.record(
            try walk.entry(account: account.account, address: account.address, refusal: code))
        return walk.refused(code)
    }

    /// Ends the session that was shown.
    ///
    /// An issuer's token has no session here: there is nothing to end, and it stays good until it expires.
    func signOut(_ walk: OperationWalk, _ principal: Principal) async throws(Fault)
        -> OperationOutcome
    {
        if let credential = walk.request.credential {
            try await ports.ledger.closeSession(
                TokenDigest(of: credential.token), recording: try walk.entry(principal))
        }
        return walk.done()
    }

    /// Makes an authentication token; days outside 1 to 365 count as the nearer end.
    ///
    /// Not for an issuer's token, which would be exchanged for one that its issuer cannot end.
    func mintAuthenticationToken(
        days: Int, _ walk: OperationWalk, _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        if principal.isVouchedFor {
            return try await refuse(
                .own(.invalid),
                sentence: "A token of another issuer cannot be exchanged for one that outlives it.",
                walk, principal)
        }
        let token = SessionToken.mint()
        let life = Duration.seconds(min(max(days, 1), 365) * 86_400)
        try await ports.ledger.addAuthenticationToken(
            token.digest, of: principal.account, until: walk.now.advanced(by: life), at: walk.now,
            recording: try walk.entry(principal))
        return walk.done(.authenticationToken(token.text))
    }

    /// Withdraws one of the caller's authentication tokens, or all; one that is not there is withdrawn already.
    func revokeAuthenticationTokens(
        _ token: Secret?, _ walk: OperationWalk, _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        try await ports.ledger.revokeAuthenticationTokens(
            token.map { TokenDigest(of: $0) }, of: principal.account,
            recording: try walk.entry(principal))
        return walk.done()
    }

    /// Says who the caller is.
    func describeUser(_ walk: OperationWalk, _ principal: Principal) throws(Fault)
        -> OperationOutcome
    {
        let record = try ports.ledger.mailView { view throws(Fault) in
            try view.profile(of: principal.account)
        }
        guard let record else { return walk.refused(.send(.sessionInvalid)) }
        return walk.done(
            .user(
                UserProfile(
                    person: record.person, group: walk.policy.resolvedGroup(principal.group),
                    since: record.since,
                    mayInvite: walk.policy.rights(for: principal.group).inviting)))
    }

    /// Says what is left of the caller's day.
    func describeQuotas(_ walk: OperationWalk, _ principal: Principal) throws(Fault)
        -> OperationOutcome
    {
        let day = walk.policy.day(at: walk.now)
        let used = try ports.ledger.mailView { view throws(Fault) in
            try view.used(by: principal.account, on: day.key)
        }
        let rights = walk.policy.rights(for: principal.group)
        return walk.done(
            .quotas(
                DayLeft(
                    messages: rights.dailyMessages,
                    messagesLeft: max(0, rights.dailyMessages - used.messages),
                    invites: rights.dailyInvites,
                    invitesLeft: max(0, rights.dailyInvites - used.invites))))
    }

    /// Says what the policy in force lets the caller do.
    func describeRights(_ walk: OperationWalk, _ principal: Principal) -> OperationOutcome {
        let rights = walk.policy.rights(for: principal.group)
        let attachments = walk.policy.attachmentRules(for: principal.group)
        return walk.done(
            .rights(
                GrantedRights(
                    invite: rights.inviting, reply: rights.reply, replyAll: rights.replyAll,
                    forward: rights.forward, recall: rights.recall, fyeo: rights.fyeo,
                    confidential: rights.confidential, expiry: rights.expiryAllowed,
                    defaultExpiry: rights.expiryDefault, retention: rights.retention != nil,
                    challenge: rights.challengeRequired, attach: attachments.allowed,
                    largestFile: attachments.maximumSize,
                    deniedTypes: attachments.deniedTypes.sorted())))
    }
}

extension AccountRecord {
    /// Why the account may not be used, its password proved or not needed; nil when it may.
    fileprivate var refusalByStanding: OperationCode? {
        switch standing {
        case .disabled: .own(.userDisabled)
        case .pending: .own(challengeUnanswered ? .challengeUnanswered : .registrationPending)
        case .active: nil
        }
    }

    /// Why no password could be right.
    fileprivate var refusalWithoutPassword: OperationCode {
        refusalByStanding ?? .own(.notRegistered)
    }

    /// Why a right password opens nothing; nil when it does.
    fileprivate func refusal(by rules: LoginRules, at now: Instant) -> OperationCode? {
        if let refusalByStanding { return refusalByStanding }
        guard let age = rules.passwordMaximumAge, passwordSetAt.duration(to: now) > age else {
            return nil
        }
        return .own(.passwordExpired)
    }
}
