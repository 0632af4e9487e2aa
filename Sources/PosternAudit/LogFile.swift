import PosternTransparency

/// A file of the log, by its place in the tree.
enum LogFile: Sendable, Hashable {
    case checkpoint
    case bundle(BundleAddress)
    case tile(TileAddress)

    var path: String {
        switch self {
        case .checkpoint: "checkpoint"
        case .bundle(let address): address.path
        case .tile(let address): address.path
        }
    }

    /// The files at the right edge of a tree: they alone change their names as the tree grows.
    static func edge(size: UInt64) -> [LogFile] {
        let tiles = TileAddress.edge(treeSize: size)
        let bundle = tiles.first.flatMap { BundleAddress(index: $0.index, width: $0.width) }
        return [.checkpoint] + (bundle.map { [.bundle($0)] } ?? []) + tiles.map { .tile($0) }
    }
}
