import Glibc
import PosternModel

/// Files written together: all of them are on disk once ``syncFolders()`` has returned.
///
/// Every folder is opened before anything in it is written and stays open until its `fsync`: the kernel
/// reports a failed write-back to descriptors that were open at the time, and forgets it otherwise
/// (Tessera, pull request 750). A batch that has failed is thrown away, never carried on with.
final class DurableBatch {
    /// A file under its temporary name, open still: it is stamped by this handle once it is in place.
    private struct Aside {
        let path: String
        let name: String
        let folder: Descriptor
        let bytes: [UInt8]
        let file: Descriptor
    }

    private let files: any FileOperations
    let root: Descriptor
    /// What the files in place look like, by path, as the handles say that wrote them.
    ///
    /// A stamp taken by path would vouch for whatever somebody else has put there since.
    private(set) var written: [String: FileStamp] = [:]
    private var prepared: Aside?
    private var folders: [(path: String, descriptor: Descriptor)] = []

    /// Opens the folder anew, so that this batch hears of its own errors only.
    init(_ path: String, _ files: any FileOperations) throws(FileFailure) {
        self.files = files
        root = try files.openFolder(path)
    }

    deinit {
        if let prepared { files.close(prepared.file) }
        for folder in folders { files.close(folder.descriptor) }
        files.close(root)
    }

    /// Writes a file under a temporary name, syncs it and renames it into place.
    ///
    /// A temporary file left by a crash is removed first, never written on.
    func write(_ bytes: [UInt8], to path: String, permissions: UInt32 = 0o640)
        throws(FileFailure)
    {
        try install(try writeAside(bytes, path, permissions: permissions))
    }

    /// Writes and syncs a file under its temporary name; ``install()`` renames it.
    func prepare(_ bytes: [UInt8], to path: String) throws(FileFailure) {
        prepared = try writeAside(bytes, path, permissions: 0o640)
    }

    /// Renames the prepared file into place, if there is one.
    func install() throws(FileFailure) {
        guard let aside = prepared else { return }
        prepared = nil
        try install(aside)
    }

    /// Syncs every folder that was used, innermost first.
    func syncFolders() throws(FileFailure) {
        for folder in folders.reversed() { try files.sync(folder.descriptor) }
        try files.sync(root)
    }

    /// Syncs the root folder.
    func syncRoot() throws(FileFailure) { try files.sync(root) }

    private func writeAside(
        _ bytes: [UInt8], _ path: String, permissions: UInt32
    ) throws(FileFailure) -> Aside {
        let (folder, name) = try place(path)
        let aside = Self.aside(name)
        try files.remove(aside, in: folder)
        let file = try files.create(aside, in: folder, permissions: permissions)
        do {
            try files.write(bytes, to: file)
            try files.sync(file)
        } catch {
            files.close(file)
            throw FileFailure(error.operation, name, number: error.number)
        }
        return Aside(path: path, name: name, folder: folder, bytes: bytes, file: file)
    }

    private func install(_ aside: Aside) throws(FileFailure) {
        defer { files.close(aside.file) }
        try files.rename(Self.aside(aside.name), to: aside.name, in: aside.folder)
        written[aside.path] = try stamp(aside)
    }

    /// The stamp of a file in place, which equals no file's unless the file holds what was written.
    ///
    /// It is taken after the rename, which moves `ctime`, and so covers all that happens from here on. What
    /// somebody did to the file before, while it was synced or renamed, shows in the content, which is read
    /// after the stamp is taken: a change later than the reading is later than the stamp.
    private func stamp(_ aside: Aside) throws(FileFailure) -> FileStamp {
        var stamp = try files.stamp(aside.file)
        let there = try files.stamp(aside.name, in: aside.folder)
        guard there == stamp, stamp.size == aside.bytes.count,
            let content = try files.read(aside.name, in: aside.folder, limit: aside.bytes.count),
            content.holdsSame(as: aside.bytes)
        else {
            stamp.changed = FileStamp.unvouched.changed
            return stamp
        }
        return stamp
    }

    private func place(_ path: String) throws(FileFailure) -> (Descriptor, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (root, path) }
        return (try folder(path[..<slash]), String(path[path.index(after: slash)...]))
    }

    /// The open folder of a path, made with its parents where missing.
    ///
    /// Parents are synced as well even if they were there: a crash may have come before their sync.
    private func folder(_ path: Substring) throws(FileFailure) -> Descriptor {
        if let open = folders.first(where: { $0.path == path }) { return open.descriptor }
        let (parent, name) = try place(String(path))
        try files.makeFolder(name, in: parent)
        let descriptor = try files.openFolder(name, in: parent)
        folders.append((String(path), descriptor))
        return descriptor
    }

    static func aside(_ name: String) -> String { name + ".new" }
}

extension [UInt8] {
    /// Equality, in one call: `==` looks at each byte by itself, and a full bundle has a quarter of a million.
    fileprivate func holdsSame(as other: [UInt8]) -> Bool {
        guard count == other.count else { return false }
        return withUnsafeBytes { own in
            other.withUnsafeBytes { theirs in
                // Neither has an address where both are empty.
                guard let one = own.baseAddress, let two = theirs.baseAddress else { return true }
                return memcmp(one, two, own.count) == 0
            }
        }
    }
}
