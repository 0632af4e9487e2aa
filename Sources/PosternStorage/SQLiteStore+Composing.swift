public import PosternModel
public import PosternPipeline
import PosternSealing

extension SQLiteStore {
    /// Begins a draft.
    public func createDraft(_ draft: NewDraft) async throws(Fault) {
        let (keys, cover, content) = try vault.makeKeys(for: draft.guid)
        let texts = try MessageTexts(
            subject: "", body: "", of: draft.guid, under: cover, content)
        let options = MessageOptions()
        try await writer.submit { [vault] work in
            let statements = work.statements
            let keys = try vault.renew(keys, of: draft.guid)
            try statements.run(
                """
                INSERT INTO messages(guid, owner, revision, action, parent, body_format, allow_forward,
                  allow_reply, allow_reply_all, allow_tracking, share_tracking, fyeo_type, dated_at,
                  created_at, conversation, external_id)
                VALUES(?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """, draft.guid.bytes, draft.owner.rawValue, draft.action.rawValue,
                draft.parent?.bytes, BodyFormat.text.rawValue, options.allowForward,
                options.allowReply, options.allowReplyAll, options.allowTracking,
                options.shareTracking, options.fyeoType.rawValue, draft.at.milliseconds,
                draft.at.milliseconds, draft.conversation.bytes, draft.externalID)
            let message = statements.lastRow
            try statements.run(
                "INSERT INTO message_keys(message, cover, content) VALUES(?, ?, ?)", message,
                keys.cover.bytes, keys.content.padded)
            try statements.run(
                "INSERT INTO message_texts(message, subject, body) VALUES(?, ?, ?)", message,
                texts.subject, texts.content)
            return .keep(())
        }
    }

    /// Replaces what a draft says; of two savers at once, the later one's words stand whole.
    public func saveDraft(
        _ guid: MessageGUID, by account: AccountID, _ draft: DraftContent, at now: Instant
    ) async throws(Fault) -> Bool {
        // A draft's keys stay its own until it is sent, so that sealing need not keep the writer.
        guard let keys = try draftKeys(guid, of: account) else { return false }
        let texts = try MessageTexts(
            subject: draft.subject, body: draft.body, of: guid,
            under: vault.unwrap(keys.cover, of: guid), vault.unwrap(keys.content, of: guid))
        return try await writer.submit { work in
            let statements = work.statements
            let changed = try statements.run(
                """
                UPDATE messages SET revision = revision + 1, body_format = ?, allow_forward = ?,
                  allow_reply = ?, allow_reply_all = ?, allow_tracking = ?, share_tracking = ?,
                  fyeo_type = ?, expiry_date = ?, expiry_group = ?, dated_at = ?
                WHERE guid = ? AND owner = ? AND state = 0
                """, draft.bodyFormat.rawValue, draft.options.allowForward,
                draft.options.allowReply, draft.options.allowReplyAll,
                draft.options.allowTracking, draft.options.shareTracking,
                draft.options.fyeoType.rawValue, draft.expiry.date?.milliseconds,
                draft.expiry.group, now.milliseconds, guid.bytes, account.rawValue)
            guard changed == 1, let message = try Self.draft(guid, account, statements) else {
                return .undo(false)
            }
            try statements.run(
                "UPDATE message_texts SET subject = ?, body = ? WHERE message = ?", texts.subject,
                texts.content, message)
            try statements.run("DELETE FROM recipients WHERE message = ?", message)
            for (kind, addresses) in [draft.to, draft.cc, draft.bcc].enumerated() {
                try Self.address(message, kind, addresses, from: 0, statements)
            }
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
                SELECT id FROM messages WHERE owner = ? AND external_id = ? AND state = 0
                ORDER BY id DESC LIMIT 1
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
                try Self.address(
                    message, kind, addresses.filter { !known.contains($0) },
                    from: (present.map(\.1).max() ?? -1) + 1, statements)
            }
            return .keep(true)
        }
    }

    static func address(
        _ message: Int64, _ kind: Int, _ addresses: [EmailAddress], from start: Int,
        _ statements: Statements
    ) throws {
        for (offset, address) in addresses.enumerated() {
            try statements.run(
                "INSERT INTO recipients(message, kind, position, address) VALUES(?, ?, ?, ?)",
                message, kind, start + offset, address.description)
        }
    }

    /// A draft's row, where it is this account's and not sent.
    static func draft(
        _ guid: MessageGUID, _ account: AccountID, _ statements: Statements
    ) throws -> Int64? {
        try statements.first(
            "SELECT id FROM messages WHERE guid = ? AND owner = ? AND state = 0", guid.bytes,
            account.rawValue, read: { $0.integer(0) })
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
