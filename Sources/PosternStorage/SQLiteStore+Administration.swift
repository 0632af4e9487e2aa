public import PosternCredentials
public import PosternModel
public import PosternPipeline
import PosternSealing

/// An account as an administrator sees it.
public struct AccountSummary: Sendable, Equatable {
    /// Its number.
    public var id: AccountID
    /// Its address.
    public var address: EmailAddress
    /// The person's name.
    public var name: String
    /// The policy's name of its group.
    public var group: String
    /// Whether it can be used.
    public var status: AccountStatus
    /// Wrong passwords it has given, over all messages.
    public var attempts: Int
    /// The name clients of some APIs know it by; nil when it has none.
    public var handle: Handle?
}

/// A session as an administrator sees it.
public struct TokenSummary: Sendable, Equatable {
    /// The token's digest.
    public var digest: TokenDigest
    /// When it was minted.
    public var createdAt: Instant
    /// When it was last used, to the minute.
    public var lastSeen: Instant
    /// Logged out or withdrawn.
    public var revoked: Bool
    /// It does not end for want of use.
    public var lasting: Bool
    /// It lets its owner look and nothing more.
    public var readingOnly: Bool
}

/// A message in a mailbox.
public struct MailboxItem: Sendable, Equatable {
    /// The message.
    public var message: MessageGUID
    /// Its sender.
    public var sender: EmailAddress
    /// Its subject line; empty when it was recalled or cannot be opened.
    public var subject: String
    /// When it was delivered.
    public var deliveredAt: Instant
    /// Its sender has recalled it.
    public var recalled: Bool
}

/// A row of delivery work that was given up.
public struct DeadLetter: Sendable, Equatable {
    /// The number the row had.
    public var id: Int64
    /// The accepted message.
    public var message: MessageGUID
    /// Who carried it.
    public var courier: OutboxRow.Courier
    /// For whom.
    public var recipient: Address
    /// How often it was tried.
    public var attempts: Int
    /// When the message was accepted.
    public var acceptedAt: Instant
    /// When it was given up.
    public var buriedAt: Instant
    /// Why.
    public var reason: String
}

/// How much the ledger holds.
public struct LedgerCounts: Sendable, Equatable, Codable {
    /// Accounts of any status.
    public var accounts: Int
    /// Drafts not sent.
    public var drafts: Int
    /// Messages sent.
    public var sent: Int
    /// Delivery work that is not done.
    public var outbox: Int
    /// Delivery work given up.
    public var deadLetters: Int
    /// Audit entries.
    public var entries: Int
}

extension SQLiteStore {
    /// The account of an address; nil when there is none.
    public func account(_ address: EmailAddress) throws(Fault) -> AccountSummary? {
        try readers.read { statements in
            try statements.first(
                """
                SELECT a.id, a.address, a.name, a."group", a.status, coalesce(t.used, 0), a.handle
                FROM accounts a LEFT JOIN account_attempts t ON t.account = a.id WHERE a.address = ?
                """, address.description
            ) { row in
                AccountSummary(
                    id: AccountID(rawValue: row.integer(0)), address: try row.address(1),
                    name: row.text(2), group: row.text(3), status: try row.word(4),
                    attempts: row.count(5), handle: try row.handle(6))
            }
        }
    }

    /// An account's sessions, newest first.
    public func tokens(of account: AccountID) throws(Fault) -> [TokenSummary] {
        try readers.read { statements in
            try statements.all(
                """
                SELECT digest, created_at, last_seen, revoked, lasting, reading_only FROM sessions
                WHERE account = ? ORDER BY created_at DESC
                """, account.rawValue
            ) { row in
                guard let digest = TokenDigest(bytes: row.bytes(0)) else {
                    throw unreadable("token digest")
                }
                return TokenSummary(
                    digest: digest, createdAt: row.instant(1), lastSeen: row.instant(2),
                    revoked: row.truth(3), lasting: row.truth(4), readingOnly: row.truth(5))
            }
        }
    }

    /// Makes a session of a token that was minted for an account.
    ///
    /// - Parameters:
    ///   - token: The token's digest.
    ///   - account: Whose session it is.
    ///   - lasting: It does not end for want of use.
    ///   - readingOnly: It lets its owner look and nothing more.
    ///   - now: When.
    ///   - entry: The audit entry to append with it.
    /// - Throws: ``FaultCode/storageUnwritable``; for a token that is there already, too.
    public func addToken(
        _ token: TokenDigest, of account: AccountID, lasting: Bool = false,
        readingOnly: Bool = false, at now: Instant, recording entry: SealedEntry? = nil
    ) async throws(Fault) {
        try await writer.submit { work in
            try work.statements.run(
                """
                INSERT INTO sessions(digest, account, created_at, last_seen, lasting, reading_only)
                VALUES(?1, ?2, ?3, ?3, ?4, ?5)
                """, token.bytes, account.rawValue, now.milliseconds, lasting, readingOnly)
            if let entry { try work.append(entry) }
            return .keep(())
        }
    }

