import PosternModel
import PosternPipeline
import PosternSealing

extension SQLiteView {
    /// Messages looked through for a page when more than folders and dates decide: the newest.
    ///
    /// Subjects are sealed, so that each must be opened to be looked at; this many take about a tenth of a second.
    static let searchReach = 10_000

    func search(
        _ search: MessageSearch, for account: AccountID, at now: Instant
    ) throws(Fault) -> Page<MessageView>? {
        try read {
            if !search.messages.isEmpty { return try named(search, account, now) }
            if search.isByFolderAlone { return try plain(search, account, now) }
            return try filtered(search, account, now)
        }
    }

    /// The page of a search that names its messages.
    private func named(
        _ search: MessageSearch, _ account: AccountID, _ now: Instant
    ) throws -> Page<MessageView>? {
        var found: [(date: Instant, row: Int64)] = []
        for guid in search.messages {
            guard let row = try statements.row(of: .guid(guid)),
                let view = try listed(row, account, now), search.folders.contains(view.folder),
                search.accepts(view)
            else { continue }
            found.append((view.date, row))
        }
        found.sort { search.oldestFirst ? $0.date < $1.date : $0.date > $1.date }
        return try page(of: found.map(\.row), search, account, now)
    }

    /// The page of a search that only folders decide: an index tells where it begins.
    private func plain(
        _ search: MessageSearch, _ account: AccountID, _ now: Instant
    ) throws -> Page<MessageView>? {
        let total = try count(search, account, now)
        let first = min(total, search.offset)
        let count = min(search.pageSize, total - first)
        // The ledger lists the newest first; the oldest page lies at that list's end.
        let rows = try candidates(
            search, account, now, limit: count,
            offset: search.oldestFirst ? total - first - count : first)
        let views = try part(search.oldestFirst ? rows.reversed() : rows) {
            try listed($0, account, now)
        }
        return views.map {
            Page(items: $0, number: search.page, size: search.pageSize, total: total)
        }
    }

    /// The page of a search that looks into messages.
    private func filtered(
        _ search: MessageSearch, _ account: AccountID, _ now: Instant
    ) throws -> Page<MessageView>? {
        let newest = try candidates(search, account, now, limit: Self.searchReach, offset: 0)
        let rows = search.oldestFirst ? newest.reversed() : newest
        let found = try rows.filter { row in
            try listed(row, account, now).map { search.accepts($0) } ?? false
        }
        return try page(of: found, search, account, now)
    }

    /// The page of what was found: read again, since all that was found would be too much to keep.
    private func page(
        of rows: [Int64], _ search: MessageSearch, _ account: AccountID, _ now: Instant
    ) throws -> Page<MessageView>? {
        let views = try part(
            Array(rows.dropFirst(search.offset).prefix(max(0, search.pageSize)))
        ) {
            try listed($0, account, now)
        }
        return views.map {
            Page(items: $0, number: search.page, size: search.pageSize, total: rows.count)
        }
    }

    /// A message as a list shows it; nil for one that cannot be opened, so that the others are still to be had.
    private func listed(
        _ row: Int64, _ account: AccountID, _ now: Instant
    ) throws -> MessageView? {
        do {
            return try sighted(row: row, account, now).map { try record($0, account).view }
        } catch let fault as Fault where fault.code == .contentUnreadable { return nil }
    }

