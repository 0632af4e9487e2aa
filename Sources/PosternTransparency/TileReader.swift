/// Reads the hashes of nodes from a log's tiles, each tile once for each call.
///
/// Its method ``hashes(of:)`` fits the `read` of ``InclusionProof/make(leafIndex:treeSize:read:)`` and
/// ``ConsistencyProof/make(oldSize:newSize:read:)``. Tiles are believed: verify a proof made from files that
/// somebody else can write.
public struct TileReader<Problem: Error> {
    /// The size of a tree whose tiles exist: that of a published checkpoint.
    public let treeSize: UInt64
    private let read: (TileAddress) throws(Problem) -> HashTile

    /// Reads from a tree.
    ///
    /// - Parameters:
    ///   - treeSize: The size of a published checkpoint, at least that of every proof asked for.
    ///   - read: Gives one tile.
    public init(treeSize: UInt64, read: @escaping (TileAddress) throws(Problem) -> HashTile) {
        self.treeSize = treeSize
        self.read = read
    }

    /// The nodes' hashes in order; fewer when the tree does not have one of them, or a tile is not the one
    /// asked for.
    public func hashes(of nodes: [NodeAddress]) throws(Problem) -> [MerkleHash] {
        var tiles: [TileAddress: HashTile] = [:]
        var hashes: [MerkleHash] = []
        for node in nodes {
            guard let address = TileAddress(containing: node, treeSize: treeSize) else { break }
            let tile: HashTile
            if let known = tiles[address] { tile = known } else { tile = try read(address) }
            tiles[address] = tile
            guard tile.address == address, let hash = tile.hash(of: node) else { break }
            hashes.append(hash)
        }
        return hashes
    }
}
