import Glibc

/// What the log on disk asks of the file system, one system call or little more each.
///
/// The log is written through this port so that tests can make the n-th operation fail, or succeed and
/// be reported as failed, for every n. Names never hold a slash; paths are below the folder given.
public protocol FileOperations: Sendable {
    /// Opens a folder by its path, without following a symbolic link in the last place.
    func openFolder(_ path: String) throws(FileFailure) -> Descriptor
    /// Opens a folder within a folder.
    func openFolder(_ name: String, in folder: Descriptor) throws(FileFailure) -> Descriptor
    /// Makes a folder within a folder unless it is there.
    func makeFolder(_ name: String, in folder: Descriptor) throws(FileFailure)
    /// Makes a file that was not there, for writing, with these permissions.
    func create(
        _ name: String, in folder: Descriptor, permissions: UInt32
    ) throws(FileFailure) -> Descriptor
    /// Writes all bytes, or fails after some of them.
    func write(_ bytes: [UInt8], to file: Descriptor) throws(FileFailure)
    /// Returns once a file's or folder's content is on the disk (`fsync`).
    func sync(_ descriptor: Descriptor) throws(FileFailure)
    /// Puts a file in the place of another, at once.
    func rename(_ name: String, to newName: String, in folder: Descriptor) throws(FileFailure)
    /// Removes a file; it need not be there.
    func remove(_ name: String, in folder: Descriptor) throws(FileFailure)
    /// Removes an empty folder; it need not be there.
    func removeFolder(_ name: String, in folder: Descriptor) throws(FileFailure)
    /// Gives a descriptor back.
    func close(_ descriptor: Descriptor)
    /// Reads a regular file whole; nil when there is none. A file over `limit` bytes is a failure.
    func read(_ path: String, in folder: Descriptor, limit: Int) throws(FileFailure) -> [UInt8]?
    /// What tells an open file from others and from itself changed, whatever lies at its path by now.
    func stamp(_ file: Descriptor) throws(FileFailure) -> FileStamp
    /// What tells a file from others and from itself changed; nil when there is none.
    func stamp(_ path: String, in folder: Descriptor) throws(FileFailure) -> FileStamp?
    /// The names in a folder, dot and dot-dot left out, at most `limit`; empty when there is no such folder.
    func list(
        _ path: String, in folder: Descriptor, limit: Int
    ) throws(FileFailure) -> [String]
    /// Takes the folder for this process alone, until the descriptor is closed or the process ends.
    func lock(_ folder: Descriptor) throws(FileFailure)
}

/// An open file or folder; whoever opened it closes it.
public struct Descriptor: Sendable, Hashable {
    /// The system's number.
    public let rawValue: Int32
    /// Where absolute paths start from: names no folder of its own.
    public static let anywhere = Descriptor(rawValue: AT_FDCWD)

    /// Wraps the system's number.
    public init(rawValue: Int32) { self.rawValue = rawValue }
}

/// An operation on a file that did not succeed, or of which that is not known.
public struct FileFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was tried: the system call's name.
    public let operation: String
    /// On which file.
    public let path: String
    /// The system's error number.
    public let number: Int32

    /// Names a failure.
    public init(_ operation: String, _ path: String, number: Int32) {
        self.operation = operation
        self.path = path
        self.number = number
    }

    /// For an operator: what was tried, on what, and why it failed.
    public var description: String {
        "\(operation) \(path): \(String(cString: strerror(number)))"
    }
}

/// What tells a file from others, and from itself after somebody touched it.
///
/// The time of the last change of status (`ctime`) is part of it, because no program can set it back. Before
/// Linux 6.13 that clock ticks every few milliseconds, and a change in place within the tick of the change
/// before leaves no trace here: only whoever reads the content, as ``AuditVerifier`` does, finds it.
public struct FileStamp: Sendable, Equatable {
    /// The file's number on its device.
    public var inode: UInt64
    /// Bytes.
    public var size: Int64
    /// When its content was last changed, in nanoseconds since 1970.
    public var modified: Int64
    /// When its content, name, owner or permissions were last changed, in nanoseconds since 1970.
    public var changed: Int64
    /// The permission bits.
    public var permissions: UInt32

    /// Makes a stamp.
    public init(inode: UInt64, size: Int64, modified: Int64, changed: Int64, permissions: UInt32) {
        self.inode = inode
        self.size = size
        self.modified = modified
        self.changed = changed
        self.permissions = permissions
    }

    /// The stamp of no file: where it is expected nobody vouches for what lies there.
    static let unvouched = FileStamp(inode: 0, size: 0, modified: 0, changed: .min, permissions: 0)

    init(_ status: stat) {
        inode = UInt64(status.st_ino)
        permissions = UInt32(status.st_mode) & 0o7777
        size = Int64(status.st_size)
        modified = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
        changed = Int64(status.st_ctim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_ctim.tv_nsec)
    }
}

extension FileFailure {
    static let noSuchFile = ENOENT
}
