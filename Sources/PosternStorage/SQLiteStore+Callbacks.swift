public import PosternModel
public import PosternPipeline
import PosternSealing

extension SQLiteStore: CallbackQueue {
    /// Calls that are due, the longest overdue first.
    public func dueCallbacks(
        at instant: Instant, limit: Int
    ) async throws(Fault) -> [OwedCallback] {
        try readers.read { [vault] statements in
            try statements.all(
                """
                SELECT c.id, m.guid, c.ending, c.refused_with, c.at, c.attempts, w.dialect, w.url,
                  w.tells_left, w.tells_ended, k.cover, a.dialect, a.annex, r.guid, s.step
                FROM callbacks c JOIN callback_wishes w ON w.message = c.message
                JOIN messages m ON m.id = c.message JOIN message_keys k ON k.message = c.message
                LEFT JOIN message_annexes a ON a.message = c.message
                LEFT JOIN cascade_steps s ON s.message = c.message
                LEFT JOIN messages r ON r.id = s.root
                WHERE c.due_at <= ? ORDER BY c.due_at, c.id LIMIT ?
                """, instant.milliseconds, limit, read: { try Self.owed($0, vault) })
        }
    }

    /// When the next call falls due.
    public func nextCallback() async throws(Fault) -> Instant? {
        try readers.read { statements in
            try statements.first(
                "SELECT due_at FROM callbacks ORDER BY due_at, id LIMIT 1",
                read: { $0.instant(0) })
        }
    }

    /// Strikes a call off, made or given up; a second time changes nothing.
    public func settleCallback(_ call: OwedCallback.ID) async throws(Fault) {
        try await writer.submit { work in
            try work.statements.run("DELETE FROM callbacks WHERE id = ?", call)
            return .keep(())
        }
    }

    /// Puts a call off and counts one attempt.
    public func delayCallback(
        _ call: OwedCallback.ID, until instant: Instant
    ) async throws(Fault) {
        try await writer.submit { work in
            try work.statements.run(
                "UPDATE callbacks SET due_at = ?, attempts = attempts + 1 WHERE id = ?",
                instant.milliseconds, call)
            return .keep(())
        }
    }

    private static func owed(_ row: Columns, _ vault: KeyVault) throws -> OwedCallback {
        guard let ending = DispatchEvent.Ending(rawValue: row.text(2)) else {
            throw unreadable("callback")
        }
        let guid = try row.guid(1)
        let wanted = [row.truth(8) ? DispatchEvent.Kind.left : nil, row.truth(9) ? .ended : nil]
        var owed = OwedCallback(
            id: row.integer(0), dialect: row.text(6), url: nil,
            event: DispatchEvent(
                message: guid,
                cascade: row.isNull(13)
                    ? nil : CascadePlace(root: try row.guid(13), step: row.count(14)),
                annex: nil, ending: ending,
                refusal: row.isNull(3) ? nil : RefusalCode(rawValue: row.count(3)),
                at: row.instant(4), kinds: ending.kinds.filter(wanted.contains)),
            attempts: row.count(5))
        do throws(Fault) {
            let cover = try vault.unwrap(WrappedKey(bytes: row.bytes(10)), of: guid)
            owed.url = CallbackURL(try cover.openText(row.bytes(7), .callback, of: guid))
            if !row.isNull(12) {
                owed.event.annex = try StoredAnnex.open(
                    row.bytes(12), of: row.text(11), named: guid, under: cover)
            }
        } catch {
            guard error.code == .contentUnreadable else { throw error }
            // One damaged message must not stand in the way of all others.
            owed.url = nil
        }
        return owed
    }
}
