public import PosternModel
public import PosternPipeline
public import PosternPolicy

extension SQLiteStore {
    /// Counts an attempt before the password is looked at.
    ///
    /// Three counts stand in the way: the account's against this message and the account's over all messages
    /// (both ``AttemptLimits/lockAfter``), and everybody's against this message (``AttemptLimits/burnAfter``).
    /// The second keeps a stolen session from guessing an account's password over many drafts. A count that
    /// has reached its limit stays locked though the policy's limit rise, until ``unlockAttempts(of:recording:)``.
    public func reserveAttempt(
        _ message: MessageGUID, by account: AccountID, limits: AttemptLimits
    ) async throws(Fault) -> AttemptFacts? {
        let (before, erased) = try await writer.submit { work in
            try Self.reserve(message, account.rawValue, limits, work.statements)
        }
        if let erased { await finish(erased) }
        return before
    }

    private static func reserve(
        _ guid: MessageGUID, _ account: Int64, _ limits: AttemptLimits, _ statements: Statements
    ) throws -> GroupCommitter.Ending<(AttemptFacts?, Erasure?)> {
        guard
            let message = try statements.first(
                "SELECT id FROM messages WHERE guid = ? AND state <> 2", guid.bytes,
                read: { $0.integer(0) })
        else { return .undo((nil, nil)) }
        let before = try attempts(statements, message, account)
        if let burnAfter = limits.burnAfter, before.message >= burnAfter {
            return .keep((nil, try Erasure(of: message, statements)))
        }
        let mine = try statements.run(
            """
            INSERT INTO attempts(message, account, used) SELECT ?1, ?2, 1 WHERE ?3 > 0
            ON CONFLICT DO UPDATE SET used = used + 1 WHERE used < ?3 AND locked = 0
            """, message, account, limits.lockAfter)
        guard mine == 1 else {
            try statements.run(
                "UPDATE attempts SET locked = 1 WHERE message = ? AND account = ?", message, account
            )
            return .keep((nil, nil))
        }
        let all = try statements.run(
            """
            INSERT INTO account_attempts(account, used) SELECT ?1, 1 WHERE ?2 > 0
            ON CONFLICT DO UPDATE SET used = used + 1 WHERE used < ?2 AND locked = 0
            """, account, limits.lockAfter)
        guard all == 1 else {
            try statements.run(
                "UPDATE attempts SET used = used - 1 WHERE message = ? AND account = ?", message,
                account)
            try statements.run("UPDATE account_attempts SET locked = 1 WHERE account = ?", account)
            return .keep((nil, nil))
        }
        return .keep((before, nil))
    }

    private static func attempts(
        _ statements: Statements, _ message: Int64, _ account: Int64
    ) throws -> AttemptFacts {
        try statements.first(
            """
            SELECT (SELECT coalesce(sum(used), 0) FROM attempts WHERE message = ?1),
              (SELECT coalesce(sum(used), 0) FROM account_attempts WHERE account = ?2)
            """, message, account,
            read: { AttemptFacts(message: $0.count(0), principal: $0.count(1)) })
            ?? AttemptFacts(message: 0, principal: 0)
    }

    /// Gives an attempt back whose password nobody looked at after all.
    public func returnAttempt(
        _ message: MessageGUID, by account: AccountID
    ) async throws(Fault) {
        try await writer.submit { work in
            let id = try work.statements.first(
                "SELECT id FROM messages WHERE guid = ?", message.bytes, read: { $0.integer(0) })
            guard let id else { return .undo(()) }
            try Self.refund(id, account.rawValue, work.statements)
            return .keep(())
        }
    }

    /// Gives an attempt back that turned out to be right.
    static func refund(_ message: Int64, _ account: Int64, _ statements: Statements) throws {
        try statements.run(
            "UPDATE attempts SET used = used - 1 WHERE message = ? AND account = ? AND used > 0",
            message, account)
        try statements.run(
            "UPDATE account_attempts SET used = used - 1 WHERE account = ? AND used > 0", account)
    }

    /// Forgets every wrong password an account has given, at messages and at signing in, and its locks.
    ///
    /// - Returns: Whether there was anything to forget.
    public func unlockAttempts(
        of account: AccountID, recording entry: SealedEntry? = nil
    ) async throws(Fault) -> Bool {
        try await writer.submit { work in
            let some = try work.statements.run(
                "DELETE FROM attempts WHERE account = ?", account.rawValue)
            let all = try work.statements.run(
                "DELETE FROM account_attempts WHERE account = ?", account.rawValue)
            let signIns = try work.statements.run(
                "DELETE FROM sign_ins WHERE account = ?", account.rawValue)
            if let entry { try work.append(entry) }
            return .keep(some + all + signIns > 0)
        }
    }
}
