/// A tile with its hashes.
public struct HashTile: Sendable, Equatable {
    /// Where the tile stands.
    public let address: TileAddress
    /// As many hashes as the address says.
    public let hashes: [MerkleHash]

    /// Takes hashes; nil when their count is not the address's width.
    public init?(_ address: TileAddress, hashes: [MerkleHash]) {
        guard hashes.count == address.width else { return nil }
        self.address = address
        self.hashes = hashes
    }

    /// Reads a tile's file.
    ///
    /// A file longer than the address says is refused rather than cut, so a full tile found where a partial
    /// one was asked for must be read under its own address and shortened with ``prefix(_:)``.
    public init?(_ address: TileAddress, bytes: [UInt8]) {
        let size = MerkleHash.byteCount
        guard bytes.count == address.width * size else { return nil }
        let hashes = stride(from: 0, to: bytes.count, by: size).compactMap {
            MerkleHash(bytes: bytes[$0..<$0 + size])
        }
        self.init(address, hashes: hashes)
    }

    /// The tile's file: its hashes one after another.
    ///
    /// Hashes lie in memory as the file has them, so this is one copy.
    public var bytes: [UInt8] { hashes.withUnsafeBytes { Array($0) } }

    /// The tile as it was when it had fewer hashes; nil when it never had so many, or none are asked for.
    public func prefix(_ width: Int) -> HashTile? {
        guard width <= hashes.count,
            let earlier = TileAddress(level: address.level, index: address.index, width: width)
        else { return nil }
        return HashTile(earlier, hashes: Array(hashes.prefix(width)))
    }

    /// The hash of a node within the tile, computed from the hashes below it where it is not stored.
    ///
    /// - Returns: nil when the node belongs to another tile, or is not complete in this one.
    public func hash(of node: NodeAddress) -> MerkleHash? {
        let height = node.level % TileAddress.height
        guard node.level / TileAddress.height == address.level,
            node.index >> UInt64(TileAddress.height - height) == address.index
        else { return nil }
        let span = 1 << height
        let start = Int(node.index & (1 << UInt64(TileAddress.height - height) - 1)) * span
        guard start + span <= hashes.count else { return nil }
        return .complete(hashes[start..<start + span])
    }
}
