import Foundation
import PosternTesting
import Testing

/// One of the Python servers beside these tests, in a process of its own that ends with the object, or with the test process.
///
/// It says its port on a line of its own when it listens, and answers each line it is told with one.
final class ScriptedPeer {
    /// Where it listens, on loopback.
    private(set) var port = 0
    private let process: Process
    private let input: FileHandle
    private let output: FileHandle

    /// Starts `Servers/SCRIPT` and waits until it listens.
    init(_ script: String, _ arguments: [String]) throws {
        var environment = ProcessInfo.processInfo.environment
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        // Where mail servers are installed.
        environment["PATH"] = (environment["PATH"] ?? "") + ":/usr/sbin"
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Servers/\(script)").path
        let (process, handles) = try Process.start("/usr/bin/python3", [path] + arguments) {
            let (input, output) = (Pipe(), Pipe())
            $0.environment = environment
            $0.standardInput = input
            $0.standardOutput = output
            return (input: input.fileHandleForWriting, output: output.fileHandleForReading)
        }
        self.process = process
        (input, output) = handles
        port = try #require(
            Int(line().trimmingCharacters(in: .whitespacesAndNewlines)), "\(script) did not start.")
    }

    /// Tells it a line and reads its answer.
    func ask<Answer: Decodable>(_ line: some DataProtocol) throws -> Answer {
        try input.write(contentsOf: line + Data("\n".utf8))
        return try JSONDecoder().decode(Answer.self, from: Data(self.line().utf8))
    }

    private func line() -> String {
        var data = Data()
        while data.last != UInt8(ascii: "\n") {
            let more = output.availableData
            if more.isEmpty { break }
            data.append(more)
        }
        return String(decoding: data, as: UTF8.self)
    }

    deinit {
        try? input.close()
        process.waitUntilExit()
    }
}
