public import PosternCredentials
public import PosternModel
public import PosternPipeline
public import PosternPolicy
import PosternSealing

/// Where a chunk goes.
struct ChunkPlace: Hashable, Sendable {
    let file: AttachmentGUID
    let number: Int
}

extension SQLiteStore {
    /// Bytes of every chunk but a file's last: small enough to be held whole by many at once.
    static let chunkSize: Int64 = 512 << 10

    /// Attaches files that will arrive in chunks.
    public func reserveAttachments(
        _ plans: [FilePlan], to guid: MessageGUID, by account: AccountID, limits: AttachmentRules,
        at now: Instant
    ) async throws(Fault) -> Reservation {
        guard let keys = try draftKeys(guid, of: account) else { return .draftMissing }
        let cover = try vault.unwrap(keys.cover, of: guid)
        let content = try vault.unwrap(keys.content, of: guid)
        var files: [NewFile] = []
        for plan in plans {
            let name = AttachmentGUID.random()
            do {
                files.append(
                    NewFile(
                        guid: name, size: plan.size,
                        name: try cover.seal(plan.name, .attachmentName, of: guid),
                        key: try content.sealFileKey(.generate(), of: name)))
            } catch { throw Fault(.storageUnwritable, error) }
        }
        let ready = files
        let ending = try await attach(ready, to: guid, by: account, limits, now)
        guard case .reserved = ending else { return ending }
        return .reserved(
            zip(plans, files).map { plan, file in
                Upload(
                    guid: file.guid, name: plan.name,
                    layout: ChunkLayout(size: plan.size, chunkSize: Self.chunkSize), arrived: [])
            })
    }

    /// A file to be attached, its name and key sealed for the message it goes to.
    private struct NewFile: Sendable {
        let guid: AttachmentGUID
        let size: Int64
        let name: [UInt8]
        let key: [UInt8]
        /// There is such a file already.
        var exists = false
    }

    private func attach(
        _ files: [NewFile], to guid: MessageGUID, by account: AccountID, _ limits: AttachmentRules,
        _ now: Instant
    ) async throws(Fault) -> Reservation {
        let (maximumCount, maximumTotal) = (limits.maximumCount, limits.maximumTotal)
        return try await writer.submit { work in
            let statements = work.statements
            guard let message = try Self.draft(guid, account, statements) else {
                return .undo(.draftMissing)
            }
            let present = try statements.first(
                """
                SELECT count(*), coalesce(sum(size), 0), coalesce(max(position), -1)
                FROM attachments WHERE message = ?
                """, message, read: { ($0.count(0), $0.integer(1), $0.integer(2)) })
            var (count, total, last) = present ?? (0, 0, -1)
            for file in files {
                if file.exists, try Self.isAttached(file.guid, to: message, statements) { continue }
                count += 1
                last += 1
                let (sum, overflow) = total.addingReportingOverflow(file.size)
                guard count <= maximumCount else { return .undo(.tooMany) }
                guard file.size >= 0, !overflow, sum <= maximumTotal else {
                    return .undo(.tooLarge)
                }
                total = sum
                if !file.exists {
                    try statements.run(
                        "INSERT INTO files(guid, owner, size, chunk_size, created_at) VALUES(?, ?, ?, ?, ?)",
                        file.guid.bytes, account.rawValue, file.size, Self.chunkSize,
                        now.milliseconds)
                }
                let attached = try statements.run(
                    """
                    INSERT INTO attachments(message, position, name, size, file, key)
                    SELECT ?1, ?2, ?3, ?4, id, ?6 FROM files WHERE guid = ?5
                    """, message, last, file.name, file.size, file.guid.bytes, file.key)
                // A file to be linked may have gone with its last message in the meantime.
                guard attached == 1 else { return .undo(.draftMissing) }
            }
            try Self.touch(message, now, statements)
            return .keep(.reserved([]))
        }
    }

    private static func isAttached(
        _ file: AttachmentGUID, to message: Int64, _ statements: Statements
    ) throws -> Bool {
        try statements.first(
            """
            SELECT 1 FROM attachments a JOIN files f ON f.id = a.file
            WHERE a.message = ? AND f.guid = ?
            """, message, file.bytes, read: { _ in true }) ?? false
    }

    /// Counts a change of what is attached as a save: names are judged, and a send judged before does not settle.
    private static func touch(
        _ message: Int64, _ now: Instant, _ statements: Statements
    ) throws {
        try statements.run(
            "UPDATE messages SET revision = revision + 1, dated_at = ? WHERE id = ?",
            now.milliseconds, message)
    }

    /// Takes one chunk: on disk first, then known to the ledger.
    ///
    /// Two who bring the same chunk at once take turns, so that neither overwrites what the other was told is stored.
    public func storeChunk(
        _ number: Int, of guid: AttachmentGUID, by account: AccountID, _ bytes: [UInt8],
        at now: Instant
    ) async throws(Fault) -> ChunkEnding {
        try await chunkTurns.take(ChunkPlace(file: guid, number: number)) { () throws(Fault) in
            try await store(bytes, number, of: guid, by: account)
        }
    }

