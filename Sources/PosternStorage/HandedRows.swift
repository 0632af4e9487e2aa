import PosternModel
import PosternPipeline

/// Notes of rows that they are about to leave, may have left, or were not begun: by one rule in the ledger and in a spool, each
/// in its own columns.
struct HandedRows: Sendable {
    let writer: GroupCommitter
    let leases: Leases

    /// Notes that rows are about to be carried.
    ///
    /// The leases of those that may not end, and all where nothing can be written down: what was noted before stands then, for
    /// no attempt of ours has told anything new.
    ///
    /// - Parameters:
    ///   - rows: The rows.
    ///   - note: Notes it of one, and says whether it may be carried.
    /// - Returns: Those that may.
    /// - Throws: What the writer failed with.
    func hand(
        _ rows: [OutboxRow.ID],
        by note: @escaping @Sendable (OutboxRow.ID, Statements) throws -> Bool
    ) async throws(Fault) -> Set<OutboxRow.ID> {
        var going: Set<OutboxRow.ID> = []
        defer { leases.release(rows.filter { !going.contains($0) }) }
        going = try await writer.submit { work in
            .keep(Set(try rows.filter { try note($0, work.statements) }))
        }
        return going
    }

    /// Notes that a row may have left; its lease ends where that cannot be written down.
    func noteUnanswered(_ row: OutboxRow.ID, by sql: StaticString) async throws(Fault) {
        do throws(Fault) {
            try await writer.submit { work in
                try work.statements.run(sql, row)
                return .keep(())
            }
        } catch {
            leases.release([row])
            throw error
        }
    }

    /// Takes back what was noted of rows that were not begun, and ends their leases.
    ///
    /// Where that cannot be written down, they may have left for all that is known.
    func handBack(_ rows: [OutboxRow.ID], by sql: StaticString) async {
        defer { leases.release(rows) }
        try? await writer.submit { work in
            var changed = 0
            for row in rows { changed += try work.statements.run(sql, row) }
            return changed > 0 ? .keep(()) : .undo(())
        }
    }
}
