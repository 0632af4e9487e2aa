import Crypto
import Foundation
public import PosternModel

/// The folder a policy is kept in: `policy.yaml`, the keyword files it names, and `cases/*.yaml` beside them.
public enum PolicyFolder {
    /// Loads a policy from a folder.
    ///
    /// Total: any folder loads or is refused with the place of every fault. Blocks on the disk.
    ///
    /// - Parameter path: The folder.
    /// - Returns: The policy, or every fault in it.
    public static func load(at path: String) -> Result<Policy, PolicyFaults> {
        PolicyReader { name in read(name, in: path) }.policy()
    }

    /// Loads a policy from a folder together with the exact files it was read from.
    ///
    /// - Parameter path: The folder.
    /// - Returns: The policy and its files, or every fault in it.
    public static func version(at path: String) -> Result<PolicyVersion, PolicyFaults> {
        PolicyReader { name in read(name, in: path) }.version()
    }

    /// Loads a policy from files in memory: what tests and fuzzing use.
    ///
    /// - Parameter files: Contents by name relative to the folder, for example `keywords/terms.txt`.
    /// - Returns: The policy, or every fault in it.
    public static func load(files: [String: [UInt8]]) -> Result<Policy, PolicyFaults> {
        PolicyReader { name in
            files[name].map(Result.success) ?? .failure(.init(reason: "does not exist"))
        }.policy()
    }

    /// What a watcher compares: names, sizes, change times and inodes of all that could matter.
    public struct Fingerprint: Sendable, Equatable {
        let lines: [String]
    }

    /// A folder's fingerprint, without reading any contents; an unreadable folder has an empty one.
    ///
    /// Cheap enough to ask for every second. An edit that keeps size, inode and change time to the
    /// nanosecond goes unseen.
    ///
    /// - Parameter path: The folder.
    /// - Returns: A value that differs when something in the folder does.
    public static func fingerprint(at path: String) -> Fingerprint {
        var lines: [String] = []
        for name in names(in: path) {
            var status = stat()
            guard stat("\(path)/\(name)", &status) == 0 else {
                lines.append("\(name) missing")
                continue
            }
            lines.append(
                "\(name) \(status.st_ino) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) \(status.st_ctim.tv_sec).\(status.st_ctim.tv_nsec)"
            )
        }
        return Fingerprint(lines: lines)
    }

    /// SHA-256 over the sorted names and contents of files.
    ///
    /// Every name and content is preceded by its length in eight bytes, so that no two sets of files
    /// are written alike.
    static func digest(of files: [String: [UInt8]]) -> PolicyDigest {
        var hash = SHA256()
        hash.update(data: Array("postern policy 1\n".utf8))
        func add(_ bytes: [UInt8]) {
            withUnsafeBytes(of: UInt64(bytes.count).bigEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: bytes)
        }
        for (name, contents) in files.sorted(by: { $0.key < $1.key }) {
            add(Array(name.utf8))
            add(contents)
        }
        guard let digest = PolicyDigest(bytes: Array(hash.finalize())) else {
            preconditionFailure("SHA-256 has 32 bytes")
        }
        return digest
    }

    /// The digest of all files in a folder, for one that holds a policy's files and nothing else.
    ///
    /// - Parameter path: The folder.
    /// - Returns: The digest; nil when a file cannot be read.
    public static func digest(at path: String) -> PolicyDigest? {
        var files: [String: [UInt8]] = [:]
        for name in names(in: path) {
            guard case .success(let bytes) = read(name, in: path) else { return nil }
            files[name] = bytes
        }
        return digest(of: files)
    }

    /// The case files of a folder, sorted.
    static func caseFiles(at path: String) -> [String] {
        names(in: path).filter { $0.hasPrefix("cases/") && $0.hasSuffix(".yaml") }
    }

    /// Reads one file of a folder.
    static func read(_ name: String, in folder: String) -> Result<[UInt8], PolicyReader.FileRefusal>
    {
        let path = "\(folder)/\(name)"
        var status = stat()
        guard stat(path, &status) == 0 else { return .failure(.init(reason: "does not exist")) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            return .failure(.init(reason: "is not a regular file"))
        }
        guard status.st_size <= KeywordFile.largestFile else {
            return .failure(.init(reason: "is larger than \(KeywordFile.largestFile) bytes"))
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            return .failure(.init(reason: "cannot be read"))
        }
        return .success(Array(data))
    }

    /// Files of the folder and of its immediate folders, hidden ones left out, sorted.
    private static func names(in path: String) -> [String] {
        func list(_ path: String) -> [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
                .filter { !$0.hasPrefix(".") }.sorted()
        }
        return list(path).flatMap { name in
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(
                atPath: "\(path)/\(name)", isDirectory: &isFolder)
            guard exists, isFolder.boolValue else { return [name] }
            return list("\(path)/\(name)").map { "\(name)/\($0)" }
        }
    }
}

/// A policy and the exact bytes it was read from: what is kept, so that its decisions can be explained later.
public struct PolicyVersion: Sendable {
    /// The policy.
    public let policy: Policy
    /// The files its digest covers, by name relative to the folder: one slash at most, nothing hidden.
    public let files: [String: [UInt8]]

    init(policy: Policy, files: [String: [UInt8]]) {
        self.policy = policy
        self.files = files
    }
}

/// Names of files a policy may refer to.
enum FileName {
    /// Whether a name stays inside the folder: relative, at most one folder deep, nothing hidden.
    static func isSafe(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return (1...2).contains(parts.count)
            && parts.allSatisfy { part in
                !part.isEmpty && !part.hasPrefix(".") && part.utf8.count <= 100
                    && part.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }
            }
    }
}
