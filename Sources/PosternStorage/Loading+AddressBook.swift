import PosternModel

/// Handles, address books and lists of a plan.
extension Loading {
    /// Gives handles out; accounts of the plan may exchange them.
    func handles(_ accounts: [LoadPlan.Account]) throws {
        let named = accounts.filter { $0.handle != nil }
        for account in named {
            try statements.run(
                "UPDATE accounts SET handle = NULL WHERE address = ?",
                account.address.description)
        }
        for account in named {
            guard let handle = account.handle else { continue }
            let holder = try statements.first(
                "SELECT address FROM accounts WHERE handle = ?", handle.description,
                read: { $0.text(0) })
            if let holder {
                throw Fault(.storageUnwritable, note: "the handle `\(handle)` is `\(holder)`'s")
            }
            try statements.run(
                "UPDATE accounts SET handle = ? WHERE address = ?", handle.description,
                account.address.description)
        }
    }

    /// Makes entries and lists or changes them; what is as it should be is left alone, and all keep their numbers.
    mutating func addressBook(_ account: LoadPlan.Account) throws {
        guard !account.addressBook.isEmpty || !account.lists.isEmpty else { return }
        let owner = try id(account.address)
        for entry in account.addressBook {
            try statements.run(
                """
                INSERT INTO address_book(owner, name, address, created_at, changed_at)
                VALUES(?1, ?2, ?3, ?4, ?4) ON CONFLICT(owner, address) DO UPDATE
                SET name = ?2, changed_at = ?4 WHERE name <> ?2
                """, owner, entry.name, entry.address.description, now.milliseconds)
            report.addressBookEntries += 1
        }
        for list in account.lists {
            try statements.run(
                """
                INSERT INTO contact_lists(owner, name, created_at, changed_at)
                VALUES(?1, ?2, ?3, ?3) ON CONFLICT DO NOTHING
                """, owner, list.name, now.milliseconds)
            try members(of: list, owner)
            report.lists += 1
        }
    }

    private func members(of list: LoadPlan.List, _ owner: Int64) throws {
        let id = try statements.first(
            "SELECT id FROM contact_lists WHERE owner = ? AND name = ?", owner, list.name,
            read: { $0.integer(0) })
        guard let id else { throw unreadable("list") }
        var wanted: Set<Int64> = []
        for address in list.members {
            let contact = try statements.first(
                "SELECT id FROM address_book WHERE owner = ? AND address = ?", owner,
                address.description, read: { $0.integer(0) })
            guard let contact else {
                throw Fault(
                    .storageUnwritable, note: "there is no `\(address)` in the address book")
            }
            wanted.insert(contact)
        }
        let present = Set(
            try statements.all(
                "SELECT contact FROM contact_list_members WHERE list = ?", id,
                read: { $0.integer(0) }))
        guard present != wanted else { return }
        for contact in present.subtracting(wanted) {
            try statements.run(
                "DELETE FROM contact_list_members WHERE list = ? AND contact = ?", id, contact)
        }
        for contact in wanted.subtracting(present) {
            try statements.run(
                "INSERT INTO contact_list_members(list, contact) VALUES(?, ?)", id, contact)
        }
        try statements.run(
            "UPDATE contact_lists SET changed_at = ? WHERE id = ?", now.milliseconds, id)
    }
}
