import PosternContent
import PosternModel
import PosternPipeline
import PosternSealing

extension SQLiteView: InboxView {
    func incoming(
        _ name: MessageName, for account: AccountID, at now: Instant
    ) throws(Fault) -> IncomingMessage? {
        try read {
            guard let row = try statements.row(of: name) else { return nil }
            return try incoming(row, account, now)
        }
    }

    func incomings(
        _ search: IncomingSearch, for account: AccountID, at now: Instant
    ) throws(Fault) -> Excerpt<IncomingMessage>? {
        try read {
            if !search.messages.isEmpty { return try named(search, account, now) }
            if search.subject.isEmpty { return try plain(search, account, now) }
            return try filtered(search, account, now)
        }
    }

    /// The part of a search that names its messages.
    private func named(
        _ search: IncomingSearch, _ account: AccountID, _ now: Instant
    ) throws -> Excerpt<IncomingMessage>? {
        var found: [(sentAt: Instant, row: Int64)] = []
        for guid in Set(search.messages) {
            // Read again if they are shown: those that are not would only fill the memory.
            guard let row = try statements.row(of: .guid(guid)),
                let message = try listed(row, search, account, now), search.accepts(message)
            else { continue }
            found.append((message.sentAt, row))
        }
        found.sort { search.oldestFirst ? $0 < $1 : $0 > $1 }
        return try excerpt(of: found.map(\.row), search, account, now)
    }

    /// The part of a search that no subject decides: an index tells where it begins.
    private func plain(
        _ search: IncomingSearch, _ account: AccountID, _ now: Instant
    ) throws -> Excerpt<IncomingMessage>? {
        let total = try count(search, account, now)
        let first = min(total, search.window.offset)
        let count = min(search.window.limit, total - first)
        // The ledger lists the newest first; the oldest lie at that list's end.
        let rows = try delivered(
            search, account, now, limit: count,
            offset: search.oldestFirst ? total - first - count : first)
        let items = try part(search.oldestFirst ? rows.reversed() : rows) {
            try listed($0, search, account, now)
        }
        return items.map { Excerpt(items: $0, window: search.window, total: total) }
    }

    /// The part of a search that looks into messages: of those with the other marks the newest ``searchReach``.
    private func filtered(
        _ search: IncomingSearch, _ account: AccountID, _ now: Instant
    ) throws -> Excerpt<IncomingMessage>? {
        let newest = try delivered(search, account, now, limit: Self.searchReach, offset: 0)
        let rows = search.oldestFirst ? newest.reversed() : newest
        let found = try rows.filter { try isAbout(search.subject, $0) }
        return try excerpt(of: found, search, account, now)
    }

    private func excerpt(
        of rows: [Int64], _ search: IncomingSearch, _ account: AccountID, _ now: Instant
    ) throws -> Excerpt<IncomingMessage>? {
        let window = search.window
        let items = try part(Array(rows.dropFirst(window.offset).prefix(window.limit))) {
            try listed($0, search, account, now)
        }
        return items.map { Excerpt(items: $0, window: window, total: rows.count) }
    }

    /// A message as a list shows it; nil for one that cannot be opened, so that the others are still to be had.
    private func listed(
        _ row: Int64, _ search: IncomingSearch, _ account: AccountID, _ now: Instant
    ) throws -> IncomingMessage? {
        do {
            return try incoming(row, account, now, withBody: search.withBodies)
        } catch let fault as Fault where fault.code == .contentUnreadable { return nil }
    }

    private func delivered(
        _ search: IncomingSearch, _ account: AccountID, _ now: Instant, limit: Int, offset: Int
    ) throws -> [Int64] {
        try statements.all(
            """
            SELECT b.message FROM mailboxes b JOIN messages m ON m.id = b.message
            WHERE b.account = ?1 AND b.trashed_at IS NULL
              AND (?3 IS NULL OR ?3 = (b.read_at IS NOT NULL))
              AND (?4 IS NULL OR ?4 = coalesce(b.answer, 'none'))
              AND (?5 IS NULL OR ?5 = m.is_request)
              AND (?8 IS NULL OR m.owner = (SELECT o.id FROM accounts o WHERE o.handle = ?8))
              AND (m.erase_at IS NULL OR m.erase_at > ?2)
            ORDER BY b.sent_at DESC, b.message DESC LIMIT ?6 OFFSET ?7
            """, account.rawValue, now.milliseconds, search.isRead, search.answer?.rawValue,
            search.isRequest, limit, offset, search.sender?.description,
            read: { $0.integer(0) })
    }

