import PosternModel

/// A target as the ledger keeps it: a kind, and the number or the text that names it.
struct StoredTarget {
    /// The kinds; the numbers keep their meaning for ever.
    enum Kind: Int {
        case contact = 0
        case list = 1
        case listNamed = 2
        case handle = 3
        case address = 4
    }

    let kind: Kind
    var number: Int64?
    var text: String?

    init(_ target: Target) {
        switch target {
        case .contact(let id): (kind, number) = (.contact, id.rawValue)
        case .list(let id): (kind, number) = (.list, id.rawValue)
        case .listNamed(let name): (kind, text) = (.listNamed, name)
        case .handle(let handle): (kind, text) = (.handle, handle.description)
        case .address(let address): (kind, text) = (.address, address.description)
        }
    }

    /// Reads the columns `kind`, `number` and `text`.
    static func read(_ row: Columns, from start: Int32) throws -> Target {
        let (number, text) = (row.integer(start + 1), row.text(start + 2))
        switch Kind(rawValue: row.count(start)) {
        case .contact: return .contact(ContactID(rawValue: number))
        case .list: return .list(ContactListID(rawValue: number))
        case .listNamed: return .listNamed(text)
        case .handle: if let handle = Handle(text) { return .handle(handle) }
        case .address: if let address = Address(text) { return .address(address) }
        case nil: break
        }
        throw unreadable("target")
    }

    /// Puts targets in the place of a message's own.
    static func replace(
        _ targets: [Target], of message: Int64, _ statements: Statements
    ) throws {
        try statements.run("DELETE FROM message_targets WHERE message = ?", message)
        for (position, target) in targets.enumerated() {
            let stored = StoredTarget(target)
            try statements.run(
                "INSERT INTO message_targets(message, position, kind, number, text) VALUES(?, ?, ?, ?, ?)",
                message, position, stored.kind.rawValue, stored.number, stored.text)
        }
    }

    /// A message's targets in order.
    static func all(of message: Int64, _ statements: Statements) throws -> [Target] {
        try statements.all(
            "SELECT kind, number, text FROM message_targets WHERE message = ? ORDER BY position",
            message, read: { try read($0, from: 0) })
    }
}
