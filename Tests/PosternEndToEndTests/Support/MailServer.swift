import Foundation
import PosternTesting
import Testing

/// A real SMTP server (aiosmtpd) in a process of its own that spools what it takes.
final class MailServer: Sendable {
    let port: String
    private let spool: URL
    private let child: Child
    private let input: Pipe

    init() async throws {
        let folder = try RunFolder.shared.get().makeFolder("mail")
        spool = folder.appending(path: "spool")
        input = Process.pipe()
        let script = Program.checkout.appending(
            path: "Tests/PosternDeliveryTests/Servers/aiosmtpd_server.py")
        child = try Child(
            URL(filePath: "/usr/bin/python3"), ["-B", script.path, spool.path, "plain"], in: folder,
            diagnostics: folder.appending(path: "stderr"), input: input)
        port = try #require(await child.line(beginning: ""), "\(child.errors)")
    }

    /// The settings that make a gateway use it.
    var settings: World.Settings {
        ["relay.host": "127.0.0.1", "relay.port": port, "relay.security": "plain"]
    }

    /// The mails that have arrived, as they were taken.
    func mails() throws -> [String] {
        let folder = spool.appending(path: "new")
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).map {
            try String(contentsOf: folder.appending(path: $0), encoding: .utf8)
        }
    }

    /// Ends it by ending its input.
    func end() async throws {
        try input.fileHandleForWriting.close()
        #expect(try await child.end(within: .seconds(10)) == .exit(0))
    }
}
