import Foundation
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
        try finish(process(folder.appending(path: "postern").path, arguments))
    }

    /// Runs a piece of shell in a folder, ending at its first failure, and waits for it.
    static func shell(_ script: String, in directory: URL) throws -> Result {
        try finish(process("/bin/bash", ["-euo", "pipefail", "-c", script], in: directory))
    }

    /// A process with the program's folder on its path and none of the visitor's settings.
    static func process(_ file: String, _ arguments: [String], in directory: URL? = nil) -> Process
    {
        let process = Process()
        process.executableURL = URL(filePath: file)
        process.arguments = arguments
        process.currentDirectoryURL = directory
        var environment = ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("POSTERN_")
        }
        environment["PATH"] = "\(folder.path):\(environment["PATH"] ?? "/usr/bin:/bin")"
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        return process
    }

    private static func finish(_ process: Process) throws -> Result {
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
    }
}
