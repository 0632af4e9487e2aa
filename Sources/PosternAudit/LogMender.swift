import PosternModel
import PosternPipeline
import PosternTransparency

/// Looks into what the guard has noticed: files whose content is right are accepted again.
struct LogMender {
    let log: TileLog

    /// Compares the edge and the flagged files with what they must be.
    ///
    /// - Throws: ``PosternModel/FaultCode/auditTamperedWith`` at the first file that is not as it was written.
    func mend(_ state: inout TileLog.State, flagged: Set<LogFile>) throws(Fault) {
        var stamps: [LogFile: FileStamp] = [:]
        stamps[.checkpoint] = try mendCheckpoint(&state)
        let size = state.tree.appender.size
        // An attempt that is found to have come through brings full files that nobody watches yet.
        let others = LogFile.edge(size: size).dropFirst() + log.watch.unwatched(size: size)
        for file in flagged.union(others) {
            guard let stamp = try stamp(file) else { throw changed(file, "is gone") }
            guard try content(file) == expected(file, in: state.tree) else {
                throw changed(file, "was changed")
            }
            stamps[file] = stamp
        }
        log.watch.accept(stamps, size: size)
    }

    /// The checkpoint on disk is the last one, or the one whose replacing was said to have failed.
    private func mendCheckpoint(_ state: inout TileLog.State) throws(Fault) -> FileStamp {
        guard let stamp = try stamp(.checkpoint), let bytes = try content(.checkpoint) else {
            throw changed(.checkpoint, "is gone")
        }
        if let attempted = state.attempted, attempted.checkpoint == bytes {
            state.tree = attempted
        } else if state.tree.checkpoint != bytes {
            throw changed(.checkpoint, "was changed or rolled back")
        }
        return stamp
    }

    private func stamp(_ file: LogFile) throws(Fault) -> FileStamp? {
        do {
            return try log.watch.currentStamp(file)
        } catch {
            throw Fault(.auditUnwritable, note: "the audit log cannot be read: \(error)")
        }
    }

    private func content(_ file: LogFile) throws(Fault) -> [UInt8]? {
        do {
            return try log.files.read(
                "\(log.settings.folder)/\(file.path)", in: .anywhere, limit: 256 * 65_537)
        } catch {
            throw Fault(.auditUnwritable, note: "the audit log cannot be read: \(error)")
        }
    }

    private func changed(_ file: LogFile, _ what: String) -> Fault {
        Fault(.auditTamperedWith, note: "\(file.path) in \(log.settings.folder) \(what)")
    }

    /// What a file must hold: made from the ledger's entries, from the tree in memory, or for inner tiles from
    /// the tiles below, which have stamps of their own.
    private func expected(_ file: LogFile, in tree: TileLog.Tree) throws(Fault) -> [UInt8]? {
        switch file {
        case .checkpoint: tree.checkpoint
        case .bundle(let address): try leaves(address).flatMap { EntryBundle.encode($0) }
        case .tile(let address): try tile(address, in: tree)?.bytes
        }
    }

    private func leaves(_ address: BundleAddress) throws(Fault) -> [[UInt8]]? {
        let leaves = try log.source.leaves(
            from: Int64(address.entries.lowerBound), limit: address.width)
        return leaves.count == address.width ? leaves : nil
    }

    private func tile(
        _ address: TileAddress, in tree: TileLog.Tree
    ) throws(Fault) -> HashTile? {
        if let partial = tree.appender.partialTiles.first(where: { $0.address == address }) {
            return partial
        }
        if address.level == 0 {
            guard let bundle = BundleAddress(index: address.index, width: address.width),
                let leaves = try leaves(bundle)
            else { return nil }
            return HashTile(address, hashes: leaves.map { .leaf($0) })
        }
        var hashes: [MerkleHash] = []
        for child in address.index << 8..<address.index << 8 + UInt64(address.width) {
            guard let below = TileAddress(level: address.level - 1, index: child),
                let bytes = try content(.tile(below)), let tile = HashTile(below, bytes: bytes),
                let hash = MerkleHash.root(of: tile)
            else { return nil }
            hashes.append(hash)
        }
        return HashTile(address, hashes: hashes)
    }
}

extension MerkleHash {
    /// The hash one level up that a full tile stands for.
    static func root(of tile: HashTile) -> MerkleHash? {
        guard !tile.address.isPartial else { return nil }
        var row = tile.hashes
        while row.count > 1 {
            row = stride(from: 0, to: row.count, by: 2).map { .node(row[$0], row[$0 + 1]) }
        }
        return row.first
    }
}
