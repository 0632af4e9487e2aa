import PosternModel

/// Files written together: all of them are on disk once ``syncFolders()`` has returned.
///
/// Every folder is opened before anything in it is written and stays open until its `fsync`: the kernel
/// reports a failed write-back to descriptors that were open at the time, and forgets it otherwise
/// (Tessera, pull request 750). A batch that has failed is thrown away, never carried on with.
final class DurableBatch {
    private let files: any FileOperations
    let root: Descriptor
    private var folders: [(path: String, descriptor: Descriptor)] = []

    /// Opens the folder anew, so that this batch hears of its own errors only.
    init(_ path: String, _ files: any FileOperations) throws(FileFailure) {
        self.files = files
        root = try files.openFolder(path)
    }

    deinit {
        for folder in folders { files.close(folder.descriptor) }
        files.close(root)
    }

    /// Writes a file under a temporary name, syncs it and renames it into place.
    ///
    /// A temporary file left by a crash is removed first, never written on.
    func write(_ bytes: [UInt8], to path: String, permissions: UInt32 = 0o640)
        throws(FileFailure)
    {
        let (folder, name) = try place(path)
        try writeAside(bytes, name, in: folder, permissions: permissions)
        try files.rename(Self.aside(name), to: name, in: folder)
    }

    /// Writes and syncs a file of the root folder under its temporary name; ``install(_:)`` renames it.
    func prepare(_ bytes: [UInt8], name: String) throws(FileFailure) {
        try writeAside(bytes, name, in: root, permissions: 0o640)
    }

    /// Renames a prepared file of the root folder into place.
    func install(_ name: String) throws(FileFailure) {
        try files.rename(Self.aside(name), to: name, in: root)
    }

    /// Syncs every folder that was used, innermost first.
    func syncFolders() throws(FileFailure) {
        for folder in folders.reversed() { try files.sync(folder.descriptor) }
        try files.sync(root)
    }

    /// Syncs the root folder.
    func syncRoot() throws(FileFailure) { try files.sync(root) }

    private func writeAside(
        _ bytes: [UInt8], _ name: String, in folder: Descriptor, permissions: UInt32
    ) throws(FileFailure) {
        let aside = Self.aside(name)
        try files.remove(aside, in: folder)
        let file = try files.create(aside, in: folder, permissions: permissions)
        defer { files.close(file) }
        do {
            try files.write(bytes, to: file)
            try files.sync(file)
        } catch {
            throw FileFailure(error.operation, name, number: error.number)
        }
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
