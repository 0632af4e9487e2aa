import PosternModel
import PosternPipeline
import PosternSealing

extension SQLiteView: DispatchView {
    func outgoing(
        _ name: MessageName, of account: AccountID, at now: Instant
    ) throws(Fault) -> OutgoingMessage? {
        try read {
            try outgoingRow(name, account, now).map { try message($0) }
        }
    }

    /// The row of one of an account's own messages; nil when there is none, when it has expired and when it was thrown away.
    func outgoingRow(
        _ name: MessageName, _ account: AccountID, _ now: Instant
    ) throws -> OutgoingRow? {
        guard let id = try statements.row(of: name) else { return nil }
        return try statements.first(
            """
            SELECT m.id, m.guid, m.external_id, m.revision, m.body_format, m.allow_forward, m.allow_reply,
              m.allow_reply_all, m.allow_tracking, m.share_tracking, m.fyeo_type, m.expiry_date,
              m.expiry_group, coalesce(m.created_at, m.dated_at), m.dated_at, k.cover, k.content,
              t.subject, t.body, m.state, s.due_at, p.message, p.recipients, p.removed, p.refused_with,
              a.decision, m.is_request
            FROM messages m JOIN message_texts t ON t.message = m.id
            JOIN message_keys k ON k.message = m.id LEFT JOIN schedules s ON s.message = m.id
            LEFT JOIN stops p ON p.message = m.id LEFT JOIN answers a ON a.message = m.id
            WHERE m.id = ?1 AND m.owner = ?2 AND m.state <> 2 AND NOT m.owner_deleted
              AND m.owner_trashed_at IS NULL
              AND (m.state = 0 OR m.erase_at IS NULL OR m.erase_at > ?3)
              AND NOT EXISTS(SELECT 1 FROM mailboxes b WHERE b.account = ?2 AND b.sent_at = m.dated_at
                AND b.message = m.id AND b.trashed_at IS NOT NULL)
            """, id, account.rawValue, now.milliseconds, read: { try OutgoingRow($0) })
    }

    private func message(_ row: OutgoingRow) throws -> OutgoingMessage {
        let (content, recipients) = try content(of: row)
        return OutgoingMessage(
            number: row.id, guid: row.guid, externalID: row.externalID, content: content,
            createdAt: row.createdAt, changedAt: row.changedAt,
            progress: try progress(of: row, recipients),
            cascade: try CascadeRows.place(of: row.id, statements),
            dispatch: try statements.first(
                "SELECT dispatch FROM dispatch_messages WHERE message = ?", row.id,
                read: { DispatchID(rawValue: $0.integer(0)) }))
    }

    /// What a message says, and how many it is for, those its targets stand for included.
    ///
    /// The body of a sent message that asks for a password is not shown: its own composer proves it too.
    func content(
        of row: OutgoingRow
    ) throws -> (content: DraftContent, recipients: Int) {
        var content = DraftContent(
            bodyFormat: row.bodyFormat, options: row.options, expiry: row.expiry)
        content.isRequest = row.isRequest
        let cover = try vault.unwrap(row.keys.cover, of: row.guid)
        if row.standing.state == .draft || row.options.fyeoType == .disabled {
            (content.subject, content.body) = try MessageTexts.open(
                row.text, of: row.guid, under: vault.unwrap(row.keys.content, of: row.guid))
        } else {
            content.subject = try cover.openText(row.subject, .subject, of: row.guid)
        }
        content.targets = try StoredTarget.all(of: row.id, statements)
        content.annex = try StoredAnnex.find(
            of: row.id, named: row.guid, under: cover, statements)
        var distinct: Set<String> = []
        try statements.each(
            """
            SELECT kind, position, address FROM recipients WHERE message = ? ORDER BY kind, position
            """, row.id
        ) { line in
            distinct.insert(line.text(2))
            switch line.count(0) {
            case 0: content.to.append(try line.address(2))
            case 1: content.cc.append(try line.address(2))
            default:
                if line.count(1) < FrozenRecipients.firstPosition {
                    content.bcc.append(try line.address(2))
                }
            }
            return true
        }
        let outsiders = try statements.first(
            "SELECT count(DISTINCT address) FROM outside_recipients WHERE message = ?", row.id,
            read: { $0.count(0) })
        return (content, distinct.count + (outsiders ?? 0))
    }

    private func progress(
        of row: OutgoingRow, _ recipients: Int
    ) throws -> DispatchProgress {
        let standing = row.standing
        guard standing.state == .sent else {
            var progress = DispatchProgress(state: standing.state(isUnderWay: { false }))
            switch progress.state {
            // Whom its targets stand for is not known before its time, and so neither is how many there are.
            case .draft: break
            case .stopped: (progress.recipients, progress.stopped) = (recipients, recipients)
            case .refused: (progress.recipients, progress.failed) = (recipients, recipients)
            default: (progress.recipients, progress.pending) = (recipients, recipients)
            }
            return progress
        }
        var progress = DispatchProgress(sentAt: row.changedAt, recipients: recipients)
        progress.pending = try DeliveryWork.pending(of: row.id, statements)
        progress.failed = try DeliveryWork.failed(of: row.id, statements)
        progress.stopped = standing.stop?.recipients ?? 0
        progress.state = standing.state(isUnderWay: { progress.pending > 0 })
        return progress
    }

