import Crypto

@testable import PosternTransparency

/// RFC 6962 section 2.1 word for word, on whole lists: slow, and easy to compare with the RFC.
enum Reference {
    static func root(_ leaves: ArraySlice<MerkleHash>) -> MerkleHash {
        switch leaves.count {
        case 0: .empty
        case 1: leaves[leaves.startIndex]
        default: .node(root(leaves[..<split(leaves)]), root(leaves[split(leaves)...]))
        }
    }

    /// PATH(m, D[n]).
    static func path(_ index: Int, _ leaves: ArraySlice<MerkleHash>) -> [MerkleHash] {
        guard leaves.count > 1 else { return [] }
        let middle = split(leaves)
        return index < middle
            ? path(index, leaves[..<middle]) + [root(leaves[middle...])]
            : path(index, leaves[middle...]) + [root(leaves[..<middle])]
    }

    /// SUBPROOF(m, D[n], b), where `end` is m counted from the whole list's start.
    static func consistency(_ end: Int, _ leaves: ArraySlice<MerkleHash>, _ known: Bool = true)
        -> [MerkleHash]
    {
        if end == leaves.endIndex { return known ? [] : [root(leaves)] }
        let middle = split(leaves)
        return end <= middle
            ? consistency(end, leaves[..<middle], known) + [root(leaves[middle...])]
            : consistency(end, leaves[middle...], false) + [root(leaves[..<middle])]
    }

    /// Hashes of that many different leaves.
    static func leaves(_ count: Int) -> [MerkleHash] {
        (0..<count).map { .leaf(Array("entry \($0)".utf8)) }
    }

    private static func split(_ leaves: ArraySlice<MerkleHash>) -> Int {
        var width = 1
        while width * 2 < leaves.count { width *= 2 }
        return leaves.startIndex + width
    }
}

/// A log in memory: entries, their tree and every tile ever handed out.
struct MemoryLog {
    private(set) var leaves: [MerkleHash] = []
    private(set) var tree = TileAppender()
    private(set) var tiles: [String: [UInt8]] = [:]

    init(_ leaves: [MerkleHash] = []) {
        for leaf in leaves { append(leaf) }
    }

    mutating func append(_ leaf: MerkleHash) {
        leaves.append(leaf)
        for tile in tree.append(leaf) { tiles[tile.address.path] = tile.bytes }
    }

    /// What a checkpoint of the present size makes public.
    mutating func publish() {
        for tile in tree.partialTiles { tiles[tile.address.path] = tile.bytes }
    }

    struct Missing: Error, Equatable { var path: String }

    func tile(_ address: TileAddress) throws(Missing) -> HashTile {
        guard let bytes = tiles[address.path], let tile = HashTile(address, bytes: bytes) else {
            throw Missing(path: address.path)
        }
        return tile
    }
}

func flipping(_ bit: Int, of bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    return bytes
}

func hex(_ text: String) -> [UInt8] {
    let digits = Array(text.utf8).map { UInt8($0 < 58 ? $0 - 48 : $0 - 87) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
