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
            for other in 0..<size {
                #expect(
                    proof.verify(leaf: Self.leaves[other], root: Self.roots[size])
                        == (other == index))
                let moved = InclusionProof(
                    leafIndex: UInt64(other), treeSize: UInt64(size), path: proof.path)
                #expect(
                    moved.verify(leaf: Self.leaves[index], root: Self.roots[size])
                        == (other == index))
            }
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
            for other in 0...new {
                #expect(
                    proof.verify(old: Self.roots[other], new: Self.roots[new]) == (other == old))
                if old < new {
                    #expect(
                        proof.verify(old: Self.roots[old], new: Self.roots[other]) == (other == new)
                            || old == 0)
                }
            }
        }
    }

    @Test(arguments: [(0, 70), (41, 70), (69, 70), (63, 64), (5, 7)])
    func `no bit of an inclusion proof can change`(index: Int, size: Int) throws {
        let made = try InclusionProof.make(
            leafIndex: UInt64(index), treeSize: UInt64(size), read: Self.reader(size).hashes)
        let proof = try #require(made)
        let root = Self.roots[size]
        for position in proof.path.indices {
            for bit in 0..<256 {
                var path = proof.path
                path[position] = try #require(
                    MerkleHash(bytes: flipping(bit, of: path[position].bytes)))
                let forged = InclusionProof(
                    leafIndex: proof.leafIndex, treeSize: proof.treeSize, path: path)
                #expect(!forged.verify(leaf: Self.leaves[index], root: root))
            }
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
            for bit in 0..<256 {
                var path = proof.path
                path[position] = try #require(
                    MerkleHash(bytes: flipping(bit, of: path[position].bytes)))
                #expect(!verify(path))
            }
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
