import PosternModel
import PosternTransparency
import Synchronization

/// A file of the log, by its place in the tree.
enum LogFile: Sendable, Hashable {
    case checkpoint
    case bundle(BundleAddress)
    case tile(TileAddress)

    var path: String {
        switch self {
        case .checkpoint: "checkpoint"
        case .bundle(let address): address.path
        case .tile(let address): address.path
        }
    }

    /// The files at the right edge of a tree: they alone change their names as the tree grows.
    static func edge(size: UInt64) -> [LogFile] {
        let tiles = TileAddress.edge(treeSize: size)
        let bundle = tiles.first.flatMap { BundleAddress(index: $0.index, width: $0.width) }
        return [.checkpoint] + (bundle.map { [.bundle($0)] } ?? []) + tiles.map { .tile($0) }
    }
}

/// What the files looked like when the integrator last wrote them, and what has been noticed since.
///
/// INVARIANT: the integrator changes a watched file and its stamp under the one lock, so the guard never
/// takes the integrator's work for somebody else's.
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
    }

    private let folder: String
    private let files: any FileOperations
    private let state = Mutex(State())
    private let alarm = Mutex<(@Sendable () -> Void)?>(nil)

    init(folder: String, files: any FileOperations) {
        self.folder = folder
        self.files = files
    }

    /// Whom to wake when something is wrong, so that it can be looked into away from the writer.
    func onAlarm(_ wake: (@Sendable () -> Void)?) { alarm.withLock { $0 = wake } }

    /// Compares the files at the edge and one full file, another one each time, with what was written.
    func confirmIntact() throws(Fault) {
        guard let fault = state.withLock({ notice(&$0) }) else { return }
        alarm.withLock { $0 }?()
        throw fault
    }

    private func notice(_ state: inout State) -> Fault? {
        if let failure = state.failure { return failure }
        do {
            state.tampering = try differences(&state)
            return state.tampering
        } catch {
            return Fault(.auditUnwritable, note: "the audit log cannot be read: \(error)")
        }
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
        return try describe(file, was: stamp)
    }

    private func differenceAtEdge(_ state: State) throws(FileFailure) -> Fault? {
        for (file, path, stamp) in state.edge
        where try files.stamp(path, in: .anywhere) != stamp {
            return try describe(file, was: stamp)
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
        try files.stamp("\(folder)/\(file.path)", in: .anywhere)
    }

    private func describe(_ file: LogFile, was: FileStamp) throws(FileFailure) -> Fault {
        let what: String
        switch try stamp(file) {
        case nil: what = "is gone"
        case let now? where now.inode != was.inode: what = "was replaced"
        case let now? where now.size < was.size: what = "was cut"
        default: what = "was changed"
        }
        return Fault(.auditTamperedWith, note: "\(file.path) in \(folder) \(what)")
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

    /// Looks at the edge just before it is replaced: what somebody changed while entries were taken in must
    /// not be papered over, or nobody would ever know.
    func confirmEdge() throws {
        if let fault = try state.withLock({ try differenceAtEdge($0) }) { throw fault }
    }

    /// Replaces the watched edge, and the checkpoint by what `install` does, in one step for the guard.
    ///
    /// When `install` throws, the guard keeps its old expectation: the caller reports the failure.
    func replaceEdge(
        size: UInt64, install: () throws(FileFailure) -> Void
    ) throws(FileFailure) {
        try state.withLock { (state: inout State) throws(FileFailure) in
            try install()
            try adopt(size, &state)
        }
    }

    private func adopt(_ size: UInt64, _ state: inout State) throws(FileFailure) {
        var edge: [(LogFile, String, FileStamp)] = []
        for file in LogFile.edge(size: size) {
            edge.append((file, "\(folder)/\(file.path)", try present(file)))
        }
        // The full files that the tree has gained.
        for row in 0..<8 {
            let count = Int(size >> UInt64(8 * max(row, 1)))
            guard count > 0 else { break }
            if row == state.census.count { state.census.append([]) }
            for index in state.census[row].count..<max(count, state.census[row].count) {
                guard let file = Self.fullFile(row: row, index: index) else { continue }
                state.census[row].append(try present(file))
            }
        }
        // Last, so that a failure above leaves the old expectation.
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

    /// Takes stamps of files whose content was found right, and forgets what was noticed about them.
    func accept(_ stamps: [LogFile: FileStamp]) {
        state.withLock { state in
            for index in state.edge.indices {
                if let stamp = stamps[state.edge[index].file] { state.edge[index].stamp = stamp }
            }
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
    func report(_ failure: Fault?) { state.withLock { $0.failure = failure } }

    /// Notes how an attempt ended.
    func report(waiting: UInt64, at instant: Instant?) {
        state.withLock {
            $0.waiting = waiting
            if let instant { $0.checkpointedAt = instant }
        }
    }

    /// How the log is, as of the last look.
    var health: AuditHealth {
        state.withLock {
            AuditHealth(
                faults: [$0.failure, $0.tampering].compactMap { $0 }, integrated: $0.integrated,
                waiting: $0.waiting, checkpointedAt: $0.checkpointedAt)
        }
    }
}
