import Foundation
public import PosternModel
public import PosternSealing

extension SQLiteStore {
    /// The master keys that something in a folder's ledger is sealed under; nil where there is no ledger.
    ///
    /// - Throws: ``FaultCode/storageUnreadable`` for a file that is damaged, newer or no ledger.
    public static func masterKeysInUse(in folder: String) throws(Fault) -> Set<MasterKeyID>? {
        try FileKind.ledger.masterKeysInUse(
            in: folder,
            [
                ("message_keys", "SELECT cover FROM message_keys"),
                ("message_keys", "SELECT content FROM message_keys"),
                ("dispatches", "SELECT key FROM dispatches"),
            ])
    }
}

extension DeliverySpool {
    /// The master keys that something in a folder's spool is sealed under; nil where there is no spool.
    ///
    /// - Throws: ``FaultCode/storageUnreadable`` for a file that is damaged, newer or no spool.
    public static func masterKeysInUse(in folder: String) throws(Fault) -> Set<MasterKeyID>? {
        try FileKind.spool.masterKeysInUse(
            in: folder,
            [
                ("spool", "SELECT fingerprint_key FROM spool"),
                ("key_slots", "SELECT key FROM key_slots WHERE NOT is_free"),
            ])
    }
}

extension FileKind {
    /// Looks through every row and opens none, so that it needs no keys and changes nothing.
    ///
    /// What was destroyed names no key. Tables that a file of an earlier shape has not yet are passed over.
    fileprivate func masterKeysInUse(
        in folder: String, _ places: [(table: String, keys: StaticString)]
    ) throws(Fault) -> Set<MasterKeyID>? {
        guard FileManager.default.fileExists(atPath: "\(folder)/\(name)") else { return nil }
        let file = try DataFile(self, folder: folder, mayCreate: false)
        do {
            _ = try file.shape()
            let reader = try file.openReader()
            defer { reader.close() }
            var found: Set<MasterKeyID> = []
            for place in places {
                let isThere = try reader.statements.first(
                    "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", place.table,
                    read: { _ in true })
                guard isThere == true else { continue }
                try reader.statements.each(place.keys) { row in
                    if let id = WrappedKey.masterID(in: row.bytes(0)) { found.insert(id) }
                    return true
                }
            }
            return found
        } catch { throw Fault(.storageUnreadable, error) }
    }
}
