import PosternModel
import PosternTransparency
import Synchronization

/// What the files looked like when the integrator last wrote them, and what has been noticed since.
///
/// INVARIANT: the integrator changes a watched file and its stamp under the one lock, so the guard never
/// takes the integrator's work for somebody else's.
///
/// How the log is, is kept beside that under a lock of its own: the first is held while the disk works, and whoever asks how the
/// log is must not wait for a disk.
final class LogWatch: Sendable {
    private struct State {
        /// With whole paths, which are asked for at every commit.
        var edge: [(file: LogFile, path: String, stamp: FileStamp)] = []
        /// Stamps of the full files: bundles in row 0, tiles of level L in row L + 1.
        var census: [[FileStamp]] = []
        var cursor = (row: 0, index: 0)
        /// Full files found changed; they stay here until their content has been found right.
        var flagged: Set<LogFile> = []
        var failure: Fault?
        var tampering: Fault?
        var integrated: UInt64 = 0
        var waiting: UInt64 = 0
        var checkpointedAt: Instant?

        var health: AuditHealth {
            AuditHealth(
                faults: [failure, tampering].compactMap { $0 }, integrated: integrated,
                waiting: waiting, checkpointedAt: checkpointedAt)
        }
    }

    private let folder: String
    private let files: any FileOperations
    private let state = Mutex(State())
    private let shown = Mutex(State().health)
    private let alarm = Mutex<(@Sendable () -> Void)?>(nil)

    init(folder: String, files: any FileOperations) {
        self.folder = folder
        self.files = files
    }

    /// Whom to wake when something is wrong, so that it can be looked into away from the writer.
    func onAlarm(_ wake: (@Sendable () -> Void)?) { alarm.withLock { $0 = wake } }

    /// Compares the files at the edge and one full file, another one each time, with what was written.
    func confirmIntact() throws(Fault) {
        let fault = state.withLock { state in
            defer { show(state) }
            return notice(&state)
        }
        guard let fault else { return }
        alarm.withLock { $0 }?()
        throw fault
    }

    private func notice(_ state: inout State) -> Fault? {
        if let failure = state.failure { return failure }
        do {
            state.tampering = try differences(&state)
            return state.tampering
        } catch {
            return Self.unreadable(error)
        }
    }

    private static func unreadable(_ failure: FileFailure) -> Fault {
        Fault(.auditUnwritable, note: "the audit log cannot be read: \(failure)")
    }

    private func differences(_ state: inout State) throws(FileFailure) -> Fault? {
        if let fault = try differenceAtEdge(state) { return fault }
        if let flagged = state.flagged.first {
            return Fault(.auditTamperedWith, note: "\(flagged.path) in \(folder) was changed")
        }
        guard let (file, stamp) = nextOfCensus(&state), try self.stamp(file) != stamp else {
            return nil
        }
        state.flagged.insert(file)
        return try describe(file.path, was: stamp)
    }

    private func differenceAtEdge(_ state: State) throws(FileFailure) -> Fault? {
        for (file, path, stamp) in state.edge
        where try files.stamp(path, in: .anywhere) != stamp {
            return try describe(file.path, was: stamp)
        }
        return nil
    }

    private func nextOfCensus(_ state: inout State) -> (LogFile, FileStamp)? {
        var (row, index) = state.cursor
        if row >= state.census.count || index >= state.census[row].count {
            row = row + 1 < state.census.count && !state.census[row + 1].isEmpty ? row + 1 : 0
            index = 0
        }
        guard row < state.census.count, index < state.census[row].count,
            let file = Self.fullFile(row: row, index: index)
        else { return nil }
        state.cursor = (row, index + 1)
        return (file, state.census[row][index])
    }

    static func fullFile(row: Int, index: Int) -> LogFile? {
        row == 0
            ? BundleAddress(index: UInt64(index)).map { .bundle($0) }
            : TileAddress(level: row - 1, index: UInt64(index)).map { .tile($0) }
    }

    private func stamp(_ file: LogFile) throws(FileFailure) -> FileStamp? {
        try stamp(file.path)
    }

