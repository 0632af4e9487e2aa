import Crypto
public import PosternModel
public import PosternPipeline
public import PosternPolicy

extension SQLiteStore {
    /// Reserves a sign-in before its password is looked at; after a while without a wrong one, it counts from the beginning.
    ///
    /// Requests come here in another order than they took the time: one that is a little late must neither pass for a clock
    /// set back nor shorten the wait. A clock set back by more than the wait does begin anew, or it would lock for long.
    public func reserveSignIn(
        _ account: AccountID, limits: LoginRules, at now: Instant
    ) async throws(Fault) -> SignInReservation {
        try await writer.submit { work in
            let statements = work.statements
            let count = try SignInCount(of: account, at: now, within: limits.lockFor, statements)
            let refusal: SignInReservation? =
                if count.wrong >= limits.lockAfter {
                    .usedUp(until: count.last.advanced(by: limits.lockFor))
                } else if count.wrong + count.pending >= limits.lockAfter { .crowded } else { nil }
            if let refusal {
                guard limits.hidesAccounts else { return .undo(refusal) }
                try Self.pretendSignIn(statements)
                return .keep(refusal)
            }
            try statements.run(
                """
                INSERT INTO sign_ins(account, used, last_at, pending, pending_until)
                VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE
                SET used = ?2, last_at = ?3, pending = ?4, pending_until = ?5
                """, account.rawValue, count.wrong, count.last.milliseconds, count.pending + 1,
                now.advanced(by: Self.longestLook).milliseconds)
            return .keep(.reserved)
        }
    }

    /// Gives a reserved sign-in back whose password nobody looked at.
    public func returnSignIn(_ account: AccountID) async throws(Fault) {
        try await writer.submit { work in
            try Self.forgetPending(of: account, work.statements)
            return .keep(())
        }
    }

    /// Ends a reserved sign-in that opens no session.
    public func endSignIn(
        of account: AccountID, wrongly isWrong: Bool, at now: Instant, recording entry: SealedEntry
    ) async throws(Fault) {
        try await writer.submit { work in
            if isWrong {
                // An administrator, or a right password, may have forgotten the row meanwhile.
                try work.statements.run(
                    """
                    INSERT INTO sign_ins(account, used, last_at) VALUES(?1, 1, ?2)
                    ON CONFLICT DO UPDATE
                    SET used = used + 1, last_at = max(last_at, ?2), pending = max(0, pending - 1)
                    """, account.rawValue, now.milliseconds)
            } else {
                try Self.forgetPending(of: account, work.statements)
            }
            try work.append(entry)
            return .keep(())
        }
    }

    private static func forgetPending(of account: AccountID, _ statements: Statements) throws {
        try statements.run(
            "UPDATE sign_ins SET pending = pending - 1 WHERE account = ? AND pending > 0",
            account.rawValue)
    }

    /// Commits as reserving a sign-in does, or as ending one does, about nobody.
    public func pretendSignIn(recording entry: SealedEntry?) async throws(Fault) {
        try await writer.submit { work in
            _ = try SignInCount(
                of: AccountID(rawValue: 0), at: Instant(milliseconds: 0), within: .zero,
                work.statements)
            try Self.pretendSignIn(work.statements)
            if let entry {
                // The key is not kept: what an entry would have sealed is sealed for good.
                let sealed = try SealedOpenings.seal(
                    entry.openings, index: work.nextIndex, key: SymmetricKey(size: .bits256))
                try work.statements.run(
                    """
                    INSERT INTO meta(key, value) VALUES('a sign-in of nobody', ?1)
                    ON CONFLICT DO UPDATE SET value = ?1
                    """, entry.leaf + sealed)
            }
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
}

/// Sign-ins of an account whose passwords were wrong, and those still being looked at.
private struct SignInCount {
    private(set) var wrong = 0
    private(set) var pending = 0
    private(set) var last: Instant

    init(
        of account: AccountID, at now: Instant, within wait: Duration, _ statements: Statements
    ) throws {
        last = now
        let row = try statements.first(
            "SELECT used, last_at, pending, pending_until FROM sign_ins WHERE account = ?",
            account.rawValue,
            read: {
                (
                    wrong: $0.count(0), last: $0.instant(1), pending: $0.count(2),
                    until: $0.instant(3)
                )
            })
        guard let row else { return }
        if row.last > now.advanced(by: .zero - wait), row.last <= now.advanced(by: wait) {
            (wrong, last) = (row.wrong, row.last)
        }
        // Of one that was never heard of again nobody knows better than that it was wrong.
        if row.until > now { pending = row.pending } else { wrong += row.pending }
    }
}
