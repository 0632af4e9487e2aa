import GRDB
import PosternModel
import PosternPipeline
import PosternCredentials
import PosternPolicy
import PosternSealing

extension SQLiteView {
    /// Finds a draft and all that surrounds it.
    func find(
        _ guid: MessageGUID, _ account: AccountID, _ day: String
    ) throws -> DraftLookup {
        guard
            let head = try statements.first(
                """
                SELECT m.id, m.owner, m.state, m.recalled, m.revision, m.action, m.parent, m.body_format,
                  m.allow_forward, m.allow_reply, m.allow_reply_all, m.allow_tracking,
                  m.share_tracking, m.fyeo_type, m.expiry_date, m.expiry_group, m.password_hash,
                  t.body, k.content, q.messages, q.invites,
                  (SELECT coalesce(sum(used), 0) FROM attempts WHERE message = m.id),
                  (SELECT coalesce(sum(used), 0) FROM account_attempts WHERE account = ?2),
                  EXISTS(SELECT 1 FROM message_targets WHERE message = m.id), s.due_at,
                  x.message IS NOT NULL,
                  CASE WHEN EXISTS(SELECT 1 FROM message_annexes WHERE message = m.id) THEN k.cover END
                FROM messages m JOIN message_texts t ON t.message = m.id
                JOIN message_keys k ON k.message = m.id
                LEFT JOIN quotas q ON q.account = ?2 AND q.day = ?3
                LEFT JOIN schedules s ON s.message = m.id
                LEFT JOIN stops x ON x.message = m.id
                WHERE m.guid = ?1 AND m.owner = ?2
                """, guid.bytes, account.rawValue, day, read: { try Head($0, guid: guid) })
        else {
            // Of somebody else's nothing more is read than of one that is not there, or the time it takes would tell.
            let owner = try statements.first(
                "SELECT owner FROM messages WHERE guid = ?", guid.bytes, read: { $0.integer(0) })
            return owner == nil || owner == account.rawValue ? .missing : .foreign
        }
        switch head.state {
        case .destroyed: return .missing
        case .sent where !head.recalled:
            guard let answer = try SQLiteStore.answer(statements, head.id) else {
                throw unreadable("answer")
            }
            return .sent(answer, head.used)
        case .draft where head.isClosed: return .closed
        case .sent, .draft: break
        }
        var draft = head.draft
        let recipients = try recipients(head.id, account, &draft)
        // A message that has left is not judged again, and its text may be under a password nobody gave.
        if head.state == .draft {
            let content = try vault.unwrap(try WrappedKey(padded: head.contentKey), of: guid)
            (draft.subject, draft.body) = try MessageTexts.open(
                head.content, of: guid, under: content)
            if let cover = head.annexKey {
                let key = try vault.unwrap(WrappedKey(bytes: cover), of: guid)
                draft.words =
                    try StoredAnnex.find(of: head.id, named: guid, under: key, statements)?.words
                    ?? []
            }
        }
        let uploadsPending = try attachmentNames(head, &draft)
        let hash: PasswordHash? =
            switch draft.options.fyeoType {
            case .disabled: nil
            case .uniquePassword: head.passwordHash
            case .accountPassword:
                try statements.first(
                    "SELECT password_hash FROM accounts WHERE id = ?", account.rawValue,
                    read: { try $0.passwordHash(0) }) ?? nil
            }
        var loaded = LoadedDraft(
            draft: draft, recalled: head.recalled,
            parent: try draft.parent.flatMap { try parent($0, account) },
            recipients: recipients, used: head.used, attempts: head.attempts,
            passwordHash: hash, uploadsPending: uploadsPending, dueAt: head.dueAt)
        if head.hasTargets { try addTargets(to: &loaded, head.id) }
        if head.dueAt != nil { loaded.membership = try membership(of: head.id) }
        return .found(loaded)
    }

    /// What a message that waits is part of; nil for most.
    private func membership(of message: Int64) throws -> Membership? {
        let found = try statements.first(
            """
            SELECT (SELECT step FROM cascade_steps WHERE message = ?1), (SELECT d.state
              FROM schedules s JOIN dispatches d ON d.id = s.dispatch WHERE s.message = ?1)
            """, message
        ) { row in
            (
                step: row.isNull(0) ? nil : row.count(0),
                dispatch: row.isNull(1) ? nil : try row.word(1) as Dispatch.State
            )
        }
        if let state = found?.dispatch { return .dispatch(state) }
        guard let step = found?.step else { return nil }
        return .cascade(step: step, turn: try CascadeRows.turn(of: message, statements))
    }

    /// A message that is not there yet, as ``find(_:_:_:)`` would find it.
    func foresee(
        _ composition: Composition, _ account: AccountID, _ day: String
    ) throws -> DraftLookup {
        let (guid, content) = (composition.guid, composition.content)
        let taken = try statements.first(
            "SELECT id, owner, state FROM messages WHERE guid = ?", guid.bytes,
            read: { (id: $0.integer(0), owner: $0.integer(1), state: $0.count(2)) })
        if let taken {
            // What was sent and erased since was sent all the same.
            guard composition.mayRepeat, taken.owner == account.rawValue,
                taken.state != MessageState.draft.rawValue,
                let answer = try SQLiteStore.answer(statements, taken.id)
            else { return .taken }
            return .sent(answer, try used(by: account, on: day))
        }
        let draft = Draft(
            guid: guid, owner: account, to: content.to, cc: content.cc, bcc: content.bcc,
            subject: content.subject, body: content.body, bodyFormat: content.bodyFormat,
            options: content.options, expiry: content.expiry, words: content.annex?.words ?? [],
            revision: 0)
        var loaded = LoadedDraft(
            draft: draft, recalled: false, parent: nil,
            recipients: try draft.distinctRecipients.map { try recipient($0, of: account) },
            used: try used(by: account, on: day),
            attempts: AttemptFacts(message: 0, principal: 0), passwordHash: nil)
        try add(content.targets, to: &loaded)
        return .found(loaded)
    }

