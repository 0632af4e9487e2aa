import PosternModel
import PosternSealing

/// A message on its way into the ledger, sealed before the writer's turn.
struct NewMessage: Sendable {
    let composition: Composition
    let owner: AccountID
    private let keys: MessageKeys
    private let texts: MessageTexts
    private let annex: StoredAnnex?

    init(
        _ composition: Composition, of owner: AccountID, sealedBy vault: KeyVault
    ) throws(Fault) {
        self.composition = composition
        self.owner = owner
        let (keys, cover, content) = try vault.makeKeys(for: composition.guid)
        self.keys = keys
        texts = try MessageTexts(
            subject: composition.content.subject, body: composition.content.body,
            of: composition.guid, under: cover, content)
        var annex: StoredAnnex?
        if let open = composition.content.annex {
            annex = try StoredAnnex(open, of: composition.guid, under: cover)
        }
        self.annex = annex
    }

    /// Writes it as a draft.
    ///
    /// - Returns: Its row; nil when its name is taken.
    func insert(
        at now: Instant, sealedBy vault: KeyVault, _ statements: Statements
    ) throws -> Int64? {
        let (guid, content) = (composition.guid, composition.content)
        let options = content.options
        let inserted = try statements.run(
            """
            INSERT INTO messages(guid, owner, revision, action, body_format, allow_forward,
              allow_reply, allow_reply_all, allow_tracking, share_tracking, fyeo_type, expiry_date,
              expiry_group, dated_at, created_at, conversation, external_id, is_request)
            VALUES(?1, ?2, 1, 'new', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12, ?1, ?13, ?14)
            ON CONFLICT(guid) DO NOTHING
            """, guid.bytes, owner.rawValue, content.bodyFormat.rawValue, options.allowForward,
            options.allowReply, options.allowReplyAll, options.allowTracking,
            options.shareTracking, options.fyeoType.rawValue, content.expiry.date?.milliseconds,
            content.expiry.group, now.milliseconds, composition.externalID,
            content.isRequest)
        guard inserted == 1 else { return nil }
        let message = statements.lastRow
        let keys = try vault.renew(keys, of: guid)
        try statements.run(
            "INSERT INTO message_keys(message, cover, content) VALUES(?, ?, ?)", message,
            keys.cover.bytes, keys.content.padded)
        try statements.run(
            "INSERT INTO message_texts(message, subject, body) VALUES(?, ?, ?)", message,
            texts.subject, texts.content)
        for (kind, addresses) in [content.to, content.cc, content.bcc].enumerated() {
            try SQLiteStore.address(message, kind, addresses, from: 0, statements)
        }
        try StoredTarget.replace(content.targets, of: message, statements)
        try StoredAnnex.replace(annex, of: message, statements)
        return message
    }
}
