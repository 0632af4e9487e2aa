public import PosternModel
public import PosternPipeline

extension SQLiteStore {
    /// Makes a label; nil when the account has one of that name.
    public func createLabel(
        _ name: String, of account: AccountID, at now: Instant
    ) async throws(Fault) -> Label? {
        let label = Label(guid: .random(), name: name, createdAt: now)
        return try await writer.submit { work in
            let made = try work.statements.run(
                """
                INSERT INTO labels(guid, account, name, created_at) VALUES(?, ?, ?, ?)
                ON CONFLICT DO NOTHING
                """, label.guid.bytes, account.rawValue, name, now.milliseconds)
            return .keep(made == 1 ? label : nil)
        }
    }

    /// Names a label anew.
    public func renameLabel(
        _ label: LabelGUID, of account: AccountID, to name: String
    ) async throws(Fault) -> LabelEnding {
        try await writer.submit { work in
            let statements = work.statements
            guard let (id, old) = try Self.label(label, account, statements) else {
                return .undo(.labelMissing)
            }
            let changed = try statements.run(
                """
                UPDATE labels SET name = ?1 WHERE id = ?2
                  AND NOT EXISTS(SELECT 1 FROM labels WHERE account = ?3 AND name = ?1 AND id <> ?2)
                """, name, id, account.rawValue)
            guard changed == 1 else { return .undo(.taken) }
            return .keep(.done(Label(guid: label, name: name, createdAt: old.createdAt)))
        }
    }

    /// Deletes a label; messages that wore it stay.
    public func deleteLabel(
        _ label: LabelGUID, of account: AccountID
    ) async throws(Fault) -> LabelEnding {
        try await writer.submit { work in
            let statements = work.statements
            guard let (id, old) = try Self.label(label, account, statements) else {
                return .undo(.labelMissing)
            }
            try statements.run("DELETE FROM message_labels WHERE label = ?", id)
            try statements.run("DELETE FROM labels WHERE id = ?", id)
            return .keep(.done(old))
        }
    }

    /// Puts a label on a message the account can see, or takes it off.
    public func setLabel(
        _ label: LabelGUID, on guid: MessageGUID, of account: AccountID, worn: Bool
    ) async throws(Fault) -> LabelEnding {
        try await writer.submit { work in
            let statements = work.statements
            guard let (id, present) = try Self.label(label, account, statements) else {
                return .undo(.labelMissing)
            }
            let message = try statements.first(
                """
                SELECT m.id FROM messages m
                LEFT JOIN mailboxes b ON b.account = ?2 AND b.sent_at = m.dated_at AND b.message = m.id
                WHERE m.guid = ?1 AND m.state <> 2
                  AND (m.owner = ?2 AND NOT m.owner_deleted OR b.message IS NOT NULL)
                """, guid.bytes, account.rawValue, read: { $0.integer(0) })
            guard let message else { return .undo(.messageMissing) }
            if worn {
                try statements.run(
                    "INSERT INTO message_labels(message, label) VALUES(?, ?) ON CONFLICT DO NOTHING",
                    message, id)
            } else {
                try statements.run(
                    "DELETE FROM message_labels WHERE message = ? AND label = ?", message, id)
            }
            return .keep(.done(present))
        }
    }

    private static func label(
        _ guid: LabelGUID, _ account: AccountID, _ statements: Statements
    ) throws -> (id: Int64, label: Label)? {
        try statements.first(
            "SELECT guid, name, created_at, id FROM labels WHERE guid = ? AND account = ?",
            guid.bytes, account.rawValue, read: { (id: $0.integer(3), label: try Label($0)) })
    }
}
