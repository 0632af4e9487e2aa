import Glibc

/// The file system itself.
public struct SystemFiles: FileOperations {
    /// Makes the port; it holds nothing.
    public init() {}

    /// Opens a folder by its path.
    public func openFolder(_ path: String) throws(FileFailure) -> Descriptor {
        try check("open", path, Glibc.open(path, Self.folderFlags))
    }

    /// Opens a folder within a folder.
    public func openFolder(
        _ name: String, in folder: Descriptor
    ) throws(FileFailure) -> Descriptor {
        try check("openat", name, openat(folder.rawValue, name, Self.folderFlags))
    }

    /// Makes a folder for its owner and readers of the group.
    public func makeFolder(_ name: String, in folder: Descriptor) throws(FileFailure) {
        guard mkdirat(folder.rawValue, name, 0o750) == -1, errno != EEXIST else { return }
        throw FileFailure("mkdirat", name, number: errno)
    }

    /// Makes a file that was not there.
    public func create(
        _ name: String, in folder: Descriptor, permissions: UInt32
    ) throws(FileFailure) -> Descriptor {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        return try check(
            "create", name, openat(folder.rawValue, name, flags, mode_t(permissions)))
    }

    /// Writes all bytes.
    public func write(_ bytes: [UInt8], to file: Descriptor) throws(FileFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes {
                Glibc.write(file.rawValue, $0.baseAddress, $0.count)
            }
            if written < 0 {
                if errno == EINTR { continue }
                throw FileFailure("write", "", number: errno)
            }
            rest = rest.dropFirst(written)
        }
    }

    /// Returns once the content is on the disk.
    public func sync(_ descriptor: Descriptor) throws(FileFailure) {
        guard fsync(descriptor.rawValue) == 0 else {
            throw FileFailure("fsync", "", number: errno)
        }
    }

    /// Puts a file in the place of another.
    public func rename(
        _ name: String, to newName: String, in folder: Descriptor
    ) throws(FileFailure) {
        guard renameat(folder.rawValue, name, folder.rawValue, newName) == 0 else {
            throw FileFailure("rename", newName, number: errno)
        }
    }

    /// Removes a file.
    public func remove(_ name: String, in folder: Descriptor) throws(FileFailure) {
        guard unlinkat(folder.rawValue, name, 0) == -1, errno != ENOENT else { return }
        throw FileFailure("unlink", name, number: errno)
    }

    /// Removes an empty folder.
    public func removeFolder(_ name: String, in folder: Descriptor) throws(FileFailure) {
        guard unlinkat(folder.rawValue, name, AT_REMOVEDIR) == -1, errno != ENOENT else { return }
        throw FileFailure("rmdir", name, number: errno)
    }

    /// Gives a descriptor back.
    public func close(_ descriptor: Descriptor) { _ = Glibc.close(descriptor.rawValue) }

    /// Reads a regular file whole.
    ///
    /// Opening does not wait for a pipe's other end, and anything but a regular file is refused: the
    /// verifier reads folders that others have filled.
    public func read(
        _ path: String, in folder: Descriptor, limit: Int
    ) throws(FileFailure) -> [UInt8]? {
        let flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
        let file = openat(folder.rawValue, path, flags)
        if file == -1 {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw FileFailure("open", path, number: errno)
        }
        defer { _ = Glibc.close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw FileFailure("fstat", path, number: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileFailure("read", path, number: EINVAL)
        }
        guard status.st_size <= limit else { throw FileFailure("read", path, number: EFBIG) }
        return try readAll(file, path, expected: Int(status.st_size), limit: limit)
    }

    private func readAll(
        _ file: Int32, _ path: String, expected: Int, limit: Int
    ) throws(FileFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: expected + 1)
        var filled = 0
        while true {
            // The file may grow while it is read; it never gets more room than the limit allows.
            if filled == bytes.count {
                guard filled <= limit else { throw FileFailure("read", path, number: EFBIG) }
                bytes.append(contentsOf: repeatElement(0, count: max(4096, filled)))
            }
            let count = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(file, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileFailure("read", path, number: errno)
            }
            if count == 0 { break }
            filled += count
        }
        guard filled <= limit else { throw FileFailure("read", path, number: EFBIG) }
        bytes.removeLast(bytes.count - filled)
        return bytes
    }

    /// What tells an open file from others.
    public func stamp(_ file: Descriptor) throws(FileFailure) -> FileStamp {
        var status = stat()
        guard fstat(file.rawValue, &status) == 0 else {
            throw FileFailure("fstat", "", number: errno)
        }
        return FileStamp(status)
    }

    /// What tells a file from others.
    public func stamp(_ path: String, in folder: Descriptor) throws(FileFailure) -> FileStamp? {
        var status = stat()
        if fstatat(folder.rawValue, path, &status, AT_SYMLINK_NOFOLLOW) == 0 {
            return FileStamp(status)
        }
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw FileFailure("stat", path, number: errno)
    }

    /// The names in a folder.
    public func list(
        _ path: String, in folder: Descriptor, limit: Int
    ) throws(FileFailure) -> [String] {
        let descriptor = openat(folder.rawValue, path, Self.folderFlags)
        if descriptor == -1 {
            if errno == ENOENT || errno == ENOTDIR { return [] }
            throw FileFailure("open", path, number: errno)
        }
        guard let stream = fdopendir(descriptor) else {
            _ = Glibc.close(descriptor)
            throw FileFailure("fdopendir", path, number: errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while names.count < limit, let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Takes the folder for this process alone.
    public func lock(_ folder: Descriptor) throws(FileFailure) {
        guard flock(folder.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            throw FileFailure("flock", "", number: errno)
        }
    }

    private static var folderFlags: Int32 { O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC }

    private func check(
        _ operation: String, _ path: String, _ result: Int32
    ) throws(FileFailure) -> Descriptor {
        guard result >= 0 else { throw FileFailure(operation, path, number: errno) }
        return Descriptor(rawValue: result)
    }
}
