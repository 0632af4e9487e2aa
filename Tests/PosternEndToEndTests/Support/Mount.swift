import Foundation
import PosternTesting
import Synchronization
import Testing

/// A small disk, or a read-only view, in a folder's place; for root alone.
final class Mount: Sendable {
    private let folder: URL
    private let isMounted = Mutex(true)

    /// Whether this process may mount at all.
    static let isPossible: Bool = {
        guard geteuid() == 0, let run = try? RunFolder.shared.get(),
            let folder = try? run.makeFolder("mount"), let mount = try? Mount(folder, size: "64k")
        else { return false }
        mount.end()
        return true
    }()

    /// Mounts an empty disk of a size.
    init(_ folder: URL, size: String) throws {
        self.folder = folder
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Self.run("mount", ["-t", "tmpfs", "-o", "size=\(size),mode=700", "tmpfs", folder.path])
        try RunFolder.shared.get().note("mounted \(folder.path)")
    }

    /// Makes what is in a folder read-only for all who come through it.
    init(readOnly folder: URL) throws {
        self.folder = folder
        try Self.run("mount", ["--bind", folder.path, folder.path])
        try RunFolder.shared.get().note("mounted \(folder.path)")
        try Self.run("mount", ["-o", "remount,ro,bind", folder.path])
    }

    /// Writes a file until nothing more fits.
    func fill(_ file: URL) throws {
        try Data().write(to: file)
        let handle = try FileHandle(forWritingTo: file)
        for size in [65_536, 4096, 1] {
            while (try? handle.write(contentsOf: Data(count: size))) != nil {}
        }
        try? handle.close()
    }

    /// Takes the mount away.
    func end() {
        isMounted.withLock { isMounted in
            if isMounted { try? Self.run("umount", ["-l", folder.path]) }
            isMounted = false
        }
    }

    private static func run(_ command: String, _ arguments: [String]) throws {
        let (status, _) = try Process.finish("/usr/bin/env", [command] + arguments) {
            $0.standardError = FileHandle.nullDevice
        }
        try #require(status == 0)
    }
}
