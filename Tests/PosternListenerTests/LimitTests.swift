import NIOCore
import PosternListener
import PosternTesting
import Testing

@Suite struct `Limits` {
    private static let limits = ListenerLimits.with {
        $0.head = 400
        $0.fields = 10
        $0.target = 100
        $0.body = 200
    }

    private func get(target: Int = 1, filler: Int? = nil, fields: Int = 1) -> String {
        var text =
            "GET /\(String(repeating: "a", count: target - 1)) HTTP/1.1\r\nHost: localhost\r\n"
        for index in 1..<fields { text += "X-\(index): 1\r\n" }
        if let filler {
            let rest = filler - text.utf8.count - "F: \r\n\r\n".utf8.count
            text += "F: \(String(repeating: "f", count: rest))\r\n"
        }
        return text + "\r\n"
    }

    @Test(arguments: [(-1, 200), (0, 200), (1, 431)], TestClient.Delivery.allCases)
    func `a head's limit is exact`(_ more: (Int, Int), _ delivery: TestClient.Delivery) throws {
        try expect(get(filler: 400 + more.0), delivery, more.1)
    }

    @Test(arguments: [(-1, 200), (0, 200), (1, 414)], TestClient.Delivery.allCases)
    func `a target's limit is exact`(_ more: (Int, Int), _ delivery: TestClient.Delivery) throws {
        try expect(get(target: 100 + more.0), delivery, more.1)
    }

    @Test(arguments: [(-1, 200), (0, 200), (1, 431)], TestClient.Delivery.allCases)
    func `the number of fields is exact`(_ more: (Int, Int), _ delivery: TestClient.Delivery) throws
    {
        try expect(get(fields: 10 + more.0), delivery, more.1)
    }

    @Test(arguments: [(-1, 200), (0, 200), (1, 413)], TestClient.Delivery.allCases)
    func `a body's limit is exact`(_ more: (Int, Int), _ delivery: TestClient.Delivery) throws {
        let length = 200 + more.0
        let body = String(repeating: "b", count: length)
        let head = "POST / HTTP/1.1\r\nHost: localhost\r\n"
        try expect("\(head)Content-Length: \(length)\r\n\r\n\(body)", delivery, more.1)
        let size = String(length, radix: 16)
        try expect(
            "\(head)Transfer-Encoding: chunked\r\n\r\n\(size)\r\n\(body)\r\n0\r\n\r\n", delivery,
            more.1)
        let pieces = body.map { "1\r\n\($0)\r\n" }.joined()
        try expect("\(head)Transfer-Encoding: chunked\r\n\r\n\(pieces)0\r\n\r\n", delivery, more.1)
    }

    @Test(arguments: [
        "GET /" + String(repeating: "a", count: 100_000),
        "GET / HTTP/1.1\r\nX: " + String(repeating: " ", count: 100_000),
        "GET / HTTP/1.1\r\n" + String(repeating: "X: \r\n", count: 10_000),
    ])
    func `a head without end is refused as soon as it is too large`(_ text: String) throws {
        let connection = try EmbeddedConnection(limits: Self.limits)
        defer { connection.finish() }
        try connection.send(Array(text.utf8))
        let status = try #require(TestAnswer.parse(try connection.received()).first?.status)
        #expect(status == 431 || status == 414)
    }

    @Test(arguments: [
        "1;" + String(repeating: "x", count: 100_000),
        String(repeating: "1;xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\nb\r\n", count: 150),
        "0\r\n" + String(repeating: "X: 1\r\n", count: 2000),
    ])
    func `chunks with too much around them are refused`(_ chunks: String) throws {
        let connection = try EmbeddedConnection(limits: Self.limits)
        defer { connection.finish() }
        try connection.send(
            Array(
                "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)"
                    .utf8))
        let status = try #require(TestAnswer.parse(try connection.received()).first?.status)
        #expect(status == 413 || status == 431)
    }

    private func expect(_ text: String, _ delivery: TestClient.Delivery, _ status: Int) throws {
        let connection = try EmbeddedConnection(limits: Self.limits)
        defer { connection.finish() }
        for piece in delivery.pieces(Array(text.utf8)) { try connection.send(piece) }
        #expect(TestAnswer.parse(try connection.received()).map(\.status) == [status])
    }

    @Test func `connections over the limit are turned away and room is given back`() async throws {
        try await Harness.run(limits: .with { $0.connections = 2 }) { harness in
            let first = try await harness.connect()
            let second = try await harness.connect()
            let third = try? await harness.connect()
            #expect(third == nil)
            #expect(harness.listener.snapshot.turnedAway == 1)
            await first.close()
            await second.close()
            var isAlive = false
            for _ in 0..<500 where !isAlive { isAlive = await harness.isAlive() }
            #expect(isAlive)
        }
    }

    @Test func `one address gets so many connections`() async throws {
        try await Harness.run(limits: .with { $0.connectionsPerPeer = 1 }) { harness in
            let first = try await harness.connect()
            #expect((try? await harness.connect()) == nil)
            first.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try await first.receive(answers: 1).map(\.status) == [200])
        }
    }
}
