public import PosternModel
public import PosternPipeline

extension SQLiteStore: Outbox {
    /// One courier's rows that are due and in nobody's hands: those put off first, then as they were accepted.
    ///
    /// Rows of a stopped message that came back undone are taken away here, and not handed out.
    public func due(
        _ courier: OutboxRow.Courier, at instant: Instant, limit: Int, lease: Duration
    ) async throws(Fault) -> [OutboxRow] {
        let end = instant.advanced(by: lease)
        let search = OutboxSearch(of: courier)
        var due: [OutboxRow] = []
        var stopped: [OutboxRow.ID] = []
        var textBytes = 0
        var isFull: Bool {
            due.count + stopped.count >= limit || textBytes >= OutboxSearch.mostTextBytes
        }
        guard limit > 0 else { return due }
        let look = leases.beginLook()
        defer { leases.endLook(look) }
        // Returns whether there is room for more.
        func take(_ row: Columns) throws -> Bool {
            let id = row.integer(0)
            guard leases.take(id, for: courier, at: instant, until: end) else { return !isFull }
            if row.truth(search.stopped) {
                stopped.append(id)
                return !isFull
            }
            do {
                let found = try search.read(row, vault, instant)
                textBytes += found.text?.utf8.count ?? found.letter?.body.utf8.count ?? 0
                due.append(found)
            } catch {
                leases.release([id])
                throw error
            }
            return !isFull
        }
        do {
            try readers.read { statements in
                try statements.each(
                    search.putOff, courier.rawValue, instant.milliseconds, read: take)
                if isFull { return }
                let beginning = leases.beginning(for: courier, at: instant)
                var last = beginning.row
                try statements.each(search.atOnce, beginning.row, courier.rawValue) { row in
                    last = row.integer(0)
                    return try take(row)
                }
                leases.note(handedOut: last, from: beginning, of: courier)
            }
            try await abandon(stopped)
            return due
        } catch {
            leases.release(due.map(\.id))
            throw error
        }
    }

    /// Takes rows of stopped messages away; their leases end, even when that cannot be written down.
    private func abandon(_ rows: [OutboxRow.ID]) async throws(Fault) {
        guard !rows.isEmpty else { return }
        defer { leases.release(rows) }
        try await writer.submit { work in
            for row in rows { _ = try Self.abandon(row, work.statements) }
            return .keep(())
        }
    }

