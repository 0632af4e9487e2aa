/// A log to be read: a folder, an exported copy, or bytes in memory.
public protocol LogFolder: Sendable {
    /// A file's bytes; nil when there is none, and a failure when there are more than `limit`.
    func read(_ path: String, limit: Int) throws(FileFailure) -> [UInt8]?

    /// The names in a folder; empty when there is none.
    func list(_ path: String) throws(FileFailure) -> [String]
}

/// A log in a folder on disk, opened for reading only.
public struct DiskLogFolder: LogFolder {
    private let path: String
    private let files = SystemFiles()

    /// Names the folder.
    public init(_ path: String) { self.path = path }

    /// A file's bytes.
    public func read(_ name: String, limit: Int) throws(FileFailure) -> [UInt8]? {
        try files.read("\(path)/\(name)", in: .anywhere, limit: limit)
    }

    /// The names in a folder, at most 1,024.
    public func list(_ name: String) throws(FileFailure) -> [String] {
        try files.list("\(path)/\(name)", in: .anywhere, limit: 1024)
    }
}
