import PosternModel
import PosternPipeline

extension SQLiteView: AddressBookView {
    func contact(_ id: ContactID, of account: AccountID) throws(Fault) -> Contact? {
        try read { try StoredContact.find(id, of: account, statements) }
    }

    func contacts(
        _ search: ContactSearch, of account: AccountID
    ) throws(Fault) -> Excerpt<Contact> {
        try read {
            var (items, total) = try found(search, account)
            items = try items.map { try StoredContact.withLists($0, statements) }
            return Excerpt(items: items, window: search.window, total: total)
        }
    }

    /// A part of what is looked for and how much there is; an index tells where each part begins.
    private func found(
        _ search: ContactSearch, _ account: AccountID
    ) throws -> (items: [Contact], total: Int) {
        if let address = search.address { return try found(address, search, account) }
        if let list = search.list { return try found(on: list, search, account) }
        if let name = search.name { return try found(name, search.window, account) }
        let window = search.window
        return (
            try statements.all(
                """
                SELECT id, name, address, created_at, changed_at FROM address_book
                WHERE owner = ? ORDER BY id LIMIT ? OFFSET ?
                """, account.rawValue, window.limit, window.offset,
                read: { try StoredContact.read($0) }),
            try statements.first(
                "SELECT count(*) FROM address_book WHERE owner = ?", account.rawValue,
                read: { $0.count(0) }) ?? 0
        )
    }

    /// The one entry of an address, if it has all other marks that are looked for.
    private func found(
        _ address: Address, _ search: ContactSearch, _ account: AccountID
    ) throws -> (items: [Contact], total: Int) {
        let all = try statements.all(
            """
            SELECT id, name, address, created_at, changed_at FROM address_book b
            WHERE owner = ?1 AND address = ?2 AND (?3 IS NULL OR name = ?3)
              AND (?4 IS NULL OR EXISTS(SELECT 1 FROM contact_list_members m
                WHERE m.list = ?4 AND m.contact = b.id))
            """, account.rawValue, address.description, search.name, search.list?.rawValue,
            read: { try StoredContact.read($0) })
        let items = all.dropFirst(search.window.offset).prefix(search.window.limit)
        return (Array(items), all.count)
    }

    /// Those on a list; nobody else's list has an entry of this account on it.
    private func found(
        on list: ContactListID, _ search: ContactSearch, _ account: AccountID
    ) throws -> (items: [Contact], total: Int) {
        (
            try statements.all(
                """
                SELECT b.id, b.name, b.address, b.created_at, b.changed_at
                FROM contact_list_members m JOIN address_book b ON b.id = m.contact
                WHERE m.list = ?1 AND b.owner = ?2 AND (?3 IS NULL OR b.name = ?3)
                ORDER BY m.contact LIMIT ?4 OFFSET ?5
                """, list.rawValue, account.rawValue, search.name, search.window.limit,
                search.window.offset, read: { try StoredContact.read($0) }),
            try statements.first(
                """
                SELECT count(*) FROM contact_list_members m JOIN address_book b ON b.id = m.contact
                WHERE m.list = ?1 AND b.owner = ?2 AND (?3 IS NULL OR b.name = ?3)
                """, list.rawValue, account.rawValue, search.name, read: { $0.count(0) }) ?? 0
        )
    }

    private func found(
        _ name: String, _ window: Window, _ account: AccountID
    ) throws -> (items: [Contact], total: Int) {
        (
            try statements.all(
                """
                SELECT id, name, address, created_at, changed_at FROM address_book
                WHERE owner = ? AND name = ? ORDER BY id LIMIT ? OFFSET ?
                """, account.rawValue, name, window.limit, window.offset,
                read: { try StoredContact.read($0) }),
            try statements.first(
                "SELECT count(*) FROM address_book WHERE owner = ? AND name = ?",
                account.rawValue, name, read: { $0.count(0) }) ?? 0
        )
    }

    func contactList(
        _ id: ContactListID, of account: AccountID
    ) throws(Fault) -> ContactList? {
        try read { try StoredContactList.find(id, of: account, statements) }
    }

    func contactLists(
        _ window: Window, of account: AccountID
    ) throws(Fault) -> Excerpt<ContactList> {
        try read {
            let items = try statements.all(
                """
                SELECT l.id, l.name, l.annex_dialect, l.annex, l.created_at, l.changed_at,
                  (SELECT count(*) FROM contact_list_members m WHERE m.list = l.id)
                FROM contact_lists l WHERE l.owner = ? ORDER BY l.id LIMIT ? OFFSET ?
                """, account.rawValue, window.limit, window.offset,
                read: { StoredContactList.read($0) })
            let total = try statements.first(
                "SELECT count(*) FROM contact_lists WHERE owner = ?", account.rawValue,
                read: { $0.count(0) })
            return Excerpt(items: items, window: window, total: total ?? 0)
        }
    }
}
