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
