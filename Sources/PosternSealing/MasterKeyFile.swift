import Glibc
import PosternModel

/// The file that holds the master keys, as text (``MasterKeyring/init(text:)``).
///
/// It is there whole or not at all, and nobody but its owner may see it. A power cut while it is written can leave
/// a `….new-…` beside it, which holds keys and may be removed.
public struct MasterKeyFile: Sendable {
    /// Where it is.
    public let path: String

    /// Names a file; nothing is read or made yet.
    public init(path: String) { self.path = path }

    /// What tells one content of the file from the next: it is replaced and never written to.
    struct Mark: Equatable, Sendable {
        let device: UInt
        let inode: UInt
        let changedAt: Int
    }

    /// What the file looks like now; nil when there is none.
    var mark: Mark? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Mark(
            device: UInt(status.st_dev), inode: UInt(status.st_ino),
            changedAt: status.st_mtim.tv_sec &* 1_000_000_000 &+ status.st_mtim.tv_nsec)
    }

    /// Reads the keys; nil when there is no such file.
    ///
    /// - Throws: Every fault of its text at once, or the one reason why it cannot be read. A file that its group or
    ///   others may read, write or run is refused, as `ssh` refuses one.
    public func read() throws(MasterKeyFaults) -> MasterKeyring? {
        // Not waiting: a pipe would hold the start until somebody wrote to it.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("opened")
        }
        defer { close(file) }
        try refuseOthers(try status(of: file))
        guard let text = String(validating: try bytes(of: file), as: UTF8.self) else {
            throw MasterKeyFaults(file: path, "It is not UTF-8.")
        }
        do {
            return try MasterKeyring(text: Secret(text))
        } catch {
            throw MasterKeyFaults(file: path, error.faults)
        }
    }

    /// Makes the file, for its owner alone; when this returns, it is on the disk.
    ///
    /// - Throws: The reason, above all that there is a file already: keys are never written over by mistake.
    public func create(_ ring: MasterKeyring) throws(MasterKeyFaults) {
        let draft = try write(ring, like: nil)
        // A link is refused where a file is, and a name that is linked has all its bytes.
        let result = link(draft, path)
        let reason = errno
        unlink(draft)
        guard result == 0 else { throw failure("made", reason) }
        try syncFolder()
    }

    /// Puts other keys in the place of those that were read; when this returns, they are on the disk.
    ///
    /// The file keeps its owner. Whoever reads meanwhile sees the one or the other whole.
    ///
    /// - Throws: The reason; the file is then as it was. A symbolic link is refused, because it would be replaced and
    ///   the keys it leads to would stay; and a file that holds other keys by now, because they would be lost.
    public func replace(
        _ read: MasterKeyring, with ring: MasterKeyring
    ) throws(MasterKeyFaults) {
        var before = stat()
        guard lstat(path, &before) == 0 else { throw failure("replaced") }
        guard before.st_mode & S_IFMT == S_IFREG else {
            throw MasterKeyFaults(file: path, "It is no file of its own, so it is not replaced.")
        }
        guard try self.read() == read else {
            throw MasterKeyFaults(file: path, "It was changed meanwhile, so it is not replaced.")
        }
        let draft = try write(ring, like: before)
        guard rename(draft, path) == 0 else {
            let reason = errno
            unlink(draft)
            throw failure("replaced", reason)
        }
        try syncFolder()
    }

    private func status(of file: Int32) throws(MasterKeyFaults) -> stat {
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure("looked at") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw MasterKeyFaults(file: path, "It is not a regular file.")
        }
        return status
    }

    private func refuseOthers(_ status: stat) throws(MasterKeyFaults) {
        guard status.st_mode & 0o077 == 0 else {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw MasterKeyFaults(
                file: path,
                "Others than its owner may use it (its mode is \(mode)). Run chmod 600 on it, and think of its keys as known to whoever could read them."
            )
        }
    }

    private func bytes(of file: Int32) throws(MasterKeyFaults) -> [UInt8] {
        // One byte of room more than is allowed, so that a longer file shows.
        var bytes = [UInt8](repeating: 0, count: MasterKeyring.longestText + 1)
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(file, $0.baseAddress?.advanced(by: filled), $0.count - filled)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure("read")
            }
            if count == 0 { break }
            filled += count
        }
        bytes.removeLast(bytes.count - filled)
        return bytes
    }

    /// Writes a ring beside the file's place, onto the disk.
    ///
    /// - Returns: The path it has for now; nothing is there when this throws.
    private func write(
        _ ring: MasterKeyring, like before: stat?
    ) throws(MasterKeyFaults) -> String {
        let draft = "\(path).new-\(Hexadecimal.encode(RandomBytes.make(8)))"
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("written") }
        defer { close(file) }
        guard
            // Written by an administrator, it must stay readable to the gateway's own account.
            before.map({ fchown(file, $0.st_uid, $0.st_gid) }) ?? 0 == 0,
            Self.write(ring.text().withExposed { Array($0.utf8) }, to: file), fsync(file) == 0
        else {
            let reason = errno
            unlink(draft)
            throw failure("written", reason)
        }
        return draft
    }

    private static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private func syncFolder() throws(MasterKeyFaults) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("made sure of") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("made sure of") }
    }

    /// The folder it lies in.
    var folder: String { path.lastIndex(of: "/").map { "\(path[..<$0])/" } ?? "." }

    func failure(_ done: String, _ reason: Int32 = errno) -> MasterKeyFaults {
        MasterKeyFaults(
            file: path, "It cannot be \(done): \(String(cString: strerror(reason))).")
    }
}
