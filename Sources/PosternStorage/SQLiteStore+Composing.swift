public import PosternModel
public import PosternPipeline
import PosternSealing

extension SQLiteStore {
    /// Begins a draft.
    public func createDraft(_ draft: NewDraft) async throws(Fault) {
        let (keys, cover, content) = try vault.makeKeys(for: draft.guid)
        let sealed = try SealedContent(DraftContent(), of: draft.guid, under: cover, content)
        try await writer.submit { [vault] work in
            let keys = try vault.renew(keys, of: draft.guid)
            _ = try DraftRows.insert(draft, sealed, keys, work.statements)
            return .keep(())
        }
    }

    /// Replaces what a draft says; of two savers at once, the later one's words stand whole.
    public func saveDraft(
        _ guid: MessageGUID, by account: AccountID, _ draft: DraftContent, at now: Instant
    ) async throws(Fault) -> Bool {
        // A draft's keys stay its own until it is sent, so that sealing need not keep the writer.
        guard let keys = try draftKeys(guid, of: account) else { return false }
        let sealed = try SealedContent(
            draft, of: guid, under: vault.unwrap(keys.cover, of: guid),
            vault.unwrap(keys.content, of: guid))
        return try await writer.submit { work in
            let statements = work.statements
            guard let message = try Self.draft(guid, account, statements),
                try DraftRows.replace(sealed, of: message, by: account, at: now, statements)
            else { return .undo(false) }
            return .keep(true)
        }
    }

    /// Adds recipients to the newest draft of that name.
    ///
    /// Those it has are read beside the writer, since they may be many, and looked at again where the draft has changed since.
    public func addRecipients(
        externalID: String, by account: AccountID, to: [EmailAddress], cc: [EmailAddress],
        bcc: [EmailAddress], atMost limit: Int, at now: Instant
    ) async throws(Fault) -> AddingEnding {
        while true {
            let growing = try readers.snapshot { statements in
                try GrowingDraft(named: externalID, of: account, statements)
            }
            guard let growing else { return .missing }
            let more = growing.missing(from: [to, cc, bcc])
            guard growing.count + more.reduce(0, { $0 + $1.count }) <= limit else {
                return .tooMany
            }
            let isDone = try await writer.submit { work in
                let statements = work.statements
                guard try growing.isUnchanged(statements) else { return .undo(false) }
                try statements.run(
                    "UPDATE messages SET revision = revision + 1, dated_at = ? WHERE id = ?",
                    now.milliseconds, growing.message)
                for (kind, addresses) in more.enumerated() {
                    try DraftRows.address(
                        growing.message, kind, addresses, from: growing.next[kind], statements)
                }
                return .keep(true)
            }
            if isDone { return .done }
        }
    }

    /// A draft's row, where it is this account's and may be changed: neither sent, stopped nor waiting for its time.
    static func draft(
        _ guid: MessageGUID, _ account: AccountID, _ statements: Statements
    ) throws -> Int64? {
        try statements.first(
            """
            SELECT m.id FROM messages m WHERE m.guid = ? AND m.owner = ? AND m.state = 0
              AND NOT EXISTS(SELECT 1 FROM schedules s WHERE s.message = m.id)
              AND NOT EXISTS(SELECT 1 FROM stops p WHERE p.message = m.id)
            """, guid.bytes, account.rawValue, read: { $0.integer(0) })
    }

    func draftKeys(_ guid: MessageGUID, of account: AccountID) throws(Fault) -> MessageKeys? {
        try readers.read { statements in
            try statements.first(
                """
                SELECT k.cover, k.content FROM message_keys k JOIN messages m ON m.id = k.message
                WHERE m.guid = ? AND m.owner = ? AND m.state = 0
                """, guid.bytes, account.rawValue, read: { try MessageKeys($0, from: 0) })
        }
    }
}