    private func stamp(_ path: String) throws(FileFailure) -> FileStamp? {
        try files.stamp("\(folder)/\(path)", in: .anywhere)
    }

    private func describe(_ path: String, was: FileStamp) throws(FileFailure) -> Fault {
        let what: String
        switch try stamp(path) {
        case nil: what = "is gone"
        case let now? where now.inode != was.inode: what = "was replaced"
        case let now? where now.size < was.size: what = "was cut"
        default: what = "was changed"
        }
        return Fault(.auditTamperedWith, note: "\(path) in \(folder) \(what)")
    }
}

// What the integrator does.
extension LogWatch {
    /// The full files found changed, when anything was noticed or has failed; nil when all is well.
    ///
    /// Something being wrong, all full files are looked at: a folder restored from a copy is then mended in
    /// one go.
    func suspects() throws(FileFailure) -> Set<LogFile>? {
        try state.withLock { (state: inout State) throws(FileFailure) in
            defer { show(state) }
            guard notice(&state) != nil else { return nil }
            for row in state.census.indices {
                for (index, stamp) in state.census[row].enumerated() {
                    guard let file = Self.fullFile(row: row, index: index),
                        try self.stamp(file) != stamp
                    else { continue }
                    state.flagged.insert(file)
                }
            }
            return state.flagged
        }
    }

    /// Looks at the files of the next checkpoint just before it is put in place.
    ///
    /// What somebody changed at the edge while entries were taken in must not be papered over, or nobody would
    /// ever know; and no checkpoint is to cover a new file that somebody has changed since it was written.
    ///
    /// - Parameter written: The stamps of what was written for the checkpoint, by path. It is not watched yet.
    /// - Throws: ``PosternModel/FaultCode/auditTamperedWith`` as a `Fault`, and a `FileFailure` when a file cannot
    ///   be looked at.
    func confirmEdge(_ written: [String: FileStamp]) throws {
        let edge = state.withLock { $0.edge.map { ($0.file.path, $0.stamp) } }
        for (path, stamp) in edge where try written[path] == nil && self.stamp(path) != stamp {
            throw try describe(path, was: stamp)
        }
        for (path, stamp) in written where try self.stamp(path) != stamp {
            throw try describe(path, was: stamp)
        }
    }

    /// Replaces the watched edge, and the checkpoint by what `install` does, in one step for the guard.
    ///
    /// Nothing is stamped here: what was written must look as it did to whoever wrote it, and what was at the
    /// edge before as it did before. When `install` throws, the guard keeps its old expectation: the caller
    /// reports the failure.
    ///
    /// - Parameters:
    ///   - size: The tree's size.
    ///   - install: Puts the checkpoint in place, and gives the stamps of it and of all files written for it,
    ///     by path.
    /// - Returns: What somebody has done to the new edge, or to a file that is full now, since it was written.
    ///   The guard says no from then on, all the same.
    /// - Throws: What `install` throws.
    func replaceEdge(
        size: UInt64, install: () throws(FileFailure) -> [String: FileStamp]
    ) throws(FileFailure) -> Fault? {
        try state.withLock { (state: inout State) throws(FileFailure) in
            defer { show(state) }
            let written = try install()
            let before = state.edge
            let gained = Self.gained(size, state)
            adopt(size, &state) { file in
                written[file.path] ?? before.first { $0.file == file }?.stamp ?? .unvouched
            }
            state.tampering = confirmNew(gained, &state)
            return state.tampering
        }
    }

    /// The guard looks at full files in turn, which would be too late for those just written.
    private func confirmNew(_ gained: [LogFile], _ state: inout State) -> Fault? {
        var found: Fault?
        do {
            found = try differenceAtEdge(state)
            for file in gained {
                guard let (row, index) = Self.place(file) else { continue }
                let stamp = state.census[row][index]
                guard try self.stamp(file) != stamp else { continue }
                state.flagged.insert(file)
                if found == nil { found = try describe(file.path, was: stamp) }
            }
        } catch {
            found = Self.unreadable(error)
        }
        return found
    }

