import Glibc
import PosternAudit
import Synchronization

/// A disk in memory that forgets, at a power cut, whatever was not synced, and that fails when told to.
///
/// Content is safe after the file's own sync, a name after its folder's: nothing is safe by luck. That is
/// stricter than any real file system, which is what a test wants.
final class MemoryDisk: FileOperations {
    /// What happens at the chosen operation.
    enum Fault: CaseIterable {
        /// It is not done, and reported as failed.
        case refused
        /// It is done, and reported as failed.
        case doneUnheard
        /// It is not done, and neither is anything after it: the process has ended.
        case killed
        /// It is done, and nothing after it.
        case killedAfter
    }

    private struct Node {
        var isFolder = false
        var data: [UInt8] = []
        var safeData: [UInt8] = []
        var names: [String: UInt64] = [:]
        var safeNames: [String: UInt64] = [:]
        var permissions: UInt32 = 0
        var modified: Int64 = 0
        var changed: Int64 = 0
    }

    private struct State {
        var nodes: [UInt64: Node] = [1: Node(isFolder: true)]
        var nextInode: UInt64 = 2
        var open: [Int32: UInt64] = [:]
        var nextDescriptor: Int32 = 3
        var locks: Set<UInt64> = []
        var lockHolders: [Int32: UInt64] = [:]
        var time: Int64 = 1
        var changes = 0
        var syncs = 0
        var failing: (at: Int, fault: Fault)?
        var dead = false
        var full = false
    }

    private let state = Mutex(State())
    private let witness = Mutex<(@Sendable (_ operation: String, _ name: String) -> Void)?>(nil)

    /// Makes a disk with one safe folder, `/data`.
    init() {
        state.withLock { state in
            state.nodes[2] = Node(isFolder: true)
            state.nextInode = 3
            state.nodes[1]?.names["data"] = 2
            state.nodes[1]?.safeNames["data"] = 2
        }
    }

    /// How many operations that change something were asked for.
    var changes: Int { state.withLock { $0.changes } }
    /// How many descriptors are open.
    var openCount: Int { state.withLock { $0.open.count } }

    /// Makes the n-th change from now, counted from 1, go wrong.
    func fail(at number: Int, _ fault: Fault) {
        state.withLock { $0.failing = ($0.changes + number, fault) }
    }

    /// Calls back after every change that was made and after every reading, while whoever asked for it waits.
    func onStep(_ witness: (@Sendable (_ operation: String, _ name: String) -> Void)?) {
        self.witness.withLock { $0 = witness }
    }

    private func step(_ operation: String, _ name: String) {
        witness.withLock { $0 }?(operation, name)
    }

    /// Whether there is no room for a byte more.
    func setFull(_ full: Bool) { state.withLock { $0.full = full } }

    /// Ends the process, and with `powerCut` the machine: locks and descriptors are gone.
    func restart(powerCut: Bool) {
        state.withLock { state in
            state.open = [:]
            state.locks = []
            state.lockHolders = [:]
            state.failing = nil
            state.dead = false
            guard powerCut else { return }
            for (inode, node) in state.nodes {
                state.nodes[inode]?.data = node.safeData
                state.nodes[inode]?.names = node.safeNames
            }
        }
    }

    /// All files below a folder, by path.
    func tree(_ path: String) -> [String: [UInt8]] {
        state.withLock { state in
            var files: [String: [UInt8]] = [:]
            func walk(_ inode: UInt64, _ path: String) {
                guard let node = state.nodes[inode] else { return }
                if !node.isFolder { files[path] = node.data }
                for (name, child) in node.names {
                    walk(child, path.isEmpty ? name : "\(path)/\(name)")
                }
            }
            if let inode = Self.find(path, .anywhere, state) { walk(inode, "") }
            return files
        }
    }

    /// A file's content; nil when there is none.
    func content(_ path: String) -> [UInt8]? {
        state.withLock { state in
            Self.find(path, .anywhere, state).flatMap { state.nodes[$0]?.data }
        }
    }

    /// Does what an intruder or an operator would do; nothing of it counts as a change.
    ///
    /// With `quietly` the time of the last change is put back, which any program can do.
    func tamper(_ path: String, quietly: Bool = false, _ edit: (inout [UInt8]) -> Void) {
        state.withLock { state in
            guard let inode = Self.find(path, .anywhere, state), var node = state.nodes[inode]
            else { return }
            edit(&node.data)
            node.safeData = node.data
            state.time += 1
            if !quietly { node.modified = state.time }
            node.changed = state.time
            state.nodes[inode] = node
        }
    }

