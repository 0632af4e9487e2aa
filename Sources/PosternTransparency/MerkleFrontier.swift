/// The right edge of a growing tree: all that is needed to append leaves and to know the root.
///
/// It holds one hash for each bit set in the size, so a tree of any size takes under 2 KiB. For writing
/// tiles as well, use ``TileAppender``.
public struct MerkleFrontier: Sendable, Equatable {
    /// How many leaves the tree has.
    public private(set) var size: UInt64
    /// The roots of the complete subtrees that make up the tree, largest and leftmost first.
    public private(set) var subtrees: [MerkleHash]

    /// The tree without leaves.
    public init() {
        size = 0
        subtrees = []
    }

    /// Takes up where a stored frontier left off.
    ///
    /// - Returns: nil when the count of hashes does not fit the size, or the size is over ``TreeSize/limit``.
    ///   Whether the hashes are right can only be said by comparing ``root`` with a checkpoint.
    public init?(size: UInt64, subtrees: [MerkleHash]) {
        guard size <= TreeSize.limit, subtrees.count == size.nonzeroBitCount else { return nil }
        self.size = size
        self.subtrees = subtrees
    }

    /// The nodes whose hashes make up the frontier of a tree, in ``subtrees``' order.
    ///
    /// - Returns: nil when the size is over ``TreeSize/limit``.
    public static func nodes(size: UInt64) -> [NodeAddress]? {
        size <= TreeSize.limit ? NodeAddress.covering(0..<size) : nil
    }

    /// Adds one leaf.
    ///
    /// A tree cannot outgrow ``TreeSize/limit`` by appending: that many appends would take centuries, and
    /// no size above it can be restored.
    public mutating func append(_ leaf: MerkleHash) {
        var hash = leaf
        // Each trailing one bit of the size is a complete left sibling that the new leaf completes.
        for _ in 0..<size.trailingOneBitCount { hash = .node(subtrees.removeLast(), hash) }
        subtrees.append(hash)
        size += 1
    }

    /// The RFC 6962 Merkle tree hash of the leaves so far.
    public var root: MerkleHash { .joining(subtrees) }
}

extension UInt64 {
    fileprivate var trailingOneBitCount: Int { (~self).trailingZeroBitCount }
}
