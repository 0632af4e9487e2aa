/// Where a log lies and what it is called.
public struct TileLogSettings: Sendable, Equatable {
    /// The folder with `checkpoint` and `tile/`: all of it may be served to the world.
    public var folder: String
    /// The signing key's file, outside the folder; the public key stands beside it.
    public var keyFile: String
    /// The log's name in checkpoints, by custom a URL without scheme such as `example.com/postern/node1`.
    public var origin: String

    /// Names a log.
    ///
    /// - Parameters:
    ///   - folder: The log's folder; its parent folder must be there.
    ///   - origin: The log's name; never change it once there are entries.
    ///   - keyFile: By default `log.key` beside the folder, never in it, so that an export of the folder
    ///     cannot hold the key.
    public init(folder: String, origin: String, keyFile: String? = nil) {
        var trimmed = folder
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        self.folder = trimmed
        self.origin = origin
        self.keyFile = keyFile ?? Self.parent(of: trimmed) + "/log.key"
    }

    /// The public key's file, `log.vkey` for `log.key`.
    ///
    /// It is written last when a log is created, and so
    /// says as well that there was one.
    public var verifierFile: String {
        (keyFile.hasSuffix(".key") ? String(keyFile.dropLast(4)) : keyFile) + ".vkey"
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "" : String(path[..<slash])
    }

    static func name(of path: String) -> String {
        String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...])
    }
}