    /// Takes a file or folder from its place, and returns what puts it back.
    func takeAway(_ path: String) -> @Sendable () -> Void {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let (parent, name) = (String(path[..<slash]), String(path[path.index(after: slash)...]))
        let taken: (UInt64, UInt64)? = state.withLock { state in
            guard let folder = Self.find(parent, .anywhere, state),
                let inode = state.nodes[folder]?.names.removeValue(forKey: name)
            else { return nil }
            state.nodes[folder]?.safeNames[name] = nil
            return (folder, inode)
        }
        return { [self] in
            guard let (folder, inode) = taken else { return }
            state.withLock { state in
                state.nodes[folder]?.names[name] = inode
                state.nodes[folder]?.safeNames[name] = inode
                state.time += 1
                state.nodes[inode]?.changed = state.time
            }
        }
    }

    /// Puts a new file with given content in a file's place.
    func replace(_ path: String, with bytes: [UInt8], permissions: UInt32 = 0o640) {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let (parent, name) = (String(path[..<slash]), String(path[path.index(after: slash)...]))
        state.withLock { state in
            guard let folder = Self.find(parent, .anywhere, state) else { return }
            state.time += 1
            state.nodes[state.nextInode] = Node(
                data: bytes, safeData: bytes, permissions: permissions, modified: state.time,
                changed: state.time)
            state.nodes[folder]?.names[name] = state.nextInode
            state.nodes[folder]?.safeNames[name] = state.nextInode
            state.nextInode += 1
        }
    }

    private static func find(_ path: String, _ folder: Descriptor, _ state: State) -> UInt64? {
        var inode: UInt64? = path.hasPrefix("/") ? 1 : state.open[folder.rawValue]
        for part in path.split(separator: "/") {
            inode = inode.flatMap { state.nodes[$0]?.names[String(part)] }
        }
        return inode
    }

    private func change<Result>(
        _ operation: String, _ name: String, needsRoom: Bool = false,
        _ body: (inout State) throws(FileFailure) -> Result
    ) throws(FileFailure) -> Result {
        let result = try state.withLock { (state: inout State) throws(FileFailure) in
            if state.dead { throw FileFailure(operation, name, number: EIO) }
            state.changes += 1
            if state.full, needsRoom { throw FileFailure(operation, name, number: ENOSPC) }
            guard let failing = state.failing, failing.at == state.changes else {
                return try body(&state)
            }
            if failing.fault == .killed || failing.fault == .killedAfter { state.dead = true }
            if failing.fault == .doneUnheard || failing.fault == .killedAfter {
                _ = try body(&state)
            }
            throw FileFailure(operation, name, number: EIO)
        }
        step(operation, name)
        return result
    }

    private static func descriptor(_ inode: UInt64, _ state: inout State) -> Descriptor {
        defer { state.nextDescriptor += 1 }
        state.open[state.nextDescriptor] = inode
        return Descriptor(rawValue: state.nextDescriptor)
    }
}

extension MemoryDisk {
    func openFolder(_ path: String) throws(FileFailure) -> Descriptor {
        try openFolder(path, in: .anywhere)
    }

    func openFolder(_ name: String, in folder: Descriptor) throws(FileFailure) -> Descriptor {
        try state.withLock { (state: inout State) throws(FileFailure) in
            guard let inode = Self.find(name, folder, state), state.nodes[inode]?.isFolder == true
            else { throw FileFailure("open", name, number: ENOENT) }
            return Self.descriptor(inode, &state)
        }
    }

    func makeFolder(_ name: String, in folder: Descriptor) throws(FileFailure) {
        try change("mkdir", name, needsRoom: true) { state in
            guard let parent = state.open[folder.rawValue], state.nodes[parent]?.names[name] == nil
            else { return }
            state.nodes[state.nextInode] = Node(isFolder: true)
            state.nodes[parent]?.names[name] = state.nextInode
            state.nextInode += 1
        }
    }

    func create(
        _ name: String, in folder: Descriptor, permissions: UInt32
    ) throws(FileFailure) -> Descriptor {
        try change("create", name, needsRoom: true) { (state: inout State) throws(FileFailure) in
            guard let parent = state.open[folder.rawValue] else {
                throw FileFailure("create", name, number: EBADF)
            }
            guard state.nodes[parent]?.names[name] == nil else {
                throw FileFailure("create", name, number: EEXIST)
            }
            let inode = state.nextInode
            state.nextInode += 1
            state.nodes[inode] = Node(permissions: permissions)
            state.nodes[parent]?.names[name] = inode
            return Self.descriptor(inode, &state)
        }
    }

    func write(_ bytes: [UInt8], to file: Descriptor) throws(FileFailure) {
        // Half of it arrives before the fault is looked at: a torn write.
        state.withLock { state in
            guard !state.dead, let inode = state.open[file.rawValue] else { return }
            state.nodes[inode]?.data = Array(bytes.prefix(bytes.count / 2))
        }
        try change("write", "", needsRoom: true) { state in
            guard let inode = state.open[file.rawValue] else { return }
            state.time += 1
            state.nodes[inode]?.data = bytes
            state.nodes[inode]?.modified = state.time
            state.nodes[inode]?.changed = state.time
        }
    }