    /// Takes a row away if its message was stopped, and counts its recipient among those who were kept from having it.
    ///
    /// - Returns: Whether it was.
    private static func abandon(
        _ row: OutboxRow.ID, _ statements: Statements
    ) throws -> Bool {
        let stoppedAt = try statements.first(
            """
            UPDATE stops SET removed = removed + 1,
              recipients = recipients + (SELECT courier <> 'smtp' FROM outbox WHERE id = ?1)
            WHERE message = (SELECT message FROM outbox WHERE id = ?1) RETURNING at
            """, row, read: { $0.instant(0) })
        guard let stoppedAt else { return false }
        try remove(row, telling: .unsent, at: stoppedAt, statements)
        return true
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
            for id in ids { try Self.deliver(id, at: instant, work.statements) }
            return .keep(())
        }
    }

    private static func deliver(
        _ id: OutboxRow.ID, at instant: Instant, _ statements: Statements
    ) throws {
        let row = try statements.first(
            """
            SELECT o.message, a.id, o.accepted_at FROM outbox o
            LEFT JOIN accounts a ON a.address = o.recipient
            WHERE o.id = ? AND o.courier = 'mailbox'
            """, id,
            read: {
                (
                    message: $0.integer(0), account: $0.isNull(1) ? nil : $0.integer(1),
                    sentAt: $0.integer(2)
                )
            })
        guard let row else { return }
        guard let account = row.account else {
            return try bury(statements, id, reason: "the recipient has no account", at: instant)
        }
        try statements.run(
            """
            INSERT INTO mailboxes(account, sent_at, message, delivered_at) VALUES(?, ?, ?, ?)
            ON CONFLICT DO NOTHING
            """, account, row.sentAt, row.message, instant.milliseconds)
        try remove(id, statements)
    }

    static func remove(_ row: OutboxRow.ID, _ statements: Statements) throws {
        try statements.run("DELETE FROM outbox WHERE id = ?", row)
    }

    /// Takes away a row that a courier carried, or tried to, and owes the call back that tells of it.
    ///
    /// Whether anybody wants to be told is found out as the row is deleted: hardly anybody does.
    private static func remove(
        _ row: OutboxRow.ID, telling ending: DispatchEvent.Ending, at instant: Instant,
        _ statements: Statements
    ) throws {
        let message = try statements.first(
            """
            DELETE FROM outbox WHERE id = ? RETURNING
              (SELECT w.message FROM callback_wishes w
               WHERE w.message = outbox.message AND outbox.courier IN ('webhook', 'cell'))
            """, row, read: { $0.isNull(0) ? nil : $0.integer(0) })
        guard let message, let message else { return }
        try CallbackWish.owe(ending, of: message, at: instant, statements)
    }

    /// Settles rows that the other side took; their leases end, even when that cannot be written down.
    public func delivered(_ rows: [OutboxRow.ID], at instant: Instant) async throws(Fault) {
        defer { leases.release(rows) }
        try await writer.submit { work in
            for id in rows {
                try Self.remove(id, telling: .delivered, at: instant, work.statements)
            }
            return .keep(())
        }
    }

    /// Puts a row off and counts one attempt; its lease ends, even when that cannot be written down.
    ///
    /// A row whose message was stopped meanwhile is taken away instead.
    public func delay(
        _ row: OutboxRow.ID, until instant: Instant, reason: String
    ) async throws(Fault) {
        defer { leases.release([row]) }
        try await writer.submit { work in
            if try Self.abandon(row, work.statements) { return .keep(()) }
            try work.statements.run(
                "UPDATE outbox SET due_at = ?, attempts = attempts + 1, reason = ? WHERE id = ?",
                instant.milliseconds, reason, row)
            return .keep(())
        }
    }

    /// Gives a row up into a dead letter; its lease ends, even when that cannot be written down.
    ///
    /// A row whose message was stopped meanwhile is taken away instead: nobody waits for it any more.
    public func bury(
        _ row: OutboxRow.ID, reason: String, at instant: Instant
    ) async throws(Fault) {
        defer { leases.release([row]) }
        try await writer.submit { work in
            if try Self.abandon(row, work.statements) { return .keep(()) }
            try Self.bury(work.statements, row, reason: reason, at: instant)
            return .keep(())
        }
    }

    /// Hands rows back that were not begun.
    public func release(_ rows: [OutboxRow.ID]) async { leases.release(rows) }

    /// Moves a row that is still there among the dead letters.
    private static func bury(
        _ statements: Statements, _ row: OutboxRow.ID, reason: String, at instant: Instant
    ) throws {
        try statements.run(
            """
            INSERT INTO dead_letters(
              id, message, courier, recipient, attempts, accepted_at, buried_at, reason)
            SELECT id, message, courier, recipient, attempts + 1, accepted_at, ?2, ?3
            FROM outbox WHERE id = ?1
            """, row, instant.milliseconds, reason)
        try remove(row, telling: .undelivered, at: instant, statements)
    }

    /// When a courier's next row that is in nobody's hands falls due, or the next lease ends.
    public func nextDue(_ courier: OutboxRow.Courier) async throws(Fault) -> Instant? {
        let accepted = try readers.read { statements in
            try statements.first(
                """
                SELECT due_at FROM outbox
                WHERE id > ? AND courier = ? AND attempts = 0 AND due_at <= accepted_at
                ORDER BY id LIMIT 1
                """, leases.beginning(for: courier, at: .init(milliseconds: .min)).row,
                courier.rawValue, read: { $0.instant(0) })
        }
        var putOff: Instant?
        try readers.read { statements in
            try statements.each(
                """
                SELECT id, due_at FROM outbox
                WHERE courier = ? AND (attempts > 0 OR due_at > accepted_at) ORDER BY due_at, id
                """, courier.rawValue
            ) { row in
                guard !leases.isHeld(row.integer(0)) else { return true }
                putOff = row.instant(1)
                return false
            }
        }
        return [accepted, putOff, leases.firstEnd(for: courier)].compactMap { $0 }.min()
    }
}
