public import PosternModel
public import PosternPipeline
import PosternSealing

extension SQLiteStore {
    /// Records that a reader read; recalled or expired since, nothing is recorded.
    ///
    /// INVARIANT: recalls and readings are settled by the one writer, so that each reading comes before a recall or after it.
    public func recordReading(_ reading: Reading) async throws(Fault) -> Bool {
        try await writer.submit { work in
            let statements = work.statements
            let account = reading.account.rawValue
            let message = try statements.first(
                """
                SELECT m.id, m.owner = ?2, b.sent_at, m.allow_tracking FROM messages m
                LEFT JOIN mailboxes b ON b.account = ?2 AND b.sent_at = m.dated_at AND b.message = m.id
                WHERE m.guid = ?1 AND m.state = 1 AND (m.erase_at IS NULL OR m.erase_at > ?3)
                  AND (m.owner = ?2 OR b.message IS NOT NULL
                    AND (NOT m.recalled OR ?4 AND NOT m.files_recalled)
                    AND (b.withdrawn_at IS NULL OR ?4 AND NOT b.files_withdrawn))
                """, reading.message.bytes, account, reading.at.milliseconds,
                reading.attachment != nil,
                read: {
                    (
                        id: $0.integer(0), isOwn: $0.truth(1),
                        sentAt: $0.isNull(2) ? nil : $0.integer(2), isTracked: $0.truth(3)
                    )
                })
            guard let message else {
                return try Self.recordOwnDraft(reading, &work) ? .keep(true) : .undo(false)
            }
            if let sentAt = message.sentAt, reading.isShown, reading.attachment == nil {
                try statements.run(
                    """
                    UPDATE mailboxes SET read_at = ?1
                    WHERE account = ?2 AND sent_at = ?3 AND message = ?4 AND read_at IS NULL
                    """, reading.at.milliseconds, account, sentAt, message.id)
            }
            if message.isTracked, reading.isShown, !message.isOwn {
                let file = try reading.attachment.flatMap { guid in
                    try statements.first(
                        "SELECT id FROM files WHERE guid = ?", guid.bytes,
                        read: { $0.integer(0) })
                }
                try Tracking.note(
                    reading.attachment == nil ? .retrieved : .downloaded, of: message.id,
                    by: account, file: file, at: reading.at, statements)
            }
            try work.append(reading.entry)
            return .keep(true)
        }
    }

    /// Records a download from a draft of the reader's own, which marks nothing.
    private static func recordOwnDraft(
        _ reading: Reading, _ work: inout GroupCommitter.Work
    ) throws -> Bool {
        guard reading.attachment != nil else { return false }
        // One that waits for its time can be looked at as well.
        let isOwn = try work.statements.first(
            "SELECT 1 FROM messages WHERE guid = ? AND owner = ? AND state = 0",
            reading.message.bytes, reading.account.rawValue, read: { _ in true })
        guard isOwn != nil else { return false }
        try work.append(reading.entry)
        return true
    }

    /// Moves a message to its reader's trash; what is there already, and every draft, is deleted.
    public func delete(
        _ guid: MessageGUID, by account: AccountID, at now: Instant, recording entry: SealedEntry
    ) async throws(Fault) -> Bool {
        let erasure = try await writer.submit { work -> GroupCommitter.Ending<Erasure?> in
            let statements = work.statements
            let found = try statements.first(
                """
                SELECT m.id, m.owner = ?2 AND NOT m.owner_deleted, m.state, b.sent_at,
                  m.owner_trashed_at IS NOT NULL, b.trashed_at IS NOT NULL, m.allow_tracking
                FROM messages m
                LEFT JOIN mailboxes b ON b.account = ?2 AND b.sent_at = m.dated_at AND b.message = m.id
                WHERE m.guid = ?1 AND m.state <> 2
                  AND (m.state = 0 OR m.erase_at IS NULL OR m.erase_at > ?3)
                """, guid.bytes, account.rawValue, now.milliseconds, read: { Held($0) })
            guard let held = found, held.isOwn || held.sentAt != nil else { return .undo(nil) }
            try work.append(entry)
            if held.state == .draft { return .keep(try Erasure(of: held.id, statements)) }
            return .keep(try Self.discard(held, account.rawValue, now, statements))
        }
        guard let erasure else { return false }
        if !erasure.isEmpty { await finish(erasure) }
        return true
    }

    /// A message as whoever deletes it holds it.
    private struct Held {
        let id: Int64
        let isOwn: Bool
        let state: MessageState
        let sentAt: Int64?
        let isTrashed: Bool
        let isTracked: Bool

        init(_ row: Columns) {
            id = row.integer(0)
            isOwn = row.truth(1)
            state = MessageState(rawValue: row.count(2)) ?? .destroyed
            sentAt = row.isNull(3) ? nil : row.integer(3)
            isTrashed = sentAt == nil ? row.truth(4) : row.truth(5)
            isTracked = row.truth(6)
        }
    }

