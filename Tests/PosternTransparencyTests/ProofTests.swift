import PosternTransparency
import Testing

@Suite struct ProofTests {
    static let bound = 70
    static let leaves = Reference.leaves(bound)
    static let roots = (0...bound).map { Reference.root(leaves.prefix($0)) }

    static func reader(_ size: Int) -> TileReader<MemoryLog.Missing> {
        var log = MemoryLog(Array(leaves.prefix(size)))
        log.publish()
        let published = log
        return TileReader(treeSize: UInt64(size), read: published.tile)
    }

    @Test(arguments: 1...bound)
    func `every leaf of a tree is proved as the RFC defines, and in no other place`(size: Int)
        throws
    {
        let reader = Self.reader(size)
        for index in 0..<size {
            let proof = try #require(
                try InclusionProof.make(
                    leafIndex: UInt64(index), treeSize: UInt64(size), read: reader.hashes))
            #expect(proof.path == Reference.path(index, Self.leaves.prefix(size)))
            let root = Self.roots[size]
            let provedLeaves = (0..<size).filter {
                proof.verify(leaf: Self.leaves[$0], root: root)
            }
            #expect(provedLeaves == [index])
            let provedPlaces = (0..<size).filter {
                InclusionProof(leafIndex: UInt64($0), treeSize: UInt64(size), path: proof.path)
                    .verify(leaf: Self.leaves[index], root: root)
            }
            #expect(provedPlaces == [index])
        }
    }

    @Test(arguments: 0...bound)
    func `every earlier tree is proved as the RFC defines, and no other one`(new: Int) throws {
        let reader = Self.reader(new)
        for old in 0...new {
            let proof = try #require(
                try ConsistencyProof.make(
                    oldSize: UInt64(old), newSize: UInt64(new), read: reader.hashes))
            if old > 0 {
                #expect(proof.path == Reference.consistency(old, Self.leaves.prefix(new)))
            }
            let earlier = (0...new).filter {
                proof.verify(old: Self.roots[$0], new: Self.roots[new])
            }
            #expect(earlier == [old])
            let later = (0...new).filter {
                proof.verify(old: Self.roots[old], new: Self.roots[$0])
            }
            // Whatever tree comes after the empty one continues it.
            #expect(later == (old == 0 && new > 0 ? Array(0...new) : [new]))
        }
    }

    @Test(arguments: [(0, 70), (41, 70), (69, 70), (63, 64), (5, 7)])
    func `no bit of an inclusion proof can change`(index: Int, size: Int) throws {
        let made = try InclusionProof.make(
            leafIndex: UInt64(index), treeSize: UInt64(size), read: Self.reader(size).hashes)
        let proof = try #require(made)
        let root = Self.roots[size]
        for position in proof.path.indices {
            let accepted = (0..<256).filter { bit in
                var path = proof.path
                let forged = flipping(bit, of: path[position].bytes)
                path[position] = MerkleHash(bytes: forged) ?? .empty
                return InclusionProof(
                    leafIndex: proof.leafIndex, treeSize: proof.treeSize, path: path
                ).verify(leaf: Self.leaves[index], root: root)
            }
            #expect(accepted.isEmpty)
        }
        for bit in 0..<64 {
            let moved = InclusionProof(
                leafIndex: proof.leafIndex ^ 1 << UInt64(bit), treeSize: proof.treeSize,
                path: proof.path)
            #expect(!moved.verify(leaf: Self.leaves[index], root: root))
        }
        for path in [proof.path.dropLast(), proof.path + [root], [root] + proof.path] {
            let cut = InclusionProof(
                leafIndex: proof.leafIndex, treeSize: proof.treeSize, path: Array(path))
            #expect(!cut.verify(leaf: Self.leaves[index], root: root))
        }
    }

    @Test(arguments: [(1, 70), (41, 70), (64, 70), (69, 70), (32, 64), (5, 7)])
    func `no bit of a consistency proof can change`(old: Int, new: Int) throws {
        let made = try ConsistencyProof.make(
            oldSize: UInt64(old), newSize: UInt64(new), read: Self.reader(new).hashes)
        let proof = try #require(made)
        func verify(_ path: [MerkleHash]) -> Bool {
            ConsistencyProof(oldSize: proof.oldSize, newSize: proof.newSize, path: path)
                .verify(old: Self.roots[old], new: Self.roots[new])
        }
        #expect(verify(proof.path))
        for position in proof.path.indices {
            let accepted = (0..<256).filter { bit in
                var path = proof.path
                let forged = flipping(bit, of: path[position].bytes)
                path[position] = MerkleHash(bytes: forged) ?? .empty
                return verify(path)
            }
            #expect(accepted.isEmpty)
        }
        #expect(!verify(Array(proof.path.dropLast())))
        #expect(!verify(proof.path + [Self.roots[new]]))
        #expect(!verify([Self.roots[old]] + proof.path))
        #expect(!verify([]))
    }

    @Test func `proofs of impossible sizes are neither made nor believed`() throws {
        let read: ([NodeAddress]) -> [MerkleHash] = { $0.map { _ in .empty } }
        #expect(InclusionProof.make(leafIndex: 3, treeSize: 3, read: read) == nil)
        #expect(InclusionProof.make(leafIndex: 0, treeSize: .max, read: read) == nil)
        #expect(ConsistencyProof.make(oldSize: 4, newSize: 3, read: read) == nil)
        #expect(ConsistencyProof.make(oldSize: 4, newSize: .max, read: read) == nil)
        let largest = TreeSize.limit
        #expect(
            InclusionProof.make(leafIndex: largest - 1, treeSize: largest, read: read)?.path.count
                == 62)
        #expect(
            ConsistencyProof.make(oldSize: largest - 1, newSize: largest, read: read)?.path.count
                == 63)
        for path in [[], [MerkleHash.empty], Array(repeating: MerkleHash.empty, count: 200)] {
            for size in [0, 1, largest, .max] {
                for other in [0, 1, largest, .max] {
                    let inclusion = InclusionProof(leafIndex: other, treeSize: size, path: path)
                    if other >= size {
                        #expect(!inclusion.verify(leaf: .empty, root: .empty))
                    } else {
                        #expect(!inclusion.verify(leaf: .leaf([]), root: .empty))
                    }
                    let consistency = ConsistencyProof(oldSize: other, newSize: size, path: path)
                    #expect(!consistency.verify(old: .leaf([]), new: .empty))
                }
            }
        }
    }

    @Test func `a proof is not made from too few hashes`() {
        #expect(InclusionProof.make(leafIndex: 1, treeSize: 5, read: { _ in [.empty] }) == nil)
        #expect(ConsistencyProof.make(oldSize: 2, newSize: 5, read: { _ in [] }) == nil)
    }

    @Test func `the reason why a tile could not be read comes through`() {
        let unpublished = MemoryLog(Array(Self.leaves.prefix(10)))
        let reader = TileReader(treeSize: 10, read: unpublished.tile)
        #expect(throws: MemoryLog.Missing(path: "tile/0/000.p/10")) {
            try InclusionProof.make(leafIndex: 1, treeSize: 10, read: reader.hashes)
        }
    }
}
