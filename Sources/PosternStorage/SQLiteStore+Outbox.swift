public import PosternModel
public import PosternPipeline

extension SQLiteStore: Outbox {
    /// One courier's rows that are due and in nobody's hands: those put off first, then as they were accepted.
    ///
    /// Rows of a stopped message that came back undone are taken away here, and not handed out.
    public func due(
        _ courier: OutboxRow.Courier, at instant: Instant, limit: Int, lease: Duration
    ) async throws(Fault) -> [OutboxRow] {
        let taken = try workList.take(
            for: courier, by: .inLedger(of: courier), at: instant, limit: limit, lease: lease)
        do throws(Fault) {
            try await takeBack(taken.stopped, at: instant)
            // What cannot be opened is read all the same, with the reason why (``OutboxSearch``).
            guard taken.unreadable.isEmpty else { throw Fault(.contentUnreadable) }
            return taken.due
        } catch {
            leases.release(taken.due.map(\.id) + taken.unreadable)
            throw error
        }
    }

    private var workList: WorkList { WorkList(readers: readers, vault: vault, leases: leases) }

    /// Takes rows of stopped messages away; their leases end, even when that cannot be written down.
    private func takeBack(
        _ rows: [OutboxRow.ID], at instant: Instant
    ) async throws(Fault) {
        guard !rows.isEmpty else { return }
        defer { leases.release(rows) }
        try await writer.submit { work in
            for row in rows {
                _ = try Withdrawal.takeBack(row, isKept: false, at: instant, work.statements)
            }
            return .keep(())
        }
    }

