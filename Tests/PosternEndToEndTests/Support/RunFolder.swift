import Foundation
import PosternTesting
import Synchronization

/// What this test run leaves on the machine while it lasts: a folder, child processes and mounts.
///
/// A shell of its own waits for the end of its input, which comes when the test process ends, however it
/// ends. It then kills the children that are left, takes mounts away and removes the folder.
final class RunFolder: Sendable {
    static let shared: Result<RunFolder, any Error> = Result { try RunFolder() }

    /// The run's folder.
    let url: URL
    private let shell = Mutex<(process: Process, input: FileHandle)?>(nil)

    private static let script = """
        trap '' HUP INT TERM
        children=' '
        mounts=
        while read -r verb thing; do
          case $verb in
            born) children="$children$thing " ;;
            dead) children=$(printf %s "$children" | sed "s/ $thing / /") ;;
            mounted) mounts="$thing $mounts" ;;
          esac
        done
        for child in $children; do kill -9 "$child" 2>/dev/null; done
        for mount in $mounts; do umount -l "$mount" 2>/dev/null; done
        rm -rf "$1"
        """

    private init() throws {
        url = FileManager.default.temporaryDirectory.appending(
            path: "postern-e2e-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        let arguments = ["-c", Self.script, "sh", url.path]
        let (process, handle) = try Process.start("/bin/sh", arguments) { process in
            let input = Pipe()
            process.standardInput = input
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            return input.fileHandleForWriting
        }
        shell.withLock { $0 = (process, handle) }
    }

    /// Makes a new folder in the run's.
    func makeFolder(_ name: String) throws -> URL {
        let folder = url.appending(path: "\(name)-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// Tells the shell what must be cleared away at the end: `born 17`, `dead 17`, `mounted /path`.
    func note(_ line: String) {
        shell.withLock { shell in
            try? shell?.input.write(contentsOf: Data((line + "\n").utf8))
        }
    }
}
