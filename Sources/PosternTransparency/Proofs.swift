/// Proof that a leaf is in a tree (RFC 6962 section 2.1.1).
public struct InclusionProof: Sendable, Equatable {
    /// The leaf's number, from 0.
    public let leafIndex: UInt64
    /// The size of the tree.
    public let treeSize: UInt64
    /// The hashes beside the way from the leaf to the root, the leaf's sibling first.
    public let path: [MerkleHash]

    /// Takes a proof as received; ``verify(leaf:root:)`` says whether it proves anything.
    public init(leafIndex: UInt64, treeSize: UInt64, path: [MerkleHash]) {
        self.leafIndex = leafIndex
        self.treeSize = treeSize
        self.path = path
    }

    /// Makes a proof from stored hashes.
    ///
    /// - Parameters:
    ///   - leafIndex: The leaf's number.
    ///   - treeSize: The size of the tree to prove it in.
    ///   - read: Gives the hashes of complete subtrees, in the order asked for; asked once.
    /// - Returns: nil when the tree has no such leaf, its size is over ``TreeSize/limit``, or `read` gave
    ///   another count of hashes.
    /// - Throws: What `read` throws.
    public static func make<Problem: Error>(
        leafIndex: UInt64, treeSize: UInt64,
        read: ([NodeAddress]) throws(Problem) -> [MerkleHash]
    ) throws(Problem) -> InclusionProof? {
        guard leafIndex < treeSize, treeSize <= TreeSize.limit else { return nil }
        var siblings: [Range<UInt64>] = []
        var tree: Range<UInt64> = 0..<treeSize
        while tree.upperBound - tree.lowerBound > 1 {
            let middle = tree.middle
            if leafIndex < middle {
                siblings.append(middle..<tree.upperBound)
                tree = tree.lowerBound..<middle
            } else {
                siblings.append(tree.lowerBound..<middle)
                tree = middle..<tree.upperBound
            }
        }
        siblings.reverse()
        guard let path = try ProofReader.hashes(of: siblings, read: read) else { return nil }
        return InclusionProof(leafIndex: leafIndex, treeSize: treeSize, path: path)
    }

    /// Whether the proof shows that a leaf with this hash is in the tree with this root.
    ///
    /// Follows RFC 9162 section 2.1.3.2. A proof of the wrong length proves nothing.
    public func verify(leaf: MerkleHash, root: MerkleHash) -> Bool {
        guard leafIndex < treeSize else { return false }
        var node = leafIndex
        var last = treeSize - 1
        var hash = leaf
        for sibling in path {
            guard last > 0 else { return false }
            if node & 1 == 1 || node == last {
                hash = .node(sibling, hash)
                while node & 1 == 0, node > 0 {
                    node >>= 1
                    last >>= 1
                }
            } else {
                hash = .node(hash, sibling)
            }
            node >>= 1
            last >>= 1
        }
        return last == 0 && hash == root
    }
}

/// Proof that a tree is an earlier one with leaves added at its end only (RFC 6962 section 2.1.2).
public struct ConsistencyProof: Sendable, Equatable {
    /// The size of the earlier tree.
    public let oldSize: UInt64
    /// The size of the later tree.
    public let newSize: UInt64
    /// The hashes, in RFC 6962's order; none when the sizes are equal or the earlier tree was empty.
    public let path: [MerkleHash]

    /// Takes a proof as received; ``verify(old:new:)`` says whether it proves anything.
    public init(oldSize: UInt64, newSize: UInt64, path: [MerkleHash]) {
        self.oldSize = oldSize
        self.newSize = newSize
        self.path = path
    }

    /// Makes a proof from stored hashes.
    ///
    /// - Parameters:
    ///   - oldSize: The size of the earlier tree; 0 is allowed and needs no hashes.
    ///   - newSize: The size of the later tree.
    ///   - read: Gives the hashes of complete subtrees, in the order asked for; asked once.
    /// - Returns: nil when the later tree is the smaller, a size is over ``TreeSize/limit``, or `read` gave
    ///   another count of hashes.
    /// - Throws: What `read` throws.
    public static func make<Problem: Error>(
        oldSize: UInt64, newSize: UInt64,
        read: ([NodeAddress]) throws(Problem) -> [MerkleHash]
    ) throws(Problem) -> ConsistencyProof? {
        guard oldSize <= newSize, newSize <= TreeSize.limit else { return nil }
        guard oldSize > 0, oldSize < newSize else {
            return ConsistencyProof(oldSize: oldSize, newSize: newSize, path: [])
        }
        var ranges: [Range<UInt64>] = []
        var tree: Range<UInt64> = 0..<newSize
        while tree.upperBound != oldSize {
            let middle = tree.middle
            if oldSize <= middle {
                ranges.append(middle..<tree.upperBound)
                tree = tree.lowerBound..<middle
            } else {
                ranges.append(tree.lowerBound..<middle)
                tree = middle..<tree.upperBound
            }
        }
        // What is left is the earlier tree's last subtree. When it is the whole earlier tree, the verifier
        // has its hash already.
        if tree.lowerBound > 0 { ranges.append(tree) }
        ranges.reverse()
        guard let path = try ProofReader.hashes(of: ranges, read: read) else { return nil }
        return ConsistencyProof(oldSize: oldSize, newSize: newSize, path: path)
    }

    /// Whether the proof shows that the tree with root `new` continues the tree with root `old`.
    ///
    /// Follows RFC 9162 section 2.1.4.2. Every tree continues the empty one, whose root is
    /// ``MerkleHash/empty``. A proof of the wrong length proves nothing.
    public func verify(old: MerkleHash, new: MerkleHash) -> Bool {
        guard oldSize <= newSize else { return false }
        if oldSize == newSize {
            return path.isEmpty && old == new && (oldSize > 0 || old == .empty)
        }
        if oldSize == 0 { return path.isEmpty && old == .empty }

        var hashes = path[...]
        var node = oldSize - 1
        var last = newSize - 1
        while node & 1 == 1 {
            node >>= 1
            last >>= 1
        }
        // An earlier tree that is one complete subtree starts the way up itself.
        guard let start = node == 0 ? old : hashes.popFirst() else { return false }
        var oldHash = start
        var newHash = start
        for hash in hashes {
            guard last > 0 else { return false }
            if node & 1 == 1 || node == last {
                oldHash = .node(hash, oldHash)
                newHash = .node(hash, newHash)
                while node & 1 == 0, node > 0 {
                    node >>= 1
                    last >>= 1
                }
            } else {
                newHash = .node(newHash, hash)
            }
            node >>= 1
            last >>= 1
        }
        return last == 0 && oldHash == old && newHash == new
    }
}

enum ProofReader {
    /// The hashes of ranges as RFC 6962 splits a tree, complete or not, read in one go.
    static func hashes<Problem: Error>(
        of ranges: [Range<UInt64>], read: ([NodeAddress]) throws(Problem) -> [MerkleHash]
    ) throws(Problem) -> [MerkleHash]? {
        let parts = ranges.map(NodeAddress.covering)
        let addresses = parts.flatMap { $0 }
        var hashes = try read(addresses)[...]
        guard hashes.count == addresses.count else { return nil }
        return parts.map { part in
            defer { hashes = hashes.dropFirst(part.count) }
            return .joining(hashes.prefix(part.count))
        }
    }
}

extension Range<UInt64> {
    /// Where RFC 6962 splits a tree of at least two leaves.
    fileprivate var middle: UInt64 { lowerBound + TreeSize.split(upperBound - lowerBound) }
}

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