    private static func discard(
        _ held: Held, _ account: Int64, _ now: Instant, _ statements: Statements
    ) throws -> Erasure {
        if let sentAt = held.sentAt {
            if held.isTracked, !held.isOwn {
                try Tracking.note(
                    .deleted, of: held.id, by: account, file: nil, at: now, statements)
            }
            guard held.isTrashed else {
                try statements.run(
                    "UPDATE mailboxes SET trashed_at = ? WHERE account = ? AND sent_at = ? AND message = ?",
                    now.milliseconds, account, sentAt, held.id)
                return Erasure()
            }
            try statements.run(
                "DELETE FROM mailboxes WHERE account = ? AND sent_at = ? AND message = ?", account,
                sentAt, held.id)
        } else {
            guard held.isTrashed else {
                try statements.run(
                    "UPDATE messages SET owner_trashed_at = ? WHERE id = ?", now.milliseconds,
                    held.id)
                return Erasure()
            }
        }
        if held.isOwn {
            try statements.run("UPDATE messages SET owner_deleted = 1 WHERE id = ?", held.id)
        }
        guard try !isHeld(held.id, statements) else { return Erasure() }
        let isOwed = try statements.first(
            "SELECT 1 FROM callbacks WHERE message = ? LIMIT 1", held.id, read: { _ in true })
        guard isOwed == nil else {
            try eraseOnceTold(held.id, at: now, statements)
            return Erasure()
        }
        return try Erasure(of: held.id, statements)
    }

    /// Whether anybody still has a message, or is about to; whoever is told by email alone that it waits does not count.
    static func isHeld(_ message: Int64, _ statements: Statements) throws -> Bool {
        let isKept =
            try statements.first(
                """
                SELECT NOT m.owner_deleted
                  OR EXISTS(SELECT 1 FROM recipients r JOIN accounts a ON a.address = r.address
                    JOIN mailboxes b ON b.account = a.id AND b.sent_at = m.dated_at AND b.message = m.id
                    WHERE r.message = m.id)
                FROM messages m WHERE m.id = ?
                """, message, read: { $0.truth(0) }) ?? false
        return try isKept || DeliveryWork.pending(of: message, statements) > 0
    }

    /// Takes a sent message back, from everybody or from some.
    ///
    /// Delivery work is taken away as by a stop (``stop(_:of:at:recording:)``): what nobody has is gone and told of, what a courier
    /// or a delivery core elsewhere has stays until it is known what became of it.
    public func recall(
        _ guid: MessageGUID, by account: AccountID, _ recalling: Recalling, at now: Instant,
        recording entry: SealedEntry
    ) async throws(Fault) -> Bool {
        // Kept across runs: the writer may begin a unit of work again.
        let withheld = Withheld(leases: leases)
        defer { withheld.settle() }
        return try await writer.submit { [vault] work in
            let statements = work.statements
            let message = try statements.first(
                """
                SELECT m.id, m.dated_at, k.cover FROM messages m
                JOIN message_keys k ON k.message = m.id
                WHERE m.guid = ?1 AND m.owner = ?2 AND m.state = 1
                  AND (m.erase_at IS NULL OR m.erase_at > ?3)
                """, guid.bytes, account.rawValue, now.milliseconds,
                read: {
                    (
                        id: $0.integer(0), sentAt: $0.integer(1),
                        cover: try WrappedKey(bytes: $0.bytes(2))
                    )
                })
            guard let message else { return .undo(false) }
            let reason = try vault.unwrap(message.cover, of: guid)
                .seal(recalling.reason, .subject, of: guid)
            try statements.run(
                "UPDATE messages SET recall_reason = ? WHERE id = ? AND NOT recalled", reason,
                message.id)
            if let recipients = recalling.recipients {
                for address in recipients {
                    try Self.withdraw(
                        message.id, message.sentAt, from: address,
                        withFiles: recalling.withAttachments, now, withheld, statements)
                }
            } else {
                try statements.run(
                    """
                    UPDATE messages SET recalled = 1, recalled_at = coalesce(recalled_at, ?1),
                      files_recalled = files_recalled OR ?2
                    WHERE id = ?3
                    """, now.milliseconds, recalling.withAttachments, message.id)
                // Nobody is told any more that a message waits, and nobody outside gets it; those into whose mailboxes it
                // was not delivered will see the recall.
                let rows = try DeliveryWork.rows(of: message.id, statements)
                try Withdrawal.oweAll(rows, statements)
                for row in rows where row.courier != .mailbox {
                    try Withdrawal.take(row, at: now, withheld, statements)
                }
            }
            try work.append(entry)
            return .keep(true)
        }
    }

    /// Takes a message back from one recipient, whether it has reached them or not; nobody else's changes.
    private static func withdraw(
        _ message: Int64, _ sentAt: Int64, from address: EmailAddress, withFiles: Bool,
        _ now: Instant, _ withheld: Withheld, _ statements: Statements
    ) throws {
        let account = try statements.first(
            """
            SELECT a.id FROM recipients r JOIN accounts a ON a.address = r.address
            WHERE r.message = ? AND r.address = ? LIMIT 1
            """, message, address.description, read: { $0.integer(0) })
        guard let account else { return }
        let rows = try DeliveryWork.rows(of: message, to: address, statements)
        // Whom it is still to reach sees that it was recalled; whoever has deleted it is left alone.
        if rows.contains(where: { $0.courier == .mailbox }) {
            try statements.run(
                """
                INSERT INTO mailboxes(account, sent_at, message, delivered_at)
                VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING
                """, account, sentAt, message, now.milliseconds)
        }
        try statements.run(
            """
            UPDATE mailboxes SET withdrawn_at = coalesce(withdrawn_at, ?4),
              files_withdrawn = files_withdrawn OR ?5
            WHERE account = ?1 AND sent_at = ?2 AND message = ?3
            """, account, sentAt, message, now.milliseconds, withFiles)
        try Withdrawal.oweAll(rows, statements)
        for row in rows {
            try Withdrawal.take(row, at: now, withheld, statements)
        }
    }
}
