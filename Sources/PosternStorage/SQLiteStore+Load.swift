public import PosternCredentials
public import PosternModel
public import PosternPipeline
import PosternSealing

extension SQLiteStore {
    /// Makes the ledger hold what a plan says, in one transaction; loading it again holds the same.
    ///
    /// Messages that were sent, stopped or destroyed since are left alone, and so are those that wait for their time. Loading a
    /// draft again counts as saving it: it gets its next revision, so that a send judged before does not settle it.
    ///
    /// - Parameters:
    ///   - plan: What to load.
    ///   - now: When: idle tokens count back from here.
    ///   - entry: The audit entry to append with it.
    ///   - hash: Hashes a plain password.
    ///   - derive: Makes the key of a sent message's plain password, which then locks it; nil to keep a hash alone, by which
    ///     readers are checked but which locks nothing.
    /// - Returns: How much of each was written.
    /// - Throws: ``FaultCode/storageUnwritable`` when an owner or contact is neither in the plan nor in the
    ///   ledger, or a handle or the number of a dispatch is another account's, with its name in the note; nothing is written
    ///   then.
    public func load(
        _ plan: LoadPlan, at now: Instant, recording entry: SealedEntry? = nil,
        hash: @Sendable (Secret) async throws(Fault) -> PasswordHash,
        derive: (@Sendable (Secret) async throws(Fault) -> PasswordKey)? = nil
    ) async throws(Fault) -> LoadReport {
        var plan = plan
        var locks: [MessageGUID: PasswordKey] = [:]
        for index in plan.accounts.indices {
            if case .plain(let secret) = plan.accounts[index].password {
                plan.accounts[index].password = .hash(try await hash(secret))
            }
        }
        for index in plan.messages.indices {
            if case .plain(let secret) = plan.messages[index].password {
                if let derive, plan.messages[index].isLockedWhenSent {
                    locks[plan.messages[index].draft.guid] = try await derive(secret)
                    plan.messages[index].password = nil
                    continue
                }
                plan.messages[index].password = .hash(try await hash(secret))
            }
        }
        let (ready, keys) = (plan, locks)
        let dispatches = try plan.dispatches.map { dispatch throws(Fault) in
            (
                stored: try StoredDispatch(dispatch.plan, sealedBy: vault),
                id: dispatch.plan.id, owner: dispatch.owner
            )
        }
        let (report, erasure) = try await writer.submit { [vault] work in
            var loading = Loading(
                statements: work.statements, vault: vault, locks: keys, now: now)
            for account in ready.accounts { try loading.account(account) }
            try loading.handles(ready.accounts)
            for account in ready.accounts { try loading.addressBook(account) }
            for account in ready.accounts { try loading.contacts(account) }
            for message in ready.messages { try loading.message(message) }
            for dispatch in dispatches {
                try loading.dispatch(dispatch.stored, dispatch.id, of: dispatch.owner)
            }
            if let entry { try work.append(entry) }
            return .keep((loading.report, loading.erasure))
        }
        files.remove(erasure.files)
        return report
    }
}

/// One plan on its way into the ledger.
struct Loading {
    let statements: Statements
    let vault: KeyVault
    let locks: [MessageGUID: PasswordKey]
    let now: Instant
    var report = LoadReport()
    /// Uploaded files that drafts had until they were loaded again.
    var erasure = Erasure()

    func id(_ address: EmailAddress) throws -> Int64 {
        guard
            let id = try statements.first(
                "SELECT id FROM accounts WHERE address = ?", address.description,
                read: { $0.integer(0) })
        else { throw Fault(.storageUnwritable, note: "there is no account `\(address)`") }
        return id
    }

    private func phc(_ password: LoadPlan.Password?) -> String? {
        if case .hash(let hash) = password { hash.phc } else { nil }
    }

