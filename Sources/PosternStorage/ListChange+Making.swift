import PosternModel

extension ListChange {
    /// What stands in the way of a change.
    struct Obstacle {
        let code: OperationCode.OwnCode
        let targets: [Target]
    }

    /// Makes the change to an account's lists, within a transaction that is undone where something stands in the way.
    ///
    /// - Returns: What stands in the way; nil when it is made.
    func make(
        in account: AccountID, at now: Instant, _ statements: Statements
    ) throws -> Obstacle? {
        func obstacle(_ code: OperationCode.OwnCode) -> Obstacle {
            Obstacle(code: code, targets: [.listNamed(list), target])
        }
        guard ContactListContent(name: list).isWithinBounds else { return obstacle(.invalid) }
        let found = try statements.first(
            "SELECT id FROM contact_lists WHERE owner = ? AND name = ?", account.rawValue, list,
            read: { $0.integer(0) })
        // The list is missed first, as the original of this does.
        if kind == .unlink, found == nil { return obstacle(.contactListMissing) }
        guard let address = try address(statements) else { return obstacle(.handleUnknown) }
        let entry = try statements.first(
            "SELECT id FROM address_book WHERE owner = ? AND address = ?", account.rawValue,
            address.description, read: { $0.integer(0) })
        switch kind {
        case .link:
            let row = try found ?? makeList(of: account, at: now, statements)
            let contact = try entry ?? makeEntry(address, of: account, at: now, statements)
            let linked = try statements.run(
                """
                INSERT INTO contact_list_members(list, contact) VALUES(?, ?)
                ON CONFLICT DO NOTHING
                """, row, contact)
            guard linked == 1 else { return obstacle(.contactListLinked) }
            let size = try statements.first(
                "SELECT count(*) FROM contact_list_members WHERE list = ?", row,
                read: { $0.count(0) })
            if size ?? 0 > ContactList.largest { return obstacle(.invalid) }
            try note(row, at: now, statements)
        case .unlink:
            guard let row = found, let contact = entry else { return obstacle(.contactMissing) }
            let unlinked = try statements.run(
                "DELETE FROM contact_list_members WHERE list = ? AND contact = ?", row, contact)
            guard unlinked == 1 else { return obstacle(.contactListUnlinked) }
            try note(row, at: now, statements)
        }
        return nil
    }

    private var target: Target {
        switch party {
        case .handle(let handle): .handle(handle)
        case .address(let address): .address(address)
        }
    }

    /// Where the party is reached; nil for a handle no account has.
    private func address(_ statements: Statements) throws -> Address? {
        switch party {
        case .address(let address): address
        case .handle(let handle):
            try statements.first(
                "SELECT address FROM accounts WHERE handle = ?", handle.description,
                read: { try $0.place(0) })
        }
    }

    private func makeList(
        of account: AccountID, at now: Instant, _ statements: Statements
    ) throws -> Int64 {
        try statements.run(
            "INSERT INTO contact_lists(owner, name, created_at, changed_at) VALUES(?1, ?2, ?3, ?3)",
            account.rawValue, list, now.milliseconds)
        return statements.lastRow
    }

    /// Makes an entry, which is called what the request calls the party.
    private func makeEntry(
        _ address: Address, of account: AccountID, at now: Instant, _ statements: Statements
    ) throws -> Int64 {
        var name = ""
        switch party {
        case .handle(let handle): name = handle.description
        case .address(.cell(let cell)): name = cell.name
        case .address: break
        }
        try statements.run(
            """
            INSERT INTO address_book(owner, name, address, created_at, changed_at)
            VALUES(?1, ?2, ?3, ?4, ?4)
            """, account.rawValue, name, address.description, now.milliseconds)
        return statements.lastRow
    }

    private func note(_ row: Int64, at now: Instant, _ statements: Statements) throws {
        try statements.run(
            "UPDATE contact_lists SET changed_at = ? WHERE id = ?", now.milliseconds, row)
    }
}
