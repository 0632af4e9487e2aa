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
            "SELECT 1 FROM subject_keys WHERE id = ? AND key <> zeroblob(32)", key.id,
            read: { _ in true })
        guard isThere != nil else { return false }
        try statements.run(
            #"INSERT INTO audit_entries("index", decision, leaf, subject_key, sealed) VALUES(?, ?, ?, ?, ?)"#,
            index, entry.id.description, entry.leaf, key.id,
            try SealedOpenings.seal(entry.openings, index: index, key: key.key))
        return true
    }

    private func subjectKey(_ subject: Int64) throws -> SubjectKeys.Entry {
        switch try SubjectKeys.find(subject, statements) {
        case .key(let found): return found
        case .place(let place):
            let key = RandomBytes.make(32)
            try statements.run("INSERT INTO subject_keys(account, key) VALUES(?, ?)", place, key)
            return SubjectKeys.Entry(id: statements.lastRow, key: SymmetricKey(data: key))
        }
    }
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

    /// What opens an entry's commitments: nothing when it has none, nil when the person it is about was forgotten.
    public func openings(at index: Int64) throws(Fault) -> [Opening]? {
        try readers.read { statements -> [Opening]? in
            let row = try statements.first(
                """
                SELECT e.subject_key, e.sealed, k.key FROM audit_entries e
                LEFT JOIN subject_keys k ON k.id = e.subject_key AND k.key <> zeroblob(32)
                WHERE e."index" = ?
                """, index
            ) { (hasSome: !$0.isNull(0), sealed: $0.bytes(1), key: $0.bytes(2)) }
            guard let row, row.hasSome else { return [] }
            if row.key.isEmpty { return nil }
            return try SealedOpenings.open(
                row.sealed, index: index, key: SymmetricKey(data: row.key))
        }
    }

    /// What came of forgetting a person.
    public enum Forgetting: Sendable, Equatable {
        /// There was nothing to forget: no entry is sealed under a key of theirs.
        case nothing
        /// The key is destroyed, and lies nowhere in the ledger's files.
        case done
        /// The key is destroyed, but somebody who reads the ledger keeps its write-ahead log, where it lies, from being emptied.
        case lingers
    }

    /// Forgets what the audit log knows of a person, by destroying the key their openings are sealed under.
    ///
    /// The log's tree stays whole. Later entries about the account are sealed under a new key, and the first of them is the one
    /// that records this.
    ///
    /// - Parameters:
    ///   - account: Whose person it is.
    ///   - entry: The audit entry to append with it; none is when there was nothing to forget.
    /// - Returns: What came of it.
    /// - Throws: ``FaultCode/storageUnwritable``; nothing is forgotten then.
    public func destroySubjectKey(
        of account: AccountID, recording entry: SealedEntry? = nil
    ) async throws(Fault) -> Forgetting {
        let isDestroyed = try await writer.submit { work -> GroupCommitter.Ending<Bool> in
            guard case .key(let key) = try SubjectKeys.find(account.rawValue, work.statements)
            else { return .undo(false) }
            // Overwritten and never deleted, so that no page is ever rearranged (``SubjectKeys``).
            try work.statements.run(
                "UPDATE subject_keys SET key = zeroblob(32) WHERE id = ?", key.id)
            work.keys.forget()
            if let entry { try work.append(entry) }
            return .keep(true)
        }
        guard isDestroyed else { return .nothing }
        return await writer.emptyLog() ? .done : .lingers
    }
}
