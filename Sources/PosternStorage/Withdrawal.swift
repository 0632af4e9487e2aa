import PosternModel
import PosternPipeline

/// How much of a row somebody outside may have; the raw values are the column's.
enum Handover: Int {
    /// One of our own couriers carried it, and it may have left.
    case perhapsLeft = -2
    /// One of our own couriers carries it, for the first time: where that is known to have failed, it has not left.
    case leaving = -1
    /// Nobody ever handed it over.
    case never = 0
    /// It is being handed to a delivery core elsewhere, for the first time: where that is known to have failed, the core does not have it.
    case begun = 1
    /// It was handed over once, and the core may have it.
    case perhaps = 2
    /// The core has it.
    case surely = 3

    /// What it is known to be where the attempt that came back is known to have failed.
    var afterFailure: Handover { self == .begun || self == .leaving ? .never : self }
}

/// Rows that nobody waits for any more, and that a courier has in hand or a delivery core elsewhere may have.
///
/// They stay until whoever has them has said what became of them, so that whoever is told of it hears what happened.
enum Withdrawal {
    /// Why a row is a dead letter that was called off when it may have left already.
    static let tooLateToSay =
        "It was called off after it had been carried once, and no answer had come: it may have arrived."

    /// Owes the withdrawal of one row; a second time changes nothing.
    ///
    /// Of a row that no core has, only its courier is to hear, when it brings it back.
    static func owe(_ row: OutboxRow.ID, _ statements: Statements) throws {
        try statements.run(
            "UPDATE outbox SET withdrawal = coalesce(withdrawal, 0) WHERE id = ?", row)
    }

    /// Takes a row away that nobody waits for any more, and tells of it; one that a courier or a core has is owed to be withdrawn.
    static func take(
        _ row: DeliveryWork.Row, at instant: Instant, _ withheld: Withheld,
        _ statements: Statements
    ) throws {
        // Whoever puts a message into a mailbox comes through the writer, and finds the row gone.
        let isFree = row.courier == .mailbox || withheld.add(row.id, of: row.courier)
        guard isFree, !row.mayBeElsewhere else { return try owe(row.id, statements) }
        _ = try takeFree(row, at: instant, statements)
    }

    /// Takes a row away that is in nobody's hands, and tells of it: one that may have left becomes a dead letter.
    ///
    /// - Returns: Whether it is known not to have left.
    static func takeFree(
        _ row: DeliveryWork.Row, at instant: Instant, _ statements: Statements
    ) throws -> Bool {
        guard row.mayHaveLeft else {
            _ = try SQLiteStore.remove(row.id, telling: .unsent, at: instant, statements)
            return true
        }
        _ = try SQLiteStore.bury(statements, row.id, reason: tooLateToSay, at: instant)
        return false
    }

    /// Owes the withdrawal of what the core may have of a message which is recalled or erased.
    static func oweAll(_ rows: [DeliveryWork.Row], _ statements: Statements) throws {
        for row in rows where row.mayBeElsewhere {
            try statements.run(
                "UPDATE outbox SET withdrawal = coalesce(withdrawal, 0), given_up = 0 WHERE id = ?",
                row.id)
        }
    }

    /// What is known of a row that came back.
    private struct Found {
        let courier: OutboxRow.Courier
        let entrusting: Handover
        let isOwed: Bool
        let isGivenUp: Bool
        let isStopped: Bool
        let reason: String
        let recalledAt: Instant?

        /// Somebody keeps it from leaving.
        var isUnwanted: Bool { isStopped || isOwed && !isGivenUp }
    }

    private static func find(
        _ row: OutboxRow.ID, of message: MessageGUID? = nil, _ statements: Statements
    ) throws -> Found? {
        try statements.first(
            """
            SELECT o.courier, o.entrusting, o.withdrawal IS NOT NULL, o.given_up,
              EXISTS(SELECT 1 FROM stops p WHERE p.message = o.message), o.reason, m.recalled_at
            FROM outbox o JOIN messages m ON m.id = o.message
            WHERE o.id = ?1 AND (?2 IS NULL OR m.guid = ?2)
            """, row, message?.bytes
        ) { columns in
            guard let entrusting = Handover(rawValue: columns.count(1)) else {
                throw unreadable("entrusting")
            }
            return Found(
                courier: try columns.word(0), entrusting: entrusting, isOwed: columns.truth(2),
                isGivenUp: columns.truth(3), isStopped: columns.truth(4), reason: columns.text(5),
                recalledAt: columns.isNull(6) ? nil : columns.instant(6))
        }
    }

