public import PosternModel
public import PosternPipeline
public import PosternPolicy

extension SQLiteStore {
    /// How long a password may be looked at; a reservation of which nothing is heard by then counts as a wrong one.
    static let longestLook = Duration.seconds(60)

    /// Reserves an attempt before the password is looked at.
    ///
    /// Three counts stand in the way: the account's against this message and the account's over all messages
    /// (both ``AttemptLimits/lockAfter``), and everybody's against this message (``AttemptLimits/burnAfter``).
    /// The second keeps a stolen session from guessing an account's password over many drafts. A count that
    /// has reached its limit stays locked though the policy's limit rise, until ``unlockAttempts(of:recording:)``.
    public func reserveAttempt(
        _ message: MessageGUID, by account: AccountID, limits: AttemptLimits, at now: Instant
    ) async throws(Fault) -> AttemptFacts? {
        try await writer.submit { work in
            let statements = work.statements
            guard let id = try Self.attempted(message, statements) else { return .undo(nil) }
            let account = account.rawValue
            try Self.endOverdue(id, account, at: now, statements)
            let here = try AttemptCount(of: account, at: id, statements)
            let everywhere = try AttemptCount(of: account, statements)
            let everybody = try AttemptCount(at: id, statements)
            let burnAfter = limits.burnAfter ?? .max
            if here.isLocked(by: limits) || everywhere.isLocked(by: limits)
                || everybody.wrong >= burnAfter
            {
                try Self.lock(id, account, limits, statements)
                return .keep(nil)
            }
            guard here.all < limits.lockAfter, everywhere.all < limits.lockAfter,
                everybody.all < burnAfter
            else {
                throw Fault(.overloaded, note: "as many passwords are looked at as may be wrong")
            }
            let until = now.advanced(by: Self.longestLook).milliseconds
            try statements.run(
                """
                INSERT INTO attempts(message, account, used, pending, pending_until)
                VALUES(?, ?, 0, 1, ?) ON CONFLICT DO UPDATE
                SET pending = pending + 1, pending_until = excluded.pending_until
                """, id, account, until)
            try statements.run(
                """
                INSERT INTO account_attempts(account, used, pending, pending_until)
                VALUES(?, 0, 1, ?) ON CONFLICT DO UPDATE
                SET pending = pending + 1, pending_until = excluded.pending_until
                """, account, until)
            return .keep(AttemptFacts(message: everybody.wrong, principal: everywhere.wrong))
        }
    }

    /// Gives a reserved attempt back: the password was right, or nobody looked at it.
    public func returnAttempt(
        _ message: MessageGUID, by account: AccountID
    ) async throws(Fault) {
        try await writer.submit { work in
            // The account's count knows of it even where the message has been erased meanwhile.
            if let id = try Self.attempted(message, work.statements) {
                try work.statements.run(
                    """
                    UPDATE attempts SET pending = pending - 1
                    WHERE message = ? AND account = ? AND pending > 0
                    """, id, account.rawValue)
            }
            try work.statements.run(
                "UPDATE account_attempts SET pending = pending - 1 WHERE account = ? AND pending > 0",
                account.rawValue)
            return .keep(())
        }
    }

