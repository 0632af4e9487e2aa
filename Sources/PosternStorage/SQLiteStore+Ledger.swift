public import PosternCredentials
public import PosternModel
public import PosternPipeline
public import PosternPolicy
import PosternSealing

extension SQLiteStore: SendLedger {
    /// Settles one permitted send in one transaction; its answer comes after the transaction is on disk.
    public func settle(
        _ permit: consuming Permit, _ send: AcceptedSend
    ) async throws(Fault) -> Settlement {
        let (guid, revision) = (permit.draft, permit.revision)
        guard guid == send.draft.guid else { return .draftChanged }
        let (new, cascade) = (try newMessage(of: send), try newCascade(of: send))
        let passed = send.takesPlace ? Withheld(leases: leases) : nil
        defer { passed?.settle() }
        let settlement = try await writer.submit { [vault] work in
            try Self.settle(send, new, cascade, guid, revision, vault, passed, &work)
        }
        if let step = send.cascade?.steps.first?.step {
            announceDue(at: send.at.advanced(by: step.wait))
        }
        // The content key lay under the master key alone until now, and does still in the log's older pages.
        if send.passwordKey != nil, settlement == .accepted { writer.emptyLogSoon() }
        return settlement
    }

    /// A message that is composed in one go, sealed; nil for a draft, which is there.
    private func newMessage(of send: AcceptedSend) throws(Fault) -> NewMessage? {
        guard let composition = send.composition else { return nil }
        return try NewMessage(
            composition, of: send.principal.account, at: send.at, sealedBy: vault)
    }

    private func newCascade(of send: AcceptedSend) throws(Fault) -> NewCascade? {
        guard let cascade = send.cascade else { return nil }
        return try NewCascade(cascade, of: send.principal.account, at: send.at, sealedBy: vault)
    }

    /// Puts one permitted send off, in one transaction.
    public func schedule(
        _ permit: consuming Permit, _ send: AcceptedSend, at due: Instant, in dialect: String,
        for wishes: ScheduledWishes
    ) async throws(Fault) -> Settlement {
        let (guid, revision) = (permit.draft, permit.revision)
        guard guid == send.draft.guid else { return .draftChanged }
        let (new, cascade) = (try newMessage(of: send), try newCascade(of: send))
        return try await writer.submit { [vault] work in
            let statements = work.statements
            let message: Int64
            if let new {
                guard let row = try new.insert(sealedBy: vault, statements) else {
                    return .undo(.nameTaken)
                }
                message = row
            } else {
                let changed = try statements.run(
                    """
                    UPDATE messages SET revision = revision + 1
                    WHERE guid = ? AND owner = ? AND state = 0 AND recalled = 0 AND revision = ?
                    """, guid.bytes, send.principal.account.rawValue, revision)
                guard changed == 1, let row = try statements.row(of: .guid(guid)) else {
                    return .undo(.draftChanged)
                }
                message = row
            }
            try Self.freeze(send, message, statements)
            try statements.run(
                """
                INSERT INTO schedules(message, due_at, dialect, notifies, invites)
                VALUES(?1, ?2, ?3, ?4, ?5)
                ON CONFLICT(message) DO UPDATE SET due_at = ?2, dialect = ?3, notifies = ?4, invites = ?5
                """, message, due.milliseconds, dialect, wishes.notifies, wishes.invites)
            if let cascade,
                try !CascadeRows.insert(
                    cascade, root: message, from: due, sealedBy: vault, statements)
            {
                return .undo(.nameTaken)
            }
            try work.append(send.entry)
            for step in send.cascade?.steps ?? [] { try work.append(step.entry) }
            return .keep(new == nil ? .accepted : .composed(message))
        }
    }

    /// Decides about a step of a cascade, in the order of all that becomes of the message before it.
    public func decideTurn(
        of step: MessageGUID, at now: Instant, recording entry: SealedEntry
    ) async throws(Fault) -> CascadeTurn.Verdict? {
        try await writer.submit { work in
            let statements = work.statements
            let waiting = try statements.first(
                "SELECT m.id FROM messages m JOIN schedules s ON s.message = m.id WHERE m.guid = ?",
                step.bytes, read: { $0.integer(0) })
            guard let waiting,
                let verdict = try CascadeRows.turn(of: waiting, statements)?.verdict(at: now)
            else { return .undo(nil) }
            switch verdict {
            case .go: return .undo(verdict)
            case .wait(let until):
                try statements.run(
                    "UPDATE schedules SET due_at = ? WHERE message = ?", until.milliseconds,
                    waiting)
            case .end:
                try CascadeRows.end(waiting, at: now, statements)
                try work.append(entry)
            }
            return .keep(verdict)
        }
    }

