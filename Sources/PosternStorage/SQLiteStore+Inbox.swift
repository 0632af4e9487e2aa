public import PosternModel
public import PosternPipeline

extension SQLiteStore: Inbox {
    /// Records that a reader is shown bodies; recalled, thrown away or expired since, a message is left out.
    ///
    /// INVARIANT: recalls and readings are settled by the one writer, so that each reading comes before a recall or after it.
    public func recordReadings(
        of messages: [MessageGUID], by account: AccountID, at now: Instant,
        recording entry: @escaping @Sendable ([MessageGUID]) throws(Fault) -> SealedEntry
    ) async throws(Fault) -> [MessageGUID] {
        try await writer.submit { work in
            let statements = work.statements
            var shown: [MessageGUID] = []
            for guid in messages {
                let message = try statements.first(
                    """
                    SELECT m.id, m.allow_tracking AND m.owner <> ?2 FROM messages m
                    JOIN mailboxes b ON b.account = ?2 AND b.sent_at = m.dated_at AND b.message = m.id
                    WHERE m.guid = ?1 AND m.state = 1 AND (m.erase_at IS NULL OR m.erase_at > ?3)
                      AND b.trashed_at IS NULL
                      AND (m.owner = ?2 OR NOT m.recalled AND b.withdrawn_at IS NULL)
                    """, guid.bytes, account.rawValue, now.milliseconds,
                    read: { (id: $0.integer(0), isTracked: $0.truth(1)) })
                guard let message else { continue }
                shown.append(guid)
                if message.isTracked {
                    try Tracking.note(
                        .retrieved, of: message.id, by: account.rawValue, file: nil, at: now,
                        statements)
                }
            }
            guard !shown.isEmpty else { return .undo([]) }
            try work.append(try entry(shown))
            return .keep(shown)
        }
    }

    /// Notes what a reader notes on a message delivered to them; an answer is noted once, with what it does to their lists.
    public func mark(
        _ name: MessageName, for account: AccountID, _ note: InboxNote, at now: Instant,
        recording entry: @escaping @Sendable (MessageGUID) throws(Fault) -> SealedEntry
    ) async throws(Fault) -> MarkEnding {
        try await writer.submit { work in
            let statements = work.statements
            guard let row = try statements.row(of: name),
                let message = try DeliveredRow.find(row, to: account, at: now, statements)
            else { return .undo(.missing) }
            switch note {
            case .read(let isRead):
                guard !message.isRequest else {
                    return .undo(.refused(message.guid, .messageRequest))
                }
                try statements.run(
                    """
                    UPDATE mailboxes SET read_at = CASE WHEN ?1 THEN coalesce(read_at, ?2) END
                    WHERE account = ?3 AND sent_at = ?4 AND message = ?5
                    """, isRead, now.milliseconds, account.rawValue, message.sentAt, row)
            case .answered(let answer, let change):
                guard message.isAnswerable else {
                    return .undo(.refused(message.guid, .messageAnswered))
                }
                if let change,
                    let obstacle = try change.make(in: account, at: now, statements)
                {
                    return .undo(
                        .refused(message.guid, obstacle.code, targets: obstacle.targets))
                }
                try statements.run(
                    "UPDATE mailboxes SET answer = ? WHERE account = ? AND sent_at = ? AND message = ?",
                    answer.rawValue, account.rawValue, message.sentAt, row)
            }
            try work.append(try entry(message.guid))
            return .keep(.done)
        }
    }
}

/// What a mark must know of a delivered message.
private struct DeliveredRow {
    let guid: MessageGUID
    let sentAt: Int64
    let isRequest: Bool
    /// Its request waits for an answer, and was not taken back.
    let isAnswerable: Bool

    static func find(
        _ row: Int64, to account: AccountID, at now: Instant, _ statements: Statements
    ) throws -> DeliveredRow? {
        try statements.first(
            """
            SELECT m.guid, b.sent_at, m.is_request, m.is_request AND b.answer IS NULL
              AND (m.owner = ?2 OR NOT m.recalled AND b.withdrawn_at IS NULL)
            FROM messages m
            JOIN mailboxes b ON b.account = ?2 AND b.sent_at = m.dated_at AND b.message = m.id
            WHERE m.id = ?1 AND m.state = 1 AND (m.erase_at IS NULL OR m.erase_at > ?3)
              AND b.trashed_at IS NULL
            """, row, account.rawValue, now.milliseconds
        ) { row in
            DeliveredRow(
                guid: try row.guid(0), sentAt: row.integer(1), isRequest: row.truth(2),
                isAnswerable: row.truth(3))
        }
    }
}
