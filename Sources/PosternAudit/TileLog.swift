public import PosternModel
import PosternPipeline
public import PosternTransparency
import Synchronization

/// The audit log on disk: a C2SP tlog-tiles log of the entries the ledger has committed.
///
/// The ledger is the first record, and the log follows it: `checkpoint`, `tile/<L>/<N>` and
/// `tile/entries/<N>` are made from the committed leaves alone, so whatever a crash or a full disk left
/// undone is made again from them. A checkpoint is signed only after all it covers is on the disk.
///
/// All calls may block on a disk and take turns; ``AuditLogService`` makes them from a queue of its own.
public final class TileLog: Sendable {
    /// The tree as far as the newest checkpoint reaches.
    struct Tree {
        var appender = TileAppender()
        /// The unfinished bundle's bytes.
        var bundle: [UInt8] = []
        /// The checkpoint's file.
        var checkpoint: [UInt8] = []
    }

    struct State {
        var tree: Tree
        /// The tree of a checkpoint whose replacing failed or was said to have failed: it may be on disk.
        var attempted: Tree?
        var closed = false
    }

    /// How many leaves one checkpoint takes in at most, so that a backlog shows progress.
    static let largestStep: UInt64 = 16_384

    /// Where the log lies and what it is called.
    public let settings: TileLogSettings
    /// The public key that checks the log's checkpoints.
    public let verifier: NoteVerifier
    let signer: NoteSigner
    let source: any AuditEntrySource
    let files: any FileOperations
    let watch: LogWatch
    private let lock: Descriptor
    private let state: Mutex<State>

    init(
        settings: TileLogSettings, signer: NoteSigner, source: any AuditEntrySource,
        files: any FileOperations, watch: LogWatch, lock: Descriptor, tree: Tree
    ) {
        self.settings = settings
        self.signer = signer
        verifier = signer.verifier
        self.source = source
        self.files = files
        self.watch = watch
        self.lock = lock
        state = Mutex(State(tree: tree))
    }

    deinit { files.close(lock) }

    /// What the writer asks before every commit.
    public var `guard`: TileLogGuard { TileLogGuard(watch: watch) }

    /// How the log is, as of the last look; never waits for the disk.
    public var health: AuditHealth { watch.health }

    /// Takes in committed entries, at most 16,384 of them, and signs a checkpoint.
    ///
    /// When an earlier attempt failed, or the guard has noticed something, the files at the edge are first
    /// read and compared with what they must be: nothing is ever signed on top of a changed log. After a
    /// failure every file since the last good checkpoint is written anew, from the ledger.
    ///
    /// - Parameter instant: The time, for ``AuditHealth/checkpointedAt``.
    /// - Returns: How many committed entries are still to be taken in.
    /// - Throws: ``PosternModel/FaultCode/auditTamperedWith``, ``PosternModel/FaultCode/auditUnwritable``, and
    ///   what the source throws. The guard says no until a later call succeeds.
    @discardableResult
    public func integrate(at instant: Instant? = nil) throws(Fault) -> UInt64 {
        try state.withLock { (state: inout State) throws(Fault) in
            if state.closed { throw Fault(.shuttingDown, note: "the audit log is closed") }
            do throws(Fault) {
                try mend(&state)
                let committed = try committedCount(atLeast: state.tree.appender.size)
                let grew = try advance(&state)
                watch.report(nil)
                let waiting = committed - min(committed, state.tree.appender.size)
                watch.report(waiting: waiting, at: grew ? instant : nil)
                return waiting
            } catch {
                watch.report(error)
                throw error
            }
        }
    }

    /// Gives the folder up; later calls throw and the guard says no.
    public func close() {
        state.withLock {
            $0.closed = true
            watch.report(Fault(.shuttingDown, note: "the audit log is closed"))
            watch.onAlarm(nil)
        }
    }

    private func committedCount(atLeast size: UInt64) throws(Fault) -> UInt64 {
        let committed = UInt64(max(0, try source.leafCount()))
        guard committed >= size else { throw Self.rolledBack(committed, size) }
        return committed
    }

    static func rolledBack(_ committed: UInt64, _ size: UInt64) -> Fault {
        Fault(
            .auditTamperedWith,
            note:
                "the database holds \(committed) entries and the audit log \(size): the database was "
                + "rolled back; restore the newer one")
    }

    /// - Returns: Whether a checkpoint was written.
    private func advance(_ state: inout State) throws(Fault) -> Bool {
        var next = state.tree
        do {
            let batch = try DurableBatch(settings.folder, files)
            while next.appender.size - state.tree.appender.size < Self.largestStep {
                let room = 256 - Int(next.appender.size & 255)
                let leaves = try source.leaves(from: Int64(next.appender.size), limit: room)
                if leaves.isEmpty { break }
                try append(leaves.prefix(room), to: &next, batch)
                if leaves.count < room { break }
            }
            guard next.appender.size > state.tree.appender.size || state.attempted != nil else {
                return false
            }
            try writePartial(next, since: state, batch)
            try batch.syncFolders()
            try checkpoint(&next, &state, batch)
        } catch let failure as FileFailure {
            throw Fault(.auditUnwritable, note: "the audit log cannot be written: \(failure)")
        } catch let fault as Fault {
            throw fault
        } catch {
            throw Fault(.auditUnwritable, note: "the audit log cannot be written")
        }
        return true
    }

