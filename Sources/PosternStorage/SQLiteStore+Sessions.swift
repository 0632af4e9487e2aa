public import PosternCredentials
public import PosternModel
public import PosternPipeline

extension SQLiteStore: SessionStore {
    /// Looks a token's digest up, with the account as it is now.
    public func session(_ token: TokenDigest) throws(Fault) -> SessionRecord? {
        let record = try readers.read { statements in
            try statements.first(
                """
                SELECT s.account, a.address, a."group", a.status = 'disabled', s.revoked, s.last_seen
                FROM sessions s JOIN accounts a ON a.id = s.account WHERE s.digest = ?
                """, token.bytes
            ) { row in
                SessionRecord(
                    account: AccountID(rawValue: row.integer(0)), address: try row.address(1),
                    group: row.text(2), accountDisabled: row.truth(3), revoked: row.truth(4),
                    lastSeen: row.instant(5))
            }
        }
        guard var record, let noted = touches.lastNoted(token) else { return record }
        record.lastSeen = max(record.lastSeen, Instant(milliseconds: noted))
        return record
    }

    /// Notes a use; the writer makes it durable when it next passes.
    public func touch(_ token: TokenDigest, at instant: Instant) {
        if touches.note(token, instant.milliseconds) { writer.nudge() }
    }
}
