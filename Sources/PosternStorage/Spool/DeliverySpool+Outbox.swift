import PosternCoreContract
public import PosternModel
public import PosternPipeline
import PosternSealing

extension DeliverySpool: Outbox {
    private var workList: WorkList { WorkList(readers: readers, vault: vault, leases: leases) }

    /// One courier's rows that are due and in nobody's hands: those put off first, then as they were entrusted.
    ///
    /// Rows withdrawn while a courier had them are taken away here, and so are those that cannot be opened.
    public func due(
        _ courier: OutboxRow.Courier, at instant: Instant, limit: Int, lease: Duration
    ) async throws(Fault) -> [OutboxRow] {
        guard courier != .mailbox else { return [] }
        let taken = try workList.take(
            for: courier, by: .entrusted, at: instant, limit: limit, lease: lease)
        do throws(Fault) {
            try await callOff(taken.stopped, at: instant)
            try await end(
                taken.unreadable, as: .undelivered,
                reason: "The delivery cannot be opened: \(FaultCode.contentUnreadable.rawValue).",
                at: instant)
            return taken.due
        } catch {
            leases.release(taken.due.map(\.id) + taken.stopped + taken.unreadable)
            throw error
        }
    }

    /// Never works: a spool has no mailboxes, and hands out no rows for them.
    public func deliverToMailboxes(
        _ rows: [OutboxRow], at instant: Instant
    ) async throws(Fault) {
        throw Fault(.deliveryRejected, note: "a spool has no mailboxes")
    }

    /// Settles rows that the other side took; their leases end, even when that cannot be written down.
    public func delivered(_ rows: [OutboxRow.ID], at instant: Instant) async throws(Fault) {
        try await end(rows, as: .delivered, reason: nil, at: instant, afterAttempts: 1)
    }

    /// Notes that rows are about to be carried; those withdrawn meanwhile are taken away, and their leases end.
    public func handing(
        _ rows: [OutboxRow.ID], to hands: OutboxRow.Hands, at instant: Instant
    ) async throws(Fault) -> Set<OutboxRow.ID> {
        try await handedRows.hand(rows) { row, statements in
            // Noted before and never answered for: the process ended in between.
            let isThere = try statements.run(
                """
                UPDATE outbox SET handed = iif(handed = 0, 1, 2)
                WHERE id = ? AND withdrawn_at IS NULL
                """, row)
            if isThere == 0 { try Self.callOff(row, isKept: false, at: instant, statements) }
            return isThere == 1
        }
    }

    private var handedRows: HandedRows { HandedRows(writer: writer, leases: leases) }

    /// Notes that a row may have left; its lease ends where that cannot be written down.
    public func unanswered(_ row: OutboxRow.ID) async throws(Fault) {
        try await handedRows.noteUnanswered(
            row, by: "UPDATE outbox SET handed = 2 WHERE id = ?")
    }

    /// Puts a row off; its lease ends, even when that cannot be written down.
    ///
    /// A row that was withdrawn meanwhile is taken away instead.
    public func delay(
        _ row: OutboxRow.ID, until instant: Instant, reason: String, counting isAttempt: Bool
    ) async throws(Fault) {
        defer { leases.release([row]) }
        let isOver = try await writer.submit { work in
            let changed = try work.statements.run(
                """
                UPDATE outbox SET due_at = iif(?3, ?2, max(?2, accepted_at + 1)),
                  attempts = attempts + ?3, reason = ?4, handed = iif(handed = 1, 0, handed)
                WHERE id = ?1 AND withdrawn_at IS NULL
                """, row, instant.milliseconds, isAttempt, reason)
            if changed > 0 { return .keep(false) }
            return .keep(
                try Self.callOff(
                    row, isKept: true, at: instant, afterAttempts: isAttempt ? 1 : 0,
                    work.statements))
        }
        if isOver { writer.emptyLogSoon() }
    }