    private func append(
        _ leaves: ArraySlice<[UInt8]>, to tree: inout Tree, _ batch: DurableBatch
    ) throws {
        guard let bytes = EntryBundle.encode(leaves) else {
            throw Fault(.auditUnwritable, note: "an entry is too large for the log")
        }
        tree.bundle += bytes
        for leaf in leaves {
            for tile in tree.appender.append(.leaf(leaf)) {
                if tile.address.level == 0, let bundle = BundleAddress(index: tile.address.index) {
                    try place(tree.bundle, .bundle(bundle), batch)
                    tree.bundle = []
                }
                try place(tile.bytes, .tile(tile.address), batch)
            }
        }
    }

    private func writePartial(
        _ tree: Tree, since state: State, _ batch: DurableBatch
    ) throws {
        // After a failure nothing since the last good checkpoint is taken to be on disk.
        let there = state.attempted == nil ? state.tree.appender.partialTiles.map(\.address) : []
        for tile in tree.appender.partialTiles where !there.contains(tile.address) {
            let (address, width) = (tile.address, tile.address.width)
            if address.level == 0, let bundle = BundleAddress(index: address.index, width: width) {
                try place(tree.bundle, .bundle(bundle), batch)
            }
            try place(tile.bytes, .tile(address), batch)
        }
    }

    /// Writes one file; one that is there already must say the same.
    ///
    /// It is there after a crash between writing tiles and replacing the checkpoint. It is written anew all the
    /// same, because nobody knows whether it ever reached the disk.
    private func place(_ bytes: [UInt8], _ file: LogFile, _ batch: DurableBatch) throws {
        let limit = bytes.count + 1
        if let stamp = try files.stamp(file.path, in: batch.root) {
            guard stamp.size == bytes.count,
                try files.read(file.path, in: batch.root, limit: limit) == bytes
            else {
                throw Fault(
                    .auditTamperedWith,
                    note: "\(file.path) in \(settings.folder) is there with other content than the "
                        + "database's entries make")
            }
        }
        try batch.write(bytes, to: file.path)
    }

    private func checkpoint(
        _ next: inout Tree, _ state: inout State, _ batch: DurableBatch
    ) throws {
        let size = next.appender.size
        next.checkpoint = try signedCheckpoint(size: size, root: next.appender.root)
        try batch.prepare(next.checkpoint, to: "checkpoint")
        let before = state.tree.appender.size
        try watch.confirmEdge(batch.written)
        state.attempted = next
        let tampering = try watch.replaceEdge(size: size) { () throws(FileFailure) in
            try batch.install()
            return batch.written
        }
        state.tree = next
        try batch.syncRoot()
        state.attempted = nil
        removePartials(from: before, to: size, batch)
        // Only now: the checkpoint is the log's, and nothing older will be accepted in its place.
        if let tampering { throw tampering }
    }

    func signedCheckpoint(size: UInt64, root: MerkleHash) throws(Fault) -> [UInt8] {
        guard let checkpoint = Checkpoint(origin: settings.origin, size: size, root: root),
            let note = try? checkpoint.signed(by: [signer])
        else { throw Fault(.auditUnwritable, note: "the checkpoint cannot be signed") }
        return note.bytes
    }

    /// Removes the partial forms of files that are full now, which the specification allows.
    ///
    /// What cannot be removed does no harm, so failures are passed over.
    private func removePartials(from before: UInt64, to size: UInt64, _ batch: DurableBatch) {
        for level in 0..<8 {
            let (old, new) = (before >> UInt64(8 * level), size >> UInt64(8 * level))
            guard new > 0 else { break }
            guard old & 255 != 0, old >> 8 < new >> 8 else { continue }
            guard let tile = TileAddress(level: level, index: old >> 8) else { continue }
            removeFolder(tile.path + ".p", batch)
            if level == 0, let bundle = BundleAddress(index: old >> 8) {
                removeFolder(bundle.path + ".p", batch)
            }
        }
    }

    private func removeFolder(_ path: String, _ batch: DurableBatch) {
        for name in (try? files.list(path, in: batch.root, limit: 1024)) ?? [] {
            try? files.remove("\(path)/\(name)", in: batch.root)
        }
        try? files.removeFolder(path, in: batch.root)
    }

    private func mend(_ state: inout State) throws(Fault) {
        let suspects: Set<LogFile>?
        do {
            suspects = try watch.suspects()
        } catch {
            throw Fault(.auditUnwritable, note: "the audit log cannot be read: \(error)")
        }
        guard suspects != nil || state.attempted != nil else { return }
        try LogMender(log: self).mend(&state, flagged: suspects ?? [])
    }
}