    private func store(
        _ bytes: [UInt8], _ number: Int, of guid: AttachmentGUID, by account: AccountID
    ) async throws(Fault) -> ChunkEnding {
        guard let slot = try slot(guid, number, of: account) else { return .missing }
        guard let range = slot.layout.range(of: number), range.count == bytes.count else {
            return .mismatch
        }
        if slot.hasArrived {
            let stored = try files.read(
                number: number, of: guid, slot.layout, under: slot.key)
            return stored == bytes ? .stored : .conflict
        }
        try files.write(bytes, number: number, of: guid, slot.layout, under: slot.key)
        let (isKept, orphan) = try await writer.submit { work in
            let kept = try work.statements.run(
                """
                INSERT INTO file_chunks(file, number)
                SELECT f.id, ?2 FROM files f WHERE f.guid = ?1 ON CONFLICT DO NOTHING
                """, guid.bytes, number)
            guard kept == 0 else { return .keep((true, false)) }
            let isThere = try work.statements.first(
                "SELECT 1 FROM files WHERE guid = ?", guid.bytes, read: { _ in true })
            return .keep((isThere != nil, isThere == nil))
        }
        // The draft or the file was deleted while its chunk was written.
        if orphan { files.remove([guid]) }
        return isKept ? .stored : .missing
    }

    private struct Slot {
        let layout: ChunkLayout
        let key: ContentKey
        let hasArrived: Bool
    }

    /// Where a chunk of a draft's file goes; nil when there is no such file on a draft of this account.
    private func slot(
        _ guid: AttachmentGUID, _ number: Int, of account: AccountID
    ) throws(Fault) -> Slot? {
        try readers.snapshot { statements in
            try statements.first(
                """
                SELECT f.size, f.chunk_size, a.key, k.content, m.guid,
                  EXISTS(SELECT 1 FROM file_chunks c WHERE c.file = f.id AND c.number = ?3)
                FROM files f JOIN attachments a ON a.file = f.id JOIN messages m ON m.id = a.message
                JOIN message_keys k ON k.message = m.id
                WHERE f.guid = ?1 AND f.owner = ?2 AND m.owner = ?2 AND m.state = 0 LIMIT 1
                """, guid.bytes, account.rawValue, number
            ) { row in
                let content = try vault.unwrap(
                    try WrappedKey(padded: row.bytes(3)), of: try row.guid(4))
                return Slot(
                    layout: ChunkLayout(size: row.integer(0), chunkSize: row.integer(1)),
                    key: try content.openFileKey(row.bytes(2), of: guid),
                    hasArrived: row.truth(5))
            }
        }
    }

    /// Takes a file off a draft.
    public func removeAttachment(
        _ attachment: AttachmentGUID, from guid: MessageGUID, by account: AccountID,
        at now: Instant
    ) async throws(Fault) -> Bool {
        let erasure = try await writer.submit { work -> GroupCommitter.Ending<Erasure?> in
            let statements = work.statements
            guard let message = try Self.draft(guid, account, statements) else {
                return .undo(nil)
            }
            let position = try statements.first(
                """
                SELECT a.position FROM attachments a JOIN files f ON f.id = a.file
                WHERE a.message = ? AND f.guid = ?
                """, message, attachment.bytes, read: { $0.integer(0) })
            guard let position else { return .undo(nil) }
            var erasure = Erasure()
            try erasure.detach(position, from: message, statements)
            try Self.touch(message, now, statements)
            return .keep(erasure)
        }
        guard let erasure else { return false }
        files.remove(erasure.files)
        return true
    }

    /// Attaches a file the account can reach already.
    public func linkAttachment(
        _ record: AttachmentRecord, openedBy key: PasswordKey?, to guid: MessageGUID,
        by account: AccountID, limits: AttachmentRules, at now: Instant
    ) async throws(Fault) -> Reservation {
        guard let keys = try draftKeys(guid, of: account) else { return .draftMissing }
        let file = record.view.guid
        let fileKey = try readers.snapshot { statements in
            let view = SQLiteView(
                statements: statements, touches: touches, vault: vault, files: files)
            guard let content = try view.contentKey(of: record.message, openedBy: key) else {
                throw Fault(.contentUnreadable, note: "a password's key does not open its message")
            }
            return try statements.first(
                """
                SELECT a.key FROM attachments a JOIN files f ON f.id = a.file
                JOIN messages m ON m.id = a.message WHERE m.guid = ? AND f.guid = ?
                """, record.message.bytes, file.bytes,
                read: { try content.openFileKey($0.bytes(0), of: file) })
        }
        guard let fileKey else { return .draftMissing }
        let cover = try vault.unwrap(keys.cover, of: guid)
        let content = try vault.unwrap(keys.content, of: guid)
        let linked: NewFile
        do {
            linked = NewFile(
                guid: file, size: record.view.size,
                name: try cover.seal(record.view.name, .attachmentName, of: guid),
                key: try content.sealFileKey(fileKey, of: file), exists: true)
        } catch { throw Fault(.storageUnwritable, error) }
        return try await attach([linked], to: guid, by: account, limits, now)
    }
}
