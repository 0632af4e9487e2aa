public import PosternModel
public import PosternPipeline
import PosternSealing

extension SQLiteStore: Dispatching {
    /// Times a change is made aside before it is made within the writer's turn: sealing should not keep the writer, and
    /// somebody who saves again and again should not keep a change for ever.
    private static let triesAside = 4

    /// Keeps a new message as a draft; nil when its name is taken.
    public func compose(
        _ composition: Composition, by account: AccountID, at now: Instant
    ) async throws(Fault) -> Int64? {
        let new = try NewMessage(composition, of: account, at: now, sealedBy: vault)
        return try await writer.submit { [vault] work in
            let row = try new.insert(sealedBy: vault, work.statements)
            return row == nil ? .undo(nil) : .keep(row)
        }
    }

    /// Changes a draft; nothing that was saved in between is lost.
    public func amend(
        _ name: MessageName, of account: AccountID, at now: Instant,
        by change: @escaping @Sendable (inout DraftContent) -> OperationCode?
    ) async throws(Fault) -> AmendEnding {
        for _ in 0..<Self.triesAside {
            let prepared = try readers.snapshot { statements in
                try view(statements).amended(name, account, now, by: change)
            }
            guard case .ready(let row, let sealed) = prepared else { return prepared.ending }
            let isWritten = try await writer.submit { work in
                let isWritten = try DraftRows.replace(
                    sealed, of: row.id, by: account, revision: row.revision, at: now,
                    work.statements)
                return isWritten ? .keep(true) : .undo(false)
            }
            if isWritten { return .done }
        }
        return try await writer.submit { [self] work in
            let prepared = try view(work.statements).amended(name, account, now, by: change)
            guard case .ready(let row, let sealed) = prepared else {
                return .undo(prepared.ending)
            }
            let isWritten = try DraftRows.replace(
                sealed, of: row.id, by: account, revision: row.revision, at: now, work.statements)
            return isWritten ? .keep(.done) : .undo(.closed)
        }
    }

    func view(_ statements: Statements) -> SQLiteView {
        SQLiteView(statements: statements, touches: touches, vault: vault, files: files)
    }

    /// Makes a draft of a message that waits for its time.
    ///
    /// Its revision rises: a send at its time that judged it before does not settle it.
    public func unschedule(
        _ name: MessageName, of account: AccountID, at now: Instant, recording entry: SealedEntry
    ) async throws(Fault) -> UnscheduleEnding {
        try await writer.submit { work in
            let statements = work.statements
            guard let message = try statements.row(of: name) else { return .undo(.missing) }
            let isOwn = try statements.first(
                """
                SELECT 1 FROM messages WHERE id = ?1 AND owner = ?2 AND state <> 2 AND NOT owner_deleted
                  AND owner_trashed_at IS NULL AND (state = 0 OR erase_at IS NULL OR erase_at > ?3)
                """, message, account.rawValue, now.milliseconds, read: { _ in true })
            guard isOwn != nil else { return .undo(.missing) }
            let unscheduled = try statements.run(
                """
                DELETE FROM schedules WHERE message = ?1 AND dispatch IS NULL
                  AND NOT EXISTS(SELECT 1 FROM cascade_steps WHERE message = ?1)
                """, message)
            guard unscheduled == 1 else { return .undo(.notScheduled) }
            try FrozenRecipients.clear(of: message, statements)
            try statements.run(
                "UPDATE messages SET revision = revision + 1, dated_at = ? WHERE id = ?",
                now.milliseconds, message)
            try work.append(entry)
            return .keep(.done)
        }
    }

    /// Messages whose time has come, the longest overdue first.
    public func due(
        at now: Instant, after place: DueMessage.Place?, limit: Int
    ) throws(Fault) -> [DueMessage] {
        let place = place ?? .first
        return try readers.read { statements in
            // Two parts, each found by its index: SQLite looks a pair of columns up by the first one alone. Messages of a
            // dispatch have been due since it was started.
            try statements.all(
                """
                WITH next(message, due_at) AS (
                  SELECT message, due_at FROM (
                    SELECT due_at, message FROM schedules
                    WHERE dispatch IS NULL AND due_at = ?2 AND message > ?3 AND ?2 <= ?1
                    UNION ALL
                    SELECT due_at, message FROM schedules
                    WHERE dispatch IS NULL AND due_at > ?2 AND due_at <= ?1
                    UNION ALL
                    SELECT d.started_at, s.message FROM dispatches d
                    CROSS JOIN schedules s ON s.dispatch = d.id
                    WHERE d.state = 'started' AND d.started_at <= ?1
                      AND (d.started_at > ?2 OR d.started_at = ?2 AND s.message > ?3)
                    ORDER BY due_at, message LIMIT ?4))
                SELECT m.id, m.guid, n.due_at, s.dialect, s.notifies, s.invites, a.id, a.address, a."group",
                  a.status = 'disabled', a.handle
                FROM next n JOIN schedules s ON s.message = n.message
                JOIN messages m ON m.id = s.message JOIN accounts a ON a.id = m.owner
                ORDER BY n.due_at, n.message
                """, now.milliseconds, place.dueAt.milliseconds, place.number, limit
            ) { row in
                DueMessage(
                    number: row.integer(0), guid: try row.guid(1),
                    owner: SessionRecord(
                        account: AccountID(rawValue: row.integer(6)), address: try row.address(7),
                        group: row.text(8), accountDisabled: row.truth(9), revoked: false,
                        lastSeen: now, handle: try row.handle(10), lasting: true),
                    dueAt: row.instant(2), dialect: row.text(3), notifies: row.truth(4),
                    invites: row.truth(5))
            }
        }
    }

    /// When the next message's time comes.
    public func nextDue(after place: DueMessage.Place?) throws(Fault) -> Instant? {
        let place = place ?? .first
        return try readers.read { statements in
            try statements.first(
                """
                SELECT due_at FROM schedules
                WHERE dispatch IS NULL AND due_at = ?1 AND message > ?2
                UNION ALL SELECT due_at FROM schedules WHERE dispatch IS NULL AND due_at > ?1
                UNION ALL
                SELECT d.started_at FROM dispatches d
                WHERE d.state = 'started' AND d.started_at >= ?1 AND EXISTS(
                  SELECT 1 FROM schedules s
                  WHERE s.dispatch = d.id AND (d.started_at > ?1 OR s.message > ?2))
                ORDER BY due_at LIMIT 1
                """, place.dueAt.milliseconds, place.number, read: { $0.instant(0) })
        }
    }
}

extension DueMessage.Place {
    /// Before every message there is.
    fileprivate static let first = Self(dueAt: Instant(milliseconds: .min), number: -1)
}

/// A change to a draft that was read, not written yet.
private enum Amended {
    case ready(OutgoingRow, SealedContent)
    case not(AmendEnding)

    var ending: AmendEnding { if case .not(let ending) = self { ending } else { .done } }
}

extension SQLiteView {
    fileprivate func amended(
        _ name: MessageName, _ account: AccountID, _ now: Instant,
        by change: (inout DraftContent) -> OperationCode?
    ) throws -> Amended {
        guard let row = try outgoingRow(name, account, now) else { return .not(.missing) }
        guard row.standing.isOpen else { return .not(.closed) }
        var content = try content(of: row).content
        if let objection = change(&content) { return .not(.refused(objection)) }
        let cover = try vault.unwrap(row.keys.cover, of: row.guid)
        let key = try vault.unwrap(row.keys.content, of: row.guid)
        return .ready(row, try SealedContent(content, of: row.guid, under: cover, key))
    }
}
