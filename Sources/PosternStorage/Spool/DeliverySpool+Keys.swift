import PosternCoreContract
public import PosternModel
import PosternSealing

extension DeliverySpool {
    /// Puts everything under the current master key, so that older ones can be retired.
    ///
    /// A portion at a time: what is entrusted meanwhile waits for one of them at most, and is sealed under the current key
    /// already. What one portion did stays when a later one fails; until all is done older keys are needed, and the next
    /// call goes on.
    ///
    /// - Parameter limit: How many deliveries to look at in one transaction.
    /// - Returns: How many deliveries could not be opened; they are given up when their turn comes.
    /// - Throws: ``FaultCode/storageUnwritable``; the portion is then as it was.
    @discardableResult
    public func renewKeys(atOnce limit: Int = 1000) async throws(Fault) -> Int {
        try await renewFingerprintKey()
        var (start, unreadable) = (Int64(0), 0)
        while let portion = try await renewKeys(after: start, limit: limit) {
            start = portion.last
            unreadable += portion.unreadable
        }
        return unreadable
    }

    private func renewFingerprintKey() async throws(Fault) {
        try await writer.submit { [vault, id] work in
            let key = try work.statements.first(
                "SELECT fingerprint_key FROM spool", read: { try WrappedKey(bytes: $0.bytes(0)) })
            guard let key, key.masterID != vault.current.id else { return .keep(()) }
            let renewed = try key.rewrapped(for: id.bytes, by: vault.keys(with: key.masterID))
            try work.statements.run("UPDATE spool SET fingerprint_key = ?", renewed.bytes)
            return .keep(())
        }
    }

    /// Puts the next deliveries' keys under the current master key; nil when there are no more.
    private func renewKeys(
        after start: Int64, limit: Int
    ) async throws(Fault) -> (last: Int64, unreadable: Int)? {
        try await writer.submit { [vault] work in
            let rows = try work.statements.all(
                """
                SELECT o.id, s.id, d.key, s.key FROM outbox o JOIN deliveries d ON d.id = o.id
                JOIN key_slots s ON s.id = o.slot WHERE o.id > ? ORDER BY o.id LIMIT ?
                """, start, limit,
                read: {
                    (
                        id: $0.integer(0), slot: $0.integer(1), delivery: try $0.deliveryKey(2),
                        key: try? WrappedKey(bytes: $0.bytes(3))
                    )
                })
            guard let last = rows.last else { return .keep(nil) }
            let current = vault.current.id
            var unreadable = 0
            for row in rows where row.key?.masterID != current {
                guard let key = row.key,
                    let renewed = try? SealedDelivery.rewrap(key, of: row.delivery, vault)
                else {
                    unreadable += 1
                    continue
                }
                try work.statements.run(
                    "UPDATE key_slots SET key = ? WHERE id = ?", renewed.bytes, row.slot)
            }
            return .keep((last.id, unreadable))
        }
    }
}
