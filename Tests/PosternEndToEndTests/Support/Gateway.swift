import Foundation
import NIOCore
import NIOSSL
import PosternTesting
import Testing

/// A gateway that serves in a process of its own.
struct Gateway: Sendable {
    let child: Child
    let address: SocketAddress
    let operations: SocketAddress
    private let contexts: [HTTPVersion: NIOSSLContext]

    init(_ child: Child, readyLine: String, authority: URL) throws {
        self.child = child
        let urls = try readyLine.split(separator: " ").dropFirst().map {
            try #require(URL(string: String($0)))
        }
        try #require(urls.count == 2)
        let addresses = try urls.map { url in
            try SocketAddress(
                ipAddress: try #require(url.host()), port: try #require(url.port))
        }
        (address, operations) = (addresses[0], addresses[1])
        contexts = try Dictionary(
            uniqueKeysWithValues: HTTPVersion.allCases.map { version in
                var tls = TLSConfiguration.makeClientConfiguration()
                tls.trustRoots = .file(authority.path)
                tls.applicationProtocols = [version.alpn]
                return (version, try NIOSSLContext(configuration: tls))
            })
    }

    /// Opens a connection over TLS.
    func connect(_ version: HTTPVersion = .http2) async throws -> Connection {
        let client = try await TestClient.connect(to: address, tls: contexts[version])
        try #require(client.negotiatedProtocol == version.alpn)
        return Connection(client, version)
    }

    /// Asks once, on a connection of its own.
    func ask(_ request: Request, over version: HTTPVersion = .http2) async throws -> Answer {
        let connection = try await connect(version)
        let answer = try await connection.ask(request)
        await connection.close()
        return answer
    }

    /// Asks everything at the same time: over HTTP/1.1 on a connection each, over HTTP/2 in a single write
    /// for every hundred.
    func ask(atOnce requests: [Request], over version: HTTPVersion) async throws -> [Answer] {
        let share = version == .http1 ? 1 : 100
        let shares = stride(from: 0, to: requests.count, by: share).map {
            Array(requests[$0..<min($0 + share, requests.count)])
        }
        // Connected first, so that what is raced is the sends and not the handshakes.
        let connections = try await withThrowingTaskGroup(of: Connection.self) { group in
            for _ in shares { group.addTask { try await connect(version) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        return try await withThrowingTaskGroup(of: (Int, [Answer]).self) { group in
            for (index, (connection, share)) in zip(connections, shares).enumerated() {
                group.addTask {
                    let answers = try await connection.ask(all: share)
                    await connection.close()
                    return (index, answers)
                }
            }
            let parts = try await group.reduce(into: []) { $0.append($1) }
            return parts.sorted { $0.0 < $1.0 }.flatMap(\.1)
        }
    }

    /// Asks the operators' listener.
    func operations(_ path: String) async throws -> Answer {
        let client = try await TestClient.connect(to: operations, tls: nil)
        let connection = Connection(client, .http1)
        let answer = try await connection.ask(Request("GET", path))
        await connection.close()
        return answer
    }

    /// `good`, `degraded` or `down`, and the reasons given by part.
    func health() async throws -> (status: String, reasons: [String: String], code: Int) {
        let answer = try await operations("/health/ready")
        let object = try answer.json()
        return (
            try #require(object["status"] as? String),
            object["reasons"] as? [String: String] ?? [:], answer.status
        )
    }

    /// Waits for a state of health.
    func becomes(_ status: String, within bound: Duration = .seconds(5)) async throws {
        try await eventually("health is \(status)", within: bound) {
            try await health().status == status
        }
    }

    /// The metrics page as it is served.
    func metricsPage() async throws -> String { try await operations("/metrics").text }

    /// The metrics, by name with labels.
    func metrics() async throws -> [String: Double] {
        Dictionary(
            try await metricsPage().split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap
            { line in
                let parts = line.split(separator: " ")
                return Double(parts.last ?? "").map {
                    (parts.dropLast().joined(separator: " "), $0)
                }
            }, uniquingKeysWith: { $1 })
    }

    /// Tells it to stop and waits until it has.
    func stop() async throws -> Child.End {
        child.signal(SIGTERM)
        return try await child.end(within: .seconds(15))
    }

    /// Kills it and waits until it is gone.
    func kill() async {
        child.signal(SIGKILL)
        _ = await child.end.value
    }
}
