public import PosternCredentials
public import PosternModel
public import PosternPipeline
import PosternSealing

extension SQLiteStore: LedgerViews {
    /// Reads as of one instant; every part of what a send looks at is an index look-up.
    public func view<Value>(
        _ body: (any LedgerView) throws(Fault) -> Value
    ) throws(Fault) -> Value {
        try readers.snapshot {
            try body(SQLiteView(statements: $0, touches: touches, vault: vault, files: files))
        }
    }

    /// Notes a use; the writer makes it durable when it next passes.
    public func touch(_ token: TokenDigest, at instant: Instant) {
        if touches.note(token, instant.milliseconds) { writer.nudge() }
    }
}

/// One snapshot of the data file.
struct SQLiteView: LedgerView {
    let statements: Statements
    let touches: TouchBook
    let vault: KeyVault
    let files: ContentFiles

    func load(
        _ guid: MessageGUID, for account: AccountID, on day: String
    ) throws(Fault) -> DraftLookup {
        try read { try find(guid, account, day) }
    }

    func preview(
        _ composition: Composition, for account: AccountID, on day: String
    ) throws(Fault) -> DraftLookup {
        try read { try foresee(composition, account, day) }
    }

    func used(by account: AccountID, on day: String) throws(Fault) -> QuotaUse {
        try read {
            try statements.first(
                "SELECT messages, invites FROM quotas WHERE account = ? AND day = ?",
                account.rawValue, day,
                read: { QuotaUse(messages: $0.count(0), invites: $0.count(1)) })
        } ?? QuotaUse(messages: 0, invites: 0)
    }

    func session(_ token: TokenDigest) throws(Fault) -> SessionRecord? {
        let record = try read {
            try statements.first(
                """
                SELECT s.account, a.address, a."group", a.status = 'disabled', s.revoked, s.last_seen,
                  a.handle, s.lasting, s.reading_only
                FROM sessions s JOIN accounts a ON a.id = s.account WHERE s.digest = ?
                """, token.bytes
            ) { row in
                SessionRecord(
                    account: AccountID(rawValue: row.integer(0)), address: try row.address(1),
                    group: row.text(2), accountDisabled: row.truth(3), revoked: row.truth(4),
                    lastSeen: row.instant(5), handle: try row.handle(6), lasting: row.truth(7),
                    readingOnly: row.truth(8))
            }
        }
        guard var record, let noted = touches.lastNoted(token) else { return record }
        record.lastSeen = max(record.lastSeen, Instant(milliseconds: noted))
        return record
    }

    func session(of name: AccountName) throws(Fault) -> SessionRecord? {
        func record(_ row: Columns) throws -> SessionRecord {
            SessionRecord(
                account: AccountID(rawValue: row.integer(0)), address: try row.address(1),
                group: row.text(2), accountDisabled: row.truth(3), revoked: false,
                lastSeen: Instant(milliseconds: 0), handle: try row.handle(4), lasting: true)
        }
        return try read {
            switch name {
            case .address(let address):
                try statements.first(
                    """
                    SELECT id, address, "group", status = 'disabled', handle
                    FROM accounts WHERE address = ? AND status <> 'pending'
                    """, address.description, read: record)
            case .handle(let handle):
                try statements.first(
                    """
                    SELECT id, address, "group", status = 'disabled', handle
                    FROM accounts WHERE handle = ? AND status <> 'pending'
                    """, handle.description, read: record)
            }
        }
    }

    func read<Value>(_ body: () throws -> Value) throws(Fault) -> Value {
        do { return try body() } catch { throw Fault(.storageUnreadable, error) }
    }
}
