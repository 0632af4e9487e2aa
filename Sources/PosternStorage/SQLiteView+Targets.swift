import PosternModel
import PosternPipeline

extension SQLiteView {
    /// What targets stand for now: contacts and lists of their owner, in the order given.
    ///
    /// Addresses the message has already are not reached twice.
    func resolve(
        _ targets: [Target], of owner: AccountID, besides present: [EmailAddress]
    ) throws -> ResolvedTargets {
        var resolving = Resolving(statements: statements, owner: owner, present: present)
        for target in targets { try resolving.add(target) }
        resolving.resolved.tooMany = resolving.isFull
        return resolving.resolved
    }
}

/// Targets on their way to addresses.
private struct Resolving {
    let statements: Statements
    let owner: AccountID
    var resolved = ResolvedTargets()
    private var seen: Set<Address>

    init(statements: Statements, owner: AccountID, present: [EmailAddress]) {
        self.statements = statements
        self.owner = owner
        seen = Set(present.map { .email($0) })
    }

    var isFull: Bool { seen.count > ResolvedTargets.mostRecipients }

    mutating func add(_ target: Target) throws {
        switch target {
        case .address(let address): try reach(address)
        case .contact(let id):
            let address = try statements.first(
                "SELECT address FROM address_book WHERE id = ? AND owner = ?", id.rawValue,
                owner.rawValue, read: { try $0.place(0) })
            if let address { try reach(address) } else { resolved.missing.append(target) }
        case .handle(let handle):
            let address = try statements.first(
                "SELECT address FROM accounts WHERE handle = ?", handle.description,
                read: { try $0.address(0) })
            guard let address else {
                if !resolved.unknownHandles.contains(handle) {
                    resolved.unknownHandles.append(handle)
                }
                return
            }
            reach(.email(address), handle)
        case .list(let id):
            let list = try statements.first(
                "SELECT id FROM contact_lists WHERE id = ? AND owner = ?", id.rawValue,
                owner.rawValue, read: { $0.integer(0) })
            try addMembers(of: list, target)
        case .listNamed(let name):
            let list = try statements.first(
                "SELECT id FROM contact_lists WHERE owner = ? AND name = ?", owner.rawValue, name,
                read: { $0.integer(0) })
            try addMembers(of: list, target)
        }
    }

    private mutating func addMembers(of list: Int64?, _ target: Target) throws {
        guard let list else {
            resolved.missing.append(target)
            return
        }
        let members = try statements.all(
            """
            SELECT b.address FROM contact_list_members m JOIN address_book b ON b.id = m.contact
            WHERE m.list = ? ORDER BY m.contact LIMIT ?
            """, list, ResolvedTargets.mostRecipients + 1, read: { try $0.place(0) })
        if members.isEmpty { resolved.empty.append(target) }
        for member in members { try reach(member) }
    }

    private mutating func reach(_ address: Address) throws {
        guard !seen.contains(address) else { return }
        var handle: Handle?
        if let email = address.email {
            handle =
                try statements.first(
                    "SELECT handle FROM accounts WHERE address = ?", email.description,
                    read: { try $0.handle(0) }) ?? nil
        }
        reach(address, handle)
    }

    private mutating func reach(_ address: Address, _ handle: Handle?) {
        // Enough to know that there are too many.
        guard !isFull, seen.insert(address).inserted else { return }
        resolved.recipients.append(SendReceipt.Recipient(address: address, handle: handle))
    }
}
