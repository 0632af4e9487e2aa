/// Where a tile of hashes stands: which level, which position, how many hashes (C2SP tlog-tiles).
public struct TileAddress: Hashable, Sendable, CustomStringConvertible {
    /// How many tree levels one tile spans.
    public static let height = 8
    /// How many hashes a full tile has.
    public static let fullWidth = 256

    /// The tile's level, 0 to 7: its hashes are those of tree level 8 × this.
    public let level: Int
    /// Position within the level, from the left.
    public let index: UInt64
    /// How many hashes the tile has, 1 to 256.
    public let width: Int

    /// Whether the tile will still grow.
    public var isPartial: Bool { width < Self.fullWidth }

    /// Checks that a tree within ``TreeSize/limit`` can have the tile.
    ///
    /// The specification's levels go to 63; those above 7 would need more leaves than any tree has, and
    /// are refused like every other tile that cannot exist.
    public init?(level: Int, index: UInt64, width: Int = TileAddress.fullWidth) {
        guard (0...7).contains(level), (1...Self.fullWidth).contains(width) else { return nil }
        let hashes = TreeSize.limit >> UInt64(Self.height * level)  // on this level, at most
        guard index <= hashes >> 8, index << 8 + UInt64(width) <= hashes else { return nil }
        self.init(unchecked: level, index, width)
    }

    init(unchecked level: Int, _ index: UInt64, _ width: Int) {
        self.level = level
        self.index = index
        self.width = width
    }

    /// The tile that holds a node's hash, or the hashes below it, in a tree of a given size.
    ///
    /// - Returns: nil when the tree does not have the complete node.
    public init?(containing node: NodeAddress, treeSize: UInt64) {
        guard treeSize <= TreeSize.limit, node.end <= treeSize else { return nil }
        let level = node.level / Self.height
        let index = node.index >> UInt64(Self.height - node.level % Self.height)
        let hashes = treeSize >> UInt64(Self.height * level) - index << 8
        self.init(unchecked: level, index, Int(min(hashes, UInt64(Self.fullWidth))))
    }

    /// All tiles a tree of a given size has on its right edge: the last one of each level, full or partial.
    ///
    /// - Returns: Level 0 first; none when the size is 0 or over ``TreeSize/limit``.
    public static func edge(treeSize: UInt64) -> [TileAddress] {
        guard treeSize <= TreeSize.limit else { return [] }
        var tiles: [TileAddress] = []
        var hashes = treeSize
        while hashes > 0 {
            let index = (hashes - 1) >> 8
            tiles.append(TileAddress(unchecked: tiles.count, index, Int(hashes - index << 8)))
            hashes >>= 8
        }
        return tiles
    }

    /// Reads a path such as `tile/0/x001/234.p/112`.
    ///
    /// - Returns: nil for all but the one spelling that ``path`` would give.
    public init?(path: some StringProtocol) {
        let parts = path.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "tile", let level = TreeSize.parse(parts[1]),
            level <= 7,
            let (index, width) = TilePath.decode(parts[2]),
            let tile = TileAddress(level: Int(level), index: index, width: width),
            tile.path.utf8.elementsEqual(path.utf8)
        else { return nil }
        self = tile
    }

    /// The tile's path below the log's prefix, `tile/<L>/<N>[.p/<W>]`.
    public var path: String { "tile/\(level)/\(TilePath.encode(index: index, width: width))" }

    /// The path.
    public var description: String { path }
}

/// The `<N>[.p/<W>]` part of a path.
enum TilePath {
    static func encode(index: UInt64, width: Int) -> String {
        var parts = [digits(index % 1000)]
        var rest = index / 1000
        while rest > 0 {
            parts.append("x" + digits(rest % 1000))
            rest /= 1000
        }
        let path = parts.reversed().joined(separator: "/")
        return width < TileAddress.fullWidth ? "\(path).p/\(width)" : path
    }

    /// Reads generously; the callers compare with what they would have written.
    static func decode(_ text: some StringProtocol) -> (index: UInt64, width: Int)? {
        var parts = String(text).split(separator: "/", omittingEmptySubsequences: false)
        var width = TileAddress.fullWidth
        if parts.count > 1, parts[parts.count - 2].hasSuffix(".p") {
            guard let stated = TreeSize.parse(parts.removeLast()), stated < TileAddress.fullWidth
            else { return nil }
            width = Int(stated)
            parts.append(parts.removeLast().dropLast(2))
        }
        guard parts.count <= 7 else { return nil }  // 21 digits: more than 64 bits hold
        var index: UInt64 = 0
        for part in parts {
            let digits = part.drop { $0 == "x" }
            guard digits.utf8.count == 3, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let value = UInt64(digits)
            else { return nil }
            let (product, overflow) = index.multipliedReportingOverflow(by: 1000)
            guard !overflow, product <= TreeSize.limit else { return nil }
            index = product + value
        }
        return (index, width)
    }

    private static func digits(_ value: UInt64) -> String {
        let text = String(value)
        return String(repeating: "0", count: 3 - text.utf8.count) + text
    }
}