    /// How many there are: an index tells, and the few whose time has come since they were last erased are taken off.
    ///
    /// Which of them make requests, and whose they are, is in no index of this account's: every one is looked at then.
    private func count(
        _ search: IncomingSearch, _ account: AccountID, _ now: Instant
    ) throws -> Int {
        if search.isRequest != nil || search.sender != nil {
            return try statements.first(
                """
                SELECT count(*) FROM mailboxes b JOIN messages m ON m.id = b.message
                WHERE b.account = ?1 AND b.trashed_at IS NULL
                  AND (?3 IS NULL OR ?3 = (b.read_at IS NOT NULL))
                  AND (?4 IS NULL OR ?4 = coalesce(b.answer, 'none'))
                  AND (?5 IS NULL OR ?5 = m.is_request)
                  AND (?6 IS NULL OR m.owner = (SELECT o.id FROM accounts o WHERE o.handle = ?6))
                  AND (m.erase_at IS NULL OR m.erase_at > ?2)
                """, account.rawValue, now.milliseconds, search.isRead, search.answer?.rawValue,
                search.isRequest, search.sender?.description, read: { $0.count(0) }) ?? 0
        }
        return try statements.first(
            """
            SELECT
              (SELECT count(*) FROM mailboxes b WHERE b.account = ?1 AND b.trashed_at IS NULL
                AND (?3 IS NULL OR ?3 = (b.read_at IS NOT NULL))
                AND (?4 IS NULL OR ?4 = coalesce(b.answer, 'none')))
              - (SELECT count(*) FROM messages m JOIN mailboxes b
                ON b.account = ?1 AND b.sent_at = m.dated_at AND b.message = m.id
                WHERE m.erase_at <= ?2 AND b.trashed_at IS NULL
                  AND (?3 IS NULL OR ?3 = (b.read_at IS NOT NULL))
                  AND (?4 IS NULL OR ?4 = coalesce(b.answer, 'none')))
            """, account.rawValue, now.milliseconds, search.isRead, search.answer?.rawValue,
            read: { $0.count(0) }) ?? 0
    }

    private func incoming(
        _ row: Int64, _ account: AccountID, _ now: Instant, withBody: Bool = true
    ) throws -> IncomingMessage? {
        guard let message = try sighted(row: row, account, now), message.folder == .inbox,
            let delivery = try delivery(of: message, to: account)
        else { return nil }
        let cover = try vault.unwrap(message.keys.cover, of: message.guid)
        var view = IncomingMessage(
            number: message.id, guid: message.guid, parent: message.parent,
            sender: message.owner, senderHandle: delivery.handle,
            others: try others(in: message, than: account),
            subject: try cover.openText(message.subject, .subject, of: message.guid),
            bodyFormat: message.bodyFormat, body: nil, sentAt: message.date,
            deliveredAt: delivery.at, isRead: message.isRead,
            isRequest: delivery.isRequest, answer: delivery.answer)
        // What was taken back says nothing any more, in its sender's dialect neither.
        if message.isTakenBack { return view }
        view.annex = try StoredAnnex.find(
            of: message.id, named: message.guid, under: cover, statements)
        if withBody, case .none = try lock(of: message, account) {
            let body = try body(of: message.guid, openedBy: nil)
            view.body = message.bodyFormat == .html ? HTMLText.visible(in: body) : body
        }
        return view
    }

    private func delivery(
        of message: SightedMessage, to account: AccountID
    ) throws -> (
        at: Instant, answer: IncomingMessage.Answer?, handle: Handle?, isRequest: Bool
    )? {
        try statements.first(
            """
            SELECT b.delivered_at, b.answer, o.handle, m.is_request FROM mailboxes b
            JOIN messages m ON m.id = b.message JOIN accounts o ON o.id = m.owner
            WHERE b.account = ? AND b.sent_at = ? AND b.message = ?
            """, account.rawValue, message.date.milliseconds, message.id
        ) { row in
            (
                at: row.instant(0), answer: row.isNull(1) ? nil : try row.word(1),
                handle: try row.handle(2), isRequest: row.truth(3)
            )
        }
    }

    /// Those in To and Cc but the reader; nobody learns of blind copies.
    private func others(
        in message: SightedMessage, than account: AccountID
    ) throws -> [Person] {
        var known: Set<EmailAddress> = []
        return try statements.all(
            """
            SELECT r.address, a.id, a.name FROM recipients r
            LEFT JOIN accounts a ON a.address = r.address
            WHERE r.message = ? AND r.kind < 2 ORDER BY r.kind, r.position
            """, message.id
        ) { row in
            Person(
                address: try row.address(0), name: row.text(2),
                account: row.isNull(1) ? nil : AccountID(rawValue: row.integer(1)))
        }.filter { $0.account != account && known.insert($0.address).inserted }
    }
}

extension IncomingSearch {
    /// Whether a message has every mark that is looked for, its name aside.
    fileprivate func accepts(_ message: IncomingMessage) -> Bool {
        isRequest ?? message.isRequest == message.isRequest
            && isRead ?? message.isRead == message.isRead
            && answer.map { $0.rawValue == message.answer?.rawValue ?? "none" } ?? true
            && (sender == nil || sender == message.senderHandle)
            && subject.allSatisfy { $0.accepts(message.subject) }
    }
}
