import PosternModel
import PosternPipeline

/// What is left of a message's delivery work.
///
/// Its rows are numbered after the audit entry of the send, and so found without an index by message, however much work of
/// others waits. Rows written before numbers said that, in the ledger's first shape, are not found; they have been given up
/// long since.
enum DeliveryWork {
    /// A row of it.
    struct Row {
        let id: OutboxRow.ID
        let courier: OutboxRow.Courier
        /// A delivery core elsewhere may have it.
        let mayBeElsewhere: Bool
        /// One of our own couriers carried it, and it is not known whether it left.
        let mayHaveLeft: Bool

        init(_ row: Columns) throws {
            id = row.integer(0)
            courier = try row.word(1)
            (mayBeElsewhere, mayHaveLeft) = (row.count(2) > 0, row.count(2) < 0)
        }
    }

    /// The rows of work that is not done, to everybody or to one.
    static func rows(
        of message: Int64, to address: EmailAddress? = nil, _ statements: Statements
    ) throws -> [Row] {
        try statements.all(
            """
            SELECT o.id, o.courier, o.entrusting
            FROM answers w JOIN audit_entries e ON e.decision = w.decision
            CROSS JOIN outbox o ON o.id >= (e."index" << 24) AND o.id < ((e."index" + 1) << 24)
            WHERE w.message = ?1 AND o.message = ?1 AND (?2 IS NULL OR o.recipient = ?2)
            """, message, address?.description, read: Row.init)
    }

    /// To how many recipients a message is on its way; telling them by email that it waits does not count.
    static func pending(of message: Int64, _ statements: Statements) throws -> Int {
        try statements.first(
            """
            SELECT count(*) FROM answers w JOIN audit_entries e ON e.decision = w.decision
            CROSS JOIN outbox o ON o.id >= (e."index" << 24) AND o.id < ((e."index" + 1) << 24)
            WHERE w.message = ?1 AND o.message = ?1 AND o.courier <> 'smtp'
            """, message, read: { $0.count(0) }) ?? 0
    }

    /// To how many recipients delivering was given up.
    static func failed(of message: Int64, _ statements: Statements) throws -> Int {
        try statements.first(
            """
            SELECT count(*) FROM answers w JOIN audit_entries e ON e.decision = w.decision
            CROSS JOIN dead_letters d ON d.id >= (e."index" << 24) AND d.id < ((e."index" + 1) << 24)
            WHERE w.message = ?1 AND d.message = ?1 AND d.courier <> 'smtp'
            """, message, read: { $0.count(0) }) ?? 0
    }
}
