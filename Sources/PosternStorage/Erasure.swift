import PosternModel

/// A message's end: its keys are destroyed, and with them all that was sealed under them.
///
/// That holds here and in every copy of the files without the keys. The message's name stays taken.
///
/// Made within a transaction; when that is on disk, the files it names are removed (``SQLiteStore/finish(_:)``).
struct Erasure: Sendable {
    /// Files that no message refers to any more.
    private(set) var files: [AttachmentGUID] = []
    /// Nothing was erased.
    private(set) var isEmpty = true

    /// Erases one message.
    init(of message: Int64, _ statements: Statements) throws {
        isEmpty = false
        try statements.run("UPDATE messages SET state = 2, erase_at = NULL WHERE id = ?", message)
        // Overwritten and never deleted, so that no page is ever rearranged (``MessageKeys``).
        try statements.run(
            """
            UPDATE message_keys SET cover = zeroblob(length(cover)), content = zeroblob(length(content))
            WHERE message = ?
            """, message)
        try statements.run("DELETE FROM message_texts WHERE message = ?", message)
        try statements.run("DELETE FROM notifications WHERE message = ?", message)
        let work = try DeliveryWork.rows(of: message, statements)
        try Withdrawal.oweAll(work, statements)
        for row in work where !row.mayBeElsewhere {
            try statements.run("DELETE FROM outbox WHERE id = ?", row.id)
        }
        try statements.run("DELETE FROM message_labels WHERE message = ?", message)
        try statements.run("DELETE FROM message_targets WHERE message = ?", message)
        try statements.run("DELETE FROM message_annexes WHERE message = ?", message)
        try statements.run("DELETE FROM outside_recipients WHERE message = ?", message)
        try statements.run("DELETE FROM schedules WHERE message = ?", message)
        try statements.run("DELETE FROM callbacks WHERE message = ?", message)
        try statements.run("DELETE FROM callback_wishes WHERE message = ?", message)
        let readers = try statements.all(
            """
            SELECT b.account, b.sent_at FROM recipients r JOIN accounts a ON a.address = r.address
            JOIN messages m ON m.id = r.message
            JOIN mailboxes b ON b.account = a.id AND b.sent_at = m.dated_at AND b.message = m.id
            WHERE r.message = ?
            """, message, read: { ($0.integer(0), $0.integer(1)) })
        for (account, sentAt) in readers {
            try statements.run(
                "DELETE FROM mailboxes WHERE account = ? AND sent_at = ? AND message = ?", account,
                sentAt, message)
        }
        let positions = try statements.all(
            "SELECT position FROM attachments WHERE message = ?", message,
            read: { $0.integer(0) })
        for position in positions { try detach(position, from: message, statements) }
    }

    /// Erases nothing yet.
    init() {}

    /// Takes one file off a message, and forgets it where no other has it.
    mutating func detach(
        _ position: Int64, from message: Int64, _ statements: Statements
    ) throws {
        let file = try statements.first(
            """
            SELECT f.id, f.guid FROM attachments a JOIN files f ON f.id = a.file
            WHERE a.message = ? AND a.position = ?
            """, message, position
        ) { row in
            guard let guid = AttachmentGUID(bytes: row.bytes(1)) else {
                throw unreadable("file name")
            }
            return (id: row.integer(0), guid: guid)
        }
        try statements.run(
            """
            UPDATE attachments SET key = zeroblob(length(key))
            WHERE message = ? AND position = ? AND key IS NOT NULL
            """, message, position)
        try statements.run(
            "DELETE FROM attachments WHERE message = ? AND position = ?", message, position)
        guard let file else { return }
        try statements.run(
            "UPDATE tracking SET file = NULL WHERE message = ? AND file = ?", message, file.id)
        let isShared = try statements.first(
            "SELECT 1 FROM attachments WHERE file = ? LIMIT 1", file.id, read: { _ in true })
        guard isShared == nil else { return }
        try statements.run("DELETE FROM file_chunks WHERE file = ?", file.id)
        try statements.run("DELETE FROM files WHERE id = ?", file.id)
        files.append(file.guid)
    }

    /// Takes in what another erased.
    mutating func join(_ other: Erasure) {
        files += other.files
        isEmpty = isEmpty && other.isEmpty
    }
}

extension SQLiteStore {
    /// Removes what an erasure left on disk, now that it is durable: the files, and keys in the log's older pages.
    func finish(_ erasure: Erasure) async {
        files.remove(erasure.files)
        await writer.emptyLog()
    }
}