    mutating func account(_ account: LoadPlan.Account) throws {
        try statements.run(
            """
            INSERT INTO accounts(address, name, "group", status, challenge_passed, password_hash, created_at,
              password_set_at)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(address) DO UPDATE SET name = excluded.name,
              "group" = excluded."group", status = excluded.status,
              challenge_passed = excluded.challenge_passed,
              password_set_at = CASE WHEN excluded.password_hash IS NULL THEN password_set_at
                ELSE excluded.password_set_at END,
              password_hash = coalesce(excluded.password_hash, password_hash)
            """, account.address.description, account.name, account.group, account.status.rawValue,
            account.challengePassed, phc(account.password), now.milliseconds,
            now.advanced(by: .zero - account.passwordAge).milliseconds)
        report.accounts += 1
        let id = try self.id(account.address)
        for token in account.tokens {
            let seen = now.advanced(by: .zero - token.idle).milliseconds
            try statements.run(
                """
                INSERT INTO sessions(digest, account, created_at, last_seen, revoked, lasting, reading_only)
                VALUES(?1, ?2, ?3, ?3, ?4, ?5, ?6) ON CONFLICT(digest) DO UPDATE SET account = ?2,
                  last_seen = ?3, revoked = ?4, lasting = ?5, reading_only = ?6
                """, token.digest.bytes, id, seen, token.revoked, token.lasting,
                token.readingOnly)
            report.tokens += 1
        }
        for (day, used) in account.used {
            try statements.run(
                """
                INSERT INTO quotas(account, day, messages, invites) VALUES(?1, ?2, ?3, ?4)
                ON CONFLICT DO UPDATE SET messages = ?3, invites = ?4
                """, id, day, used.messages, used.invites)
        }
        if let attempts = account.attempts {
            try statements.run(
                """
                INSERT INTO account_attempts(account, used) VALUES(?1, ?2)
                ON CONFLICT DO UPDATE SET used = ?2, locked = 0
                """, id, attempts)
        }
    }

    mutating func contacts(_ account: LoadPlan.Account) throws {
        guard !account.contacts.isEmpty else { return }
        let own = try id(account.address)
        for contact in account.contacts {
            try statements.run(
                "INSERT INTO contacts(account, contact) VALUES(?, ?) ON CONFLICT DO NOTHING", own,
                try id(contact))
            report.contacts += 1
        }
    }

    mutating func message(_ message: LoadPlan.Message) throws {
        let owner = try id(message.owner)
        let draft = message.draft
        let present = try statements.first(
            """
            SELECT id, state = ?2 AND NOT EXISTS(SELECT 1 FROM schedules s WHERE s.message = m.id)
              AND NOT EXISTS(SELECT 1 FROM stops p WHERE p.message = m.id)
            FROM messages m WHERE guid = ?1
            """, draft.guid.bytes, MessageState.draft.rawValue,
            read: { (id: $0.integer(0), isOpen: $0.truth(1)) })
        if let present, !present.isOpen {
            report.untouched += 1
            return
        }
        try statements.run(
            """
            INSERT INTO messages(guid, owner, recalled, revision, action, parent, body_format,
              allow_forward, allow_reply, allow_reply_all, allow_tracking, share_tracking, fyeo_type,
              expiry_date, expiry_group, password_hash, dated_at, conversation, recalled_at)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
              coalesce((SELECT conversation FROM messages WHERE guid = ?6), ?6, ?1),
              CASE ?3 WHEN 0 THEN NULL ELSE ?17 END)
            ON CONFLICT(guid) DO UPDATE SET owner = ?2, recalled = ?3,
              revision = max(revision + 1, ?4), action = ?5, parent = ?6, body_format = ?7,
              allow_forward = ?8, allow_reply = ?9, allow_reply_all = ?10, allow_tracking = ?11,
              share_tracking = ?12, fyeo_type = ?13, expiry_date = ?14, expiry_group = ?15,
              dated_at = ?17, conversation = excluded.conversation, recalled_at = excluded.recalled_at,
              password_hash = coalesce(?16, password_hash)
            """, draft.guid.bytes, owner, message.recalled, draft.revision, draft.action.rawValue,
            draft.parent?.bytes, draft.bodyFormat.rawValue, draft.options.allowForward,
            draft.options.allowReply, draft.options.allowReplyAll, draft.options.allowTracking,
            draft.options.shareTracking, draft.options.fyeoType.rawValue,
            draft.expiry.date?.milliseconds, draft.expiry.group, phc(message.password),
            now.milliseconds)
        let id = present?.id ?? statements.lastRow
        try content(id, message)
        if let attempts = message.attempts {
            try statements.run(
                """
                INSERT INTO attempts(message, account, used) VALUES(?1, ?2, ?3)
                ON CONFLICT DO UPDATE SET used = ?3, locked = 0
                """, id, owner, attempts)
        }
        if message.sent { try send(id, draft) } else { report.drafts += 1 }
    }

