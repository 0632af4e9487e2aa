import Foundation
import PosternTesting
import Testing

/// A webhook in a process of its own that checks signatures by itself and keeps what it is told.
final class Webhook: Sendable {
    /// What it was called with.
    struct Call: Decodable, Sendable {
        /// Who wrote, to what number, and what.
        struct Text: Decodable, Sendable, Equatable {
            let from: String
            let to: String
            let text: String
        }

        let path: String
        let headers: [String: String]
        let body: String
        /// Whether the signature is that of Standard Webhooks.
        let signed: Bool

        var text: Text? { try? JSONDecoder().decode(Text.self, from: Data(body.utf8)) }
    }

    /// What it has seen.
    struct Seen: Decodable, Sendable {
        let calls: [Call]
        /// The names of what was taken, each once.
        let delivered: [String]
        /// How often anybody connected, whatever they said then.
        let connections: Int

        /// The texts of calls that were signed.
        var texts: [String] { calls.filter(\.signed).compactMap { $0.text?.text } }
    }

    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    let port: String
    private let child: Child
    private let input: Pipe

    /// Starts it, with the certificate in a folder; without TLS when there is none.
    init(certificates: URL? = nil) async throws {
        let folder = try RunFolder.shared.get().makeFolder("webhook")
        input = Process.pipe()
        let script = Program.checkout.appending(
            path: "Tests/PosternDeliveryTests/Servers/webhook_server.py")
        child = try Child(
            URL(filePath: "/usr/bin/python3"),
            [
                "-B", script.path, certificates?.appending(path: "server.pem").path ?? "-",
                certificates?.appending(path: "server.key").path ?? "-", Self.secret,
            ],
            in: folder, diagnostics: folder.appending(path: "stderr"), input: input)
        port = try #require(await child.line(beginning: ""), "\(child.errors)")
    }

    /// The settings that make a gateway use it.
    var settings: World.Settings {
        ["webhook.url": "http://localhost:\(port)/texts", "webhook.secret": Self.secret]
    }

    /// What has come so far; for one caller at a time.
    func seen() async throws -> Seen {
        try input.fileHandleForWriting.write(contentsOf: Data("{}\n".utf8))
        let line = try #require(await child.line(beginning: "{"), "\(child.errors)")
        return try JSONDecoder().decode(Seen.self, from: Data(line.utf8))
    }

    /// Says what becomes of the next calls; those after them are taken.
    ///
    /// For one caller at a time.
    func plan(_ moves: [String]) async throws {
        let command = #"{"moves":[\#(moves.joined(separator: ","))]}"# + "\n"
        try input.fileHandleForWriting.write(contentsOf: Data(command.utf8))
        _ = try #require(await child.line(beginning: "{"), "\(child.errors)")
    }

    /// A move: the call is to be made again in an hour.
    static let inAnHour = #"{"status":503,"headers":{"Retry-After":"3600"}}"#

    /// A move: the call is taken, after a while.
    static func slow(_ seconds: Int) -> String { #"{"status":202,"after":\#(seconds)}"# }

    /// Ends it by ending its input.
    func end() async throws {
        try input.fileHandleForWriting.close()
        #expect(try await child.end(within: .seconds(10)) == .exit(0))
    }
}
