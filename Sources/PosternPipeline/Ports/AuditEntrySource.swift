public import PosternModel

/// Hands new audit entries to whoever builds the tree.
///
/// Calls may block on a disk.
public protocol AuditEntrySource: Sendable {
    /// The leaves from an index on, in order and without gaps; at most `limit`.
    func leaves(from index: Int64, limit: Int) throws(Fault) -> [[UInt8]]

    /// How many entries are committed.
    func leafCount() throws(Fault) -> Int64
}

/// Says whether the files that must not change have not: asked by the writer before every commit.
public protocol LogGuard: Sendable {
    /// Throws when the audit log was removed, cut, replaced or rolled back, or cannot be written. A few
    /// system calls, no reads of file contents.
    func confirmIntact() throws(Fault)
}
