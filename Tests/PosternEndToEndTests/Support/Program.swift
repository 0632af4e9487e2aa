import Foundation

/// The `postern` program that was built with these tests.
enum Program {
    /// How a command ended and what it wrote.
    struct Outcome: Sendable {
        let end: Child.End
        let output: String
        let errors: String

        var succeeded: Bool { end == .exit(0) }
        var lines: [String] { output.split(separator: "\n").map(String.init) }
    }

    /// It lies where this test process's own executable lies.
    static let url = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "postern")

    /// Runs a command to its end.
    static func run(_ arguments: [String], in folder: URL) async throws -> Outcome {
        let errors = folder.appending(path: "command-\(UUID().uuidString.prefix(8)).stderr")
        defer { try? FileManager.default.removeItem(at: errors) }
        let child = try Child(url, arguments, in: folder, diagnostics: errors)
        let end = try await child.end(within: .seconds(60))
        // No line begins so: this reads to the end of the output, which the end of the process brings.
        _ = await child.line(beginning: "\u{0}")
        return Outcome(end: end, output: child.output, errors: child.errors)
    }

    /// The checkout's top folder.
    static let checkout = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}
