import Foundation
import GRDB
public import PosternModel
public import PosternPipeline

extension GroupCommitter.Work {
    /// Appends an audit entry under the next index, and its openings beside it.
    mutating func append(_ entry: SealedEntry) throws {
        guard entry.leaf.count <= SealedEntry.largestLeaf else {
            throw Fault(.auditUnwritable, note: "an entry does not fit its leaf")
        }
        let index = nextIndex
        try db.run(
            #"INSERT INTO audit_entries("index", decision, leaf) VALUES(?, ?, ?)"#,
            [index, entry.id.description, Data(entry.leaf)])
        nextIndex = index + 1
        appended = true
        guard !entry.openings.isEmpty else { return }
        // Accounts count from 1: 0 is the key of what is about nobody in particular.
        let (id, key) = try subjectKey(entry.subject?.rawValue ?? 0)
        try db.run(
            #"INSERT INTO openings("index", subject_key, sealed) VALUES(?, ?, ?)"#,
            [index, id, try SealedOpenings.seal(entry.openings, index: index, key: key)])
    }

    private func subjectKey(_ subject: Int64) throws -> (id: Int64, key: Data) {
        if let found = try db.first(
            "SELECT id, key FROM subject_keys WHERE account = ?", [subject],
            { (id: $0[0] as Int64, key: $0[1] as Data) })
        {
            return found
        }
        let key = Data(RandomBytes.make(32))
        try db.run("INSERT INTO subject_keys(account, key) VALUES(?, ?)", [subject, key])
        return (db.lastInsertedRowID, key)
    }
}

extension SQLiteStore: AuditEntrySource {
    /// The leaves from an index on, in order and without gaps.
    public func leaves(from index: Int64, limit: Int) throws(Fault) -> [[UInt8]] {
        try readers.snapshot { db in
            var expected = index
            return try db.all(
                #"""
                SELECT "index", leaf FROM audit_entries WHERE "index" >= ? ORDER BY "index" LIMIT ?
                """#, [index, limit]
            ) { row in
                guard row[0] == expected else {
                    throw Fault(
                        .auditTamperedWith, note: "entry \(expected) is missing from the ledger")
                }
                expected += 1
                return Array(row[1] as Data)
            }
        }
    }

    /// How many entries are committed.
    public func leafCount() throws(Fault) -> Int64 {
        try readers.read { db in try GroupCommitter.leafCount(db) }
    }
}

extension SQLiteStore {
    /// Where an entry stands and what it says; nil when no entry has this name.
    public func entry(of decision: DecisionID) throws(Fault) -> (index: Int64, leaf: [UInt8])? {
        try readers.read { db in
            try db.first(
                #"SELECT "index", leaf FROM audit_entries WHERE decision = ? ORDER BY "index" LIMIT 1"#,
                [decision.description]
            ) { ($0[0], Array($0[1] as Data)) }
        }
    }

    /// What opens an entry's commitments; empty when it has none, or when its person was forgotten.
    public func openings(at index: Int64) throws(Fault) -> [Opening] {
        try readers.snapshot { db in
            try db.first(
                """
                SELECT o.sealed, k.key FROM openings o JOIN subject_keys k ON k.id = o.subject_key
                WHERE o."index" = ?
                """, [index]
            ) { try SealedOpenings.open($0[0], index: index, key: $0[1]) } ?? []
        }
    }

    /// Forgets what the audit log knows of a person, by destroying the key their openings are sealed under.
    ///
    /// The log's tree stays whole. Later entries about the account are sealed under a new key.
    public func destroySubjectKey(
        of account: AccountID, recording entry: SealedEntry? = nil
    ) async throws(Fault) {
        try await writer.submit { work in
            // Overwritten before it is deleted: freed bytes would otherwise lie in the page.
            try work.db.run(
                "UPDATE subject_keys SET key = zeroblob(32) WHERE account = ?", [account.rawValue])
            try work.db.run("DELETE FROM subject_keys WHERE account = ?", [account.rawValue])
            if let entry { try work.append(entry) }
            return .keep(())
        }
        await writer.emptyLog()
    }
}