    /// Takes a row away if its message was stopped, and counts its recipient among those who were kept from having it.
    ///
    /// - Returns: Whether it was.
    static func abandon(
        _ row: OutboxRow.ID, _ statements: Statements
    ) throws -> Bool {
        let stoppedAt = try statements.first(
            """
            UPDATE stops SET removed = removed + 1,
              recipients = recipients + (SELECT courier <> 'smtp' FROM outbox WHERE id = ?1)
            WHERE message = (SELECT message FROM outbox WHERE id = ?1) RETURNING at
            """, row, read: { $0.instant(0) })
        guard let stoppedAt else { return false }
        _ = try remove(row, telling: .unsent, at: stoppedAt, statements)
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
            _ = try bury(statements, id, reason: "the recipient has no account", at: instant)
            return
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

    /// Takes away a row that came to an end, owes the call back that tells of it, brings forward what may take the message's
    /// place, and has a message erased that its owner threw away and nobody else has.
    ///
    /// Whether anybody wants to be told, and whether the rest is to be done, is found out as the row is deleted: hardly ever.
    ///
    /// - Returns: Whether another message is due now because of it.
    static func remove(
        _ row: OutboxRow.ID, telling ending: DispatchEvent.Ending, at instant: Instant,
        _ statements: Statements
    ) throws -> Bool {
        let found = try statements.first(
            """
            DELETE FROM outbox WHERE id = ? RETURNING message,
              EXISTS(SELECT 1 FROM callback_wishes w
                WHERE w.message = outbox.message AND outbox.courier IN ('webhook', 'cell')),
              EXISTS(SELECT 1 FROM cascade_steps c
                WHERE c.message = outbox.message AND outbox.courier <> 'smtp'),
              EXISTS(SELECT 1 FROM messages m WHERE m.id = outbox.message AND m.owner_deleted)
            """, row,
            read: {
                (
                    message: $0.integer(0), isToldOf: $0.truth(1), isInCascade: $0.truth(2),
                    isThrownAway: $0.truth(3)
                )
            })
        guard let found else { return false }
        if found.isToldOf {
            try CallbackWish.owe(ending, of: found.message, at: instant, statements)
        }
        if found.isThrownAway, try !isHeld(found.message, statements) {
            try eraseOnceTold(found.message, at: instant, statements)
        }
        return found.isInCascade
            ? try CascadeRows.noteEnded(found.message, ending, at: instant, statements) : false
    }

    /// Has a sent message erased when its sender was told what became of it: whoever erases what has expired does it.
    static func eraseOnceTold(
        _ message: Int64, at instant: Instant, _ statements: Statements
    ) throws {
        try statements.run(
            """
            UPDATE messages SET erase_at = min(coalesce(erase_at, ?2), ?2)
            WHERE id = ?1 AND state = 1
            """, message, instant.milliseconds)
    }

    /// Settles rows that the other side took; their leases end, even when that cannot be written down.
    public func delivered(_ rows: [OutboxRow.ID], at instant: Instant) async throws(Fault) {
        defer { leases.release(rows) }
        let isNextDue = try await writer.submit { work in
            var isNextDue = false
            for id in rows
            where try Self.remove(id, telling: .delivered, at: instant, work.statements) {
                isNextDue = true
            }
            return .keep(isNextDue)
        }
        if isNextDue { announceDue(at: instant) }
    }

    /// Notes that rows are about to be carried; those of stopped messages are taken away, and their leases end.
    public func handing(
        _ rows: [OutboxRow.ID], to hands: OutboxRow.Hands, at instant: Instant
    ) async throws(Fault) -> Set<OutboxRow.ID> {
        try await handedRows.hand(rows) { row, statements in
            if try Withdrawal.takeBack(row, isKept: false, at: instant, statements) {
                return false
            }
            // Noted before and never answered for: the process ended in between. What a core may have stays with it.
            return try statements.run(
                """
                UPDATE outbox SET entrusting = CASE
                  WHEN ?2 OR entrusting > 0 THEN iif(entrusting = 0, 1, 2)
                  ELSE iif(entrusting = 0, -1, -2) END WHERE id = ?1
                """, row, hands == .core) == 1
        }
    }

    private var handedRows: HandedRows { HandedRows(writer: writer, leases: leases) }

    /// Notes that somebody outside may have a row; its lease ends where that cannot be written down.
    public func unanswered(_ row: OutboxRow.ID) async throws(Fault) {
        try await handedRows.noteUnanswered(
            row,
            by: """
                UPDATE outbox SET entrusting = iif(entrusting < 0, -2, max(entrusting, 2))
                WHERE id = ?
                """)
    }

    /// Puts a row off; its lease ends, even when that cannot be written down.
    ///
    /// A row whose message was stopped meanwhile is taken away instead.
    public func delay(
        _ row: OutboxRow.ID, until instant: Instant, reason: String, counting isAttempt: Bool
    ) async throws(Fault) {
        defer { leases.release([row]) }
        try await writer.submit { work in
            if try Withdrawal.takeBack(row, isKept: true, at: instant, work.statements) {
                return .keep(())
            }
            try work.statements.run(
                """
                UPDATE outbox SET due_at = iif(?3, ?2, max(?2, accepted_at + 1)),
                  attempts = attempts + ?3, reason = ?4,
                  entrusting = iif(entrusting IN (1, -1), 0, entrusting)
                WHERE id = ?1
                """, row, instant.milliseconds, isAttempt, reason)
            return .keep(())
        }
    }

    /// Gives a row up into a dead letter; its lease ends, even when that cannot be written down.
    ///
    /// A row whose message was stopped meanwhile is taken away instead: nobody waits for it any more. One that a delivery core
    /// elsewhere may have is withdrawn there first.
    public func bury(
        _ row: OutboxRow.ID, reason: String, at instant: Instant
    ) async throws(Fault) {
        defer { leases.release([row]) }
        let isNextDue = try await writer.submit { work in
            if try Withdrawal.takeBack(row, isKept: true, at: instant, work.statements) {
                return .keep(false)
            }
            guard try !Withdrawal.mayBeElsewhere(row, work.statements) else {
                try Withdrawal.giveUp(row, reason: reason, work.statements)
                return .keep(false)
            }
            return .keep(try Self.bury(work.statements, row, reason: reason, at: instant))
        }
        if isNextDue { announceDue(at: instant) }
    }

    /// Hands rows back that were not begun; where that cannot be written down, they may have left for all that is known.
    public func release(_ rows: [OutboxRow.ID]) async {
        await handedRows.handBack(
            rows, by: "UPDATE outbox SET entrusting = 0 WHERE id = ? AND entrusting IN (1, -1)")
    }

    /// Moves a row that is still there among the dead letters.
    ///
    /// - Returns: Whether another message is due now because of it.
    static func bury(
        _ statements: Statements, _ row: OutboxRow.ID, reason: String, at instant: Instant
    ) throws -> Bool {
        try statements.run(
            """
            INSERT INTO dead_letters(
              id, message, courier, recipient, attempts, accepted_at, buried_at, reason)
            SELECT id, message, courier, recipient, attempts + 1, accepted_at, ?2, ?3
            FROM outbox WHERE id = ?1
            """, row, instant.milliseconds, reason)
        return try remove(row, telling: .undelivered, at: instant, statements)
    }

    /// When a courier's next row that is in nobody's hands falls due, or the next lease ends.
    public func nextDue(_ courier: OutboxRow.Courier) async throws(Fault) -> Instant? {
        try workList.nextDue(courier, by: .inLedger(of: courier))
    }
}