    /// Adds whom targets stand for, or stood for when they were frozen.
    private func addTargets(to loaded: inout LoadedDraft, _ message: Int64) throws {
        guard loaded.dueAt == nil else {
            loaded.outsiders = try statements.all(
                "SELECT address FROM outside_recipients WHERE message = ? ORDER BY position",
                message
            ) { row in
                guard let outsider = try row.place(0).outsider else { throw unreadable("address") }
                return outsider
            }
            return
        }
        try add(try StoredTarget.all(of: message, statements), to: &loaded)
    }

    private func add(_ targets: [Target], to loaded: inout LoadedDraft) throws {
        guard !targets.isEmpty else { return }
        let owner = loaded.draft.owner
        let resolved = try resolve(
            targets, of: owner, besides: loaded.recipients.map(\.address))
        loaded.targets = resolved
        loaded.outsiders = resolved.outsiders
        loaded.recipients += try resolved.emails.map { try recipient($0, of: owner) }
    }

    /// What the ledger knows of one recipient.
    private func recipient(
        _ address: EmailAddress, of account: AccountID
    ) throws -> RecipientRecord {
        try statements.first(
            """
            SELECT a.status, a."group", a.challenge_passed,
              EXISTS(SELECT 1 FROM contacts WHERE account = ?2 AND contact = a.id),
              EXISTS(SELECT 1 FROM contacts WHERE account = a.id AND contact = ?2)
            FROM accounts a WHERE a.address = ?1
            """, address.description, account.rawValue
        ) { row in
            RecipientRecord(
                address: address, standing: try row.word(0), group: row.textOrNil(1),
                contact: row.truth(3), isContactOf: row.truth(4), challengePassed: row.truth(2))
        } ?? RecipientRecord(address: address, standing: .unknown)
    }

    /// Fills the draft's file names; true while some of a file has not arrived.
    private func attachmentNames(
        _ head: Head, _ draft: inout Draft
    ) throws -> Bool {
        var isPending = false
        // Most drafts have no file, and need no key for its name.
        var cover: ContentKey?
        try statements.each(
            """
            SELECT a.name, f.size, f.chunk_size,
              (SELECT count(*) FROM file_chunks c WHERE c.file = a.file), k.cover
            FROM attachments a JOIN message_keys k ON k.message = a.message
            LEFT JOIN files f ON f.id = a.file WHERE a.message = ? ORDER BY a.position
            """, head.id
        ) { row in
            let key = try cover ?? vault.unwrap(WrappedKey(bytes: row.bytes(4)), of: draft.guid)
            cover = key
            draft.attachmentNames.append(
                try key.openText(row.bytes(0), .attachmentName, of: draft.guid))
            if !row.isNull(1) {
                let layout = ChunkLayout(size: row.integer(1), chunkSize: row.integer(2))
                if row.count(3) < layout.count { isPending = true }
            }
            return true
        }
        return isPending
    }

    private struct Head {
        let id: Int64
        let state: MessageState
        let recalled: Bool
        let draft: Draft
        let passwordHash: PasswordHash?
        let used: QuotaUse
        let attempts: AttemptFacts
        /// Subject and body, and the key they are under.
        let content: [UInt8]
        let contentKey: [UInt8]
        let hasTargets: Bool
        let dueAt: Instant?
        /// It was stopped, or refused when its time came.
        let isClosed: Bool
        /// The cover key, where a dialect keeps something with it.
        let annexKey: [UInt8]?

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
                parent: row.isNull(6) ? nil : try row.guid(6),
                bodyFormat: try row.word(7), options: try row.options(from: 8),
                expiry: Expiry(
                    date: row.isNull(14) ? nil : row.instant(14), group: row.textOrNil(15)),
                revision: row.integer(4))
            used = QuotaUse(messages: row.count(19), invites: row.count(20))
            attempts = AttemptFacts(message: row.count(21), principal: row.count(22))
            content = row.bytes(17)
            contentKey = row.bytes(18)
            hasTargets = row.truth(23)
            dueAt = row.isNull(24) ? nil : row.instant(24)
            isClosed = row.truth(25)
            annexKey = row.isNull(26) ? nil : row.bytes(26)
        }
    }

    /// Fills the draft's address lists, and gives every distinct recipient once.
    private func recipients(
        _ message: Int64, _ account: AccountID, _ draft: inout Draft
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

    private func parent(
        _ guid: MessageGUID, _ account: AccountID
    ) throws -> ParentRecord? {
        try statements.first(
            """
            SELECT a.address,
              m.recalled OR m.owner <> ?2 AND EXISTS(SELECT 1 FROM mailboxes b
                WHERE b.account = ?2 AND b.sent_at = m.dated_at AND b.message = m.id
                  AND b.withdrawn_at IS NOT NULL),
              m.allow_forward, m.allow_reply, m.allow_reply_all,
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

extension SQLiteStore {
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
}
