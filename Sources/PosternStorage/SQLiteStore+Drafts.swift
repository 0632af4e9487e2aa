import GRDB
public import PosternModel
public import PosternPipeline
import PosternCredentials
import PosternPolicy

extension SQLiteStore: DraftStore {
    /// One consistent view of a draft and all that surrounds it; every part is an index look-up.
    public func load(
        _ guid: MessageGUID, for account: AccountID, on day: String
    ) throws(Fault) -> DraftLookup {
        try readers.snapshot { db in try Self.load(db, guid, account, day) }
    }

    /// What an account has used of a day.
    public func used(by account: AccountID, on day: String) throws(Fault) -> QuotaUse {
        try readers.read { db in try Self.used(db, account, day) }
    }

    private static func load(
        _ db: Database, _ guid: MessageGUID, _ account: AccountID, _ day: String
    ) throws -> DraftLookup {
        guard
            let head = try db.first(
                """
                SELECT m.id, m.owner, m.state, m.recalled, m.revision, m.action, m.parent, m.body_format,
                  m.allow_forward, m.allow_reply, m.allow_reply_all, m.allow_tracking,
                  m.share_tracking, m.fyeo_type, m.expiry_date, m.expiry_group, m.password_hash,
                  t.subject, t.body
                FROM messages m JOIN message_texts t ON t.message = m.id WHERE m.guid = ?
                """, [guid.data], { try Head($0, guid: guid) })
        else { return .missing }
        guard head.draft.owner == account else { return .foreign }
        let (used, attempts) = try counts(db, head.id, account, day)
        switch head.state {
        case .destroyed: return .missing
        case .sent where !head.recalled:
            guard let answer = try answer(db, head.id) else { throw unreadable("answer") }
            return .sent(answer, used)
        case .sent, .draft: break
        }
        var draft = head.draft
        let recipients = try recipients(db, head.id, account, &draft)
        draft.attachmentNames = try db.all(
            "SELECT name FROM attachments WHERE message = ? ORDER BY position", [head.id]
        ) { $0[0] }
        let hash: PasswordHash? =
            switch draft.options.fyeoType {
            case .disabled: nil
            case .uniquePassword: head.passwordHash
            case .accountPassword:
                try db.first(
                    "SELECT password_hash FROM accounts WHERE id = ?", [account.rawValue],
                    { try $0.passwordHash(0) }) ?? nil
            }
        return .found(
            LoadedDraft(
                draft: draft, recalled: head.recalled,
                parent: try draft.parent.flatMap { try parent(db, $0, account) },
                recipients: recipients, used: used, attempts: attempts, passwordHash: hash))
    }

    private struct Head {
        let id: Int64
        let state: MessageState
        let recalled: Bool
        let draft: Draft
        let passwordHash: PasswordHash?

        init(_ row: Row, guid: MessageGUID) throws {
            guard let state = MessageState(rawValue: row[2]) else { throw unreadable("state") }
            self.state = state
            id = row[0]
            recalled = row[3]
            passwordHash = try row.passwordHash(16)
            draft = Draft(
                guid: guid, owner: AccountID(rawValue: row[1]), action: try row.word(5),
                parent: try row.guid(6), subject: row[17], body: row[18],
                bodyFormat: try row.word(7), options: try row.options(from: 8),
                expiry: Expiry(date: row.instant(14), group: row[15]), revision: row[4])
        }
    }

    /// Fills the draft's address lists, and gives every distinct recipient once.
    private static func recipients(
        _ db: Database, _ message: Int64, _ account: AccountID, _ draft: inout Draft
    ) throws -> [RecipientRecord] {
        let rows = try Row.fetchCursor(
            db.cachedStatement(
                sql: """
                    SELECT r.kind, r.address, a.status, a."group", a.challenge_passed, c.contact IS NOT NULL
                    FROM recipients r
                    LEFT JOIN accounts a ON a.address = r.address
                    LEFT JOIN contacts c ON c.account = ?2 AND c.contact = a.id
                    WHERE r.message = ?1 ORDER BY r.kind, r.position
                    """), arguments: [message, account.rawValue])
        var records: [RecipientRecord] = []
        var seen: Set<EmailAddress> = []
        while let row = try rows.next() {
            let address = try row.address(1)
            switch row[0] as Int {
            case 0: draft.to.append(address)
            case 1: draft.cc.append(address)
            default: draft.bcc.append(address)
            }
            guard seen.insert(address).inserted else { continue }
            let known = row[2] as String? != nil
            records.append(
                RecipientRecord(
                    address: address, standing: known ? try row.word(2) : .unknown,
                    group: row[3], contact: row[5], challengePassed: row[4] ?? false))
        }
        return records
    }

    private static func counts(
        _ db: Database, _ message: Int64, _ account: AccountID, _ day: String
    ) throws -> (QuotaUse, AttemptFacts) {
        (try used(db, account, day), try attempts(db, message, account))
    }

    private static func used(
        _ db: Database, _ account: AccountID, _ day: String
    ) throws -> QuotaUse {
        try db.first(
            "SELECT messages, invites FROM quotas WHERE account = ? AND day = ?",
            [account.rawValue, day], { QuotaUse(messages: $0[0], invites: $0[1]) })
            ?? QuotaUse(messages: 0, invites: 0)
    }

    static func attempts(
        _ db: Database, _ message: Int64, _ account: AccountID
    ) throws -> AttemptFacts {
        try db.first(
            """
            SELECT (SELECT coalesce(sum(used), 0) FROM attempts WHERE message = ?1),
              (SELECT coalesce(sum(used), 0) FROM account_attempts WHERE account = ?2)
            """, [message, account.rawValue], { AttemptFacts(message: $0[0], principal: $0[1]) })
            ?? AttemptFacts(message: 0, principal: 0)
    }

    static func answer(_ db: Database, _ message: Int64) throws -> StoredAnswer? {
        try db.first(
            """
            SELECT decision, notification_sent, notification_text, notification_html
            FROM answers WHERE message = ?
            """, [message]
        ) { row in
            StoredAnswer(
                decision: try row.decision(0), notificationSent: row[1], notificationText: row[2],
                notificationHTML: row[3])
        }
    }

    private static func parent(
        _ db: Database, _ guid: MessageGUID, _ account: AccountID
    ) throws -> ParentRecord? {
        try db.first(
            """
            SELECT a.address, m.recalled, m.allow_forward, m.allow_reply, m.allow_reply_all,
              m.allow_tracking, m.share_tracking, m.fyeo_type,
              EXISTS(SELECT 1 FROM recipients r, accounts me
                WHERE r.message = m.id AND me.id = ?2 AND r.address = me.address AND r.kind = 2)
              AND NOT EXISTS(SELECT 1 FROM recipients r, accounts me
                WHERE r.message = m.id AND me.id = ?2 AND r.address = me.address AND r.kind < 2),
              a.status, a."group", a.challenge_passed, c.contact IS NOT NULL
            FROM messages m JOIN accounts a ON a.id = m.owner
            LEFT JOIN contacts c ON c.account = ?2 AND c.contact = a.id
            WHERE m.guid = ?1 AND m.state = 1
            """, [guid.data, account.rawValue]
        ) { row in
            ParentRecord(
                sender: RecipientRecord(
                    address: try row.address(0), standing: try row.word(9), group: row[10],
                    contact: row[12], challengePassed: row[11]),
                recalled: row[1], options: try row.options(from: 2), wasBlindCopied: row[8])
        }
    }
}