    func sync(_ descriptor: Descriptor) throws(FileFailure) {
        try change("fsync", "") { state in
            guard let inode = state.open[descriptor.rawValue], let node = state.nodes[inode] else {
                return
            }
            state.nodes[inode]?.safeData = node.data
            state.nodes[inode]?.safeNames = node.names
        }
    }

    func rename(_ name: String, to newName: String, in folder: Descriptor) throws(FileFailure) {
        try change("rename", newName) { (state: inout State) throws(FileFailure) in
            guard let parent = state.open[folder.rawValue],
                let inode = state.nodes[parent]?.names.removeValue(forKey: name)
            else { throw FileFailure("rename", newName, number: ENOENT) }
            state.nodes[parent]?.names[newName] = inode
            state.time += 1
            state.nodes[inode]?.changed = state.time
        }
    }

    func remove(_ name: String, in folder: Descriptor) throws(FileFailure) {
        try change("unlink", name) { state in
            guard let parent = Self.find(Self.folder(name), folder, state) else { return }
            state.nodes[parent]?.names[Self.last(name)] = nil
        }
    }

    func removeFolder(_ name: String, in folder: Descriptor) throws(FileFailure) {
        try change("rmdir", name) { (state: inout State) throws(FileFailure) in
            guard let inode = Self.find(name, folder, state) else { return }
            guard state.nodes[inode]?.names.isEmpty == true else {
                throw FileFailure("rmdir", name, number: ENOTEMPTY)
            }
            guard let parent = Self.find(Self.folder(name), folder, state) else { return }
            state.nodes[parent]?.names[Self.last(name)] = nil
        }
    }

    func close(_ descriptor: Descriptor) {
        state.withLock { state in
            if let inode = state.lockHolders.removeValue(forKey: descriptor.rawValue) {
                state.locks.remove(inode)
            }
            state.open[descriptor.rawValue] = nil
        }
    }

    func read(_ path: String, in folder: Descriptor, limit: Int) throws(FileFailure) -> [UInt8]? {
        let bytes: [UInt8]? = try state.withLock { (state: inout State) throws(FileFailure) in
            guard let inode = Self.find(path, folder, state), let node = state.nodes[inode] else {
                return nil
            }
            guard !node.isFolder else { throw FileFailure("read", path, number: EINVAL) }
            guard node.data.count <= limit else { throw FileFailure("read", path, number: EFBIG) }
            return node.data
        }
        step("read", path)
        return bytes
    }

    func stamp(_ file: Descriptor) throws(FileFailure) -> FileStamp {
        try state.withLock { (state: inout State) throws(FileFailure) in
            guard let inode = state.open[file.rawValue], let stamp = Self.stamp(inode, state) else {
                throw FileFailure("fstat", "", number: EBADF)
            }
            return stamp
        }
    }

    func stamp(_ path: String, in folder: Descriptor) throws(FileFailure) -> FileStamp? {
        state.withLock { state in
            Self.find(path, folder, state).flatMap { Self.stamp($0, state) }
        }
    }

    private static func stamp(_ inode: UInt64, _ state: State) -> FileStamp? {
        guard let node = state.nodes[inode] else { return nil }
        return FileStamp(
            inode: inode, size: Int64(node.data.count), modified: node.modified,
            changed: node.changed, permissions: node.permissions)
    }

    func list(_ path: String, in folder: Descriptor, limit: Int) throws(FileFailure) -> [String] {
        state.withLock { state in
            guard let inode = Self.find(path, folder, state) else { return [] }
            return Array((state.nodes[inode]?.names ?? [:]).keys.prefix(limit))
        }
    }

    func lock(_ folder: Descriptor) throws(FileFailure) {
        try state.withLock { (state: inout State) throws(FileFailure) in
            guard let inode = state.open[folder.rawValue], state.locks.insert(inode).inserted
            else { throw FileFailure("flock", "", number: EWOULDBLOCK) }
            state.lockHolders[folder.rawValue] = inode
        }
    }

    private static func folder(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    private static func last(_ path: String) -> String {
        String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...])
    }
}

/// The same disk, read as a verifier reads.
struct MemoryFolder: LogFolder {
    var files: [String: [UInt8]]

    func read(_ path: String, limit: Int) throws(FileFailure) -> [UInt8]? {
        guard let bytes = files[path] else { return nil }
        guard bytes.count <= limit else { throw FileFailure("read", path, number: EFBIG) }
        return bytes
    }

    func list(_ path: String) throws(FileFailure) -> [String] {
        files.keys.filter { $0.hasPrefix(path + "/") }
            .compactMap {
                $0.dropFirst(path.count + 1).split(separator: "/").first.map(String.init)
            }
    }
}
