import PosternModel
import PosternPipeline
import PosternSealing

/// What a draft says, its texts sealed for the message it goes to.
struct SealedContent: Sendable {
    let content: DraftContent
    let texts: MessageTexts
    let annex: StoredAnnex?

    /// Seals under a message's own keys.
    init(
        _ content: DraftContent, of guid: MessageGUID, under cover: ContentKey, _ key: ContentKey
    ) throws(Fault) {
        self.content = content
        texts = try MessageTexts(
            subject: content.subject, body: content.body, of: guid, under: cover, key)
        if let annex = content.annex {
            self.annex = try StoredAnnex(annex, of: guid, under: cover)
        } else {
            annex = nil
        }
    }
}

/// Writes drafts into the ledger.
enum DraftRows {
    /// Makes a draft that says something already; gives back its row.
    static func insert(
        _ draft: NewDraft, _ sealed: SealedContent, _ keys: MessageKeys, _ statements: Statements
    ) throws -> Int64 {
        let (content, options) = (sealed.content, sealed.content.options)
        try statements.run(
            """
            INSERT INTO messages(guid, owner, revision, action, parent, body_format, allow_forward,
              allow_reply, allow_reply_all, allow_tracking, share_tracking, fyeo_type, expiry_date,
              expiry_group, dated_at, created_at, conversation, external_id, is_request)
            VALUES(?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14, ?15, ?16, ?17)
            """, draft.guid.bytes, draft.owner.rawValue, draft.action.rawValue,
            draft.parent?.bytes, content.bodyFormat.rawValue, options.allowForward,
            options.allowReply, options.allowReplyAll, options.allowTracking,
            options.shareTracking, options.fyeoType.rawValue, content.expiry.date?.milliseconds,
            content.expiry.group, draft.at.milliseconds, draft.conversation.bytes,
            draft.externalID, content.isRequest)
        let message = statements.lastRow
        try statements.run(
            "INSERT INTO message_keys(message, cover, content) VALUES(?, ?, ?)", message,
            keys.cover.bytes, keys.content.padded)
        try statements.run(
            "INSERT INTO message_texts(message, subject, body) VALUES(?, ?, ?)", message,
            sealed.texts.subject, sealed.texts.content)
        try address(content, message, statements)
        if !content.targets.isEmpty {
            try StoredTarget.replace(content.targets, of: message, statements)
        }
        if let annex = sealed.annex { try StoredAnnex.replace(annex, of: message, statements) }
        return message
    }

    /// Replaces what an open draft says.
    ///
    /// - Returns: Whether there is such a draft, of the revision given where one is.
    static func replace(
        _ sealed: SealedContent, of message: Int64, by account: AccountID,
        revision: Int64? = nil, at now: Instant, _ statements: Statements
    ) throws -> Bool {
        let (content, options) = (sealed.content, sealed.content.options)
        let changed = try statements.run(
            """
            UPDATE messages SET revision = revision + 1, body_format = ?3, allow_forward = ?4,
              allow_reply = ?5, allow_reply_all = ?6, allow_tracking = ?7, share_tracking = ?8,
              fyeo_type = ?9, expiry_date = ?10, expiry_group = ?11, dated_at = ?12, is_request = ?14
            WHERE id = ?1 AND owner = ?2 AND state = 0 AND (?13 IS NULL OR revision = ?13)
              AND NOT EXISTS(SELECT 1 FROM schedules s WHERE s.message = messages.id)
              AND NOT EXISTS(SELECT 1 FROM stops p WHERE p.message = messages.id)
            """, message, account.rawValue, content.bodyFormat.rawValue, options.allowForward,
            options.allowReply, options.allowReplyAll, options.allowTracking,
            options.shareTracking, options.fyeoType.rawValue, content.expiry.date?.milliseconds,
            content.expiry.group, now.milliseconds, revision, content.isRequest)
        guard changed == 1 else { return false }
        try statements.run(
            "UPDATE message_texts SET subject = ?, body = ? WHERE message = ?",
            sealed.texts.subject, sealed.texts.content, message)
        try statements.run("DELETE FROM recipients WHERE message = ?", message)
        try address(content, message, statements)
        try StoredTarget.replace(content.targets, of: message, statements)
        try StoredAnnex.replace(sealed.annex, of: message, statements)
        return true
    }

    private static func address(
        _ content: DraftContent, _ message: Int64, _ statements: Statements
    ) throws {
        for (kind, addresses) in [content.to, content.cc, content.bcc].enumerated() {
            try address(message, kind, addresses, from: 0, statements)
        }
    }

    /// Adds recipients of one kind, from a place on.
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
}
