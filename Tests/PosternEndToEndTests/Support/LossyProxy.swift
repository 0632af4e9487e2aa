import Foundation
import PosternTesting
import Testing

/// A proxy before a delivery core that loses answers when told to.
final class LossyProxy: Sendable {
    /// What becomes of the answer to a call.
    enum Move: String, Sendable {
        /// The core answers, and nobody hears it.
        case lose
        /// The core answers, and the caller is kept waiting.
        case hold
        /// The core never hears of the call.
        case drop
    }

    private struct State: Decodable {
        let lost: [[String]]
    }

    let port: String
    private let child: Child
    private let input: Pipe

    /// Stands before the core of a world.
    init(of world: World, before port: Int) async throws {
        let folder = try RunFolder.shared.get().makeFolder("proxy")
        input = Process.pipe()
        let script = Program.checkout.appending(
            path: "Tests/PosternDeliveryTests/Servers/lossy_proxy.py")
        let certificates = ["server.pem", "server.key", "ca.pem"].map {
            world.path("certs/\($0)").path
        }
        child = try Child(
            URL(filePath: "/usr/bin/python3"), ["-B", script.path] + certificates + ["\(port)"],
            in: folder, diagnostics: folder.appending(path: "stderr"), input: input)
        self.port = try #require(await child.line(beginning: ""), "\(child.errors)")
    }

    /// Says what becomes of the answers to the next calls of a method; for one caller at a time.
    func plan(_ method: String, _ moves: Move...) async throws {
        _ = try await ask(moves.map { [method, $0.rawValue] })
    }

    /// How many answers were lost so far, in whatever way.
    func lost() async throws -> Int { try await ask([]).lost.count }

    private func ask(_ moves: [[String]]) async throws -> State {
        let command = try JSONEncoder().encode(["moves": moves]) + Data("\n".utf8)
        try input.fileHandleForWriting.write(contentsOf: command)
        let line = try #require(await child.line(beginning: "{"), "\(child.errors)")
        return try JSONDecoder().decode(State.self, from: Data(line.utf8))
    }

    /// Ends it by ending its input.
    func end() async throws {
        try input.fileHandleForWriting.close()
        #expect(try await child.end(within: .seconds(10)) == .exit(0))
    }
}