    /// Counts a reserved attempt as a wrong password; the last one allowed locks, or destroys the message.
    public func countWrong(
        _ message: MessageGUID, by account: AccountID, limits: AttemptLimits,
        recording entry: @escaping @Sendable () throws(Fault) -> SealedEntry
    ) async throws(Fault) -> AttemptFacts {
        let (before, erased) = try await writer.submit {
            work -> GroupCommitter.Ending<(AttemptFacts, Erasure?)> in
            let (statements, account) = (work.statements, account.rawValue)
            let principal = try AttemptCount(of: account, statements).wrong
            // An administrator may have forgotten both rows while the password was looked at.
            try statements.run(
                """
                INSERT INTO account_attempts(account, used) VALUES(?, 1)
                ON CONFLICT DO UPDATE SET used = used + 1, pending = max(0, pending - 1)
                """, account)
            guard let id = try Self.attempted(message, statements) else {
                // Erased meanwhile; a wrong password it was all the same.
                try Self.lock(account, limits, statements)
                return .keep((AttemptFacts(message: 0, principal: principal), nil))
            }
            let before = AttemptFacts(
                message: try AttemptCount(at: id, statements).wrong, principal: principal)
            try statements.run(
                """
                INSERT INTO attempts(message, account, used) VALUES(?, ?, 1)
                ON CONFLICT DO UPDATE SET used = used + 1, pending = max(0, pending - 1)
                """, id, account)
            guard before.message + 1 >= limits.burnAfter ?? .max else {
                try Self.lock(id, account, limits, statements)
                return .keep((before, nil))
            }
            let erasure = try Erasure(of: id, statements)
            try work.append(try entry())
            return .keep((before, erasure))
        }
        if let erased { await finish(erased) }
        return before
    }

    private static func attempted(_ guid: MessageGUID, _ statements: Statements) throws -> Int64? {
        try statements.first(
            "SELECT id FROM messages WHERE guid = ? AND state <> 2", guid.bytes,
            read: { $0.integer(0) })
    }

    /// Counts as wrong what was reserved and never heard of again: a process ended, or the disk failed in between.
    private static func endOverdue(
        _ message: Int64, _ account: Int64, at now: Instant, _ statements: Statements
    ) throws {
        try statements.run(
            """
            UPDATE attempts SET used = used + pending, pending = 0
            WHERE message = ? AND pending > 0 AND pending_until <= ?
            """, message, now.milliseconds)
        try statements.run(
            """
            UPDATE account_attempts SET used = used + pending, pending = 0
            WHERE account = ? AND pending > 0 AND pending_until <= ?
            """, account, now.milliseconds)
    }

    /// Makes a lock of the counts that have reached their limit.
    private static func lock(
        _ message: Int64, _ account: Int64, _ limits: AttemptLimits, _ statements: Statements
    ) throws {
        try statements.run(
            "UPDATE attempts SET locked = 1 WHERE message = ? AND account = ? AND used >= ?",
            message, account, limits.lockAfter)
        try lock(account, limits, statements)
    }

    private static func lock(
        _ account: Int64, _ limits: AttemptLimits, _ statements: Statements
    ) throws {
        try statements.run(
            "UPDATE account_attempts SET locked = 1 WHERE account = ? AND used >= ?", account,
            limits.lockAfter)
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

/// Passwords that were wrong, and those still being looked at.
private struct AttemptCount {
    let wrong: Int
    private let pending: Int
    private let isLocked: Bool

    /// Both together: what the wrong ones could become.
    var all: Int { wrong + pending }

    /// One account's against one message.
    init(of account: Int64, at message: Int64, _ statements: Statements) throws {
        let row = try statements.first(
            "SELECT used, pending, locked FROM attempts WHERE message = ? AND account = ?",
            message, account, read: Self.init)
        self = row ?? Self()
    }

    /// One account's over all messages.
    init(of account: Int64, _ statements: Statements) throws {
        let row = try statements.first(
            "SELECT used, pending, locked FROM account_attempts WHERE account = ?", account,
            read: Self.init)
        self = row ?? Self()
    }

    /// Everybody's against one message.
    init(at message: Int64, _ statements: Statements) throws {
        let row = try statements.first(
            """
            SELECT coalesce(sum(used), 0), coalesce(sum(pending), 0), 0 FROM attempts
            WHERE message = ?
            """, message, read: Self.init)
        self = row ?? Self()
    }

    private init() {
        (wrong, pending, isLocked) = (0, 0, false)
    }

    private init(_ row: Columns) {
        (wrong, pending, isLocked) = (row.count(0), row.count(1), row.truth(2))
    }

    func isLocked(by limits: AttemptLimits) -> Bool { isLocked || wrong >= limits.lockAfter }
}
