public import PosternModel
public import PosternPipeline
import Synchronization

extension SQLiteStore {
    /// Names stopped in one transaction: they keep the writer for some hundredths of a second.
    private static let stopPortion = 500

    /// Stops messages, and all that would take the place of one, a portion in one transaction.
    ///
    /// INVARIANT: the writer's order is the order of stops and deliveries, within each portion. A mailbox delivery is a
    /// transaction that looks whether its row is still there. Rows that are carried outside are withheld (``Leases``) before
    /// the stop looks whether they are in somebody's hands, and until nobody sees the ledger as it was before: each is taken
    /// before the stop sees it, or never. Rows that a delivery core elsewhere may have are withdrawn there afterwards, and
    /// until it has said what became of them they are in its hands.
    public func stop(
        _ names: [MessageName], of account: AccountID, at now: Instant,
        recording entry: @escaping @Sendable ([MessageGUID]) throws(Fault) -> SealedEntry
    ) async throws(Fault) -> [StopEnding] {
        var endings: [StopEnding] = []
        endings.reserveCapacity(names.count)
        for start in stride(from: 0, to: names.count, by: Self.stopPortion) {
            let portion = names[start..<min(start + Self.stopPortion, names.count)]
            endings += try await stop(portion: portion, of: account, at: now, recording: entry)
        }
        return endings
    }

    private func stop(
        portion names: ArraySlice<MessageName>, of account: AccountID, at now: Instant,
        recording entry: @escaping @Sendable ([MessageGUID]) throws(Fault) -> SealedEntry
    ) async throws(Fault) -> [StopEnding] {
        // Kept across runs: the writer may begin a unit of work again.
        let withheld = Withheld(leases: leases)
        defer { withheld.settle() }
        return try await writer.submit { work in
            var stopping = Stopping(
                statements: work.statements, account: account.rawValue, now: now,
                withheld: withheld)
            let endings = try names.map { try stopping.stop($0) }
            guard !stopping.stopped.isEmpty else { return .undo(endings) }
            try work.append(try entry(stopping.stopped))
            return .keep(endings)
        }
    }
}

/// The rows a stop, or a withdrawal, withholds.
final class Withheld: Sendable {
    private let rows = Mutex<Set<Int64>>([])
    private let leases: Leases

    init(leases: Leases) { self.leases = leases }

    /// Withholds a row; true when it is in nobody's hands.
    func add(_ row: Int64, of courier: OutboxRow.Courier) -> Bool {
        if rows.withLock({ $0.insert(row).inserted }) { leases.withhold(row, of: courier) }
        return !leases.isHeld(row)
    }

    /// The stop has ended.
    func settle() { leases.settle(withheld: rows.withLock { $0 }) }
}

/// One portion on its way.
struct Stopping {
    let statements: Statements
    let account: Int64
    let now: Instant
    let withheld: Withheld
    /// Their cascades go past the messages; nobody asked for them to be stopped.
    var isPassing = false
    /// The messages something was noted of.
    var stopped: [MessageGUID] = []

    private struct Found {
        let id: Int64
        let guid: MessageGUID
        let standing: OutgoingStanding
        /// Its cascade went past it.
        let isPassed: Bool
    }

    /// How one message of a cascade ended.
    private enum Part {
        case ended(StopEnding)
        /// Its cascade had gone past it: whatever it did or did not do says nothing of a stop.
        case passed
    }

    /// Stops a message and all that would take its place; one that its sender threw away only where that is said.
    mutating func stop(_ name: MessageName, evenDeleted: Bool = false) throws -> StopEnding {
        guard let id = try statements.row(of: name),
            let found = try find(id, evenDeleted: evenDeleted)
        else { return .missing }
        let own = try stop(found, isNamed: true)
        if case .ended(.missing) = own { return .missing }
        var parts = [own]
        for successor in try CascadeRows.successors(of: found.id, statements) {
            if let found = try find(successor, evenDeleted: true) {
                parts.append(try stop(found, isNamed: false))
            }
        }
        return Self.ending(of: parts)
    }

    /// What a message and all that would take its place came to: in hand if one is, else stopped if one is, else all out.
    private static func ending(of parts: [Part]) -> StopEnding {
        let endings = parts.compactMap { if case .ended(let ending) = $0 { ending } else { nil } }
        return [StopEnding.stopping, .stopped, .tooLate].first(where: endings.contains) ?? .stopped
    }

