import Foundation
import PosternTesting
import Testing

/// A webhook in a process of its own that ends with the object, or with the test process.
final class WebhookServer {
    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    /// What it does with a call.
    enum Move: Encodable, Sendable {
        /// Answers.
        case answer(Int, headers: [String: String] = [:], body: String = "")
        /// Says these bytes and closes.
        case say(String)
        /// Never answers.
        case hang
        /// Closes without a word, the message passed on or not.
        case close(delivers: Bool = false)

        private enum Key: String, CodingKey { case status, headers, body, says, hangs, delivers }

        func encode(to encoder: any Encoder) throws {
            var move = encoder.container(keyedBy: Key.self)
            switch self {
            case .answer(let status, let headers, let body):
                try move.encode(status, forKey: .status)
                try move.encode(headers, forKey: .headers)
                try move.encode(body, forKey: .body)
            case .say(let text): try move.encode(text, forKey: .says)
            case .hang: try move.encode(true, forKey: .hangs)
            case .close(let delivers): try move.encode(delivers, forKey: .delivers)
            }
        }
    }

    /// What it has seen.
    struct Seen: Decodable {
        struct Call: Decodable {
            let method: String
            let path: String
            let headers: [String: String]
            let body: String
            /// Whether the signature is that of Standard Webhooks.
            let signed: Bool
        }
        let calls: [Call]
        /// The names of what it passed on.
        let delivered: [String]
        let connections: Int
    }

    private struct Command: Encodable { let moves: [Move] }

    var port: Int { peer.port }
    private let peer: ScriptedPeer

    /// Starts it, with the certificate in a folder; without TLS when there is none.
    init(_ pki: TestPKI?) throws {
        peer = try ScriptedPeer(
            "webhook_server.py",
            [pki?.path("server.pem") ?? "-", pki?.path("server.key") ?? "-", Self.secret])
    }

    /// Says what becomes of the next calls; those after them are taken.
    func plan(_ moves: Move...) throws { _ = try ask(moves) }

    /// What has come so far.
    func seen() throws -> Seen { try ask([]) }

    private func ask(_ moves: [Move]) throws -> Seen {
        try peer.ask(try JSONEncoder().encode(Command(moves: moves)))
    }
}
