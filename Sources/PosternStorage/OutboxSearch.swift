import PosternContent
import PosternModel
import PosternPipeline
import PosternSealing

/// How one courier's rows are found and read.
///
/// Several, because only couriers to the outside need the message opened: what fills mailboxes is looked for under load,
/// thousands of rows at a time, and reads no more than it must.
struct OutboxSearch: Sendable {
    /// Rows put off before that are due, given the courier and the instant.
    let putOff: StaticString
    /// Rows due at once, given the number to begin after and the courier.
    let atOnce: StaticString
    /// When rows put off fall due, with their numbers, the first first; given the courier.
    let nextPutOff: StaticString
    /// When the first row due at once did, given the number to begin after and the courier.
    let nextAtOnce: StaticString
    /// The column that says whether the message was stopped, or recalled, while the row was in a courier's hands.
    let stopped: Int32
    /// Reads what either finds, at the instant asked about.
    let read: @Sendable (Columns, KeyVault, Instant) throws -> OutboxRow
    /// The number of the newest row, where many may stay that are due at once no more.
    var newest: StaticString?

    /// Why a message is not carried whose time has come.
    static let expired = "The message has expired."

    /// Text in bytes after which no more rows are taken: bodies can be large, and a batch lies in memory.
    static let mostTextBytes = 4 << 20

    private static let nextPutOff: StaticString = """
        SELECT id, due_at FROM outbox
        WHERE courier = ? AND (attempts > 0 OR due_at > accepted_at) AND entrusting < 3
          AND withdrawal IS NULL
        ORDER BY due_at, id
        """
    private static let nextAtOnce: StaticString = """
        SELECT due_at FROM outbox
        WHERE id > ? AND courier = ? AND attempts = 0 AND due_at <= accepted_at
          AND withdrawal IS NULL
        ORDER BY id LIMIT 1
        """

    private static let newest: StaticString = "SELECT max(id) FROM outbox"

    /// The ledger's search of a courier's rows.
    static func inLedger(of courier: OutboxRow.Courier) -> Self {
        switch courier {
        case .mailbox, .smtp: notifications
        case .webhook: messages
        case .cell: letters
        }
    }

    /// For rows into mailboxes and for notifications.
    static let notifications = OutboxSearch(
        putOff: """
            SELECT o.id, m.guid, o.courier, o.recipient, o.attempts, o.accepted_at,
              n.subject, n.text, n.html,
              o.withdrawal IS NOT NULL OR EXISTS(SELECT 1 FROM stops p WHERE p.message = o.message)
            FROM outbox o JOIN messages m ON m.id = o.message
            LEFT JOIN notifications n ON n.message = o.message AND o.courier = 'smtp'
            WHERE o.courier = ? AND (o.attempts > 0 OR o.due_at > o.accepted_at) AND o.due_at <= ?
              AND o.entrusting < 3 AND (o.withdrawal IS NULL OR o.entrusting <= 0)
            ORDER BY o.due_at, o.id
            """,
        atOnce: """
            SELECT o.id, m.guid, o.courier, o.recipient, o.attempts, o.accepted_at,
              n.subject, n.text, n.html,
              o.withdrawal IS NOT NULL OR EXISTS(SELECT 1 FROM stops p WHERE p.message = o.message)
            FROM outbox o JOIN messages m ON m.id = o.message
            LEFT JOIN notifications n ON n.message = o.message AND o.courier = 'smtp'
            WHERE o.id > ? AND o.courier = ? AND o.attempts = 0 AND o.due_at <= o.accepted_at
              AND (o.withdrawal IS NULL OR o.entrusting <= 0)
            ORDER BY o.id
            """, nextPutOff: nextPutOff, nextAtOnce: nextAtOnce, stopped: 9,
        read: { row, _, _ in
            var found = try outboxRow(row)
            if !row.isNull(6) {
                found.notification = Notification(
                    subject: row.text(6), text: row.text(7), html: row.text(8))
            }
            return found
        }, newest: newest)

    /// For messages to telephones, with what they say.
    static let messages = OutboxSearch(
        putOff: """
            SELECT o.id, m.guid, o.courier, o.recipient, o.attempts, o.accepted_at,
              a.address, m.body_format, m.fyeo_type, m.erase_at, k.content, t.body,
              o.withdrawal IS NOT NULL OR EXISTS(SELECT 1 FROM stops p WHERE p.message = o.message)
            FROM outbox o JOIN messages m ON m.id = o.message JOIN accounts a ON a.id = m.owner
            LEFT JOIN message_keys k ON k.message = o.message
            LEFT JOIN message_texts t ON t.message = o.message
            WHERE o.courier = ? AND (o.attempts > 0 OR o.due_at > o.accepted_at) AND o.due_at <= ?
              AND o.entrusting < 3 AND (o.withdrawal IS NULL OR o.entrusting <= 0)
            ORDER BY o.due_at, o.id
            """,
        atOnce: """
            SELECT o.id, m.guid, o.courier, o.recipient, o.attempts, o.accepted_at,
              a.address, m.body_format, m.fyeo_type, m.erase_at, k.content, t.body,
              o.withdrawal IS NOT NULL OR EXISTS(SELECT 1 FROM stops p WHERE p.message = o.message)
            FROM outbox o JOIN messages m ON m.id = o.message JOIN accounts a ON a.id = m.owner
            LEFT JOIN message_keys k ON k.message = o.message
            LEFT JOIN message_texts t ON t.message = o.message
            WHERE o.id > ? AND o.courier = ? AND o.attempts = 0 AND o.due_at <= o.accepted_at
              AND (o.withdrawal IS NULL OR o.entrusting <= 0)
            ORDER BY o.id
            """, nextPutOff: nextPutOff, nextAtOnce: nextAtOnce, stopped: 12,
        read: { row, vault, instant in
            var found = try outboxRow(row)
            found.sender = try row.address(6)
            try open(
                &found, at: instant, protected: row.word(8) != FYEOType.disabled,
                isErased: row.isNull(11), until: row.isNull(9) ? nil : row.instant(9)
            ) { found in
                found.text =
                    try text(row, of: found.message, format: 7, key: 10, body: 11, vault).body
            }
            return found
        }, newest: newest)

