import GRDB
public import PosternModel
public import PosternPipeline

extension SQLiteStore: Outbox {
    /// One courier's rows that are due and in nobody's hands, oldest first.
    public func due(
        _ courier: OutboxRow.Courier, at instant: Instant, limit: Int, lease: Duration
    ) async throws(Fault) -> [OutboxRow] {
        let end = instant.advanced(by: lease)
        var taken: [Int64] = []
        do {
            return try readers.snapshot { db in
                let rows = try Row.fetchCursor(
                    db.cachedStatement(
                        sql: """
                            SELECT o.id, m.guid, o.courier, o.recipient, o.attempts, o.accepted_at,
                              n.subject, n.text, n.html
                            FROM outbox o JOIN messages m ON m.id = o.message
                            LEFT JOIN notifications n ON n.message = o.message AND o.courier = 'smtp'
                            WHERE o.courier = ? AND o.due_at <= ? ORDER BY o.due_at, o.id
                            """), arguments: [courier.rawValue, instant.milliseconds])
                var due: [OutboxRow] = []
                while due.count < limit, let row = try rows.next() {
                    let id: Int64 = row[0]
                    guard leases.take(id, at: instant, until: end) else { continue }
                    taken.append(id)
                    due.append(try Self.outboxRow(row))
                }
                return due
            }
        } catch {
            leases.release(taken)
            throw error
        }
    }

    private static func outboxRow(_ row: Row) throws -> OutboxRow {
        guard let guid = try row.guid(1) else { throw unreadable("message name") }
        let notification = (row[6] as String?).map {
            Notification(subject: $0, text: row[7], html: row[8])
        }
        return OutboxRow(
            id: row[0], message: guid, courier: try row.word(2), recipient: try row.address(3),
            notification: notification, attempts: row[4],
            acceptedAt: Instant(milliseconds: row[5]))
    }

    /// Puts messages in mailboxes and settles their rows; a row that is settled already changes nothing.
    ///
    /// A row for an address that has no account becomes a dead letter: nothing vanishes unseen.
    ///
    /// The rows' leases end whatever happens: a delivery that failed may be repeated at once without harm, and
    /// nobody is to wait for a lease after the ledger works again.
    public func deliverToMailboxes(
        _ rows: [OutboxRow], at instant: Instant
    ) async throws(Fault) {
        let ids = rows.map(\.id)
        defer { leases.release(ids) }
        try await writer.submit { work in
            for id in ids {
                try work.db.run(
                    """
                    INSERT INTO mailboxes(account, message, delivered_at)
                    SELECT a.id, o.message, ?2 FROM outbox o JOIN accounts a ON a.address = o.recipient
                    WHERE o.id = ?1 AND o.courier = 'mailbox' ON CONFLICT DO NOTHING
                    """, [id, instant.milliseconds])
                try work.db.run(
                    """
                    DELETE FROM outbox WHERE id = ?1 AND courier = 'mailbox'
                      AND EXISTS(SELECT 1 FROM accounts WHERE address = recipient)
                    """, [id])
                try Self.bury(work.db, id, reason: "the recipient has no account", at: instant)
            }
            return .keep(())
        }
    }

    /// Settles rows whose notifications the relay took.
    public func delivered(_ rows: [OutboxRow.ID], at instant: Instant) async throws(Fault) {
        try await writer.submit { work in
            for id in rows { try work.db.run("DELETE FROM outbox WHERE id = ?", [id]) }
            return .keep(())
        }
        leases.release(rows)
    }

    /// Puts a row off and counts one attempt; its lease ends.
    public func delay(
        _ row: OutboxRow.ID, until instant: Instant, reason: String
    ) async throws(Fault) {
        try await writer.submit { work in
            try work.db.run(
                "UPDATE outbox SET due_at = ?, attempts = attempts + 1, reason = ? WHERE id = ?",
                [instant.milliseconds, reason, row])
            return .keep(())
        }
        leases.release([row])
    }

    /// Gives a row up into a dead letter.
    public func bury(
        _ row: OutboxRow.ID, reason: String, at instant: Instant
    ) async throws(Fault) {
        try await writer.submit { work in
            try Self.bury(work.db, row, reason: reason, at: instant)
            return .keep(())
        }
        leases.release([row])
    }

    /// Moves a row that is still there among the dead letters.
    private static func bury(
        _ db: Database, _ row: OutboxRow.ID, reason: String, at instant: Instant
    ) throws {
        try db.run(
            """
            INSERT INTO dead_letters(
              id, message, courier, recipient, attempts, accepted_at, buried_at, reason)
            SELECT id, message, courier, recipient, attempts + 1, accepted_at, ?2, ?3
            FROM outbox WHERE id = ?1
            """, [row, instant.milliseconds, reason])
        try db.run("DELETE FROM outbox WHERE id = ?", [row])
    }

    /// When a courier's next row that is in nobody's hands falls due, or the next lease ends.
    public func nextDue(_ courier: OutboxRow.Courier) async throws(Fault) -> Instant? {
        try readers.snapshot { db in
            let rows = try Row.fetchCursor(
                db.cachedStatement(
                    sql: "SELECT id, due_at FROM outbox WHERE courier = ? ORDER BY due_at, id"),
                arguments: [courier.rawValue])
            var next: Instant?
            while let row = try rows.next() {
                let due = Instant(milliseconds: row[1])
                if let next, due >= next { break }
                let end = leases.end(of: row[0])
                next = min(next ?? .init(milliseconds: .max), max(due, end ?? due))
                if end == nil { break }
            }
            return next
        }
    }
}
