import Crypto
import PosternTransparency

/// One pass over a log, bundle by bundle.
struct VerifierWalk<Folder: LogFolder> {
    typealias Hash = VerifierHash

    let folder: Folder
    var report = AuditReport()
    private var tree = VerifierTree()
    /// False once a bundle's hashes could not be had: later roots then cannot be known.
    private var complete = true
    private let leaves = LeafReader()
    private let readsEntries: Bool

    init(folder: Folder, readsEntries: Bool) {
        self.folder = folder
        self.readsEntries = readsEntries
    }

    mutating func find(
        _ kind: AuditFinding.Kind, _ file: String, _ entries: Range<UInt64>? = nil, _ detail: String
    ) {
        guard report.findings.count < AuditVerifier.largestFindingCount else {
            report.unlisted += 1
            return
        }
        report.findings.append(
            AuditFinding(kind: kind, file: file, entries: entries, detail: detail))
    }

    mutating func openCheckpoint(_ key: NoteVerifier) -> Checkpoint? {
        do {
            guard let bytes = try folder.read("checkpoint", limit: 65_536) else {
                find(.missing, "checkpoint", nil, "there is no checkpoint")
                return nil
            }
            return try Checkpoint.open(bytes, origin: key.name, verifiers: [key])
        } catch let error as NoteError {
            find(.checkpoint, "checkpoint", nil, "not signed by \(key.name)'s key: \(error)")
        } catch {
            find(.unreadable, "checkpoint", nil, "\(error)")
        }
        return nil
    }

    mutating func openKept(_ bytes: [UInt8], number: Int, _ key: NoteVerifier) -> Checkpoint? {
        do {
            return try Checkpoint.open(bytes, origin: key.name, verifiers: [key])
        } catch {
            find(.keptCheckpoint, "kept checkpoint \(number)", nil, "not signed by the log's key")
            return nil
        }
    }

    mutating func walk(to checkpoint: Checkpoint, kept: [Checkpoint]) {
        let size = checkpoint.size
        let heads = (kept + [checkpoint]).sorted { $0.size < $1.size }
        for head in heads where head.size > size {
            find(
                .rewritten, "checkpoint", size..<head.size,
                "a kept checkpoint covers \(head.size) entries, this log has \(size): its tail was cut"
            )
        }
        var ahead = heads.filter { $0.size <= size }[...]
        compare(&ahead, checkpoint)
        var missing = 0
        for index in 0..<(size / 256 + (size % 256 == 0 ? 0 : 1)) {
            let width = Int(min(256, size - index * 256))
            let hashes = bundle(index, width)
            missing = hashes == nil ? missing + 1 : 0
            if hashes == nil { complete = false }
            // A size is only a number in a file: do not count to it when nothing is there.
            if missing == 1000 {
                find(.missing, "tile", index * 256..<size, "and everything after it")
                break
            }
            for hash in hashes ?? [] {
                let full = tree.append(hash)
                for tile in full { upper(tile) }
                compare(&ahead, checkpoint)
            }
        }
        if complete { for tile in tree.unfinished { upper(tile) } }
    }

    /// Compares the root with every checkpoint of the present size.
    private mutating func compare(_ heads: inout ArraySlice<Checkpoint>, _ own: Checkpoint) {
        while let head = heads.first, head.size == tree.size, complete {
            heads.removeFirst()
            guard tree.root.elementsEqual(head.root.bytes) == false else { continue }
            if head == own {
                find(.root, "checkpoint", nil, "the entries do not lead to the signed root")
            } else {
                find(
                    .rewritten, "checkpoint", 0..<head.size,
                    "the entries up to \(head.size) are others than a kept checkpoint covers")
            }
        }
    }

    private mutating func load(
        _ path: String, limit: Int, _ entries: Range<UInt64>
    ) -> [UInt8]? {
        do {
            return try folder.read(path, limit: limit)
        } catch {
            find(.unreadable, path, entries, "cannot be read")
            return nil
        }
    }