    /// Ends a message that was refused when its time came.
    public func refuseDue(
        _ guid: MessageGUID, with code: RefusalCode, at now: Instant, recording entry: SealedEntry
    ) async throws(Fault) {
        let isNextDue = try await writer.submit { work in
            let statements = work.statements
            var isNextDue = false
            let message = try statements.first(
                "SELECT m.id FROM messages m JOIN schedules s ON s.message = m.id WHERE m.guid = ?",
                guid.bytes, read: { $0.integer(0) })
            if let message {
                try statements.run("DELETE FROM schedules WHERE message = ?", message)
                try statements.run(
                    "UPDATE messages SET revision = revision + 1 WHERE id = ?", message)
                try statements.run(
                    """
                    INSERT INTO stops(message, at, recipients, refused_with) VALUES(?, ?, 0, ?)
                    ON CONFLICT DO NOTHING
                    """, message, now.milliseconds, code.rawValue)
                try CallbackWish.owe(
                    .unsent, of: message, refusal: code, at: now, statements)
                isNextDue = try CascadeRows.noteEnded(message, .unsent, at: now, statements)
            }
            try work.append(entry)
            return .keep(isNextDue)
        }
        if isNextDue { announceDue(at: now) }
    }

    /// Keeps whom a message's targets stand for, unless that was kept before.
    private static func freeze(
        _ send: AcceptedSend, _ message: Int64, _ statements: Statements
    ) throws {
        guard let targets = send.targets else { return }
        try FrozenRecipients.write(
            emails: targets.emails, outsiders: targets.outsiders, of: message, statements)
    }

    /// Records a decision that changes nothing else.
    public func record(_ entry: SealedEntry) async throws(Fault) {
        try await writer.submit { work in
            try work.append(entry)
            return .keep(())
        }
    }

    /// Replaces a hash that is still the one that was checked.
    public func upgrade(
        _ current: PasswordHash, to improved: PasswordHash, of account: AccountID
    ) async throws(Fault) {
        try await writer.submit { work in
            try work.statements.run(
                "UPDATE accounts SET password_hash = ? WHERE id = ? AND password_hash = ?",
                improved.phc, account.rawValue, current.phc)
            return .keep(())
        }
    }