    /// For messages to cells of other units, with what they say and what their dialect keeps with them.
    static let letters = OutboxSearch(
        putOff: """
            SELECT o.id, m.guid, o.courier, o.recipient, o.attempts, o.accepted_at,
              a.id, a.handle, m.body_format, m.fyeo_type, m.erase_at, k.content, t.body,
              k.cover, x.dialect, x.annex,
              o.withdrawal IS NOT NULL OR EXISTS(SELECT 1 FROM stops p WHERE p.message = o.message)
            FROM outbox o JOIN messages m ON m.id = o.message JOIN accounts a ON a.id = m.owner
            LEFT JOIN message_keys k ON k.message = o.message
            LEFT JOIN message_texts t ON t.message = o.message
            LEFT JOIN message_annexes x ON x.message = o.message
            WHERE o.courier = ? AND (o.attempts > 0 OR o.due_at > o.accepted_at) AND o.due_at <= ?
              AND o.entrusting < 3
            ORDER BY o.due_at, o.id
            """,
        atOnce: """
            SELECT o.id, m.guid, o.courier, o.recipient, o.attempts, o.accepted_at,
              a.id, a.handle, m.body_format, m.fyeo_type, m.erase_at, k.content, t.body,
              k.cover, x.dialect, x.annex,
              o.withdrawal IS NOT NULL OR EXISTS(SELECT 1 FROM stops p WHERE p.message = o.message)
            FROM outbox o JOIN messages m ON m.id = o.message JOIN accounts a ON a.id = m.owner
            LEFT JOIN message_keys k ON k.message = o.message
            LEFT JOIN message_texts t ON t.message = o.message
            LEFT JOIN message_annexes x ON x.message = o.message
            WHERE o.id > ? AND o.courier = ? AND o.attempts = 0 AND o.due_at <= o.accepted_at
            ORDER BY o.id
            """, nextPutOff: nextPutOff, nextAtOnce: nextAtOnce, stopped: 16,
        read: { row, vault, instant in
            var found = try outboxRow(row)
            guard let handle = try row.handle(7) else {
                found.withheld = "The sender has no handle any more, and so no cell to write from."
                return found
            }
            try open(
                &found, at: instant, protected: row.word(9) != FYEOType.disabled,
                isErased: row.isNull(12), until: row.isNull(10) ? nil : row.instant(10)
            ) { found in
                let guid = found.message
                let (subject, body) = try text(row, of: guid, format: 8, key: 11, body: 12, vault)
                var letter = CellMessage(
                    guid: guid, sender: AccountID(rawValue: row.integer(6)), senderHandle: handle,
                    subject: subject, body: body)
                if !row.isNull(15) {
                    let cover = try vault.unwrap(WrappedKey(bytes: row.bytes(13)), of: guid)
                    letter.annex = try StoredAnnex.open(
                        row.bytes(15), of: row.text(14), named: guid, under: cover)
                }
                found.letter = letter
            }
            return found
        }, newest: newest)

    /// Opens a message for the outside, or says why it is withheld.
    private static func open(
        _ row: inout OutboxRow, at instant: Instant, protected: Bool, isErased: Bool,
        until end: Instant?, by opening: (inout OutboxRow) throws -> Void
    ) throws {
        if protected {
            // Nobody asks for a password out there.
            row.withheld =
                "The message is protected by a password, and \(row.courier == .cell ? "another unit" : "a telephone") would show it without."
        } else if let end, end <= instant {
            row.withheld = expired
        } else if isErased {
            row.withheld = "The message has been erased."
        } else {
            do { try opening(&row) } catch let fault as Fault
                where fault.code == .contentUnreadable
            {
                // One damaged message must not stand in the way of all others.
                row.withheld = "The message cannot be opened: \(fault.code.rawValue)."
            }
        }
    }

    private static func outboxRow(_ row: Columns) throws -> OutboxRow {
        OutboxRow(
            id: row.integer(0), message: try row.guid(1), courier: try row.word(2),
            recipient: try row.place(3), notification: nil, attempts: row.count(4),
            acceptedAt: row.instant(5))
    }

    /// What the message says, HTML as the text a reader sees.
    private static func text(
        _ row: Columns, of guid: MessageGUID, format: Int32, key: Int32, body: Int32,
        _ vault: KeyVault
    ) throws -> (subject: String, body: String) {
        let content = try vault.unwrap(try WrappedKey(padded: row.bytes(key)), of: guid)
        var texts = try MessageTexts.open(row.bytes(body), of: guid, under: content)
        if try row.word(format) == BodyFormat.html { texts.body = HTMLText.visible(in: texts.body) }
        return texts
    }
}
