import PosternCredentials
import PosternModel
import PosternPipeline
import PosternSealing
import Synchronization

extension SQLiteView {
    func uploads(_ guids: [AttachmentGUID], of account: AccountID) throws(Fault) -> [Upload] {
        try read {
            try guids.compactMap { guid in
                guard let file = try file(guid, ownedBy: account) else { return nil }
                return Upload(
                    guid: guid, name: file.name, layout: file.layout,
                    arrived: try statements.all(
                        "SELECT number FROM file_chunks WHERE file = ? ORDER BY number", file.id,
                        read: { $0.count(0) }))
            }
        }
    }

    private func file(
        _ guid: AttachmentGUID, ownedBy account: AccountID
    ) throws -> (id: Int64, name: String, layout: ChunkLayout)? {
        try statements.first(
            """
            SELECT f.id, f.size, f.chunk_size, a.name, m.guid, k.cover FROM files f
            JOIN attachments a ON a.file = f.id JOIN messages m ON m.id = a.message
            JOIN message_keys k ON k.message = m.id
            WHERE f.guid = ?1 AND f.owner = ?2 AND m.owner = ?2 LIMIT 1
            """, guid.bytes, account.rawValue
        ) { row in
            let message = try row.guid(4)
            let cover = try vault.unwrap(try WrappedKey(bytes: row.bytes(5)), of: message)
            return (
                id: row.integer(0),
                name: try cover.openText(row.bytes(3), .attachmentName, of: message),
                layout: ChunkLayout(size: row.integer(1), chunkSize: row.integer(2))
            )
        }
    }

    func attachment(
        _ guid: AttachmentGUID, for account: AccountID, at now: Instant
    ) throws(Fault) -> AttachmentRecord? {
        try read {
            let messages = try statements.all(
                """
                SELECT m.guid FROM files f JOIN attachments a ON a.file = f.id
                JOIN messages m ON m.id = a.message WHERE f.guid = ? ORDER BY m.id
                """, guid.bytes, read: { try $0.guid(0) })
            var reachable: [AttachmentRecord] = []
            for message in messages {
                guard let sighted = try sighted(message, account, now) else { continue }
                let record = try record(sighted, account)
                guard let view = record.view.attachments.first(where: { $0.guid == guid }) else {
                    continue
                }
                reachable.append(
                    AttachmentRecord(
                        view: view, message: message, isOwn: record.isOwn, lock: record.lock))
            }
            // A file that lies in several messages is reached through one that asks for nothing, where there is one.
            return reachable.first { if case .none = $0.lock { true } else { false } }
                ?? reachable.first
        }
    }

    func content(
        of record: AttachmentRecord, chunk: Int?, openedBy key: PasswordKey?
    ) throws(Fault) -> FileContent {
        try read {
            guard let content = try contentKey(of: record.message, openedBy: key) else {
                throw Fault(.contentUnreadable, note: "a password's key does not open its message")
            }
            let guid = record.view.guid
            let found = try statements.first(
                """
                SELECT a.key, f.size, f.chunk_size FROM attachments a JOIN files f ON f.id = a.file
                JOIN messages m ON m.id = a.message WHERE m.guid = ? AND f.guid = ?
                """, record.message.bytes, guid.bytes
            ) { row in
                (
                    key: try content.openFileKey(row.bytes(0), of: guid),
                    layout: ChunkLayout(size: row.integer(1), chunkSize: row.integer(2))
                )
            }
            guard let found else { throw unreadable("attached file") }
            let numbers = chunk.map { $0...$0 } ?? 1...found.layout.count
            let length = numbers.reduce(Int64(0)) {
                $0 + Int64(found.layout.range(of: $1)?.count ?? 0)
            }
            let rest = Mutex(Array(numbers)[...])
            return FileContent(name: record.view.name, length: length) { [files] () throws(Fault) in
                guard let number = rest.withLock({ $0.popFirst() }) else { return [] }
                return try files.read(
                    number: number, of: guid, found.layout, under: found.key)
            }
        }
    }
}

extension ContentKey {
    /// A file's key, as it lies beside the file's name in a message.
    func openFileKey(_ sealed: [UInt8], of guid: AttachmentGUID) throws -> ContentKey {
        try openKey(sealed, as: try Self.fileKeyMark(guid))
    }

    func sealFileKey(_ key: ContentKey, of guid: AttachmentGUID) throws -> [UInt8] {
        try seal(key, as: try Self.fileKeyMark(guid))
    }

    private static func fileKeyMark(_ guid: AttachmentGUID) throws -> SealMark {
        guard let mark = SealMark(.key, of: guid.bytes) else { throw unreadable("file name") }
        return mark
    }
}
