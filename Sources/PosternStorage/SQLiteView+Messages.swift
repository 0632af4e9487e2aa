import PosternCredentials
import PosternModel
import PosternPipeline
import PosternSealing

/// A message's row as one reader may see it.
struct SightedMessage {
    let id: Int64
    let guid: MessageGUID
    let owner: Person
    let isOwn: Bool
    let isReceived: Bool
    let state: MessageState
    let isRecalled: Bool
    let action: MessageAction
    let parent: MessageGUID?
    let conversation: MessageGUID
    let bodyFormat: BodyFormat
    let options: MessageOptions
    let expiry: Expiry
    let date: Instant
    let expiresAt: Instant?
    let recalledAt: Instant?
    let recallReason: [UInt8]
    let filesRecalled: Bool
    let isTrashed: Bool
    let isRead: Bool
    let withdrawnAt: Instant?
    let filesWithdrawn: Bool
    let passwordHash: PasswordHash?
    let keys: MessageKeys
    let subject: [UInt8]
    // A list asks no further where there is nothing: most messages have none of these.
    let hasFiles: Bool
    let hasLabels: Bool
    let isTracked: Bool

    init(_ row: Columns, reader: AccountID) throws {
        guard let state = MessageState(rawValue: row.count(2)) else { throw unreadable("state") }
        guid = try row.guid(35)
        self.state = state
        id = row.integer(0)
        let ownerID = AccountID(rawValue: row.integer(1))
        owner = Person(address: try row.address(3), name: row.text(4), account: ownerID)
        isReceived = !row.isNull(5)
        isOwn = ownerID == reader
        isRecalled = row.truth(6)
        action = try row.word(7)
        parent = row.isNull(8) ? nil : try row.guid(8)
        conversation = row.isNull(9) ? guid : try row.guid(9)
        bodyFormat = try row.word(10)
        options = try row.options(from: 11)
        expiry = Expiry(
            date: row.isNull(17) ? nil : row.instant(17), group: row.textOrNil(18))
        date = row.instant(19)
        expiresAt = row.isNull(20) ? nil : row.instant(20)
        recalledAt = row.isNull(21) ? nil : row.instant(21)
        recallReason = row.bytes(22)
        filesRecalled = row.truth(23)
        isTrashed = row.truth(24)
        isRead = row.truth(25)
        withdrawnAt = row.isNull(26) ? nil : row.instant(26)
        filesWithdrawn = row.truth(27)
        passwordHash = try row.passwordHash(28)
        keys = try MessageKeys(row, from: 29)
        subject = row.bytes(31)
        hasFiles = row.truth(32)
        hasLabels = row.truth(33)
        isTracked = row.truth(34)
    }

    /// What the reader calls the place it lies in.
    var folder: MessageFolder {
        if isTrashed { return .trash }
        if isReceived { return .inbox }
        return state == .draft ? .draft : .sent
    }

    /// It has been taken back from this reader; its sender keeps it.
    var isTakenBack: Bool { !isOwn && (isRecalled || withdrawnAt != nil) }
}

extension SQLiteView {
    /// A message this reader sent or received; nil when it is not theirs, or its time has come.
    func sighted(
        _ guid: MessageGUID, _ account: AccountID, _ now: Instant
    ) throws -> SightedMessage? {
        try statements.first(
            "SELECT id FROM messages WHERE guid = ?", guid.bytes, read: { $0.integer(0) }
        ).flatMap { try sighted(row: $0, account, now) }
    }

