import PosternModel

/// An entry of an address book as the ledger keeps it.
enum StoredContact {
    /// An account's entry; nil when it has none of this number.
    static func find(
        _ id: ContactID, of account: AccountID, _ statements: Statements
    ) throws -> Contact? {
        let found = try statements.first(
            """
            SELECT id, name, address, created_at, changed_at FROM address_book
            WHERE id = ? AND owner = ?
            """, id.rawValue, account.rawValue, read: { try read($0) })
        return try found.map { try withLists($0, statements) }
    }

    /// Reads the columns `id`, `name`, `address`, `created_at` and `changed_at`.
    static func read(_ row: Columns) throws -> Contact {
        Contact(
            id: ContactID(rawValue: row.integer(0)),
            content: ContactContent(name: row.text(1), address: try row.place(2)),
            createdAt: row.instant(3), changedAt: row.instant(4))
    }

    /// Says which lists an entry is on.
    static func withLists(_ contact: Contact, _ statements: Statements) throws -> Contact {
        var contact = contact
        contact.lists = try statements.all(
            "SELECT list FROM contact_list_members WHERE contact = ? ORDER BY list",
            contact.id.rawValue, read: { ContactListID(rawValue: $0.integer(0)) })
        return contact
    }
}

/// A list of contacts as the ledger keeps it.
enum StoredContactList {
    /// An account's list; nil when it has none of this number.
    static func find(
        _ id: ContactListID, of account: AccountID, _ statements: Statements
    ) throws -> ContactList? {
        try statements.first(
            """
            SELECT l.id, l.name, l.annex_dialect, l.annex, l.created_at, l.changed_at,
              (SELECT count(*) FROM contact_list_members m WHERE m.list = l.id)
            FROM contact_lists l WHERE l.id = ? AND l.owner = ?
            """, id.rawValue, account.rawValue, read: { read($0) })
    }

    /// Reads the columns `id`, `name`, `annex_dialect`, `annex`, `created_at`, `changed_at` and the size.
    static func read(_ row: Columns) -> ContactList {
        let annex = row.textOrNil(2).map { Annex(dialect: $0, bytes: row.bytes(3)) }
        return ContactList(
            id: ContactListID(rawValue: row.integer(0)),
            content: ContactListContent(name: row.text(1), annex: annex), size: row.count(6),
            createdAt: row.instant(4), changedAt: row.instant(5))
    }
}
