public import PosternCredentials
public import PosternModel
public import PosternPipeline
public import PosternPolicy

extension SQLiteStore: MailLedger {
    /// Reads as of one instant.
    public func mailView<Value>(
        _ body: (any MailView) throws(Fault) -> Value
    ) throws(Fault) -> Value {
        try readers.snapshot {
            try body(SQLiteView(statements: $0, touches: touches, vault: vault, files: files))
        }
    }

    /// Counts a sign-in before its password is looked at; after a while without any, it counts from the beginning.
    ///
    /// Requests come here in another order than they took the time: one that is a little late must neither pass for a clock
    /// set back nor shorten the wait. A clock set back by more than the wait does begin anew, or it would lock for long.
    public func reserveSignIn(
        _ account: AccountID, limits: LoginRules, at now: Instant
    ) async throws(Fault) -> Instant? {
        let (lockAfter, lockFor) = (limits.lockAfter, limits.lockFor)
        return try await writer.submit { work in
            let start = now.advanced(by: .zero - lockFor).milliseconds
            let end = now.advanced(by: lockFor).milliseconds
            let counted = try work.statements.run(
                """
                INSERT INTO sign_ins(account, used, last_at) VALUES(?1, 1, ?2)
                ON CONFLICT DO UPDATE SET
                  used = CASE WHEN last_at > ?3 AND last_at <= ?4 THEN used + 1 ELSE 1 END,
                  last_at = CASE WHEN last_at > ?3 AND last_at <= ?4 THEN max(last_at, ?2) ELSE ?2 END
                WHERE used < ?5 OR last_at <= ?3 OR last_at > ?4
                """, account.rawValue, now.milliseconds, start, end, lockAfter)
            guard counted == 0 else { return .keep(nil) }
            let last = try work.statements.first(
                "SELECT last_at FROM sign_ins WHERE account = ?", account.rawValue,
                read: { $0.instant(0) })
            let until = (last ?? now).advanced(by: lockFor)
            guard limits.hidesAccounts else { return .undo(until) }
            try Self.pretendSignIn(work.statements)
            return .keep(until)
        }
    }

    /// Commits as counting a sign-in does, about nobody.
    public func pretendSignIn() async throws(Fault) {
        try await writer.submit { work in
            try Self.pretendSignIn(work.statements)
            return .keep(())
        }
    }

    private static func pretendSignIn(_ statements: Statements) throws {
        try statements.run(
            """
            INSERT INTO meta(key, value) VALUES('sign-ins of nobody', 1)
            ON CONFLICT DO UPDATE SET value = value + 1
            """)
    }

    /// Opens a session, and forgets the wrong passwords before it and sessions of the account's that ended long ago.
    public func openSession(
        _ token: TokenDigest, of account: AccountID, at now: Instant, recording entry: SealedEntry
    ) async throws(Fault) {
        let start = now.advanced(by: .zero - options.sessionMemory).milliseconds
        try await writer.submit { work in
            try work.statements.run(
                "DELETE FROM sign_ins WHERE account = ?", account.rawValue)
            try work.statements.run(
                "DELETE FROM sessions WHERE account = ? AND NOT lasting AND last_seen < ?",
                account.rawValue, start)
            try work.statements.run(
                "INSERT INTO sessions(digest, account, created_at, last_seen) VALUES(?1, ?2, ?3, ?3)",
                token.bytes, account.rawValue, now.milliseconds)
            try work.append(entry)
            return .keep(())
        }
    }

    /// Ends a session.
    public func closeSession(
        _ token: TokenDigest, recording entry: SealedEntry
    ) async throws(Fault) {
        _ = try await revokeToken(token, recording: entry)
    }

    /// Keeps a token that opens sessions, and drops those whose time is over.
    public func addAuthenticationToken(
        _ token: TokenDigest, of account: AccountID, until end: Instant, at now: Instant,
        recording entry: SealedEntry
    ) async throws(Fault) {
        try await writer.submit { work in
            try work.statements.run(
                "DELETE FROM authentication_tokens WHERE account = ? AND expires_at <= ?",
                account.rawValue, now.milliseconds)
            try work.statements.run(
                """
                INSERT INTO authentication_tokens(digest, account, created_at, expires_at)
                VALUES(?, ?, ?, ?)
                """, token.bytes, account.rawValue, now.milliseconds, end.milliseconds)
            try work.append(entry)
            return .keep(())
        }
    }

    /// Withdraws one of an account's authentication tokens, or all of them.
    public func revokeAuthenticationTokens(
        _ token: TokenDigest?, of account: AccountID, recording entry: SealedEntry
    ) async throws(Fault) {
        try await writer.submit { work in
            if let token {
                try work.statements.run(
                    "DELETE FROM authentication_tokens WHERE digest = ? AND account = ?",
                    token.bytes, account.rawValue)
            } else {
                try work.statements.run(
                    "DELETE FROM authentication_tokens WHERE account = ?", account.rawValue)
            }
            try work.append(entry)
            return .keep(())
        }
    }
}
