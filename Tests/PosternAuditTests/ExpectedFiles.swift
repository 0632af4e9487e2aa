import PosternAudit
import PosternTransparency
import Testing

/// What the first entries of ``Samples/pool`` must make of a log, worked out without the log's own code.
enum Expected {
    static let hashes = Samples.pool.map { MerkleHash.leaf($0) }

    /// The root of every size.
    static let roots: [MerkleHash] = {
        var frontier = MerkleFrontier()
        return [frontier.root]
            + hashes.map { hash in
                frontier.append(hash)
                return frontier.root
            }
    }()

    static let rows: [[MerkleHash]] = {
        var rows = [hashes]
        while let row = rows.last, row.count >= 256 {
            rows.append(
                (0..<row.count / 256).map { index in
                    var frontier = MerkleFrontier()
                    for hash in row[index * 256..<index * 256 + 256] { frontier.append(hash) }
                    return frontier.root
                })
        }
        return rows
    }()

    /// The files a reader of the checkpoint of a size may ask for.
    static func files(_ size: Int) -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for (level, row) in rows.enumerated() {
            let count = size >> (8 * level)
            for start in stride(from: 0, to: count, by: 256) {
                let range = start..<min(count, start + 256)
                guard
                    let tile = TileAddress(
                        level: level, index: UInt64(start / 256), width: range.count)
                else { continue }
                files[tile.path] = row[range].flatMap(\.bytes)
                if level == 0, let bundle = BundleAddress(index: tile.index, width: range.count) {
                    files[bundle.path] = EntryBundle.encode(Samples.pool[range])
                }
            }
        }
        return files
    }
}

/// Expects the log on the disk to be, to the byte, the log of the first `size` samples.
func expectFiles(
    _ bench: Bench, _ log: TileLog, _ size: Int, sourceLocation: SourceLocation = #_sourceLocation
) {
    let found = bench.folder.files
    for (path, bytes) in Expected.files(size) where found[path] != bytes {
        Issue.record("\(path) differs", sourceLocation: sourceLocation)
    }
    let checkpoint = try? Checkpoint.open(
        bench.checkpoint, origin: Samples.settings.origin, verifiers: [log.verifier])
    #expect(checkpoint?.size == UInt64(size), sourceLocation: sourceLocation)
    #expect(checkpoint?.root == Expected.roots[size], sourceLocation: sourceLocation)
}