    /// Begins to watch a log: these stamps for the files that were read, and the others as they lie.
    func begin(size: UInt64, read: [LogFile: FileStamp]) throws(FileFailure) {
        try state.withLock { (state: inout State) throws(FileFailure) in
            defer { show(state) }
            try adopt(size, &state) { (file) throws(FileFailure) in
                if let stamp = read[file] { return stamp }
                return try present(file)
            }
        }
    }

    /// The full files that a tree of this size has and that are not watched yet.
    func unwatched(size: UInt64) -> [LogFile] { state.withLock { Self.gained(size, $0) } }

    private static func gained(_ size: UInt64, _ state: State) -> [LogFile] {
        var files: [LogFile] = []
        for row in 0..<8 {
            let count = Int(size >> UInt64(8 * max(row, 1)))
            let watched = row < state.census.count ? state.census[row].count : 0
            files += (watched..<max(count, watched)).compactMap { fullFile(row: row, index: $0) }
        }
        return files
    }

    private func adopt<Problem: Error>(
        _ size: UInt64, _ state: inout State, _ expected: (LogFile) throws(Problem) -> FileStamp
    ) throws(Problem) {
        var edge: [(LogFile, String, FileStamp)] = []
        for file in LogFile.edge(size: size) {
            edge.append((file, "\(folder)/\(file.path)", try expected(file)))
        }
        for file in Self.gained(size, state) {
            guard let (row, _) = Self.place(file) else { continue }
            if row == state.census.count { state.census.append([]) }
            state.census[row].append(try expected(file))
        }
        state.edge = edge
        state.integrated = size
    }

    private func present(_ file: LogFile) throws(FileFailure) -> FileStamp {
        guard let stamp = try stamp(file) else {
            throw FileFailure("stat", file.path, number: FileFailure.noSuchFile)
        }
        return stamp
    }

    /// The first full tile that has not the size of 256 hashes.
    func misshapenTile() -> LogFile? {
        state.withLock { state in
            for row in state.census.indices.dropFirst() {
                let size = Int64(TileAddress.fullWidth * MerkleHash.byteCount)
                if let index = state.census[row].firstIndex(where: { $0.size != size }) {
                    return Self.fullFile(row: row, index: index)
                }
            }
            return nil
        }
    }

    /// A file's stamp; take it before reading the content it is to vouch for.
    func currentStamp(_ file: LogFile) throws(FileFailure) -> FileStamp? { try stamp(file) }

    /// Watches a tree of this size, takes stamps of files whose content was found right, and forgets what was
    /// noticed about them.
    ///
    /// - Parameters:
    ///   - stamps: With those of all files of the edge, and of the full files that were not watched yet.
    ///   - size: The tree's size.
    func accept(_ stamps: [LogFile: FileStamp], size: UInt64) {
        state.withLock { state in
            defer { show(state) }
            adopt(size, &state) { stamps[$0] ?? .unvouched }
            for (file, stamp) in stamps {
                state.flagged.remove(file)
                guard let (row, index) = Self.place(file), row < state.census.count,
                    index < state.census[row].count
                else { continue }
                state.census[row][index] = stamp
            }
        }
    }

    private static func place(_ file: LogFile) -> (row: Int, index: Int)? {
        switch file {
        case .checkpoint: nil
        case .bundle(let address): address.isPartial ? nil : (0, Int(address.index))
        case .tile(let address):
            address.isPartial ? nil : (address.level + 1, Int(address.index))
        }
    }

    /// Notes that writing failed, or that it works again; the guard says no in between.
    func report(_ failure: Fault?) {
        state.withLock { state in
            state.failure = failure
            show(state)
        }
    }

    /// Notes how an attempt ended.
    func report(waiting: UInt64, at instant: Instant?) {
        state.withLock { state in
            state.waiting = waiting
            if let instant { state.checkpointedAt = instant }
            show(state)
        }
    }

    /// How the log is, as of the last look; never waits for the disk.
    var health: AuditHealth { shown.withLock { $0 } }

    private func show(_ state: State) {
        let health = state.health
        shown.withLock { $0 = health }
    }
}
