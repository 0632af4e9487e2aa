import PosternSealing

/// Where the keys of deliveries lie.
///
/// INVARIANT: a slot never changes its length and is never deleted, for the reason ``MessageKeys`` gives. A key that is
/// destroyed is overwritten in its place, and the slot taken for another: there are as many as there ever were deliveries
/// waiting at once.
enum KeySlots {
    /// Puts a key into a free slot, or into a new one.
    static func take(_ key: WrappedKey, _ statements: Statements) throws -> Int64 {
        let free = try statements.first(
            "SELECT id FROM key_slots WHERE is_free LIMIT 1", read: { $0.integer(0) })
        guard let free else {
            try statements.run("INSERT INTO key_slots(is_free, key) VALUES(0, ?)", key.bytes)
            return statements.lastRow
        }
        try statements.run(
            "UPDATE key_slots SET is_free = 0, key = ? WHERE id = ?", key.bytes, free)
        return free
    }

    /// Destroys the key in a slot.
    static func destroy(_ slot: Int64, _ statements: Statements) throws {
        try statements.run(
            "UPDATE key_slots SET is_free = 1, key = zeroblob(length(key)) WHERE id = ?", slot)
    }
}
