import Foundation
import PosternTesting
import Testing

/// The built program, run as a visitor's shell would run it.
enum Program {
    /// What a finished process left.
    struct Result {
        let status: Int32
        let output: String
    }

    /// The folder the program was built into: that of the running tests.
    static var folder: URL {
        let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent()
        let here = tests.appending(path: "postern").path
        return FileManager.default.isExecutableFile(atPath: here)
            ? tests : House.root.appending(path: ".build/debug")
    }

    /// Runs `postern` with arguments, and waits for it.
    static func run(_ arguments: [String]) throws -> Result {
        try finish(folder.appending(path: "postern").path, arguments)
    }

    /// Runs a piece of shell in a folder, ending at its first failure, and waits for it.
    static func shell(_ script: String, in directory: URL) throws -> Result {
        try finish("/bin/bash", ["-euo", "pipefail", "-c", script], in: directory)
    }

    /// Gives a process the program's folder on its path and none of the visitor's settings.
    static func prepare(_ process: Process, in directory: URL?) {
        process.currentDirectoryURL = directory
        var environment = ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("POSTERN_")
        }
        environment["PATH"] = "\(folder.path):\(environment["PATH"] ?? "/usr/bin:/bin")"
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
    }

    private static func finish(
        _ file: String, _ arguments: [String], in directory: URL? = nil
    ) throws -> Result {
        let (status, output) = try Process.finish(file, arguments) { process in
            prepare(process, in: directory)
            process.standardError = process.standardOutput
        }
        return Result(status: status, output: String(decoding: output, as: UTF8.self))
    }
}
