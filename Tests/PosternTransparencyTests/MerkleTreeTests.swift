import PosternTransparency
import Testing

@Suite struct MerkleTreeTests {
    /// The leaves and roots that certificate-transparency and its descendants share as test data.
    static let leaves = [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    static let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    /// The public test data's leaves, hashed.
    static var hashes: [MerkleHash] { leaves.map { .leaf(hex($0)) } }

    static func log(_ size: Int) -> MemoryLog {
        var log = MemoryLog(Array(hashes.prefix(size)))
        log.publish()
        return log
    }

    @Test(arguments: 0...8)
    func `a tree of the public test leaves has the public root`(size: Int) {
        var frontier = MerkleFrontier()
        for leaf in Self.hashes.prefix(size) { frontier.append(leaf) }
        #expect(frontier.root.bytes == hex(Self.roots[size]))
        #expect(frontier.size == UInt64(size))
        #expect(Self.log(size).tree.root.bytes == hex(Self.roots[size]))
    }

    @Test(arguments: [
        (0, 1, []),
        (0, 2, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"]),
        (1, 2, ["6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"]),
        (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
        (
            1, 5,
            [
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ]
        ),
        (
            5, 8,
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        ),
    ])
    func `an inclusion proof over the public test leaves is the public one`(
        index: Int, size: Int, path: [String]
    ) throws {
        let log = Self.log(size)
        let reader = TileReader(treeSize: UInt64(size), read: log.tile)
        let proof = try #require(
            try InclusionProof.make(
                leafIndex: UInt64(index), treeSize: UInt64(size), read: reader.hashes))
        #expect(proof.path.map(\.bytes) == path.map(hex))
    }

    @Test(arguments: [
        (1, 1, []),
        (
            1, 8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ]
        ),
        (
            2, 5,
            [
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ]
        ),
        (
            6, 8,
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        ),
    ])
    func `a consistency proof over the public test leaves is the public one`(
        old: Int, new: Int, path: [String]
    ) throws {
        let log = Self.log(new)
        let reader = TileReader(treeSize: UInt64(new), read: log.tile)
        let proof = try #require(
            try ConsistencyProof.make(
                oldSize: UInt64(old), newSize: UInt64(new), read: reader.hashes))
        #expect(proof.path.map(\.bytes) == path.map(hex))
    }

    @Test func `a frontier is taken up again from its hashes, and not from another count of them`()
    {
        var frontier = MerkleFrontier()
        for leaf in Reference.leaves(77) {
            #expect(
                MerkleFrontier(size: frontier.size, subtrees: frontier.subtrees) == frontier)
            #expect(
                MerkleFrontier.nodes(size: frontier.size)?.count == frontier.subtrees.count)
            frontier.append(leaf)
        }
        #expect(MerkleFrontier(size: 77, subtrees: Array(frontier.subtrees.dropLast())) == nil)
        #expect(MerkleFrontier(size: 78 << 57, subtrees: frontier.subtrees) == nil)
        #expect(MerkleFrontier(size: .max, subtrees: Array(repeating: .empty, count: 64)) == nil)
        #expect(MerkleFrontier.nodes(size: .max) == nil)
    }

    @Test func `a frontier of the largest size takes a leaf without trapping`() throws {
        var frontier = try #require(
            MerkleFrontier(
                size: TreeSize.limit, subtrees: Array(repeating: .empty, count: 63)))
        frontier.append(.empty)
        #expect(frontier.subtrees.count == 1)
    }

    @Test func `a hash is 32 bytes and has one base64 spelling`() throws {
        let hash = MerkleHash.leaf([1])
        #expect(MerkleHash(bytes: hash.bytes) == hash)
        #expect(MerkleHash(base64: hash.base64) == hash)
        #expect(MerkleHash(bytes: hash.bytes.dropLast()) == nil)
        #expect(MerkleHash(base64: hash.base64.dropLast()) == nil)
        // The last character before the padding carries two bits that must be zero.
        let zero = try #require(MerkleHash(bytes: [UInt8](repeating: 0, count: 32)))
        #expect(zero.base64.hasSuffix("A="))
        #expect(MerkleHash(base64: zero.base64.dropLast(2) + "B=") == nil)
    }

    @Test(
        arguments: [
            ("0", 0), ("1", 1), ("9223372036854775807", Int64.max), ("", nil), ("01", nil),
            ("9223372036854775808", nil), ("99999999999999999999", nil), ("-1", nil), ("+1", nil),
            (" 1", nil), ("1\n", nil), ("0x1", nil), ("١", nil),
        ] as [(String, Int64?)])
    func `a tree size has one spelling and a limit`(text: String, value: Int64?) {
        #expect(TreeSize.parse(text) == value.map(UInt64.init))
    }
}
