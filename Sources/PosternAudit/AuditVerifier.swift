public import PosternTransparency

/// Checks a log from its files and the public key alone.
///
/// Everything is computed again from the entries: their hashes, every tile, the root; the checkpoint's
/// signature says whether that root is the log's. The only code shared with the writer is the reading of
/// signed notes: paths, bundles and the tree have an implementation of their own here.
///
/// A log's own files cannot show that its tail was cut together with an older checkpoint put back. Keep
/// checkpoints elsewhere, and give them to the verifier.
///
/// Memory is bounded by two bundles, whatever the files say, and no content makes it trap.
public struct AuditVerifier: Sendable {
    /// How many findings a report lists.
    public static let largestFindingCount = 1000

    let key: NoteVerifier
    let kept: [[UInt8]]
    /// Whether leaves are read as audit entries too.
    ///
    /// Hashing them alone is several times as fast, and finds
    /// every change; reading them finds what was wrong from the start.
    public var readsEntries = true

    /// Prepares to verify.
    ///
    /// - Parameters:
    ///   - key: The log's public key, from somebody else than the log's folder; its name is the log's origin.
    ///   - kept: Checkpoint files of the same log that were kept elsewhere, of any age.
    public init(key: NoteVerifier, kept: [[UInt8]] = []) {
        self.key = key
        self.kept = kept
    }

    /// Reads the whole log.
    ///
    /// - Parameter folder: The log.
    /// - Returns: Everything that was found. It never throws: what cannot be read is a finding.
    public func verify(_ folder: some LogFolder) -> AuditReport {
        var walk = VerifierWalk(folder: folder, readsEntries: readsEntries)
        guard let checkpoint = walk.openCheckpoint(key) else { return walk.report }
        walk.report.checkpoint = checkpoint
        let heads = kept.enumerated().compactMap { walk.openKept($1, number: $0 + 1, key) }
        walk.walk(to: checkpoint, kept: heads)
        return walk.report
    }
}
