import Foundation
import Testing

/// One of the Python servers beside these tests, in a process of its own that ends with the object, or with the test process.
///
/// It says its port on a line of its own when it listens, and answers each line it is told with one.
final class ScriptedPeer {
    /// Where it listens, on loopback.
    private(set) var port = 0
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    /// Starts `Servers/SCRIPT` and waits until it listens.
    init(_ script: String, _ arguments: [String]) throws {
        process.executableURL = URL(filePath: "/usr/bin/python3")
        var environment = ProcessInfo.processInfo.environment
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        // Where mail servers are installed.
        environment["PATH"] = (environment["PATH"] ?? "") + ":/usr/sbin"
        process.environment = environment
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Servers/\(script)").path
        process.arguments = [path] + arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        port = try #require(
            Int(line().trimmingCharacters(in: .whitespacesAndNewlines)), "\(script) did not start.")
    }

    /// Tells it a line and reads its answer.
    func ask<Answer: Decodable>(_ line: some DataProtocol) throws -> Answer {
        try input.fileHandleForWriting.write(contentsOf: line + Data("\n".utf8))
        return try JSONDecoder().decode(Answer.self, from: Data(self.line().utf8))
    }

    private func line() -> String {
        var data = Data()
        while data.last != UInt8(ascii: "\n") {
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { break }
            data.append(more)
        }
        return String(decoding: data, as: UTF8.self)
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}
