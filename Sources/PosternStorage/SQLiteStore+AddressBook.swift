public import PosternModel
public import PosternPipeline

extension SQLiteStore: AddressBook {
    /// Makes an entry; nil when the account has one of that address.
    public func createContact(
        _ content: ContactContent, of account: AccountID, at now: Instant
    ) async throws(Fault) -> Contact? {
        try await writer.submit { work in
            let made = try work.statements.run(
                """
                INSERT INTO address_book(owner, name, address, created_at, changed_at)
                VALUES(?1, ?2, ?3, ?4, ?4) ON CONFLICT DO NOTHING
                """, account.rawValue, content.name, content.address.description,
                now.milliseconds)
            guard made == 1 else { return .undo(nil) }
            return .keep(
                Contact(
                    id: ContactID(rawValue: work.statements.lastRow), content: content,
                    createdAt: now, changedAt: now))
        }
    }

    /// Changes what an entry says; it stays on its lists.
    public func amendContact(
        _ id: ContactID, of account: AccountID, at now: Instant,
        by amendment: @escaping ContactAmendment
    ) async throws(Fault) -> Change<Contact> {
        try await amend(at: now, by: amendment) { statements in
            try StoredContact.find(id, of: account, statements)
        } write: { content, statements in
            try statements.run(
                """
                UPDATE address_book SET name = ?1, address = ?2, changed_at = ?3 WHERE id = ?4
                  AND NOT EXISTS(SELECT 1 FROM address_book
                    WHERE owner = ?5 AND address = ?2 AND id <> ?4)
                """, content.name, content.address.description, now.milliseconds, id.rawValue,
                account.rawValue)
        }
    }

    /// Deletes an entry, and takes it off all lists; messages that name it as a target are looked at when they are sent.
    public func deleteContact(
        _ id: ContactID, of account: AccountID, at now: Instant
    ) async throws(Fault) -> Bool {
        try await writer.submit { work in
            let statements = work.statements
            guard try StoredContact.find(id, of: account, statements) != nil else {
                return .undo(false)
            }
            try statements.run(
                """
                UPDATE contact_lists SET changed_at = ?
                WHERE id IN (SELECT list FROM contact_list_members WHERE contact = ?)
                """, now.milliseconds, id.rawValue)
            try statements.run(
                "DELETE FROM contact_list_members WHERE contact = ?", id.rawValue)
            try statements.run("DELETE FROM address_book WHERE id = ?", id.rawValue)
            return .keep(true)
        }
    }
}