    // MARK: lists

    func outgoings(
        _ search: OutgoingSearch, of account: AccountID, at now: Instant
    ) throws(Fault) -> Excerpt<OutgoingMessage>? {
        try read {
            if let root = search.cascade {
                return try named(try messages(of: root, search), search, account, now)
            }
            if !search.messages.isEmpty {
                return try named(Set(search.messages), search, account, now)
            }
            if search.isUnfiltered { return try plain(search, account, now) }
            return try filtered(search, account, now)
        }
    }

    /// The messages of a cascade, those that are named where some are; none for a name that is no root's.
    private func messages(
        of root: MessageGUID, _ search: OutgoingSearch
    ) throws -> Set<MessageGUID> {
        let steps = try statements.all(
            """
            SELECT m.guid FROM messages r JOIN cascade_steps c ON c.root = r.id
            JOIN messages m ON m.id = c.message WHERE r.guid = ?
            """, root.bytes, read: { try $0.guid(0) })
        return search.messages.isEmpty ? Set(steps) : Set(steps).intersection(search.messages)
    }

    /// The part of a search that names its messages.
    private func named(
        _ guids: Set<MessageGUID>, _ search: OutgoingSearch, _ account: AccountID, _ now: Instant
    ) throws -> Excerpt<OutgoingMessage>? {
        var found: [(changedAt: Instant, id: Int64)] = []
        for guid in guids {
            guard let row = try outgoingRow(.guid(guid), account, now),
                try accepts(row.id, search), try isAbout(search.subject, row.id)
            else { continue }
            found.append((row.changedAt, row.id))
        }
        found.sort { search.oldestFirst ? $0 < $1 : $0 > $1 }
        return try excerpt(of: found.map(\.id), search, account, now)
    }

    /// The part of a list of everything: an index tells where it begins.
    private func plain(
        _ search: OutgoingSearch, _ account: AccountID, _ now: Instant
    ) throws -> Excerpt<OutgoingMessage>? {
        let total = try count(of: account, now)
        let first = min(total, search.window.offset)
        let count = min(search.window.limit, total - first)
        // The ledger lists the newest first; the oldest part lies at that list's end.
        let rows = try candidates(
            search, account, now, limit: count,
            offset: search.oldestFirst ? total - first - count : first)
        let items = try listed(search.oldestFirst ? rows.reversed() : rows, account, now)
        return items.map { Excerpt(items: $0, window: search.window, total: total) }
    }

    /// The part of a search that looks at messages one by one: the newest ``searchReach``.
    private func filtered(
        _ search: OutgoingSearch, _ account: AccountID, _ now: Instant
    ) throws -> Excerpt<OutgoingMessage>? {
        let newest = try candidates(search, account, now, limit: Self.searchReach, offset: 0)
        let rows = search.oldestFirst ? newest.reversed() : newest
        let found = try rows.filter {
            try accepts($0, search) && isAbout(search.subject, $0)
        }
        return try excerpt(of: found, search, account, now)
    }

    private func excerpt(
        of rows: [Int64], _ search: OutgoingSearch, _ account: AccountID, _ now: Instant
    ) throws -> Excerpt<OutgoingMessage>? {
        let window = search.window
        let items = try listed(
            Array(rows.dropFirst(window.offset).prefix(window.limit)), account, now)
        return items.map { Excerpt(items: $0, window: window, total: rows.count) }
    }

    /// Messages as a list shows them, without those that cannot be opened, so that the others are still to be had; nil where
    /// they are too much for one answer.
    private func listed(
        _ rows: [Int64], _ account: AccountID, _ now: Instant
    ) throws -> [OutgoingMessage]? {
        try part(rows) { row in
            do {
                return try outgoingRow(.number(row), account, now).map { try message($0) }
            } catch let fault as Fault where fault.code == .contentUnreadable { return nil }
        }
    }

    /// The rows of what lies in the states that can match, the newest first.
    private func candidates(
        _ search: OutgoingSearch, _ account: AccountID, _ now: Instant, limit: Int, offset: Int
    ) throws -> [Int64] {
        // Each part is in order by an index; SQLite merges them. A part nobody asked for has no owner, and is not looked at.
        try statements.all(
            """
            SELECT m.id AS id, m.dated_at AS dated FROM messages m
            WHERE m.owner = iif(?3, ?1, NULL) AND m.state = 0 AND m.owner_trashed_at IS NULL
              AND NOT m.owner_deleted
            UNION ALL
            SELECT m.id, m.dated_at FROM messages m
            WHERE m.owner = iif(?4, ?1, NULL) AND m.state = 1 AND m.owner_trashed_at IS NULL
              AND NOT m.owner_deleted AND (m.erase_at IS NULL OR m.erase_at > ?2)
              AND NOT EXISTS(SELECT 1 FROM mailboxes b WHERE b.account = ?1
                AND b.sent_at = m.dated_at AND b.message = m.id AND b.trashed_at IS NOT NULL)
            ORDER BY dated DESC, id DESC LIMIT ?5 OFFSET ?6
            """, account.rawValue, now.milliseconds, search.looksAtUnsent, search.looksAtSent,
            limit, offset, read: { $0.integer(0) })
    }