    /// The rows of what lies in the folders, the newest first.
    private func candidates(
        _ search: MessageSearch, _ account: AccountID, _ now: Instant, limit: Int, offset: Int
    ) throws -> [Int64] {
        let (drafts, sent, inbox, trash) = search.flags
        // Each part is in order by an index; SQLite merges them. A part nobody asked for has no owner, and is not looked at.
        return try statements.all(
            """
            SELECT m.id AS id, m.dated_at AS dated FROM messages m
            WHERE m.owner = iif(?3 OR ?6, ?1, NULL) AND m.state = 0
              AND (?3 AND m.owner_trashed_at IS NULL OR ?6 AND m.owner_trashed_at IS NOT NULL)
            UNION ALL
            SELECT m.id, m.dated_at FROM messages m
            WHERE m.owner = iif(?4 OR ?6, ?1, NULL) AND m.state = 1 AND NOT m.owner_deleted
              AND (m.erase_at IS NULL OR m.erase_at > ?2)
              AND (?4 AND m.owner_trashed_at IS NULL OR ?6 AND m.owner_trashed_at IS NOT NULL)
              AND NOT EXISTS(SELECT 1 FROM mailboxes b
                WHERE b.account = ?1 AND b.sent_at = m.dated_at AND b.message = m.id)
            UNION ALL
            SELECT b.message, b.sent_at FROM mailboxes b JOIN messages m ON m.id = b.message
            WHERE b.account = iif(?5 OR ?6, ?1, NULL) AND (m.erase_at IS NULL OR m.erase_at > ?2)
              AND (?5 AND b.trashed_at IS NULL OR ?6 AND b.trashed_at IS NOT NULL)
            ORDER BY dated DESC, id DESC LIMIT ?7 OFFSET ?8
            """, account.rawValue, now.milliseconds, drafts, sent, inbox, trash, limit, offset,
            read: { $0.integer(0) })
    }

    /// How many there are: indexes alone tell, and the few whose time has come since they were last erased are taken off.
    private func count(
        _ search: MessageSearch, _ account: AccountID, _ now: Instant
    ) throws -> Int {
        let (drafts, sent, inbox, trash) = search.flags
        return try statements.first(
            """
            SELECT
              (SELECT count(*) FROM messages m
                WHERE m.owner = iif(?3 OR ?6, ?1, NULL) AND m.state = 0
                AND (?3 AND m.owner_trashed_at IS NULL OR ?6 AND m.owner_trashed_at IS NOT NULL))
              + (SELECT count(*) FROM messages m
                WHERE m.owner = iif(?4 OR ?6, ?1, NULL) AND m.state = 1 AND NOT m.owner_deleted
                  AND (?4 AND m.owner_trashed_at IS NULL OR ?6 AND m.owner_trashed_at IS NOT NULL)
                  AND NOT EXISTS(SELECT 1 FROM mailboxes b
                    WHERE b.account = ?1 AND b.sent_at = m.dated_at AND b.message = m.id))
              + (SELECT count(*) FROM mailboxes b
                WHERE b.account = iif(?5 OR ?6, ?1, NULL)
                  AND (?5 AND b.trashed_at IS NULL OR ?6 AND b.trashed_at IS NOT NULL))
              - (SELECT count(*) FROM messages m
                LEFT JOIN mailboxes b ON b.account = ?1 AND b.sent_at = m.dated_at AND b.message = m.id
                WHERE m.erase_at <= ?2 AND m.state = 1
                  AND (b.message IS NOT NULL
                      AND (?5 AND b.trashed_at IS NULL OR ?6 AND b.trashed_at IS NOT NULL)
                    OR b.message IS NULL AND m.owner = ?1 AND NOT m.owner_deleted
                      AND (?4 AND m.owner_trashed_at IS NULL OR ?6 AND m.owner_trashed_at IS NOT NULL)))
            """, account.rawValue, now.milliseconds, drafts, sent, inbox, trash,
            read: { $0.count(0) }) ?? 0
    }

    /// Whether a message's subject is what each of these looks for; nothing but its cover is opened, and what no key opens is
    /// about nothing.
    func isAbout(_ subject: [TextMatch], _ message: Int64) throws -> Bool {
        if subject.isEmpty { return true }
        do {
            let text = try statements.first(
                """
                SELECT m.guid, k.cover, t.subject FROM messages m
                JOIN message_keys k ON k.message = m.id JOIN message_texts t ON t.message = m.id
                WHERE m.id = ?
                """, message
            ) { row in
                let guid = try row.guid(0)
                return try vault.unwrap(WrappedKey(bytes: row.bytes(1)), of: guid)
                    .openText(row.bytes(2), .subject, of: guid)
            }
            return text.map { text in subject.allSatisfy { $0.accepts(text) } } ?? false
        } catch let fault as Fault where fault.code == .contentUnreadable { return false }
    }

