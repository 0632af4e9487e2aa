import Crypto
public import PosternModel
public import PosternPipeline

extension GroupCommitter.Work {
    /// Appends an audit entry under the next index, with its openings beside it.
    mutating func append(_ entry: SealedEntry) throws {
        guard entry.leaf.count <= SealedEntry.largestLeaf else {
            throw Fault(.auditUnwritable, note: "an entry does not fit its leaf")
        }
        let index = nextIndex
        if entry.openings.isEmpty {
            try statements.run(
                #"INSERT INTO audit_entries("index", decision, leaf) VALUES(?, ?, ?)"#,
                index, entry.id.description, entry.leaf)
        } else {
            // Accounts count from 1: 0 is the key of what is about nobody in particular.
            let subject = entry.subject?.rawValue ?? 0
            let isPlaced = try keys[subject].map { try place(entry, $0, at: index) } ?? false
            if !isPlaced {
                let key = try subjectKey(subject)
                keys[subject] = key
                guard try place(entry, key, at: index) else { throw unreadable("subject key") }
            }
        }
        nextIndex = index + 1
        appended = true
    }

    /// Appends an entry with its openings sealed; false, and nothing appended, when the key has been destroyed.
    private func place(
        _ entry: SealedEntry, _ key: SubjectKeys.Entry, at index: Int64
    ) throws -> Bool {
        // Nobody can destroy it in between: the transaction holds the ledger's one place to write.
        let isThere = try statements.first(
            "SELECT 1 FROM subject_keys WHERE id = ?", key.id, read: { _ in true })
        guard isThere != nil else { return false }
        try statements.run(
            #"INSERT INTO audit_entries("index", decision, leaf, subject_key, sealed) VALUES(?, ?, ?, ?, ?)"#,
            index, entry.id.description, entry.leaf, key.id,
            try SealedOpenings.seal(entry.openings, index: index, key: key.key))
        return true
    }

    private func subjectKey(_ subject: Int64) throws -> SubjectKeys.Entry {
        if let found = try statements.first(
            "SELECT id, key FROM subject_keys WHERE account = ?", subject,
            read: { row in
                SubjectKeys.Entry(id: row.integer(0), key: SymmetricKey(data: row.bytes(1)))
            })
        {
            return found
        }
        let key = RandomBytes.make(32)
        try statements.run("INSERT INTO subject_keys(account, key) VALUES(?, ?)", subject, key)
        return SubjectKeys.Entry(id: statements.lastRow, key: SymmetricKey(data: key))
    }
}

/// Keys that entries were sealed under lately.
///
/// A key that is here may have been destroyed since, by another program too: whoever uses it makes sure in the same
/// transaction that it is still in the ledger.
struct SubjectKeys {
    struct Entry {
        let id: Int64
        let key: SymmetricKey
    }

    private let limit = 4096
    private var entries: [Int64: Entry] = [:]

    subscript(subject: Int64) -> Entry? {
        get { entries[subject] }
        set {
            if entries.count >= limit { forget() }
            entries[subject] = newValue
        }
    }

    mutating func forget() { entries.removeAll(keepingCapacity: true) }
}

extension SQLiteStore: AuditEntrySource {
    /// The leaves from an index on, in order and without gaps.
    public func leaves(from index: Int64, limit: Int) throws(Fault) -> [[UInt8]] {
        try readers.read { statements in
            var expected = index
            return try statements.all(
                #"""
                SELECT "index", leaf FROM audit_entries WHERE "index" >= ? ORDER BY "index" LIMIT ?
                """#, index, limit
            ) { row in
                guard row.integer(0) == expected else {
                    throw Fault(
                        .auditTamperedWith, note: "entry \(expected) is missing from the ledger")
                }
                expected += 1
                return row.bytes(1)
            }
        }
    }

    /// How many entries are committed.
    public func leafCount() throws(Fault) -> Int64 {
        try readers.read { try FileKind.ledger.nextIndex($0) }
    }
}

extension SQLiteStore {
    /// Where an entry stands and what it says; nil when no entry has this name.
    public func entry(of decision: DecisionID) throws(Fault) -> (index: Int64, leaf: [UInt8])? {
        try readers.read { statements in
            try statements.first(
                #"SELECT "index", leaf FROM audit_entries WHERE decision = ? ORDER BY "index" LIMIT 1"#,
                decision.description
            ) { ($0.integer(0), $0.bytes(1)) }
        }
    }

    /// What opens an entry's commitments; empty when it has none, or when its person was forgotten.
    public func openings(at index: Int64) throws(Fault) -> [Opening] {
        try readers.read { statements in
            try statements.first(
                """
                SELECT e.sealed, k.key FROM audit_entries e JOIN subject_keys k ON k.id = e.subject_key
                WHERE e."index" = ?
                """, index
            ) { row in
                try SealedOpenings.open(
                    row.bytes(0), index: index, key: SymmetricKey(data: row.bytes(1)))
            } ?? []
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
            try work.statements.run(
                "UPDATE subject_keys SET key = zeroblob(32) WHERE account = ?", account.rawValue)
            try work.statements.run("DELETE FROM subject_keys WHERE account = ?", account.rawValue)
            work.keys.forget()
            if let entry { try work.append(entry) }
            return .keep(())
        }
        await writer.emptyLog()
    }
}
