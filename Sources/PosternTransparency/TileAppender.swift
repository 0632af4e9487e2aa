/// A growing tree that hands out its tiles: full ones as they fill, partial ones when a checkpoint needs them.
///
/// It keeps the unfinished tile of every level, at most 64 KiB in all.
public struct TileAppender: Sendable, Equatable {
    /// The unfinished tile of each level, level 0 first; none is full, and some may be empty.
    private var edge: [[MerkleHash]] = []
    /// The tree's size and subtrees.
    public private(set) var frontier = MerkleFrontier()

    /// The tree without leaves.
    public init() {}

    /// Takes up where the stored tiles left off.
    ///
    /// It is nil when the size is over ``TreeSize/limit`` or `read` gave other tiles than those asked for.
    /// Compare ``root`` with the checkpoint before appending: stored tiles can be wrong.
    ///
    /// - Parameters:
    ///   - size: The tree's size.
    ///   - read: Gives the tiles of the tree's right edge, in the order asked for.
    /// - Throws: What `read` throws.
    public init?<Problem: Error>(
        size: UInt64, read: ([TileAddress]) throws(Problem) -> [HashTile]
    ) throws(Problem) {
        guard let nodes = MerkleFrontier.nodes(size: size) else { return nil }
        let addresses = TileAddress.edge(treeSize: size)
        let tiles = try read(addresses)
        guard tiles.map(\.address) == addresses else { return nil }
        // A bit of the size within a level's eight is a subtree in that level's unfinished tile.
        let subtrees = nodes.compactMap { node in
            tiles.lazy.compactMap { $0.hash(of: node) }.first
        }
        guard let frontier = MerkleFrontier(size: size, subtrees: subtrees) else { return nil }
        edge = tiles.map { $0.address.isPartial ? $0.hashes : [] }
        self.frontier = frontier
    }

    /// How many leaves the tree has.
    public var size: UInt64 { frontier.size }

    /// The RFC 6962 Merkle tree hash of the leaves so far.
    public var root: MerkleHash { frontier.root }

    /// Adds one leaf.
    ///
    /// - Returns: The tiles that became full, level 0 first: none for 255 leaves of 256.
    public mutating func append(_ leaf: MerkleHash) -> [HashTile] {
        frontier.append(leaf)
        var full: [HashTile] = []
        var hash = leaf
        for level in 0... {
            if level == edge.count { edge.append([]) }
            edge[level].append(hash)
            guard edge[level].count == TileAddress.fullWidth else { break }
            let hashes = edge[level]
            edge[level] = []
            hash = .complete(hashes)
            let index = size >> UInt64(TileAddress.height * (level + 1)) - 1
            let address = TileAddress(unchecked: level, index, TileAddress.fullWidth)
            if let tile = HashTile(address, hashes: hashes) { full.append(tile) }
        }
        return full
    }

    /// The tiles that a checkpoint of the present size needs beside the full ones, level 0 first.
    public var partialTiles: [HashTile] {
        edge.enumerated().compactMap { level, hashes in
            guard !hashes.isEmpty else { return nil }
            let index = size >> UInt64(TileAddress.height * (level + 1))
            return HashTile(TileAddress(unchecked: level, index, hashes.count), hashes: hashes)
        }
    }
}