    /// Withdraws a token.
    ///
    /// - Returns: Whether there was such a token that was still good.
    public func revokeToken(
        _ token: TokenDigest, recording entry: SealedEntry? = nil
    ) async throws(Fault) -> Bool {
        try await writer.submit { work in
            let changed = try work.statements.run(
                "UPDATE sessions SET revoked = 1 WHERE digest = ? AND revoked = 0", token.bytes)
            if let entry { try work.append(entry) }
            return .keep(changed == 1)
        }
    }

    /// Switches an account on or off.
    ///
    /// - Returns: Whether there is such an account.
    public func setStatus(
        _ status: AccountStatus, of account: AccountID, recording entry: SealedEntry? = nil
    ) async throws(Fault) -> Bool {
        try await writer.submit { work in
            let changed = try work.statements.run(
                "UPDATE accounts SET status = ? WHERE id = ?", status.rawValue, account.rawValue)
            if let entry { try work.append(entry) }
            return .keep(changed == 1)
        }
    }

    /// Gives an account the name clients of some APIs know it by.
    ///
    /// - Returns: Whether it has it now; false, and nothing is recorded, when another account has it.
    public func setHandle(
        _ handle: Handle, of account: AccountID, recording entry: SealedEntry? = nil
    ) async throws(Fault) -> Bool {
        try await writer.submit { work in
            let changed = try work.statements.run(
                """
                UPDATE accounts SET handle = ?1 WHERE id = ?2
                  AND NOT EXISTS(SELECT 1 FROM accounts WHERE handle = ?1 AND id <> ?2)
                """, handle.description, account.rawValue)
            guard changed == 1 else { return .undo(false) }
            if let entry { try work.append(entry) }
            return .keep(true)
        }
    }

    /// What lies in an account's mailbox, newest first; at most `limit`.
    public func mailbox(of account: AccountID, limit: Int) throws(Fault) -> [MailboxItem] {
        try readers.read { statements in
            try statements.all(
                """
                SELECT m.guid, a.address, t.subject, k.cover, b.delivered_at,
                  m.recalled OR b.withdrawn_at IS NOT NULL
                FROM mailboxes b JOIN messages m ON m.id = b.message
                JOIN message_texts t ON t.message = m.id JOIN message_keys k ON k.message = m.id
                JOIN accounts a ON a.id = m.owner
                WHERE b.account = ? ORDER BY b.sent_at DESC, b.message DESC LIMIT ?
                """, account.rawValue, limit
            ) { row in
                let guid = try row.guid(0)
                // One that cannot be opened is listed all the same, without its subject.
                let subject = try? vault.unwrap(try WrappedKey(bytes: row.bytes(3)), of: guid)
                    .openText(row.bytes(2), .subject, of: guid)
                return MailboxItem(
                    message: guid, sender: try row.address(1),
                    subject: row.truth(5) ? "" : subject ?? "",
                    deliveredAt: row.instant(4), recalled: row.truth(5))
            }
        }
    }

    /// Delivery work that was given up, newest first; at most `limit`.
    public func deadLetters(limit: Int) throws(Fault) -> [DeadLetter] {
        try readers.read { statements in
            try statements.all(
                """
                SELECT d.id, m.guid, d.courier, d.recipient, d.attempts, d.accepted_at, d.buried_at, d.reason
                FROM dead_letters d JOIN messages m ON m.id = d.message ORDER BY d.id DESC LIMIT ?
                """, limit
            ) { row in
                DeadLetter(
                    id: row.integer(0), message: try row.guid(1), courier: try row.word(2),
                    recipient: try row.place(3), attempts: row.count(4),
                    acceptedAt: row.instant(5), buriedAt: row.instant(6), reason: row.text(7))
            }
        }
    }

    /// Counts everything; reads whole indexes, so not for a hot path.
    public func counts() throws(Fault) -> LedgerCounts {
        try readers.snapshot { statements in
            func count(_ sql: StaticString) throws -> Int {
                try statements.first(sql) { $0.count(0) } ?? 0
            }
            return LedgerCounts(
                accounts: try count("SELECT count(*) FROM accounts"),
                drafts: try count("SELECT count(*) FROM messages WHERE state = 0"),
                sent: try count("SELECT count(*) FROM messages WHERE state = 1"),
                outbox: try count("SELECT count(*) FROM outbox"),
                deadLetters: try count("SELECT count(*) FROM dead_letters"),
                entries: Int(try FileKind.ledger.nextIndex(statements)))
        }
    }
}