    /// The same, of a message whose row is known.
    func sighted(
        row id: Int64, _ account: AccountID, _ now: Instant
    ) throws -> SightedMessage? {
        try statements.first(
            """
            SELECT m.id, m.owner, m.state, o.address, o.name, b.message, m.recalled, m.action, m.parent,
              m.conversation, m.body_format, m.allow_forward, m.allow_reply, m.allow_reply_all,
              m.allow_tracking, m.share_tracking, m.fyeo_type, m.expiry_date, m.expiry_group,
              m.dated_at, m.expires_at, m.recalled_at, m.recall_reason, m.files_recalled,
              CASE WHEN b.message IS NULL THEN m.owner_trashed_at ELSE b.trashed_at END IS NOT NULL,
              b.read_at IS NOT NULL, b.withdrawn_at, b.files_withdrawn, m.password_hash, k.cover, k.content, t.subject,
              EXISTS(SELECT 1 FROM attachments x WHERE x.message = m.id),
              EXISTS(SELECT 1 FROM message_labels x WHERE x.message = m.id),
              EXISTS(SELECT 1 FROM tracking x WHERE x.message = m.id), m.guid
            FROM messages m JOIN message_texts t ON t.message = m.id
            JOIN message_keys k ON k.message = m.id JOIN accounts o ON o.id = m.owner
            LEFT JOIN mailboxes b ON b.account = ?2 AND b.sent_at = m.dated_at AND b.message = m.id
            WHERE m.id = ?1 AND m.state <> 2
              AND (m.owner = ?2 AND NOT m.owner_deleted OR b.message IS NOT NULL)
              AND (m.state = 0 OR m.erase_at IS NULL OR m.erase_at > ?3)
            """, id, account.rawValue, now.milliseconds,
            read: { try SightedMessage($0, reader: account) })
    }

    /// All that a reader sees of a message but its body.
    func record(_ message: SightedMessage, _ account: AccountID) throws -> MessageRecord {
        let cover = try vault.unwrap(message.keys.cover, of: message.guid)
        var view = MessageView(
            guid: message.guid, parent: message.parent, conversation: message.conversation,
            folder: message.folder, date: message.date, action: message.action,
            sender: message.owner, to: [], cc: [], bcc: [],
            subject: try cover.openText(message.subject, .subject, of: message.guid),
            bodyFormat: message.bodyFormat, body: nil, options: message.options,
            expiry: message.expiry, expiresAt: message.expiresAt, recall: nil,
            retrieved: message.isOwn && !message.isReceived || message.isRead, attachments: [],
            tracking: nil, labels: message.hasLabels ? try labels(on: message.id, of: account) : [])
        if let at = message.recalledAt ?? message.withdrawnAt,
            message.isRecalled || message.isTakenBack
        {
            let reason =
                message.recallReason.isEmpty
                ? "" : try cover.openText(message.recallReason, .subject, of: message.guid)
            view.recall = MessageView.Recall(at: at, reason: reason)
        }
        let isBlindCopy = try people(in: message, account, &view)
        let hidesFiles = message.filesWithdrawn || message.filesRecalled
        if !message.isTakenBack || !hidesFiles {
            view.attachments = message.hasFiles ? try attachments(of: message, cover) : []
        }
        if message.state == .sent, message.options.allowTracking,
            message.isOwn || message.options.shareTracking
        {
            // Those a reader sees are those they may know of.
            let recipients = Set((view.to + view.cc + view.bcc).map(\.address)).count
            view.tracking = TrackingSummary(
                recipients: recipients,
                counts: message.isTracked ? try trackingCounts(of: message, for: account) : [:])
        }
        return MessageRecord(
            view: view, isOwn: message.isOwn, isDraft: message.state == .draft,
            isBlindCopy: isBlindCopy, isRecalled: message.isTakenBack,
            lock: try lock(of: message, account))
    }

    /// What this reader must prove to read the body.
    func lock(of message: SightedMessage, _ account: AccountID) throws -> MessageLock {
        guard message.state == .sent else { return .none }
        switch message.options.fyeoType {
        case .disabled: return .none
        case .uniquePassword:
            if let lock = message.keys.content.lock { return .unique(lock) }
            return message.passwordHash.map { .hash($0) } ?? .none
        case .accountPassword:
            let hash = try statements.first(
                "SELECT password_hash FROM accounts WHERE id = ?", account.rawValue,
                read: { try $0.passwordHash(0) })
            return .account(hash ?? nil)
        }
    }

