public import PosternModel
public import PosternPipeline

extension SQLiteStore {
    /// Makes a list; nil when the account has one of that name.
    public func createContactList(
        _ content: ContactListContent, of account: AccountID, at now: Instant
    ) async throws(Fault) -> ContactList? {
        try await writer.submit { work in
            let made = try work.statements.run(
                """
                INSERT INTO contact_lists(owner, name, annex_dialect, annex, created_at, changed_at)
                VALUES(?1, ?2, ?3, ?4, ?5, ?5) ON CONFLICT DO NOTHING
                """, account.rawValue, content.name, content.annex?.dialect,
                content.annex?.bytes, now.milliseconds)
            guard made == 1 else { return .undo(nil) }
            return .keep(
                ContactList(
                    id: ContactListID(rawValue: work.statements.lastRow), content: content,
                    size: 0, createdAt: now, changedAt: now))
        }
    }

    /// Changes what a list says of itself; who is on it stays.
    public func amendContactList(
        _ id: ContactListID, of account: AccountID, at now: Instant,
        by amendment: @escaping ContactListAmendment
    ) async throws(Fault) -> Change<ContactList> {
        try await amend(at: now, by: amendment) { statements in
            try StoredContactList.find(id, of: account, statements)
        } write: { content, statements in
            try statements.run(
                """
                UPDATE contact_lists SET name = ?1, annex_dialect = ?2, annex = ?3, changed_at = ?4
                WHERE id = ?5 AND NOT EXISTS(SELECT 1 FROM contact_lists
                  WHERE owner = ?6 AND name = ?1 AND id <> ?5)
                """, content.name, content.annex?.dialect, content.annex?.bytes,
                now.milliseconds, id.rawValue, account.rawValue)
        }
    }

    /// Deletes a list; its contacts stay.
    public func deleteContactList(
        _ id: ContactListID, of account: AccountID
    ) async throws(Fault) -> Bool {
        try await writer.submit { work in
            let statements = work.statements
            let found = try statements.first(
                "SELECT 1 FROM contact_lists WHERE id = ? AND owner = ?", id.rawValue,
                account.rawValue, read: { _ in true })
            guard found != nil else { return .undo(false) }
            try statements.run("DELETE FROM contact_list_members WHERE list = ?", id.rawValue)
            try statements.run("DELETE FROM contact_lists WHERE id = ?", id.rawValue)
            return .keep(true)
        }
    }

    /// Takes contacts off a list and puts others on, all of it or nothing; at most ``ContactList/largest`` may be named for
    /// either.
    public func changeMembers(
        of id: ContactListID, of account: AccountID, add: [ContactID], remove: [ContactID],
        at now: Instant
    ) async throws(Fault) -> MembersChange {
        let (add, remove) = (Set(add), Set(remove))
        guard add.count <= ContactList.largest, remove.count <= ContactList.largest else {
            return .tooMany
        }
        return try await writer.submit { work in
            let statements = work.statements
            guard try StoredContactList.find(id, of: account, statements) != nil else {
                return .undo(.listMissing)
            }
            // Looked at before anything is written: a batch with nothing to undo need not begin again.
            for contact in add.union(remove) {
                let isOwn = try statements.first(
                    "SELECT 1 FROM address_book WHERE id = ? AND owner = ?", contact.rawValue,
                    account.rawValue, read: { _ in true })
                guard isOwn != nil else { return .undo(.contactMissing(contact)) }
            }
            var changes = 0
            for contact in remove.subtracting(add) {
                changes += try statements.run(
                    "DELETE FROM contact_list_members WHERE list = ? AND contact = ?",
                    id.rawValue, contact.rawValue)
            }
            for contact in add {
                changes += try statements.run(
                    """
                    INSERT INTO contact_list_members(list, contact) VALUES(?, ?)
                    ON CONFLICT DO NOTHING
                    """, id.rawValue, contact.rawValue)
            }
            if changes > 0 {
                try statements.run(
                    "UPDATE contact_lists SET changed_at = ? WHERE id = ?", now.milliseconds,
                    id.rawValue)
            }
            guard let list = try StoredContactList.find(id, of: account, statements) else {
                throw unreadable("list")
            }
            return list.size > ContactList.largest ? .undo(.tooMany) : .keep(.done(list))
        }
    }
}