    /// Reads a file by its partial name, or by its full one where only that is left.
    private mutating func load(
        _ prefix: String, _ index: UInt64, _ width: Int, limit: Int
    ) -> (path: String, bytes: [UInt8], width: Int)? {
        let entries = index * 256..<index * 256 + UInt64(width)
        let before = report.findings.count + report.unlisted
        for present in Set([width, 256]).sorted() {
            let path = VerifierPath.file(prefix, index, width: present)
            if let bytes = load(path, limit: limit, entries) { return (path, bytes, present) }
        }
        if report.findings.count + report.unlisted == before {
            find(.missing, VerifierPath.file(prefix, index, width: width), entries, "is not there")
        }
        return nil
    }

    /// Checks one bundle, its tile of level 0 and their partial forms.
    ///
    /// - Returns: The hashes to build on: the entries' own, or the tile's where those are damaged; nil when
    ///   neither can be had.
    private mutating func bundle(_ index: UInt64, _ width: Int) -> [Hash]? {
        let first = index * 256
        let range = first..<first + UInt64(width)
        var tileHashes: [Hash]?
        var tilePath = VerifierPath.file("tile/0", index, width: width)
        if let tile = load("tile/0", index, width, limit: 8192) {
            tilePath = tile.path
            if tile.bytes.count == tile.width * 32 {
                tileHashes = Array(Hash.split(tile.bytes).prefix(width))
            } else {
                find(.tileDiffers, tile.path, range, "has not \(tile.width) hashes")
            }
            partials("tile/0", index, below: width) {
                $0 * 32 <= tile.bytes.count ? $0 * 32 : nil
            } matching: {
                tile.bytes
            }
        }
        guard
            let file = load("tile/entries", index, width, limit: BundleReader.largestBundle)
        else { return tileHashes }
        guard let (hashes, ends) = entries(file, first, width) else { return tileHashes }
        partials("tile/entries", index, below: width) {
            ends[$0 - 1]
        } matching: {
            file.bytes
        }
        guard let tileHashes, tileHashes != hashes else { return hashes }
        return culprit(
            index, hashes, (tilePath, tileHashes), file: file.path, first: first)
    }

    /// Reads a bundle's entries: their hashes, and where each ends.
    private mutating func entries(
        _ file: (path: String, bytes: [UInt8], width: Int), _ first: UInt64, _ width: Int
    ) -> (hashes: [Hash], ends: [Int])? {
        var reader = BundleReader(file.bytes)
        var hashes: [Hash] = []
        var ends: [Int] = []
        while hashes.count < file.width, let leaf = reader.next() {
            let number = first + UInt64(hashes.count)
            if hashes.count < width {
                report.entries += 1
                if readsEntries { inspect(leaf, number, file.path) }
            }
            hashes.append(.leaf(leaf))
            ends.append(reader.position)
        }
        guard hashes.count == file.width, reader.isAtEnd else {
            let number = first + UInt64(hashes.count)
            find(
                .malformedBundle, file.path, number..<max(number + 1, first + UInt64(file.width)),
                hashes.count == file.width
                    ? "goes on after the last entry, at byte \(reader.position)"
                    : "ends within entry \(number), at byte \(reader.position)")
            return nil
        }
        return (Array(hashes.prefix(width)), ends)
    }

    private mutating func inspect(_ leaf: ArraySlice<UInt8>, _ number: UInt64, _ path: String) {
        switch leaves.read(leaf) {
        case .entry: break
        case .newer: report.newerEntries += 1
        case .malformed:
            find(.malformedEntry, path, number..<number + 1, "is not an audit entry")
        }
    }

