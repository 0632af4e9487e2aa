public import PosternModel
public import PosternPipeline
import PosternSealing

extension SQLiteStore {
    /// Begins a draft.
    public func createDraft(_ draft: NewDraft) async throws(Fault) {
        let (keys, cover, content) = try vault.makeKeys(for: draft.guid)
        let sealed = try SealedContent(DraftContent(), of: draft.guid, under: cover, content)
        try await writer.submit { [vault] work in
            let keys = try vault.renew(keys, of: draft.guid)
            _ = try DraftRows.insert(draft, sealed, keys, work.statements)
            return .keep(())
        }
    }

    /// Replaces what a draft says; of two savers at once, the later one's words stand whole.
    public func saveDraft(
        _ guid: MessageGUID, by account: AccountID, _ draft: DraftContent, at now: Instant
    ) async throws(Fault) -> Bool {
        // A draft's keys stay its own until it is sent, so that sealing need not keep the writer.
        guard let keys = try draftKeys(guid, of: account) else { return false }
        let sealed = try SealedContent(
            draft, of: guid, under: vault.unwrap(keys.cover, of: guid),
            vault.unwrap(keys.content, of: guid))
        return try await writer.submit { work in
            let statements = work.statements
            guard let message = try Self.draft(guid, account, statements),
                try DraftRows.replace(sealed, of: message, by: account, at: now, statements)
            else { return .undo(false) }
            return .keep(true)
        }
    }

    /// Adds recipients to the newest draft of that name.
    public func addRecipients(
        externalID: String, by account: AccountID, to: [EmailAddress], cc: [EmailAddress],
        bcc: [EmailAddress], at now: Instant
    ) async throws(Fault) -> Bool {
        try await writer.submit { work in
            let statements = work.statements
            let message = try statements.first(
                """
                SELECT m.id FROM messages m WHERE m.owner = ? AND m.external_id = ? AND m.state = 0
                  AND NOT EXISTS(SELECT 1 FROM schedules s WHERE s.message = m.id)
                  AND NOT EXISTS(SELECT 1 FROM stops p WHERE p.message = m.id)
                ORDER BY m.id DESC LIMIT 1
                """, account.rawValue, externalID, read: { $0.integer(0) })
            guard let message else { return .undo(false) }
            try statements.run(
                "UPDATE messages SET revision = revision + 1, dated_at = ? WHERE id = ?",
                now.milliseconds, message)
            for (kind, addresses) in [to, cc, bcc].enumerated() {
                let present = try statements.all(
                    "SELECT address, position FROM recipients WHERE message = ? AND kind = ?",
                    message, kind, read: { (try $0.address(0), $0.count(1)) })
                let known = Set(present.map(\.0))
                try DraftRows.address(
                    message, kind, addresses.filter { !known.contains($0) },
                    from: (present.map(\.1).max() ?? -1) + 1, statements)
            }
            return .keep(true)
        }
    }

    /// A draft's row, where it is this account's and may be changed: neither sent, stopped nor waiting for its time.
    static func draft(
        _ guid: MessageGUID, _ account: AccountID, _ statements: Statements
    ) throws -> Int64? {
        try statements.first(
            """
            SELECT m.id FROM messages m WHERE m.guid = ? AND m.owner = ? AND m.state = 0
              AND NOT EXISTS(SELECT 1 FROM schedules s WHERE s.message = m.id)
              AND NOT EXISTS(SELECT 1 FROM stops p WHERE p.message = m.id)
            """, guid.bytes, account.rawValue, read: { $0.integer(0) })
    }

    func draftKeys(_ guid: MessageGUID, of account: AccountID) throws(Fault) -> MessageKeys? {
        try readers.read { statements in
            try statements.first(
                """
                SELECT k.cover, k.content FROM message_keys k JOIN messages m ON m.id = k.message
                WHERE m.guid = ? AND m.owner = ? AND m.state = 0
                """, guid.bytes, account.rawValue, read: { try MessageKeys($0, from: 0) })
        }
    }
}