    /// Fills the view's address lists; true when the reader has the message by blind copy alone.
    private func people(
        in message: SightedMessage, _ account: AccountID, _ view: inout MessageView
    ) throws -> Bool {
        var (isOpen, isBlind) = (false, false)
        try statements.each(
            """
            SELECT r.kind, r.address, a.id, a.name FROM recipients r
            LEFT JOIN accounts a ON a.address = r.address
            WHERE r.message = ? ORDER BY r.kind, r.position
            """, message.id
        ) { row in
            let known = row.isNull(2) ? nil : AccountID(rawValue: row.integer(2))
            let person = Person(
                address: try row.address(1), name: row.text(3),
                account: message.state == .draft ? nil : known)
            switch row.count(0) {
            case 0: view.to.append(person)
            case 1: view.cc.append(person)
            default:
                // Nobody but the sender learns who else was reached by blind copy.
                if message.isOwn || known == account { view.bcc.append(person) }
            }
            if known == account {
                if row.count(0) < 2 { isOpen = true } else { isBlind = true }
            }
            return true
        }
        return isBlind && !isOpen
    }

    private func attachments(
        of message: SightedMessage, _ cover: ContentKey
    ) throws -> [AttachmentView] {
        try statements.all(
            """
            SELECT a.position, a.name, a.size, f.guid, f.chunk_size, f.created_at, o.address,
              (SELECT count(*) FROM file_chunks c WHERE c.file = a.file)
            FROM attachments a LEFT JOIN files f ON f.id = a.file LEFT JOIN accounts o ON o.id = f.owner
            WHERE a.message = ? ORDER BY a.position
            """, message.id
        ) { row in
            let name = try cover.openText(row.bytes(1), .attachmentName, of: message.guid)
            guard !row.isNull(3) else {
                // Loaded by name alone: there is something to see and nothing to fetch.
                return AttachmentView(
                    guid: try Self.placeholder(row.integer(0), of: message.guid), name: name,
                    size: row.integer(2), chunks: 0, complete: false, since: message.date,
                    owner: message.owner.address)
            }
            let layout = ChunkLayout(size: row.integer(2), chunkSize: row.integer(4))
            return AttachmentView(
                guid: try row.attachmentGUID(3), name: name, size: layout.size,
                chunks: layout.count, complete: row.count(7) == layout.count,
                since: row.instant(5), owner: try row.address(6))
        }
    }

    /// A name for a file that was loaded without content, made of its message's and its place.
    private static func placeholder(
        _ position: Int64, of message: MessageGUID
    ) throws -> AttachmentGUID {
        let place = withUnsafeBytes(of: UInt16(truncatingIfNeeded: position).bigEndian) {
            Array($0)
        }
        guard let guid = AttachmentGUID(bytes: message.bytes.prefix(14) + place) else {
            throw unreadable("file name")
        }
        return guid
    }

    private func labels(on message: Int64, of account: AccountID) throws -> [Label] {
        try statements.all(
            """
            SELECT l.guid, l.name, l.created_at FROM message_labels w JOIN labels l ON l.id = w.label
            WHERE w.message = ? AND l.account = ? ORDER BY l.name
            """, message, account.rawValue, read: { try Label($0) })
    }

    /// Counts what was done with a message; those reached by blind copy count for its sender, and each for themselves.
    private func trackingCounts(
        of message: SightedMessage, for account: AccountID
    ) throws -> [TrackingEvent.Kind: Int] {
        var counts: [TrackingEvent.Kind: Int] = [:]
        try statements.each(
            """
            SELECT t.kind, count(DISTINCT t.account) FROM tracking t JOIN accounts a ON a.id = t.account
            WHERE t.message = ?1 AND (?2 OR t.account = ?3 OR EXISTS(SELECT 1 FROM recipients r
              WHERE r.message = ?1 AND r.kind < 2 AND r.address = a.address))
            GROUP BY t.kind
            """, message.id, message.isOwn, account.rawValue
        ) { row in
            counts[try row.word(0)] = row.count(1)
            return true
        }
        return counts
    }
}

extension Columns {
    func attachmentGUID(_ index: Int32) throws -> AttachmentGUID {
        guard let guid = AttachmentGUID(bytes: bytes(index)) else {
            throw unreadable("file name")
        }
        return guid
    }
}
