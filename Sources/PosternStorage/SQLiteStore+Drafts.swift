import GRDB
import PosternModel
import PosternPipeline
import PosternCredentials
import PosternPolicy

extension SQLiteStore {
    /// Loads a draft and all that surrounds it.
    static func load(
        _ statements: Statements, _ guid: MessageGUID, _ account: AccountID, _ day: String
    ) throws -> DraftLookup {
        guard
            let head = try statements.first(
                """
                SELECT m.id, m.owner, m.state, m.recalled, m.revision, m.action, m.parent, m.body_format,
                  m.allow_forward, m.allow_reply, m.allow_reply_all, m.allow_tracking,
                  m.share_tracking, m.fyeo_type, m.expiry_date, m.expiry_group, m.password_hash,
                  t.subject, t.body, q.messages, q.invites,
                  (SELECT coalesce(sum(used), 0) FROM attempts WHERE message = m.id),
                  (SELECT coalesce(sum(used), 0) FROM account_attempts WHERE account = ?2)
                FROM messages m JOIN message_texts t ON t.message = m.id
                LEFT JOIN quotas q ON q.account = ?2 AND q.day = ?3
                WHERE m.guid = ?1
                """, guid.bytes, account.rawValue, day, read: { try Head($0, guid: guid) })
        else { return .missing }
        guard head.draft.owner == account else { return .foreign }
        switch head.state {
        case .destroyed: return .missing
        case .sent where !head.recalled:
            guard let answer = try answer(statements, head.id) else { throw unreadable("answer") }
            return .sent(answer, head.used)
        case .sent, .draft: break
        }
        var draft = head.draft
        let recipients = try recipients(statements, head.id, account, &draft)
        try statements.each(
            "SELECT name FROM attachments WHERE message = ? ORDER BY position", head.id
        ) { row in
            draft.attachmentNames.append(row.text(0))
            return true
        }
        let hash: PasswordHash? =
            switch draft.options.fyeoType {
            case .disabled: nil
            case .uniquePassword: head.passwordHash
            case .accountPassword:
                try statements.first(
                    "SELECT password_hash FROM accounts WHERE id = ?", account.rawValue,
                    read: { try $0.passwordHash(0) }) ?? nil
            }
        return .found(
            LoadedDraft(
                draft: draft, recalled: head.recalled,
                parent: try draft.parent.flatMap { try parent(statements, $0, account) },
                recipients: recipients, used: head.used, attempts: head.attempts,
                passwordHash: hash))
    }

    private struct Head {
        let id: Int64
        let state: MessageState
        let recalled: Bool
        let draft: Draft
        let passwordHash: PasswordHash?
        let used: QuotaUse
        let attempts: AttemptFacts

        init(_ row: Columns, guid: MessageGUID) throws {
            guard let state = MessageState(rawValue: row.count(2)) else {
                throw unreadable("state")
            }
            self.state = state
            id = row.integer(0)
            recalled = row.truth(3)
            passwordHash = try row.passwordHash(16)
            draft = Draft(
                guid: guid, owner: AccountID(rawValue: row.integer(1)), action: try row.word(5),
                parent: row.isNull(6) ? nil : try row.guid(6), subject: row.text(17),
                body: row.text(18),
                bodyFormat: try row.word(7), options: try row.options(from: 8),
                expiry: Expiry(
                    date: row.isNull(14) ? nil : row.instant(14), group: row.textOrNil(15)),
                revision: row.integer(4))
            used = QuotaUse(messages: row.count(19), invites: row.count(20))
            attempts = AttemptFacts(message: row.count(21), principal: row.count(22))
        }
    }

    /// Fills the draft's address lists, and gives every distinct recipient once.
    private static func recipients(
        _ statements: Statements, _ message: Int64, _ account: AccountID, _ draft: inout Draft
    ) throws -> [RecipientRecord] {
        var records: [RecipientRecord] = []
        var seen: Set<EmailAddress> = []
        try statements.each(
            """
            SELECT r.kind, r.address, a.status, a."group", a.challenge_passed, c.contact IS NOT NULL,
              back.contact IS NOT NULL
            FROM recipients r
            LEFT JOIN accounts a ON a.address = r.address
            LEFT JOIN contacts c ON c.account = ?2 AND c.contact = a.id
            LEFT JOIN contacts back ON back.account = a.id AND back.contact = ?2
            WHERE r.message = ?1 ORDER BY r.kind, r.position
            """, message, account.rawValue
        ) { row in
            let address = try row.address(1)
            switch row.count(0) {
            case 0: draft.to.append(address)
            case 1: draft.cc.append(address)
            default: draft.bcc.append(address)
            }
            guard seen.insert(address).inserted else { return true }
            records.append(
                RecipientRecord(
                    address: address, standing: row.isNull(2) ? .unknown : try row.word(2),
                    group: row.textOrNil(3), contact: row.truth(5), isContactOf: row.truth(6),
                    challengePassed: row.truth(4)))
            return true
        }
        return records
    }

    static func answer(_ statements: Statements, _ message: Int64) throws -> StoredAnswer? {
        try statements.first(
            """
            SELECT decision, notification_sent, notification_text, notification_html
            FROM answers WHERE message = ?
            """, message
        ) { row in
            StoredAnswer(
                decision: try row.decision(0), notificationSent: row.truth(1),
                notificationText: row.textOrNil(2), notificationHTML: row.textOrNil(3))
        }
    }

    private static func parent(
        _ statements: Statements, _ guid: MessageGUID, _ account: AccountID
    ) throws -> ParentRecord? {
        try statements.first(
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
            """, guid.bytes, account.rawValue
        ) { row in
            ParentRecord(
                sender: RecipientRecord(
                    address: try row.address(0), standing: try row.word(9), group: row.text(10),
                    contact: row.truth(12), challengePassed: row.truth(11)),
                recalled: row.truth(1), options: try row.options(from: 2),
                wasBlindCopied: row.truth(8))
        }
    }
}
