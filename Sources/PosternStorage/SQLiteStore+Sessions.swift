public import PosternCredentials
public import PosternModel
public import PosternPipeline

extension SQLiteStore: MailLedger {
    /// Reads as of one instant.
    public func mailView<Value>(
        _ body: (any MailView) throws(Fault) -> Value
    ) throws(Fault) -> Value {
        try readers.snapshot {
            try body(SQLiteView(statements: $0, touches: touches, vault: vault, files: files))
        }
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