    /// How many there are: indexes alone tell, and the few whose time has come since they were last erased are taken off.
    private func count(of account: AccountID, _ now: Instant) throws -> Int {
        try statements.first(
            """
            SELECT
              (SELECT count(*) FROM messages m WHERE m.owner = ?1 AND m.state = 0
                AND m.owner_trashed_at IS NULL AND NOT m.owner_deleted)
              + (SELECT count(*) FROM messages m WHERE m.owner = ?1 AND m.state = 1
                AND m.owner_trashed_at IS NULL AND NOT m.owner_deleted
                AND NOT EXISTS(SELECT 1 FROM mailboxes b WHERE b.account = ?1
                  AND b.sent_at = m.dated_at AND b.message = m.id AND b.trashed_at IS NOT NULL))
              - (SELECT count(*) FROM messages m WHERE m.erase_at <= ?2 AND +m.state = 1
                AND +m.owner = ?1 AND m.owner_trashed_at IS NULL AND NOT m.owner_deleted
                AND NOT EXISTS(SELECT 1 FROM mailboxes b WHERE b.account = ?1
                  AND b.sent_at = m.dated_at AND b.message = m.id AND b.trashed_at IS NOT NULL))
            """, account.rawValue, now.milliseconds, read: { $0.count(0) }) ?? 0
    }

    /// Whether a message has every mark that is looked for, its subject aside; nothing of it is opened.
    private func accepts(_ message: Int64, _ search: OutgoingSearch) throws -> Bool {
        guard !search.isUnmarked else { return true }
        let found = try statements.first(
            """
            SELECT m.state, s.due_at, p.message, p.recipients, p.removed, p.refused_with, a.decision,
              coalesce(m.created_at, m.dated_at),
              ?2 IS NULL
                OR EXISTS(SELECT 1 FROM recipients r WHERE r.message = m.id AND r.address = ?2)
                OR EXISTS(SELECT 1 FROM outside_recipients r WHERE r.message = m.id
                  AND r.address = ?2)
                OR EXISTS(SELECT 1 FROM message_targets r WHERE r.message = m.id AND r.kind = 4
                  AND r.text = ?2),
              EXISTS(SELECT 1 FROM cascade_steps c WHERE c.message = m.id AND c.step = 1),
              (SELECT d.dispatch FROM dispatch_messages d WHERE d.message = m.id)
            FROM messages m LEFT JOIN schedules s ON s.message = m.id
            LEFT JOIN stops p ON p.message = m.id LEFT JOIN answers a ON a.message = m.id
            WHERE m.id = ?1 AND (?3 IS NULL OR m.is_request = ?3)
            """, message, search.recipient?.description, search.isRequest,
            read: {
                (
                    standing: try OutgoingStanding($0, from: 0), createdAt: $0.instant(7),
                    isRecipient: $0.truth(8), isRoot: $0.truth(9),
                    dispatch: $0.isNull(10) ? nil : DispatchID(rawValue: $0.integer(10))
                )
            })
        guard let found, found.isRecipient, search.isRoot ?? found.isRoot == found.isRoot,
            search.accepts(found.dispatch)
        else { return false }
        if let from = search.from, found.createdAt < from { return false }
        if let until = search.until, found.createdAt >= until { return false }
        guard !search.stages.isEmpty else { return true }
        let state = try found.standing.state(isUnderWay: {
            try DeliveryWork.pending(of: message, statements) > 0
        })
        return search.stages.contains(state.stage)
    }
}

extension OutgoingSearch {
    /// Whether the window is all that decides, the names aside.
    fileprivate var isUnfiltered: Bool { isUnmarked && subject.isEmpty }

    /// Whether any will do, the names and the subject aside.
    fileprivate var isUnmarked: Bool {
        stages.isEmpty && from == nil && until == nil && recipient == nil && isRequest == nil
            && isRoot == nil && dispatches.isEmpty && isOfDispatch == nil
    }

    fileprivate func accepts(_ dispatch: DispatchID?) -> Bool {
        isOfDispatch ?? (dispatch != nil) == (dispatch != nil)
            && (dispatches.isEmpty || dispatch.map(dispatches.contains) == true)
    }

    fileprivate var looksAtUnsent: Bool {
        stages.isEmpty || !stages.isDisjoint(with: [.draft, .scheduled, .stopped, .refused])
    }

    fileprivate var looksAtSent: Bool {
        stages.isEmpty || !stages.isDisjoint(with: [.sending, .sent, .stopped])
    }
}