    /// Stops what is left of the message whose place a step takes.
    mutating func pass(_ message: Int64) throws {
        guard let found = try find(message, evenDeleted: true), found.standing.state == .sent else {
            return
        }
        _ = try halt(found)
    }

    private mutating func stop(_ found: Found, isNamed: Bool) throws -> Part {
        switch found.standing.state {
        case .destroyed: return .ended(.missing)
        case .draft:
            if let stop = found.standing.stop {
                if found.isPassed { return .passed }
                return .ended(stop.refusal == nil ? .stopped : .tooLate)
            }
            guard found.standing.dueAt != nil else { return .ended(.missing) }
            try unschedule(found, isTold: isNamed)
            return .ended(.stopped)
        case .sent: return try halt(found)
        }
    }

    private func find(_ id: Int64, evenDeleted: Bool = false) throws -> Found? {
        try statements.first(
            """
            SELECT m.id, m.guid, m.state, s.due_at, p.message, p.recipients, p.removed, p.refused_with,
              a.decision, coalesce(p.passed, 0)
            FROM messages m LEFT JOIN schedules s ON s.message = m.id
            LEFT JOIN stops p ON p.message = m.id LEFT JOIN answers a ON a.message = m.id
            WHERE m.id = ? AND m.owner = ? AND (NOT m.owner_deleted OR ?)
            """, id, account, evenDeleted,
            read: {
                Found(
                    id: $0.integer(0), guid: try $0.guid(1),
                    standing: try OutgoingStanding($0, from: 2), isPassed: $0.truth(9))
            })
    }

    /// Stops a message before its time; its revision rises, so that a send that judged it before does not settle it.
    ///
    /// Of a step of a cascade whose turn had not come nobody is told, unless it was named.
    private mutating func unschedule(_ found: Found, isTold: Bool) throws {
        try statements.run("DELETE FROM schedules WHERE message = ?", found.id)
        try statements.run("UPDATE messages SET revision = revision + 1 WHERE id = ?", found.id)
        let recipients = try statements.first(
            """
            SELECT (SELECT count(DISTINCT address) FROM recipients WHERE message = ?1)
              + (SELECT count(DISTINCT address) FROM outside_recipients WHERE message = ?1)
            """, found.id, read: { $0.count(0) })
        try note(found, recipients: recipients ?? 0, removed: 1)
        if isTold { try CallbackWish.owe(.unsent, of: found.id, at: now, statements) }
    }

    /// Stops a message on its way.
    private mutating func halt(_ found: Found) throws -> Part {
        let rows = try DeliveryWork.rows(of: found.id, statements)
        let wasStopped = found.standing.stop.map { $0.removed > 0 } ?? false
        guard !rows.isEmpty else {
            return found.isPassed ? .passed : .ended(wasStopped ? .stopped : .tooLate)
        }
        var (recipients, removed, isInHand, mayHaveLeft) = (0, 0, false, false)
        for row in rows {
            // Whoever puts a message into a mailbox comes through the writer, and finds the row gone.
            guard row.courier == .mailbox || withheld.add(row.id, of: row.courier) else {
                isInHand = true
                continue
            }
            guard !row.mayBeElsewhere else {
                try Withdrawal.owe(row.id, statements)
                isInHand = true
                continue
            }
            // What would take its place is stopped as well, or is what takes it.
            guard try Withdrawal.takeFree(row, at: now, statements) else {
                mayHaveLeft = true
                continue
            }
            removed += 1
            if row.courier != .smtp { recipients += 1 }
        }
        if removed > 0 || found.standing.stop == nil {
            try note(found, recipients: recipients, removed: removed)
        }
        if isInHand { return .ended(.stopping) }
        // Nothing is known to have been kept from leaving.
        return .ended(mayHaveLeft && removed == 0 && !wasStopped ? .tooLate : .stopped)
    }

    private mutating func note(_ found: Found, recipients: Int, removed: Int) throws {
        try statements.run(
            """
            INSERT INTO stops(message, at, recipients, removed, passed) VALUES(?1, ?2, ?3, ?4, ?5)
            ON CONFLICT(message) DO UPDATE SET recipients = recipients + ?3, removed = removed + ?4
            """, found.id, now.milliseconds, recipients, removed, isPassing)
        stopped.append(found.guid)
    }
}
