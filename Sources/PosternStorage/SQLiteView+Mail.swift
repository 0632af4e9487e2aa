import PosternCredentials
import PosternModel
import PosternPipeline
import PosternSealing

extension SQLiteView: MailView {
    func account(_ address: EmailAddress) throws(Fault) -> AccountRecord? {
        try read {
            try statements.first(
                """
                SELECT id, address, "group", status, challenge_hash IS NOT NULL AND NOT challenge_passed,
                  password_hash, password_set_at
                FROM accounts WHERE address = ?
                """, address.description, read: { try AccountRecord($0) })
        }
    }

    func account(
        opening token: TokenDigest
    ) throws(Fault) -> (account: AccountRecord, until: Instant)? {
        try read {
            try statements.first(
                """
                SELECT a.id, a.address, a."group", a.status,
                  a.challenge_hash IS NOT NULL AND NOT a.challenge_passed, a.password_hash,
                  a.password_set_at, t.expires_at
                FROM authentication_tokens t JOIN accounts a ON a.id = t.account WHERE t.digest = ?
                """, token.bytes,
                read: { (account: try AccountRecord($0), until: $0.instant(7)) })
        }
    }

    func profile(of account: AccountID) throws(Fault) -> ProfileRecord? {
        try read {
            try statements.first(
                "SELECT address, name, created_at FROM accounts WHERE id = ?", account.rawValue
            ) { row in
                ProfileRecord(
                    person: Person(
                        address: try row.address(0), name: row.text(1), account: account),
                    since: row.instant(2))
            }
        }
    }

    func isThere(_ guid: MessageGUID, at now: Instant) throws(Fault) -> Bool {
        try read {
            try statements.first(
                """
                SELECT 1 FROM messages WHERE guid = ? AND state = 1
                  AND (erase_at IS NULL OR erase_at > ?)
                """, guid.bytes, now.milliseconds, read: { _ in true }) ?? false
        }
    }

    func message(
        _ guid: MessageGUID, for account: AccountID, at now: Instant
    ) throws(Fault) -> MessageRecord? {
        try read { try sighted(guid, account, now).map { try record($0, account) } }
    }

    func isOpened(_ guid: MessageGUID, by key: PasswordKey) throws(Fault) -> Bool {
        try read { try contentKey(of: guid, openedBy: key) != nil }
    }

    func body(of guid: MessageGUID, openedBy key: PasswordKey?) throws(Fault) -> String {
        try read {
            guard let content = try contentKey(of: guid, openedBy: key) else {
                throw Fault(.contentUnreadable, note: "a password's key does not open its message")
            }
            let sealed = try statements.first(
                """
                SELECT t.body FROM message_texts t JOIN messages m ON m.id = t.message
                WHERE m.guid = ?
                """, guid.bytes, read: { $0.bytes(0) })
            guard let sealed else { throw unreadable("message text") }
            return try MessageTexts.open(sealed, of: guid, under: content).body
        }
    }

    func labels(of account: AccountID) throws(Fault) -> [Label] {
        try read {
            try statements.all(
                "SELECT guid, name, created_at FROM labels WHERE account = ? ORDER BY name",
                account.rawValue, read: { try Label($0) })
        }
    }

    /// The key of a message's content; nil when the password's key is not the one.
    func contentKey(of guid: MessageGUID, openedBy key: PasswordKey?) throws -> ContentKey? {
        let wrapped = try statements.first(
            """
            SELECT k.content FROM message_keys k JOIN messages m ON m.id = k.message
            WHERE m.guid = ?
            """, guid.bytes, read: { try WrappedKey(padded: $0.bytes(0)) })
        guard let wrapped else { throw unreadable("message key") }
        guard wrapped.lock != nil else { return try vault.unwrap(wrapped, of: guid) }
        return try key.flatMap { try vault.unwrap(wrapped, of: guid, with: $0) }
    }
}

extension AccountRecord {
    fileprivate init(_ row: Columns) throws {
        let status: AccountStatus = try row.word(3)
        let standing: Standing =
            switch status {
            case .active: .active
            case .pending: .pending
            case .disabled: .disabled
            }
        self.init(
            account: AccountID(rawValue: row.integer(0)), address: try row.address(1),
            group: row.text(2), standing: standing, challengeUnanswered: row.truth(4),
            passwordHash: try row.passwordHash(5), passwordSetAt: row.instant(6))
    }
}

extension Label {
    /// Three columns.
    init(_ row: Columns) throws {
        guard let guid = LabelGUID(bytes: row.bytes(0)) else { throw unreadable("label name") }
        self.init(guid: guid, name: row.text(1), createdAt: row.instant(2))
    }
}