    /// Gives a row up; its lease ends, even when that cannot be written down.
    ///
    /// A row that was withdrawn meanwhile is taken away instead: nobody waits for it any more.
    public func bury(
        _ row: OutboxRow.ID, reason: String, at instant: Instant
    ) async throws(Fault) {
        defer { leases.release([row]) }
        try await writer.submit { work in
            let isWithdrawn = try work.statements.first(
                "SELECT withdrawn_at IS NOT NULL FROM outbox WHERE id = ?", row,
                read: { $0.truth(0) })
            if isWithdrawn == true {
                try Self.callOff(
                    row, isKept: true, at: instant, afterAttempts: 1, work.statements)
            } else {
                try Self.end(
                    row, as: .undelivered, reason: reason, at: instant, afterAttempts: 1,
                    work.statements)
            }
            return .keep(())
        }
        writer.emptyLogSoon()
    }

    /// Hands rows back that were not begun; where that cannot be written down, they may have left for all that is known.
    public func release(_ rows: [OutboxRow.ID]) async {
        await handedRows.handBack(
            rows, by: "UPDATE outbox SET handed = 0 WHERE id = ? AND handed = 1")
    }

    /// When a courier's next row that is in nobody's hands falls due, or the next lease ends.
    public func nextDue(_ courier: OutboxRow.Courier) async throws(Fault) -> Instant? {
        guard courier != .mailbox else { return nil }
        return try workList.nextDue(courier, by: .entrusted)
    }

    private func end(
        _ rows: [OutboxRow.ID], as standing: DeliveryState.Standing, reason: String?,
        at instant: Instant, afterAttempts more: Int = 0
    ) async throws(Fault) {
        guard !rows.isEmpty else { return }
        defer { leases.release(rows) }
        try await writer.submit { work in
            for row in rows {
                try Self.end(
                    row, as: standing, reason: reason, at: instant, afterAttempts: more,
                    work.statements)
            }
            return .keep(())
        }
        writer.emptyLogSoon()
    }

    /// Takes away rows that were withdrawn in somebody's hands and came back; nothing is known of how they fared there.
    private func callOff(
        _ rows: [OutboxRow.ID], at instant: Instant
    ) async throws(Fault) {
        guard !rows.isEmpty else { return }
        defer { leases.release(rows) }
        try await writer.submit { work in
            for row in rows {
                try Self.callOff(row, isKept: false, at: instant, work.statements)
            }
            return .keep(())
        }
        writer.emptyLogSoon()
    }

    /// Ends a row that nobody waits for any more: as withdrawn only where it is known not to have left.
    ///
    /// - Parameters:
    ///   - row: The row.
    ///   - isKept: Whether the attempt that came back, if one did, is known to have left the row with us.
    ///   - instant: Now.
    ///   - more: Attempts that are not counted yet.
    ///   - statements: The transaction.
    /// - Returns: Whether it had not ended before.
    /// - Throws: What the spool failed with.
    @discardableResult
    static func callOff(
        _ row: OutboxRow.ID, isKept: Bool, at instant: Instant, afterAttempts more: Int = 0,
        _ statements: Statements
    ) throws -> Bool {
        let mayHaveLeft = try statements.first(
            "SELECT handed > ? FROM outbox WHERE id = ?", isKept ? 1 : 0, row,
            read: { $0.truth(0) })
        guard mayHaveLeft == true else {
            return try end(row, as: .withdrawn, at: instant, afterAttempts: more, statements)
        }
        return try end(
            row, as: .undelivered, reason: Withdrawal.tooLateToSay, at: instant,
            afterAttempts: more, statements)
    }

