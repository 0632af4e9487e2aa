/// Where a bundle of entries stands (C2SP tlog-tiles, "Log entries").
public struct BundleAddress: Hashable, Sendable, CustomStringConvertible {
    /// Position from the left: the bundle starts with entry 256 × this.
    public let index: UInt64
    /// How many entries the bundle has, 1 to 256.
    public let width: Int

    /// The entries' numbers.
    public var entries: Range<UInt64> { index << 8..<index << 8 + UInt64(width) }

    /// Whether the bundle will still grow.
    public var isPartial: Bool { width < TileAddress.fullWidth }

    /// Checks that a tree within ``TreeSize/limit`` can have the bundle.
    public init?(index: UInt64, width: Int = TileAddress.fullWidth) {
        guard let tile = TileAddress(level: 0, index: index, width: width) else { return nil }
        self.init(besides: tile)
    }

    /// The bundle that holds an entry in a tree of a given size; nil when the tree does not have it.
    public init?(containing entry: UInt64, treeSize: UInt64) {
        guard let leaf = NodeAddress(level: 0, index: entry),
            let tile = TileAddress(containing: leaf, treeSize: treeSize)
        else { return nil }
        self.init(besides: tile)
    }

    /// Reads a path such as `tile/entries/x001/234.p/112`; nil for all but ``path``'s own spelling.
    public init?(path: some StringProtocol) {
        let parts = path.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "tile", parts[1] == "entries",
            let (index, width) = TilePath.decode(parts[2]),
            let bundle = BundleAddress(index: index, width: width),
            bundle.path.utf8.elementsEqual(path.utf8)
        else { return nil }
        self = bundle
    }

    private init(besides tile: TileAddress) {
        index = tile.index
        width = tile.width
    }

    /// The tile of level 0 with the entries' hashes.
    public var tile: TileAddress { TileAddress(unchecked: 0, index, width) }

    /// The bundle's path below the log's prefix, `tile/entries/<N>[.p/<W>]`.
    public var path: String { "tile/entries/\(TilePath.encode(index: index, width: width))" }

    /// The path.
    public var description: String { path }
}
