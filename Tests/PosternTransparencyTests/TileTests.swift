import PosternTransparency
import Testing

@Suite struct TileTests {
    @Test(
        arguments: [
            (0, 0, 256, "tile/0/000"), (0, 255, 256, "tile/0/255"),
            (0, 1_234_067, 256, "tile/0/x001/x234/067"), (1, 1000, 8, "tile/1/x001/000.p/8"),
            (7, 0, 127, "tile/7/000.p/127"),
            (0, 123_456_789_000, 1, "tile/0/x123/x456/x789/000.p/1"),
            (3, 255, 255, "tile/3/255.p/255"),
        ] as [(Int, UInt64, Int, String)])
    func `a tile has the path of the specification`(
        level: Int, index: UInt64, width: Int, path: String
    ) throws {
        let tile = try #require(TileAddress(level: level, index: index, width: width))
        #expect(tile.path == path)
        #expect(TileAddress(path: path) == tile)
    }

    @Test(
        arguments: [
            (0, 256, "tile/entries/000"), (256, 256, "tile/entries/256"),
            (123_456_789_000, 256, "tile/entries/x123/x456/x789/000"),
            (1_234_067, 17, "tile/entries/x001/x234/067.p/17"),
        ] as [(UInt64, Int, String)])
    func `a bundle has the path of the specification`(index: UInt64, width: Int, path: String)
        throws
    {
        let bundle = try #require(BundleAddress(index: index, width: width))
        #expect(bundle.path == path)
        #expect(BundleAddress(path: path) == bundle)
        #expect(bundle.entries.count == width)
    }

    @Test(arguments: [
        "", "tile", "tile/0", "tile/0/", "/tile/0/000", "tile/0/000/", "tile//000", "tile/00/000",
        "tile/8/000", "tile/63/000", "tile/64/000", "tile/-1/000", "tile/0/0", "tile/0/0000",
        "tile/0/x000", "tile/0/x000/001", "tile/0/001/002", "tile/0/x001/x002", "tile/0/xx01/002",
        "tile/0/x1/002", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/",
        "tile/0/000.p", "tile/0/000.p/1/2", "tile/0/000.P/1", "tile/0/x00000/001",
        "tile/0/x999/x999/x999/x999/x999/x999/999", "tile/0/x001/x999/x999/x999/x999/x999/x999/999",
        "tile/0/+01", "tile/0/0 1", "tile/0/000\n", "tile/0/000.p/1\u{301}", "tile/7/001",
        "tile/0/..", "tile/0/../../etc/passwd", "tile/entries/000", "tile/data/000", "tile/7/000",
    ])
    func `another spelling is no tile`(path: String) {
        #expect(TileAddress(path: path) == nil)
        let bundle = path.replacing("tile/0", with: "tile/entries")
        #expect(BundleAddress(path: bundle) == nil || path == "tile/entries/000")
    }

    @Test func `a tree of 70,000 has the tiles the specification counts`() {
        var log = MemoryLog()
        let leaf = MerkleHash.leaf([])
        for _ in 0..<70_000 { log.append(leaf) }
        let full = log.tiles.keys.sorted()
        #expect(full.count { $0.hasPrefix("tile/0/") } == 273)
        #expect(full.filter { !$0.hasPrefix("tile/0/") } == ["tile/1/000"])
        #expect(
            log.tree.partialTiles.map(\.address.path)
                == ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"])
        #expect(
            TileAddress.edge(treeSize: 70_000).map(\.path)
                == ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"])
    }

    @Test func `a tree of 256 has a full tile and one above it`() {
        let log = MemoryLog(Reference.leaves(256))
        #expect(log.tiles.keys.sorted() == ["tile/0/000"])
        #expect(log.tree.partialTiles.map(\.address.path) == ["tile/1/000.p/1"])
        #expect(TileAddress.edge(treeSize: 256).map(\.path) == ["tile/0/000", "tile/1/000.p/1"])
    }

