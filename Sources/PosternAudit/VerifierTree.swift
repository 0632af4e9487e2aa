import Crypto

/// The verifier's own RFC 6962 hashing; the writer's is in PosternTransparency.
struct VerifierHash: Hashable {
    let bytes: [UInt8]

    static func leaf(_ entry: ArraySlice<UInt8>) -> VerifierHash {
        var hash = SHA256()
        hash.update(data: [0])
        entry.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return VerifierHash(bytes: Array(hash.finalize()))
    }

    static func inner(_ left: VerifierHash, _ right: VerifierHash) -> VerifierHash {
        VerifierHash(bytes: Array(SHA256.hash(data: [1] + left.bytes + right.bytes)))
    }

    /// The whole hashes that bytes hold.
    static func split(_ bytes: [UInt8]) -> [VerifierHash] {
        stride(from: 0, to: bytes.count - bytes.count % 32, by: 32).map {
            VerifierHash(bytes: Array(bytes[$0..<$0 + 32]))
        }
    }
}

/// The verifier's own tree: rows of at most 256 hashes, one for each tile level.
struct VerifierTree {
    struct Tile {
        let level: Int
        let index: UInt64
        let hashes: [VerifierHash]
    }

    private(set) var size: UInt64 = 0
    private var rows: [[VerifierHash]] = []

    /// Adds a leaf's hash, and returns the tiles that are full now.
    mutating func append(_ leaf: VerifierHash) -> [Tile] {
        size += 1
        var full: [Tile] = []
        var carried: VerifierHash? = leaf
        var level = 0
        while let hash = carried {
            if rows.count == level { rows.append([]) }
            rows[level].append(hash)
            carried = nil
            if rows[level].count == 256 {
                let index = size / (Self.span(level) * 256) - 1
                full.append(Tile(level: level, index: index, hashes: rows[level]))
                carried = Self.root(of: rows[level])
                rows[level] = []
                level += 1
            }
        }
        return full
    }

    /// The tiles that are not full, from level 0.
    var unfinished: [Tile] {
        rows.enumerated().filter { !$1.isEmpty }.map { level, hashes in
            Tile(level: level, index: size / (Self.span(level) * 256), hashes: hashes)
        }
    }

    /// The root: each row's hashes with what the rows below add at its end.
    var root: [UInt8] {
        var right: VerifierHash?
        for row in rows {
            let hashes = row + (right.map { [$0] } ?? [])
            // What is below ends the row, but it is no full subtree: it must not be taken for one.
            right = hashes.isEmpty ? nil : Self.ragged(row[...], right)
        }
        return right?.bytes ?? Array(SHA256.hash(data: [UInt8]()))
    }

    /// The Merkle tree hash of at most 256 full subtrees of one size, followed by a smaller rest.
    private static func ragged(
        _ hashes: ArraySlice<VerifierHash>, _ rest: VerifierHash?
    ) -> VerifierHash? {
        if hashes.isEmpty { return rest }
        if hashes.count == 1, rest == nil { return hashes.first }
        var split = 1
        while split * 2 < hashes.count + (rest == nil ? 0 : 1) { split *= 2 }
        guard let left = ragged(hashes.prefix(split), nil),
            let right = ragged(hashes.dropFirst(split), rest)
        else { return nil }
        return .inner(left, right)
    }

    /// The Merkle tree hash of some hashes alone.
    static func root(of hashes: [VerifierHash]) -> VerifierHash? { ragged(hashes[...], nil) }

    /// How many entries one hash of a tile level covers.
    static func span(_ level: Int) -> UInt64 { level < 8 ? 1 << UInt64(8 * level) : .max }
}

/// The verifier's own spelling of paths (C2SP tlog-tiles).
enum VerifierPath {
    static func file(_ prefix: String, _ index: UInt64, width: Int) -> String {
        var digits = String(index)
        digits = String(repeating: "0", count: (3 - digits.count % 3) % 3) + digits
        var groups: [Substring] = []
        while !digits.isEmpty {
            groups.insert(digits.suffix(3)[...], at: 0)
            digits.removeLast(3)
        }
        let path = groups.dropLast().map { "x\($0)/" }.joined() + (groups.last ?? "000")
        return "\(prefix)/\(path)" + (width < 256 ? ".p/\(width)" : "")
    }
}