    private static func settle(
        _ send: AcceptedSend, _ new: NewMessage?, _ cascade: NewCascade?, _ guid: MessageGUID,
        _ revision: Int64, _ vault: KeyVault, _ passed: Withheld?,
        _ work: inout GroupCommitter.Work
    ) throws -> GroupCommitter.Ending<Settlement> {
        let statements = work.statements
        let sender = send.principal.account.rawValue
        var revision = revision
        if let new {
            guard try new.insert(sealedBy: vault, statements) != nil else {
                return .undo(.nameTaken)
            }
            revision = 1
        }
        guard
            let (message, state) = try statements.first(
                "SELECT id, state FROM messages WHERE guid = ? AND owner = ?", guid.bytes, sender,
                read: { ($0.integer(0), $0.count(1)) })
        else { return .undo(.draftChanged) }
        if state == MessageState.sent.rawValue, let first = try answer(statements, message) {
            return .undo(.alreadyAccepted(first))
        }
        let claimed = try statements.run(
            """
            UPDATE messages SET state = 1, dated_at = ?, expires_at = ?, erase_at = ?,
              password_hash = NULL
            WHERE id = ? AND state = 0 AND recalled = 0 AND revision = ?
            """,
            send.at.milliseconds, send.expiresAt?.milliseconds, send.erasedAt?.milliseconds,
            message, revision)
        guard claimed == 1, try !send.wasScheduled || mayLeave(message, send, statements) else {
            return .undo(.draftChanged)
        }
        try freeze(send, message, statements)
        if send.wasScheduled {
            try statements.run("DELETE FROM schedules WHERE message = ?", message)
            try CascadeRows.noteLeft(message, at: send.at, statements)
        }
        if let key = send.passwordKey { try lock(message, guid, key, vault, statements) }
        if let parent = send.draft.parent {
            try track(
                send.draft.action, of: parent, by: send.principal.account, send.at, statements)
        }
        let invites = try invite(send, statements)
        guard try charge(send, invites, statements) else { return .undo(.quotaChanged) }
        try befriend(send, statements)
        try dispatch(send, message, entry: work.nextIndex, statements)
        try statements.run(
            """
            INSERT INTO answers(message, decision, notification_sent, notification_text, notification_html)
            VALUES(?, ?, ?, ?, ?)
            """,
            message, send.answer.decision.description, send.answer.notificationSent,
            send.answer.notificationText, send.answer.notificationHTML)
        if let passed, let place = try CascadeRows.predecessor(of: message, statements) {
            var passing = Stopping(
                statements: statements, account: sender, now: send.at, withheld: passed,
                isPassing: true)
            try passing.pass(place)
        }
        if let cascade,
            try !CascadeRows.insert(
                cascade, root: message, from: send.at, sealedBy: vault, statements)
        {
            return .undo(.nameTaken)
        }
        try work.append(send.entry)
        for step in send.cascade?.steps ?? [] { try work.append(step.entry) }
        return .keep(new == nil ? .accepted : .composed(message))
    }

    /// Whether a message that waited leaves still, as things are now: its dispatch may have been stopped since it was judged,
    /// and the message whose place it takes may have been delivered.
    private static func mayLeave(
        _ message: Int64, _ send: AcceptedSend, _ statements: Statements
    ) throws -> Bool {
        let isHeld = try statements.first(
            """
            SELECT 1 FROM schedules s JOIN dispatches d ON d.id = s.dispatch
            WHERE s.message = ? AND d.state <> ?
            """, message, Dispatch.State.started.rawValue, read: { _ in true })
        if isHeld != nil { return false }
        guard send.takesPlace else { return true }
        return try CascadeRows.turn(of: message, statements)?.verdict(at: send.at) == .go
    }

    /// Puts a message's content key under its password.
    private static func lock(
        _ message: Int64, _ guid: MessageGUID, _ password: PasswordKey, _ vault: KeyVault,
        _ statements: Statements
    ) throws {
        let open = try statements.first(
            "SELECT content FROM message_keys WHERE message = ?", message,
            read: { try WrappedKey(padded: $0.bytes(0)) })
        guard let open else { throw unreadable("message key") }
        let locked = try vault.lock(open, of: guid, with: password)
        try statements.run(
            "UPDATE message_keys SET content = ? WHERE message = ?", locked.padded, message)
    }

    /// Notes on the parent that it was answered.
    private static func track(
        _ action: MessageAction, of parent: MessageGUID, by account: AccountID, _ at: Instant,
        _ statements: Statements
    ) throws {
        let message = try statements.first(
            "SELECT id FROM messages WHERE guid = ? AND state = 1 AND allow_tracking = 1",
            parent.bytes, read: { $0.integer(0) })
        guard let message else { return }
        let kind: TrackingEvent.Kind = action == .forward ? .forwarded : .replied
        try Tracking.note(kind, of: message, by: account.rawValue, file: nil, at: at, statements)
    }

    /// Makes accounts of recipients nobody knows; says how many nobody else had invited in between.
    private static func invite(_ send: AcceptedSend, _ statements: Statements) throws -> Int {
        var invited = 0
        func hash(for address: EmailAddress) -> String? {
            send.challenge.flatMap { $0.recipients.contains(address) ? $0.hash.phc : nil }
        }
        for recipient in send.recipients where recipient.standing == .unknown {
            invited += try statements.run(
                """
                INSERT INTO accounts(address, "group", status, challenge_hash, created_at)
                VALUES(?, ?, 'pending', ?, ?) ON CONFLICT(address) DO NOTHING
                """,
                recipient.address.description, send.invitedGroup, hash(for: recipient.address),
                send.at.milliseconds)
        }
        // Whoever was invited without a challenge, and has not come in, gets the first.
        for recipient in send.recipients where recipient.standing == .pending {
            guard let hash = hash(for: recipient.address) else { continue }
            try statements.run(
                """
                UPDATE accounts SET challenge_hash = ?2 WHERE address = ?1 AND status = 'pending'
                  AND challenge_hash IS NULL AND NOT challenge_passed
                """, recipient.address.description, hash)
        }
        return invited
    }