    /// Takes a row away that came back undone, if nobody waits for it any more; leaves it to be withdrawn where the core may
    /// have it.
    ///
    /// - Parameters:
    ///   - row: Its number.
    ///   - isKept: Whether the attempt that came back is known to have left the row with us.
    ///   - instant: Now.
    ///   - statements: The transaction.
    /// - Returns: Whether nobody waits for it.
    /// - Throws: What the ledger failed with.
    static func takeBack(
        _ row: OutboxRow.ID, isKept: Bool, at instant: Instant, _ statements: Statements
    ) throws -> Bool {
        guard let found = try find(row, statements), found.isStopped || found.isOwed else {
            return false
        }
        switch isKept ? found.entrusting.afterFailure : found.entrusting {
        case .never: _ = try end(row, found, at: instant, statements)
        case .leaving, .perhapsLeft:
            _ = try SQLiteStore.bury(statements, row, reason: tooLateToSay, at: instant)
        case .begun, .perhaps, .surely: try owe(row, statements)
        }
        return true
    }

    /// Whether the core may have a row whose last attempt is known to have left it with us.
    static func mayBeElsewhere(_ row: OutboxRow.ID, _ statements: Statements) throws -> Bool {
        try statements.first(
            "SELECT entrusting > 1 FROM outbox WHERE id = ?", row, read: { $0.truth(0) }) ?? false
    }

    /// Gives a row up that the core may have: it becomes a dead letter when the core has said that it carries it no more.
    static func giveUp(
        _ row: OutboxRow.ID, reason: String, _ statements: Statements
    ) throws {
        try statements.run(
            "UPDATE outbox SET withdrawal = 0, given_up = 1, reason = ? WHERE id = ?", reason, row)
    }

    /// Ends a row that cannot leave any more.
    private static func end(
        _ row: OutboxRow.ID, _ found: Found, at instant: Instant, _ statements: Statements
    ) throws -> HeardRow.Fate {
        if try SQLiteStore.abandon(row, statements) { return .withdrawn }
        guard !found.isUnwanted else {
            _ = try SQLiteStore.remove(
                row, telling: .unsent, at: found.recalledAt ?? instant, statements)
            return .withdrawn
        }
        let reason =
            found.isGivenUp ? found.reason : "Somebody else had the delivery core withdraw it."
        _ = try SQLiteStore.bury(statements, row, reason: reason, at: instant)
        return .dead(reason)
    }

    /// Does what a core's word makes of a row; nil for a row that is not there.
    static func heed(
        _ word: CoreWord, askingAgainAt question: Instant, at now: Instant,
        _ statements: Statements
    ) throws -> HeardRow? {
        let row = word.row.row
        guard let found = try find(row, of: word.row.message, statements) else { return nil }
        func heard(_ fate: HeardRow.Fate) -> HeardRow {
            HeardRow(row: row, courier: found.courier, fate: fate)
        }
        switch word.standing {
        case .waiting(let isWithdrawing):
            try statements.run(
                """
                UPDATE outbox SET entrusting = 3, due_at = max(?2, accepted_at + 1),
                  withdrawal = CASE WHEN withdrawal IS NULL THEN iif(?3, 0, NULL)
                    ELSE max(withdrawal, ?4) END
                WHERE id = ?1
                """, row, question.milliseconds, found.isStopped, isWithdrawing)
            return heard(.entrusted)
        case .delivered(let instant):
            _ = try SQLiteStore.remove(row, telling: .delivered, at: min(instant, now), statements)
            return heard(.delivered)
        case .undelivered(let reason, let instant):
            // Stopped or not: what is given up there may have left on a call that nobody answered.
            _ = try SQLiteStore.bury(statements, row, reason: reason, at: min(instant, now))
            return heard(.dead(reason))
        case .withdrawn(let instant):
            return heard(try end(row, found, at: min(instant, now), statements))
        case .unknown:
            try makeDue(row, at: now, statements)
            return heard(.due)
        }
    }

    /// Makes a row due that the core has no more, or owes its withdrawal anew.
    static func makeDue(
        _ row: OutboxRow.ID, at instant: Instant, _ statements: Statements
    ) throws {
        // Later than accepted, and so among the rows put off, which are looked for wherever their numbers lie.
        try statements.run(
            """
            UPDATE outbox SET entrusting = 2, due_at = max(?2, accepted_at + 1),
              withdrawal = CASE WHEN withdrawal IS NOT NULL THEN 0 END
            WHERE id = ?1
            """, row, instant.milliseconds)
    }
}
