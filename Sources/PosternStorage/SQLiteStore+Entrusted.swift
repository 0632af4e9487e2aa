public import PosternModel
public import PosternPipeline

extension SQLiteStore: EntrustedRows {
    /// How long the core has a row before it is asked about it: what it keeps it should have told by itself.
    private static let patience = Duration.seconds(86_400)

    /// Writes down what the core says; the rows' leases end, even when that cannot be written down.
    @discardableResult
    public func heard(
        _ words: [CoreWord], at instant: Instant
    ) async throws(Fault) -> [HeardRow] {
        guard !words.isEmpty else { return [] }
        defer { leases.release(words.map(\.row.row)) }
        let heard: [HeardRow] = try await writer.submit { [self] work in
            .keep(try heed(words, at: instant, work.statements))
        }
        announceEnds(of: heard, at: instant)
        return heard
    }

    /// Writes down a page of endings together with the place it ends at.
    public func heard(
        _ words: [CoreWord], upTo cursor: CoreCursor, at instant: Instant
    ) async throws(Fault) -> [HeardRow] {
        defer { leases.release(words.map(\.row.row)) }
        let heard: [HeardRow] = try await writer.submit { [self] work in
            let moved = try work.statements.run(
                "UPDATE core_cursor SET ending = max(ending, ?) WHERE spool = ?", cursor.ending,
                cursor.spool)
            guard moved == 1 else { return .undo([]) }
            return .keep(try heed(words, at: instant, work.statements))
        }
        announceEnds(of: heard, at: instant)
        return heard
    }

    /// What ended may have brought another message forward, the next step of a cascade say.
    private func announceEnds(of rows: [HeardRow], at instant: Instant) {
        let isEnd = rows.contains { row in
            switch row.fate {
            case .delivered, .dead: true
            case .entrusted, .due, .withdrawn: false
            }
        }
        if isEnd { announceDue(at: instant) }
    }

    private func heed(
        _ words: [CoreWord], at instant: Instant, _ statements: Statements
    ) throws -> [HeardRow] {
        let question = instant.advanced(by: Self.patience)
        return try words.compactMap { word in
            if case .waiting = word.standing, leases.isOlderThanLoss(word.row.row) { return nil }
            return try Withdrawal.heed(
                word, askingAgainAt: question, at: instant, statements)
        }
    }

    /// How far the core's endings have been heard.
    public func coreCursor() async throws(Fault) -> CoreCursor? {
        try readers.read { statements in
            try statements.first(
                "SELECT spool, ending FROM core_cursor",
                read: { CoreCursor(spool: $0.text(0), ending: $0.integer(1)) })
        }
    }

    /// Follows a spool from its beginning.
    public func follow(_ spool: String) async throws(Fault) {
        try await writer.submit { work in
            try work.statements.run(
                """
                INSERT INTO core_cursor(id, spool, ending) VALUES(1, ?1, 0)
                ON CONFLICT(id) DO UPDATE SET spool = ?1, ending = 0
                """, spool)
            return .keep(())
        }
    }

    /// Makes a portion of the entrusted rows due again.
    public func entrustAnew(
        after row: OutboxRow.ID?, limit: Int, at instant: Instant
    ) async throws(Fault) -> (last: OutboxRow.ID, count: Int)? {
        try await writer.submit { [leases] work in
            if row == nil { leases.noteLoss() }
            // By number and not by an index: a row that is entrusted again meanwhile is met no second time.
            let rows = try work.statements.all(
                "SELECT id FROM outbox WHERE id > ? AND +entrusting = 3 ORDER BY id LIMIT ?",
                row ?? -1, limit, read: { $0.integer(0) })
            for row in rows { try Withdrawal.makeDue(row, at: instant, work.statements) }
            return .keep(rows.last.map { (last: $0, count: rows.count) })
        }
    }

    /// Rows the core must be told to withdraw, the oldest first.
    public func withdrawalsOwed(limit: Int) async throws(Fault) -> [EntrustedRow] {
        try readers.read { statements in
            try statements.all(
                """
                SELECT o.id, m.guid FROM outbox o JOIN messages m ON m.id = o.message
                WHERE o.withdrawal = 0 AND o.entrusting > 0 ORDER BY o.id LIMIT ?
                """, limit, read: { EntrustedRow(row: $0.integer(0), message: try $0.guid(1)) })
        }
    }

    /// Rows the core has had for a day, the longest first.
    public func questionsDue(
        at instant: Instant, limit: Int
    ) async throws(Fault) -> [EntrustedRow] {
        try readers.read { statements in
            try statements.all(
                """
                SELECT o.id, m.guid FROM outbox o JOIN messages m ON m.id = o.message
                WHERE o.entrusting = 3 AND o.due_at <= ? ORDER BY o.due_at, o.id LIMIT ?
                """, instant.milliseconds, limit,
                read: { EntrustedRow(row: $0.integer(0), message: try $0.guid(1)) })
        }
    }

    /// How many rows the core has.
    public func entrustedCount() throws(Fault) -> Int {
        try readers.read { statements in
            try statements.first(
                "SELECT count(*) FROM outbox WHERE entrusting = 3", read: { $0.count(0) }) ?? 0
        }
    }
}