    /// Charges the sender's day, if it still has room.
    ///
    /// INVARIANT: comparing and counting are one statement, so that no isolation level and no race can let one more through.
    private static func charge(
        _ send: AcceptedSend, _ invites: Int, _ statements: Statements
    ) throws -> Bool {
        // What an unused day would refuse, every day does. It is asked here because an INSERT from a SELECT keeps a journal of
        // its own, to undo itself alone: its first page takes 64 KiB.
        guard send.messageLimit >= 1, invites == 0 || invites <= send.inviteLimit else {
            return false
        }
        return try statements.run(
            """
            INSERT INTO quotas(account, day, messages, invites) VALUES(?1, ?2, 1, ?3)
            ON CONFLICT(account, day) DO UPDATE
            SET messages = messages + 1, invites = invites + ?3
            WHERE messages < ?4 AND (?3 = 0 OR invites + ?3 <= ?5)
            """,
            send.principal.account.rawValue, send.day, invites, send.messageLimit,
            send.inviteLimit) == 1
    }

    /// Who has corresponded with whom: a guest may write to those who wrote to them.
    private static func befriend(_ send: AcceptedSend, _ statements: Statements) throws {
        let sender = send.principal.account.rawValue
        // Looked at before written: nearly everybody has written to their recipients before.
        for recipient in send.recipients where !(recipient.contact && recipient.isContactOf) {
            let missing = try statements.first(
                """
                SELECT a.id, there.account IS NULL, back.account IS NULL FROM accounts a
                LEFT JOIN contacts there ON there.account = ?2 AND there.contact = a.id
                LEFT JOIN contacts back ON back.account = a.id AND back.contact = ?2
                WHERE a.address = ?1 AND a.id <> ?2
                """, recipient.address.description, sender,
                read: { (id: $0.integer(0), there: $0.truth(1), back: $0.truth(2)) })
            guard let missing else { continue }
            func add(_ account: Int64, _ contact: Int64) throws {
                try statements.run(
                    "INSERT INTO contacts(account, contact) VALUES(?, ?)", account, contact)
            }
            if missing.there { try add(sender, missing.id) }
            if missing.back { try add(missing.id, sender) }
        }
    }

    /// Rows a send can have, as a power of two: sixteen million recipients do not fit a draft.
    private static let outboxPlaceBits = 24

    /// Writes the delivery work: a mailbox row for everybody, a notification row when one is wanted, and a
    /// row for each telephone and foreign cell.
    ///
    /// A row's number is made of the audit entry's index and the row's place among those of the send.
    private static func dispatch(
        _ send: AcceptedSend, _ message: Int64, entry: Int64, _ statements: Statements
    ) throws {
        var id = entry << outboxPlaceBits
        var couriers: [OutboxRow.Courier] = [.mailbox]
        if let notification = send.notification {
            couriers.append(.smtp)
            try statements.run(
                "INSERT INTO notifications(message, subject, text, html) VALUES(?, ?, ?, ?)",
                message, notification.subject, notification.text, notification.html)
        }
        for recipient in send.recipients {
            for courier in couriers {
                try statements.run(
                    """
                    INSERT INTO outbox(id, message, courier, recipient, due_at, accepted_at)
                    VALUES(?1, ?2, ?3, ?4, ?5, ?5)
                    """,
                    id, message, courier.rawValue, recipient.address.description,
                    send.at.milliseconds)
                id += 1
            }
        }
        for outsider in send.outsiders {
            try statements.run(
                """
                INSERT INTO outbox(id, message, courier, recipient, due_at, accepted_at)
                VALUES(?1, ?2, ?3, ?4, ?5, ?5)
                """, id, message, outsider.courier.rawValue, outsider.description,
                send.at.milliseconds)
            id += 1
        }
    }
}