    /// Tells a changed entry from a changed tile by what the next level says of the two.
    private mutating func culprit(
        _ index: UInt64, _ hashes: [Hash], _ tile: (path: String, hashes: [Hash]), file: String,
        first: UInt64
    ) -> [Hash] {
        let differing = hashes.indices.filter { hashes[$0] != tile.hashes[$0] }
        let range =
            first + UInt64(differing.first ?? 0)..<first + UInt64((differing.last ?? 0) + 1)
        let above = hashes.count == 256 ? parent(of: index) : nil
        let words = "\(differing.count) of \(hashes.count) hashes differ between entries and tile"
        if let above, above == VerifierTree.root(of: hashes) {
            find(.tileDiffers, tile.path, range, words)
            return hashes
        }
        find(.entryDiffers, file, range, words + " \(tile.path)")
        return above == VerifierTree.root(of: tile.hashes) ? tile.hashes : hashes
    }

    /// What level 1 holds for a full tile of level 0.
    private func parent(of index: UInt64) -> Hash? {
        let (tile, slot) = (index / 256, Int(index % 256))
        let full = VerifierPath.file("tile/1", tile, width: 256)
        var paths = [full]
        let names = (try? folder.list(full + ".p")) ?? []
        if let widest = names.compactMap({ Int($0) }).filter({ $0 > slot && $0 < 256 }).max() {
            paths.append("\(full).p/\(widest)")
        }
        for path in paths {
            guard let bytes = try? folder.read(path, limit: 8192) else { continue }
            let hashes = Hash.split(bytes)
            if slot < hashes.count { return hashes[slot] }
        }
        return nil
    }

    /// Compares a tile of level 1 or more with what the level below makes.
    private mutating func upper(_ tile: VerifierTree.Tile) {
        guard tile.level > 0 else { return }
        let prefix = "tile/\(tile.level)"
        let span = VerifierTree.span(tile.level)
        let first = tile.index * 256 * span
        let range = first..<first + UInt64(tile.hashes.count) * span
        var found: (path: String, bytes: [UInt8])?
        for width in Set([tile.hashes.count, 256]).sorted() where found == nil {
            let path = VerifierPath.file(prefix, tile.index, width: width)
            if let bytes = load(path, limit: 8192, range) { found = (path, bytes) }
        }
        guard let found else {
            let path = VerifierPath.file(prefix, tile.index, width: tile.hashes.count)
            return find(.missing, path, range, "is not there")
        }
        let stored = Hash.split(found.bytes).prefix(tile.hashes.count)
        let whole = found.path.contains(".p/") ? tile.hashes.count * 32 : 8192
        if found.bytes.count != whole || !stored.elementsEqual(tile.hashes) {
            let slot = zip(stored, tile.hashes).enumerated().first { $1.0 != $1.1 }?.offset
            let start = first + UInt64(slot ?? 0) * span
            find(
                .tileDiffers, found.path, start..<range.upperBound, "is not what is below it makes")
        }
        let bytes = tile.hashes.flatMap(\.bytes)
        partials(prefix, tile.index, below: tile.hashes.count) {
            $0 * 32
        } matching: {
            bytes
        }
    }

    /// Compares the partial forms a file had while it grew with its beginning.
    ///
    /// Forms that are wider than the checkpoint asks for were left by a crash and belong to no checkpoint yet.
    private mutating func partials(
        _ prefix: String, _ index: UInt64, below width: Int, length: (Int) -> Int?,
        matching whole: () -> [UInt8]
    ) {
        let folderPath = VerifierPath.file(prefix, index, width: 256) + ".p"
        for name in ((try? folder.list(folderPath)) ?? []).sorted() {
            guard let stated = Int(name), stated > 0, stated < width, String(stated) == name
            else { continue }
            let range = index * 256..<index * 256 + UInt64(stated)
            guard let bytes = load("\(folderPath)/\(name)", limit: whole().count, range) else {
                continue
            }
            guard let end = length(stated), whole().prefix(end).elementsEqual(bytes) else {
                find(
                    .partialDiffers, "\(folderPath)/\(name)", range,
                    "is not the beginning of what it grew into")
                continue
            }
        }
    }
}
