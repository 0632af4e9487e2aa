import PosternModel

/// A draft that recipients are added to, as it was when it was looked at.
struct GrowingDraft: Sendable {
    /// Its row.
    let message: Int64
    private let revision: Int64
    private let externalID: String
    private let owner: AccountID
    /// Whom it has, by kind: to, copies, blind copies.
    private var present: [Set<EmailAddress>] = [[], [], []]
    /// The place of the next one, by kind.
    private(set) var next = [0, 0, 0]
    /// How many it has.
    private(set) var count = 0

    /// Finds the newest draft of a name that may be changed; nil when there is none.
    init?(named externalID: String, of owner: AccountID, _ statements: Statements) throws {
        guard let found = try Self.find(externalID, owner, statements) else { return nil }
        (message, revision) = found
        self.externalID = externalID
        self.owner = owner
        try statements.each(
            "SELECT kind, position, address FROM recipients WHERE message = ?", message
        ) { row in
            let kind = row.count(0)
            guard present.indices.contains(kind) else { throw unreadable("kind") }
            present[kind].insert(try row.address(2))
            next[kind] = max(next[kind], row.count(1) + 1)
            count += 1
            return true
        }
    }

    /// Those of each kind that it does not have, each once.
    func missing(from added: [[EmailAddress]]) -> [[EmailAddress]] {
        zip(added, present).map { added, present in
            var known = present
            return added.filter { known.insert($0).inserted }
        }
    }

    /// Whether it is still the newest of its name, and as it was.
    func isUnchanged(_ statements: Statements) throws -> Bool {
        guard let found = try Self.find(externalID, owner, statements) else { return false }
        return found == (message, revision)
    }

    private static func find(
        _ externalID: String, _ owner: AccountID, _ statements: Statements
    ) throws -> (Int64, Int64)? {
        try statements.first(
            """
            SELECT m.id, m.revision FROM messages m
            WHERE m.owner = ? AND m.external_id = ? AND m.state = 0
              AND NOT EXISTS(SELECT 1 FROM schedules s WHERE s.message = m.id)
              AND NOT EXISTS(SELECT 1 FROM stops p WHERE p.message = m.id)
            ORDER BY m.id DESC LIMIT 1
            """, owner.rawValue, externalID, read: { ($0.integer(0), $0.integer(1)) })
    }
}