    /// Ends a row that has not ended: its key is destroyed, its content goes, and its ending is numbered.
    ///
    /// - Returns: Whether it had not.
    @discardableResult
    static func end(
        _ row: OutboxRow.ID, as standing: DeliveryState.Standing, reason: String? = nil,
        at instant: Instant, afterAttempts more: Int = 0, _ statements: Statements
    ) throws -> Bool {
        let found = try statements.first(
            "DELETE FROM outbox WHERE id = ? RETURNING slot, attempts, withdrawn_at", row,
            read: { row in
                (
                    slot: row.integer(0), attempts: row.count(1),
                    withdrawnAt: row.isNull(2) ? nil : row.instant(2)
                )
            })
        guard let found else { return false }
        // What was withdrawn in a courier's hands ended then: it only came out now.
        let end = standing == .withdrawn ? found.withdrawnAt ?? instant : instant
        try KeySlots.destroy(found.slot, statements)
        try statements.run("DELETE FROM contents WHERE id = ?", row)
        try note(
            standing, of: row, attempts: found.attempts + more, reason: reason, at: end,
            statements)
        return true
    }

    static func note(
        _ standing: DeliveryState.Standing, of row: OutboxRow.ID, attempts: Int, reason: String?,
        at instant: Instant, _ statements: Statements
    ) throws {
        try statements.run(
            "INSERT INTO endings(delivery, state, attempts, reason, at) VALUES(?, ?, ?, ?, ?)",
            row, standing.rawValue, attempts, reason, instant.milliseconds)
    }
}

extension OutboxSearch {
    /// For what a core was entrusted with.
    static let entrusted = OutboxSearch(
        putOff: """
            SELECT o.id, d.key, o.attempts, s.key, c.sealed, o.withdrawn_at IS NOT NULL
            FROM outbox o JOIN deliveries d ON d.id = o.id
            LEFT JOIN key_slots s ON s.id = o.slot LEFT JOIN contents c ON c.id = o.id
            WHERE o.courier = ? AND (o.attempts > 0 OR o.due_at > o.accepted_at) AND o.due_at <= ?
            ORDER BY o.due_at, o.id
            """,
        atOnce: """
            SELECT o.id, d.key, o.attempts, s.key, c.sealed, o.withdrawn_at IS NOT NULL
            FROM outbox o JOIN deliveries d ON d.id = o.id
            LEFT JOIN key_slots s ON s.id = o.slot LEFT JOIN contents c ON c.id = o.id
            WHERE o.id > ? AND o.courier = ? AND o.attempts = 0 AND o.due_at <= o.accepted_at
            ORDER BY o.id
            """,
        nextPutOff: """
            SELECT id, due_at FROM outbox
            WHERE courier = ? AND (attempts > 0 OR due_at > accepted_at) ORDER BY due_at, id
            """,
        nextAtOnce: """
            SELECT due_at FROM outbox
            WHERE id > ? AND courier = ? AND attempts = 0 AND due_at <= accepted_at
            ORDER BY id LIMIT 1
            """, stopped: 5
    ) { row, vault, _ in
        let key = try row.deliveryKey(1)
        let delivery = try SealedDelivery.open(
            row.bytes(4), try WrappedKey(bytes: row.bytes(3)), of: key, vault)
        return OutboxRow(
            delivery, id: row.integer(0), key: key, attempts: row.count(2))
    }
}

extension OutboxRow {
    /// The row that a courier carries a delivery as; the outside knows it by the contract's key.
    fileprivate init(
        _ delivery: EntrustedDelivery, id: OutboxRow.ID, key: DeliveryKey, attempts: Int
    ) {
        switch delivery.content {
        case .mail(let mail, let address):
            self.init(
                id: id, message: delivery.message, courier: .smtp, recipient: .email(address),
                notification: Notification(
                    subject: mail.subject, text: mail.text, html: mail.html),
                attempts: attempts, acceptedAt: delivery.acceptedAt, key: key.description)
        case .text(let text, let phone, let sender):
            self.init(
                id: id, message: delivery.message, courier: .webhook, recipient: .phone(phone),
                notification: nil, text: text, sender: sender, attempts: attempts,
                acceptedAt: delivery.acceptedAt, key: key.description)
        }
    }
}