    private mutating func content(_ id: Int64, _ message: LoadPlan.Message) throws {
        let draft = message.draft
        let cover = try texts(id, draft)
        try statements.run("DELETE FROM recipients WHERE message = ?", id)
        for (kind, addresses) in [draft.to, draft.cc, draft.bcc].enumerated() {
            for (position, address) in addresses.enumerated() {
                try statements.run(
                    "INSERT INTO recipients(message, kind, position, address) VALUES(?, ?, ?, ?)",
                    id, kind, position, address.description)
            }
        }
        let positions = try statements.all(
            "SELECT position FROM attachments WHERE message = ?", id, read: { $0.integer(0) })
        for position in positions { try erasure.detach(position, from: id, statements) }
        for (position, name) in draft.attachmentNames.enumerated() {
            try statements.run(
                "INSERT INTO attachments(message, position, name, size) VALUES(?, ?, ?, ?)", id,
                position, try cover.seal(name, .attachmentName, of: draft.guid),
                message.attachmentSizes[position])
        }
    }

    /// Seals a draft's texts; gives back the key of its cover.
    ///
    /// A draft that is loaded again keeps its keys: whoever saves it at the same time has sealed under them.
    private func texts(_ id: Int64, _ draft: Draft) throws -> ContentKey {
        let present = try statements.first(
            "SELECT cover, content FROM message_keys WHERE message = ?", id,
            read: { try MessageKeys($0, from: 0) })
        var (keys, cover, content) =
            try present.map {
                (
                    $0, try vault.unwrap($0.cover, of: draft.guid),
                    try vault.unwrap($0.content, of: draft.guid)
                )
            } ?? vault.makeKeys(for: draft.guid)
        if let lock = locks[draft.guid] {
            keys.content = try vault.lock(keys.content, of: draft.guid, with: lock)
        }
        try statements.run(
            """
            INSERT INTO message_keys(message, cover, content) VALUES(?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET cover = ?2, content = ?3
            """, id, keys.cover.bytes, keys.content.padded)
        let texts = try MessageTexts(
            subject: draft.subject, body: draft.body, of: draft.guid, under: cover, content)
        try statements.run(
            """
            INSERT INTO message_texts(message, subject, body) VALUES(?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET subject = ?2, body = ?3
            """, id, texts.subject, texts.content)
        return cover
    }

    /// Makes a message look sent: it has an answer, and those of its recipients who have accounts hold it.
    private mutating func send(_ id: Int64, _ draft: Draft) throws {
        try statements.run(
            "UPDATE messages SET state = 1, dated_at = ?1, expires_at = ?2, erase_at = ?2 WHERE id = ?3",
            now.milliseconds, draft.expiry.date?.milliseconds, id)
        try statements.run(
            "INSERT INTO answers(message, decision, notification_sent) VALUES(?, ?, 0)", id,
            DecisionID.make(at: now).description)
        for recipient in draft.distinctRecipients {
            try statements.run(
                """
                INSERT INTO mailboxes(account, sent_at, message, delivered_at)
                SELECT id, ?3, ?2, ?3 FROM accounts WHERE address = ?1 ON CONFLICT DO NOTHING
                """, recipient.description, id, now.milliseconds)
        }
        report.sent += 1
    }
}
