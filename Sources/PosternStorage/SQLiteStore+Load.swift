public import PosternCredentials
public import PosternModel
public import PosternPipeline

extension SQLiteStore {
    /// Makes the ledger hold what a plan says, in one transaction; loading it again holds the same.
    ///
    /// Messages that were sent or destroyed since are left alone. Loading a draft again counts as saving it: it
    /// gets its next revision, so that a send judged before does not settle it.
    ///
    /// - Parameters:
    ///   - plan: What to load.
    ///   - now: When: idle tokens count back from here.
    ///   - entry: The audit entry to append with it.
    ///   - hash: Hashes a plain password.
    /// - Returns: How much of each was written.
    /// - Throws: ``FaultCode/storageUnwritable`` when an owner or contact is neither in the plan nor in the
    ///   ledger, with its address in the note; nothing is written then.
    public func load(
        _ plan: LoadPlan, at now: Instant, recording entry: SealedEntry? = nil,
        hash: @Sendable (Secret) async throws(Fault) -> PasswordHash
    ) async throws(Fault) -> LoadReport {
        var plan = plan
        for index in plan.accounts.indices {
            if case .plain(let secret) = plan.accounts[index].password {
                plan.accounts[index].password = .hash(try await hash(secret))
            }
        }
        for index in plan.messages.indices {
            if case .plain(let secret) = plan.messages[index].password {
                plan.messages[index].password = .hash(try await hash(secret))
            }
        }
        let ready = plan
        return try await writer.submit { work in
            var loading = Loading(statements: work.statements, now: now)
            for account in ready.accounts { try loading.account(account) }
            for account in ready.accounts { try loading.contacts(account) }
            for message in ready.messages { try loading.message(message) }
            if let entry { try work.append(entry) }
            return .keep(loading.report)
        }
    }
}

/// One plan on its way into the ledger.
private struct Loading {
    let statements: Statements
    let now: Instant
    var report = LoadReport()

    private func id(_ address: EmailAddress) throws -> Int64 {
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
            INSERT INTO accounts(address, name, "group", status, challenge_passed, password_hash, created_at)
            VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT(address) DO UPDATE SET name = excluded.name,
              "group" = excluded."group", status = excluded.status,
              challenge_passed = excluded.challenge_passed,
              password_hash = coalesce(excluded.password_hash, password_hash)
            """, account.address.description, account.name, account.group, account.status.rawValue,
            account.challengePassed, phc(account.password), now.milliseconds)
        report.accounts += 1
        let id = try self.id(account.address)
        for token in account.tokens {
            let seen = now.advanced(by: .zero - token.idle).milliseconds
            try statements.run(
                """
                INSERT INTO sessions(digest, account, created_at, last_seen, revoked)
                VALUES(?1, ?2, ?3, ?3, ?4) ON CONFLICT(digest) DO UPDATE SET account = ?2,
                  last_seen = ?3, revoked = ?4
                """, token.digest.bytes, id, seen, token.revoked)
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
            "SELECT id, state, revision FROM messages WHERE guid = ?", draft.guid.bytes,
            read: { (id: $0.integer(0), state: $0.count(1), revision: $0.integer(2)) })
        if let present, present.state != MessageState.draft.rawValue {
            report.untouched += 1
            return
        }
        try statements.run(
            """
            INSERT INTO messages(guid, owner, recalled, revision, action, parent, body_format,
              allow_forward, allow_reply, allow_reply_all, allow_tracking, share_tracking, fyeo_type,
              expiry_date, expiry_group, password_hash)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
            ON CONFLICT(guid) DO UPDATE SET owner = ?2, recalled = ?3,
              revision = max(revision + 1, ?4), action = ?5, parent = ?6, body_format = ?7,
              allow_forward = ?8, allow_reply = ?9, allow_reply_all = ?10, allow_tracking = ?11,
              share_tracking = ?12, fyeo_type = ?13, expiry_date = ?14, expiry_group = ?15,
              password_hash = coalesce(?16, password_hash)
            """, draft.guid.bytes, owner, message.recalled, draft.revision, draft.action.rawValue,
            draft.parent?.bytes, draft.bodyFormat.rawValue, draft.options.allowForward,
            draft.options.allowReply, draft.options.allowReplyAll, draft.options.allowTracking,
            draft.options.shareTracking, draft.options.fyeoType.rawValue,
            draft.expiry.date?.milliseconds, draft.expiry.group, phc(message.password))
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

    private func content(_ id: Int64, _ message: LoadPlan.Message) throws {
        let draft = message.draft
        try statements.run(
            """
            INSERT INTO message_texts(message, subject, body) VALUES(?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET subject = ?2, body = ?3
            """, id, draft.subject, draft.body)
        try statements.run("DELETE FROM recipients WHERE message = ?", id)
        for (kind, addresses) in [draft.to, draft.cc, draft.bcc].enumerated() {
            for (position, address) in addresses.enumerated() {
                try statements.run(
                    "INSERT INTO recipients(message, kind, position, address) VALUES(?, ?, ?, ?)",
                    id, kind, position, address.description)
            }
        }
        try statements.run("DELETE FROM attachments WHERE message = ?", id)
        for (position, name) in draft.attachmentNames.enumerated() {
            try statements.run(
                "INSERT INTO attachments(message, position, name, size) VALUES(?, ?, ?, ?)", id,
                position, name, message.attachmentSizes[position])
        }
    }

    /// Makes a message look sent: it has an answer, and those of its recipients who have accounts hold it.
    private mutating func send(_ id: Int64, _ draft: Draft) throws {
        try statements.run(
            "UPDATE messages SET state = 1, sent_at = ? WHERE id = ?", now.milliseconds, id)
        try statements.run(
            "INSERT INTO answers(message, decision, notification_sent) VALUES(?, ?, 0)", id,
            DecisionID.make(at: now).description)
        for recipient in draft.distinctRecipients {
            try statements.run(
                """
                INSERT INTO mailboxes(account, message, delivered_at)
                SELECT id, ?2, ?3 FROM accounts WHERE address = ?1 ON CONFLICT DO NOTHING
                """, recipient.description, id, now.milliseconds)
        }
        report.sent += 1
    }
}
