public import PosternModel
public import PosternPipeline
import PosternSealing

extension SQLiteStore {
    /// Erases messages whose time has come, oldest first; at most `limit`.
    ///
    /// What was still to be carried outside is given up first, as its courier would. A message whose sender is to be told of
    /// that, or of another ending, is erased when that was done or given up; one that a courier has in hand, when it has said
    /// what became of it. Neither is shown to anybody meanwhile.
    ///
    /// - Returns: How many were seen to: erased, or given up outside.
    public func eraseExpired(
        at now: Instant, limit: Int,
        recording entry: @escaping @Sendable (Int) throws(Fault) -> SealedEntry
    ) async throws(Fault) -> Int {
        // Kept across runs: the writer may begin a unit of work again.
        let withheld = Withheld(leases: leases)
        defer { withheld.settle() }
        let expiring = try await writer.submit { work in
            let messages = try work.statements.all(
                """
                SELECT id FROM messages m WHERE erase_at IS NOT NULL AND erase_at <= ?
                  AND NOT EXISTS(SELECT 1 FROM callbacks c WHERE c.message = m.id)
                ORDER BY erase_at LIMIT ?
                """, now.milliseconds, limit, read: { $0.integer(0) })
            var expiring = Expiring(statements: work.statements, now: now, withheld: withheld)
            for message in messages { try expiring.end(message) }
            if expiring.erased > 0 { try work.append(try entry(expiring.erased)) }
            return .keep(expiring.outcome)
        }
        if !expiring.erasure.isEmpty { await finish(expiring.erasure) }
        if expiring.isNextDue { announceDue(at: now) }
        return expiring.seenTo
    }

    /// One portion of messages whose time has come.
    private struct Expiring {
        let statements: Statements
        let now: Instant
        let withheld: Withheld
        var erased = 0
        var outcome = Outcome()

        struct Outcome: Sendable {
            var seenTo = 0
            var erasure = Erasure()
            /// Another message is due now because of it.
            var isNextDue = false
        }

        /// Erases a message, or makes it ready to be.
        mutating func end(_ message: Int64) throws {
            var isReady = true
            for row in try DeliveryWork.rows(of: message, statements)
            where row.courier.isOutward && !row.mayBeElsewhere {
                guard withheld.add(row.id, of: row.courier) else {
                    isReady = false
                    continue
                }
                if try SQLiteStore.bury(
                    statements, row.id, reason: OutboxSearch.expired, at: now)
                {
                    outcome.isNextDue = true
                }
            }
            guard isReady else { return }
            outcome.seenTo += 1
            let isOwed = try statements.first(
                "SELECT 1 FROM callbacks WHERE message = ? LIMIT 1", message, read: { _ in true })
            guard isOwed == nil else { return }
            outcome.erasure.join(try Erasure(of: message, statements))
            erased += 1
        }
    }

    /// When the next message's time comes; nil when none's does.
    public func nextErasure() throws(Fault) -> Instant? {
        try readers.read { statements in
            try statements.first(
                """
                SELECT erase_at FROM messages WHERE erase_at IS NOT NULL ORDER BY erase_at LIMIT 1
                """, read: { $0.instant(0) })
        }
    }

    /// Removes attached files that the ledger does not know: what a crash left between two steps.
    ///
    /// Reads whole folders, so not for a hot path; files that arrive meanwhile are known before they are written.
    ///
    /// - Returns: How many were removed.
    public func removeOrphans() throws(Fault) -> Int {
        let orphans = try readers.read { statements in
            try files.all().filter { guid in
                try statements.first(
                    "SELECT 1 FROM files WHERE guid = ?", guid.bytes, read: { _ in true }) == nil
            }
        }
        files.remove(orphans)
        return orphans.count
    }

    /// Empties the write-ahead log, where keys that were destroyed may linger: what a process left undone that was killed between
    /// an erasure and its end.
    public func emptyLog() async { await writer.emptyLog() }

    /// Puts message keys under the master key that is current, a portion at a time.
    ///
    /// - Parameters:
    ///   - start: The row to begin after; 0 for the beginning.
    ///   - limit: How many messages to look at.
    /// - Returns: The last row looked at, how many were changed, and how many stay as they are because no key there is opens
    ///   them; nil when there are no more.
    /// - Throws: ``FaultCode/storageUnwritable``; the portion is then as it was.
    public func rewrapKeys(
        after start: Int64, limit: Int
    ) async throws(Fault) -> (last: Int64, changed: Int, unreadable: Int)? {
        try await writer.submit { [vault] work in
            let rows = try work.statements.all(
                """
                SELECT k.message, m.guid, k.cover, k.content FROM message_keys k
                JOIN messages m ON m.id = k.message WHERE k.message > ? AND m.state <> 2 ORDER BY k.message LIMIT ?
                """, start, limit,
                read: {
                    (
                        id: $0.integer(0), guid: try $0.guid(1),
                        keys: try MessageKeys($0, from: 2)
                    )
                })
            guard let last = rows.last else { return .keep(nil) }
            var (changed, unreadable) = (0, 0)
            let current = vault.current.id
            for row in rows
            where row.keys.cover.masterID != current || row.keys.content.masterID != current {
                guard let cover = try? vault.rewrap(row.keys.cover, of: row.guid),
                    let content = try? vault.rewrap(row.keys.content, of: row.guid)
                else {
                    unreadable += 1
                    continue
                }
                try work.statements.run(
                    "UPDATE message_keys SET cover = ?, content = ? WHERE message = ?",
                    cover.bytes, content.padded, row.id)
                changed += 1
            }
            return .keep((last.id, changed, unreadable))
        }
    }
}