    func tracking(
        _ search: TrackingSearch, for account: AccountID, at now: Instant
    ) throws(Fault) -> Page<TrackingEvent> {
        try read {
            var events: [TrackingEvent] = []
            for guid in try search.messages.isEmpty ? newestSent(by: account) : search.messages {
                guard let message = try sighted(guid, account, now),
                    message.options.allowTracking,
                    message.isOwn || message.options.shareTracking && !message.isTakenBack
                else { continue }
                events += try self.events(of: message, for: account)
            }
            events = events.filter { search.accepts($0) }
            events.sort { ($0.at, $0.kind.rawValue) > ($1.at, $1.kind.rawValue) }
            let first = search.offset
            return Page(
                items: Array(events.dropFirst(first).prefix(max(0, search.pageSize))),
                number: search.page, size: search.pageSize, total: events.count)
        }
    }

    /// What a search looks at that names no message.
    private func newestSent(by account: AccountID) throws -> [MessageGUID] {
        try statements.all(
            """
            SELECT guid FROM messages WHERE owner = ? AND state = 1
            ORDER BY dated_at DESC, id DESC LIMIT 1000
            """, account.rawValue, read: { try $0.guid(0) })
    }

    private func events(
        of message: SightedMessage, for account: AccountID
    ) throws -> [TrackingEvent] {
        try statements.all(
            """
            SELECT t.kind, t.at, f.guid, a.id, a.address, a.name FROM tracking t
            JOIN accounts a ON a.id = t.account LEFT JOIN files f ON f.id = t.file
            WHERE t.message = ?1 AND (?2 OR t.account = ?3 OR EXISTS(SELECT 1 FROM recipients r
              WHERE r.message = ?1 AND r.kind < 2 AND r.address = a.address))
            """, message.id, message.isOwn, account.rawValue
        ) { row in
            TrackingEvent(
                message: message.guid,
                attachment: row.isNull(2) ? nil : try row.attachmentGUID(2),
                owner: message.owner,
                actor: Person(
                    address: try row.address(4), name: row.text(5),
                    account: AccountID(rawValue: row.integer(3))),
                kind: try row.word(0), at: row.instant(1))
        }
    }
}

extension TrackingSearch {
    fileprivate func accepts(_ event: TrackingEvent) -> Bool {
        (kinds.isEmpty || kinds.contains(event.kind)) && after.map { event.at > $0 } ?? true
            && before.map { event.at < $0 } ?? true
    }
}

extension MessageSearch {
    /// Whether folders and dates are all that decides.
    fileprivate var isByFolderAlone: Bool {
        text.isEmpty && senders.isEmpty && recipients.isEmpty && labels.isEmpty
    }

    fileprivate var flags: (drafts: Bool, sent: Bool, inbox: Bool, trash: Bool) {
        (
            folders.contains(.draft), folders.contains(.sent), folders.contains(.inbox),
            folders.contains(.trash)
        )
    }

    /// Whether a message has every mark that is looked for, its folder aside.
    fileprivate func accepts(_ view: MessageView) -> Bool {
        let addressees = view.to + view.cc + view.bcc
        if !senders.isEmpty {
            guard let sender = view.sender.account, senders.contains(sender) else { return false }
        }
        if !recipients.isEmpty {
            guard addressees.contains(where: { $0.account.map(recipients.contains) ?? false })
            else { return false }
        }
        if !labels.isEmpty {
            guard view.labels.contains(where: { labels.contains($0.guid) }) else { return false }
        }
        guard !text.isEmpty else { return true }
        let wanted = text.lowercased()
        return view.subject.lowercased().contains(wanted)
            || ([view.sender] + addressees).contains {
                $0.address.description.contains(wanted) || $0.name.lowercased().contains(wanted)
            }
    }
}
