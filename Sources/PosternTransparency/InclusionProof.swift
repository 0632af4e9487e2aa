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