    @Test(arguments: [0, 1, 2, 255, 256, 257, 511, 512, 1000, 65_536])
    func `a tree is taken up again from its right edge`(size: Int) throws {
        let leaves = Reference.leaves(size)
        var log = MemoryLog(leaves)
        log.publish()
        var appender = try #require(
            try TileAppender(size: UInt64(size)) { addresses throws(MemoryLog.Missing) in
                var tiles: [HashTile] = []
                for address in addresses { tiles.append(try log.tile(address)) }
                return tiles
            })
        #expect(appender == log.tree)
        #expect(appender.root == Reference.root(leaves[...]))
        for leaf in Reference.leaves(300) {
            log.append(leaf)
            _ = appender.append(leaf)
        }
        #expect(appender == log.tree)
    }

    @Test func `a tree is not taken up from other tiles than its own`() {
        #expect(TileAppender(size: 5, read: { _ in [] }) == nil)
        #expect(TileAppender(size: .max, read: { _ in [] }) == nil)
        let tile = TileAddress(level: 0, index: 0, width: 4)
            .flatMap { HashTile($0, hashes: Reference.leaves(4)) }
        #expect(TileAppender(size: 5, read: { _ in [tile].compactMap(\.self) }) == nil)
    }

    @Test(arguments: [300, 512, 1000, 65_536 + 300])
    func `proofs across tiles are those of the RFC`(size: Int) throws {
        let leaves = Reference.leaves(size)
        var log = MemoryLog(leaves)
        log.publish()
        let reader = TileReader(treeSize: UInt64(size), read: log.tile)
        let root = Reference.root(leaves[...])
        for index in [0, 255, 256, size - 1] {
            let proof = try #require(
                try InclusionProof.make(
                    leafIndex: UInt64(index), treeSize: UInt64(size), read: reader.hashes))
            #expect(proof.path == Reference.path(index, leaves[...]))
            #expect(proof.verify(leaf: leaves[index], root: root))
        }
        for old in [255, 256, 257, size - 1] {
            let proof = try #require(
                try ConsistencyProof.make(
                    oldSize: UInt64(old), newSize: UInt64(size), read: reader.hashes))
            #expect(proof.path == Reference.consistency(old, leaves[...]))
            #expect(proof.verify(old: Reference.root(leaves.prefix(old)), new: root))
        }
    }

    @Test func `a tile gives the hashes of its nodes and of no others`() throws {
        let leaves = Reference.leaves(300)
        let address = try #require(TileAddress(level: 0, index: 1, width: 44))
        let tile = try #require(HashTile(address, hashes: Array(leaves[256...])))
        let cases: [(level: Int, index: UInt64, covers: Range<Int>?)] = [
            (0, 256, 256..<257), (0, 299, 299..<300), (0, 300, nil), (0, 255, nil),
            (3, 32, 256..<264), (3, 36, 288..<296), (3, 37, nil), (5, 8, 256..<288), (8, 1, nil),
        ]
        for (level, index, covers) in cases {
            let node = try #require(NodeAddress(level: level, index: index))
            #expect(tile.hash(of: node) == covers.map { Reference.root(leaves[$0]) })
        }
        #expect(tile.prefix(10)?.hashes == Array(leaves[256..<266]))
        #expect(tile.prefix(45) == nil)
        #expect(tile.prefix(0) == nil)
        #expect(HashTile(address, bytes: tile.bytes) == tile)
        #expect(HashTile(address, bytes: tile.bytes + [0]) == nil)
        #expect(HashTile(address, bytes: Array(tile.bytes.dropLast(32))) == nil)
    }

    @Test func `addresses that no tree has are refused`() {
        #expect(NodeAddress(level: 62, index: 0) != nil)
        #expect(NodeAddress(level: 62, index: 1) == nil)
        #expect(NodeAddress(level: 63, index: 0) == nil)
        #expect(NodeAddress(level: -1, index: 0) == nil)
        #expect(NodeAddress(level: 0, index: TreeSize.limit - 1) != nil)
        #expect(NodeAddress(level: 0, index: TreeSize.limit) == nil)
        #expect(NodeAddress(level: 0, index: .max) == nil)
        #expect(TileAddress(level: 0, index: TreeSize.limit >> 8, width: 255) != nil)
        #expect(TileAddress(level: 0, index: TreeSize.limit >> 8, width: 256) == nil)
        #expect(TileAddress(level: 0, index: .max, width: 1) == nil)
        #expect(TileAddress(level: 7, index: 0, width: 127) != nil)
        #expect(TileAddress(level: 7, index: 0, width: 128) == nil)
        #expect(TileAddress(level: 0, index: 0, width: 0) == nil)
        #expect(TileAddress(level: 0, index: 0, width: 257) == nil)
        #expect(BundleAddress(containing: .max, treeSize: .max) == nil)
        #expect(BundleAddress(containing: 5, treeSize: 5) == nil)
        #expect(BundleAddress(containing: 4, treeSize: 5)?.path == "tile/entries/000.p/5")
        #expect(BundleAddress(containing: 4, treeSize: 500)?.path == "tile/entries/000")
    }

    @Test func `a bundle is read back as it was written`() throws {
        let entries: [[UInt8]] = [[], [1], Array(repeating: 7, count: 65_535), [2, 3]]
        let bytes = try #require(EntryBundle.encode(entries))
        #expect(bytes.prefix(5) == [0, 0, 0, 1, 1])
        let address = try #require(BundleAddress(index: 0, width: 4))
        #expect(EntryBundle.decode(bytes, at: address) == entries)
        #expect(EntryBundle.encode([Array(repeating: 0, count: 65_536)]) == nil)
        for width in [1, 3, 5, 256] {
            let other = try #require(BundleAddress(index: 0, width: width))
            #expect(EntryBundle.decode(bytes, at: other) == nil)
        }
    }

    @Test func `a bundle cut anywhere or gone on with is refused`() throws {
        let bytes = try #require(EntryBundle.encode([[1, 2, 3], [], [4, 5]]))
        let address = try #require(BundleAddress(index: 9, width: 3))
        #expect(EntryBundle.decode(bytes, at: address) != nil)
        for end in bytes.indices {
            #expect(EntryBundle.decode(Array(bytes[..<end]), at: address) == nil)
        }
        #expect(EntryBundle.decode(bytes + [0], at: address) == nil)
        #expect(EntryBundle.decode(bytes + [0, 0], at: address) == nil)
    }
}
