import Foundation
import NIOHPACK
import PosternTesting
import Testing

/// The HTTP versions a client may speak.
enum HTTPVersion: String, Sendable, CaseIterable, CustomTestStringConvertible {
    case http1 = "HTTP/1.1"
    case http2 = "HTTP/2"

    var alpn: String { self == .http1 ? "http/1.1" : "h2" }
    var testDescription: String { rawValue }
}

/// A request, the same whatever version carries it.
struct Request: Sendable {
    var method: String
    var path: String
    /// The host it is for.
    var host = "localhost"
    var fields: [(name: String, value: String)]
    var body: [UInt8]

    init(
        _ method: String, _ path: String, _ fields: [(name: String, value: String)] = [],
        body: String = ""
    ) {
        self.method = method
        self.path = path
        self.fields = fields
        self.body = Array(body.utf8)
    }

    /// The send of a draft.
    static func send(
        _ guid: String, _ token: String, query: String = "", _ body: String = "{}"
    ) -> Request {
        Request(
            "PUT", "/api/v1/messages/\(guid)/send\(query)",
            [("x-sm-session-token", token), ("content-type", "application/json")], body: body)
    }

    private var wholeFields: [(String, String)] {
        // A request that has no body says nothing of its length.
        fields.map { ($0.name.lowercased(), $0.value) }
            + (body.isEmpty ? [] : [("content-length", "\(body.count)")])
    }

    var http1: [UInt8] {
        let lines =
            ["\(method) \(path) HTTP/1.1", "host: \(host)"]
            + wholeFields.map { "\($0): \($1)" }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
    }

    func http2(_ stream: UInt32) -> [UInt8] {
        let named = TestFrame.request(method, path, wholeFields).map {
            $0.0 == ":authority" ? ($0.0, host) : $0
        }
        let head = TestFrame.headers(stream, named, ends: body.isEmpty)
        // The default frame size is 16 KiB and the default window 64 KiB less one.
        let pieces = stride(from: 0, to: body.count, by: 16_384).map {
            Array(body[$0..<min($0 + 16_384, body.count)])
        }
        let data = pieces.indices.map {
            TestFrame.data(stream, pieces[$0], ends: $0 == pieces.count - 1)
        }
        return ([head] + data).flatMap(\.bytes)
    }
}

/// An answer, the same whatever version carried it.
struct Answer: Sendable {
    var status: Int
    /// By lower-case name.
    var fields: [String: String]
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    func json() throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(body))
        return try #require(object as? [String: Any], "\(text)")
    }

    /// The text, number or truth that names and positions, divided by blanks, lead to; nil when there is none.
    func member(_ path: String) -> String? {
        var value: Any? = try? JSONSerialization.jsonObject(
            with: Data(body), options: .fragmentsAllowed)
        for step in path.split(separator: " ") {
            if let list = value as? [Any], let place = Int(step) {
                value = list.indices.contains(place) ? list[place] : nil
            } else {
                value = (value as? [String: Any])?[String(step)]
            }
        }
        if let text = value as? String { return text }
        return (value as? NSNumber).map { "\($0)" }
    }

    /// The documented number; nil for an acceptance.
    var code: String? {
        let status = (try? json())?["responseStatus"] as? [String: Any]
        return status?["errorCode"] as? String
    }

    var decision: String? { fields["postern-decision"] }
    var policy: String? { fields["postern-policy"] }
}

/// The gateway reset a stream instead of answering on it.
struct StreamReset: Error {}

/// One connection to a gateway; requests on it one after the other, or all at once over HTTP/2.
actor Connection {
    private let client: TestClient
    private let version: HTTPVersion
    private var asked = 0

    init(_ client: TestClient, _ version: HTTPVersion) {
        self.client = client
        self.version = version
        if version == .http2 { client.send(TestFrame.opening + TestFrame(4, flags: 1).bytes) }
    }

    var serverCertificate: [UInt8]? { client.serverCertificate }

    func close() async { await client.close() }

    func ask(_ request: Request) async throws -> Answer {
        try #require(try await ask(all: [request]).first)
    }

    /// Sends requests in one write and waits for every answer.
    ///
    /// - Parameters:
    ///   - requests: What to ask.
    ///   - onFirst: Called when the first answer has come; over HTTP/2 alone.
    /// - Returns: The answers in the order of the requests.
    /// - Throws: ``StreamReset``, or when the connection ended first.
    func ask(all requests: [Request], onFirst: (@Sendable () -> Void)? = nil) async throws
        -> [Answer]
    {
        let first = asked
        asked += requests.count
        switch version {
        case .http1:
            client.send(requests.flatMap(\.http1))
            return try await client.receive(answers: asked)[first..<asked].map {
                Answer(status: $0.status, fields: $0.fields, body: $0.body)
            }
        case .http2:
            let streams = (first..<asked).map { UInt32(2 * $0 + 1) }
            client.send(zip(requests, streams).flatMap { $0.http2($1) })
            if let onFirst {
                _ = try await client.receive { !Self.endedStreams($0).isDisjoint(with: streams) }
                onFirst()
            }
            let bytes = try await client.receive { bytes in
                let ended = Self.endedStreams(bytes)
                return streams.allSatisfy(ended.contains)
            }
            return try Self.answers(bytes, on: streams)
        }
    }

    /// Sends bytes as they are and returns all that came until the gateway closed.
    func exchangeRaw(_ text: String) async throws -> [UInt8] {
        client.send(text)
        return try await client.receiveUntilClose()
    }

    private static func endedStreams(_ bytes: [UInt8]) -> Set<UInt32> {
        // A stream also ends by being reset.
        Set(
            TestFrame.parse(bytes).filter { $0.type == 3 || $0.type < 2 && $0.flags & 1 == 1 }
                .map(\.stream))
    }

    private static func answers(_ bytes: [UInt8], on streams: [UInt32]) throws -> [Answer] {
        let frames = TestFrame.parse(bytes)
        let heads = try TestFrame.responses(in: frames)
        var bodies: [UInt32: [UInt8]] = [:]
        for frame in frames where frame.type == 0 {
            bodies[frame.stream, default: []] += frame.payload
        }
        return try streams.map { stream in
            guard let head = heads[stream]?.last,
                let status = head.first(name: ":status").flatMap({ Int($0) })
            else { throw StreamReset() }
            let fields = head.filter { !$0.name.hasPrefix(":") }.map { ($0.name, $0.value) }
            return Answer(
                status: status, fields: Dictionary(fields, uniquingKeysWith: { $1 }),
                body: bodies[stream] ?? [])
        }
    }
}
