import HTTPTypes
import NIOCore
import NIOHPACK
import PosternListener
import PosternTesting
import Testing

/// The number in a target's query is what the handler allows; the usual limit is 1000 bytes.
@Suite struct `Larger bodies` {
    private static let limits = ListenerLimits.with { $0.body = 1000 }

    private func post(_ path: String, length: Int, _ more: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(length)\r\n\(more)\r\n"
    }

    private static let cases: [(limit: String, length: Int, status: Int)] = [
        ("", 1000, 200), ("", 1001, 413),
        ("?3000", 10, 200), ("?3000", 2999, 200), ("?3000", 3000, 200), ("?3000", 3001, 413),
        ("?20", 20, 200), ("?20", 21, 413), ("?-1", 1, 413), ("?-1", 0, 200),
    ]

    @Test(arguments: cases, TestClient.Delivery.allCases)
    func `each request has its own limit over HTTP/1`(
        _ input: (limit: String, length: Int, status: Int), _ delivery: TestClient.Delivery
    ) throws {
        let body = String(repeating: "b", count: input.length)
        let size = String(input.length, radix: 16)
        let chunks = input.length > 0 ? "\(size)\r\n\(body)\r\n0\r\n\r\n" : "0\r\n\r\n"
        for text in [
            post("/echo\(input.limit)", length: input.length) + body,
            "POST /echo\(input.limit) HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                + chunks,
        ] {
            let connection = try EmbeddedConnection(limits: Self.limits)
            defer { connection.finish() }
            for piece in delivery.pieces(Array(text.utf8)) { try connection.send(piece) }
            let answers = TestAnswer.parse(try connection.received())
            #expect(answers.map(\.status) == [input.status])
            if input.status == 200, input.length > 0 {
                #expect(answers.first?.body == Array(body.utf8))
            }
        }
    }

    @Test(arguments: cases)
    func `each request has its own limit over HTTP/2`(
        _ input: (limit: String, length: Int, status: Int)
    ) async throws {
        try await Harness.run(limits: Self.limits) { harness in
            let client = try await harness.connectHTTP2()
            let body = Array(repeating: UInt8(9), count: input.length)
            for (stream, more) in [
                (1, [("content-length", "\(input.length)")]), (3, []),
            ] as [(UInt32, [(String, String)])] {
                client.send(
                    TestFrame.headers(
                        stream, TestFrame.request("POST", "/echo\(input.limit)", more), ends: false
                    ).bytes + TestFrame.data(stream, body).bytes)
                let bytes = try await client.receive {
                    ((try? TestFrame.statuses(in: $0)) ?? [:])[stream] != nil
                }
                #expect(try TestFrame.statuses(in: bytes)[stream] == input.status)
            }
        }
    }

    @Test func `a body larger than the connection's window passes through it`() async throws {
        let length = 5 << 20
        let limits = ListenerLimits.with {
            $0.body = 1000
            $0.connectionWindow = 1 << 20
        }
        try await Harness.run(limits: limits) { harness in
            for more in [[("content-length", "\(length)")], []] {
                let client = try await harness.connectHTTP2()
                client.send(
                    TestFrame.headers(
                        1, TestFrame.request("POST", "/empty?\(length)", more), ends: false
                    ).bytes)
                var sent = 0
                while sent < length {
                    let size = min(16000, length - sent)
                    let need = sent + size
                    _ = try await client.receive { bytes in
                        [0, 1].allSatisfy { Self.window($0, in: bytes) >= need }
                    }
                    client.send(
                        TestFrame.data(
                            1, Array(repeating: 5, count: size), ends: need == length
                        ).bytes)
                    sent = need
                }
                _ = try await client.receive {
                    ((try? TestFrame.statuses(in: $0)) ?? [:])[1] == 204
                }
                #expect(harness.handler.requests.last?.body.count == length)
            }
        }
    }

    /// Bytes a client may have sent in all.
    private static func window(_ stream: UInt32, in bytes: [UInt8]) -> Int {
        TestFrame.parse(bytes).filter { $0.type == 8 && $0.stream == stream }.reduce(65535) {
            $0 + $1.payload.reduce(0) { $0 << 8 | Int($1) }
        }
    }

    @Test func `a client that asks to go on with a large body is told to`() async throws {
        try await Harness.run(limits: Self.limits) { harness in
            let client = try await harness.connect()
            client.send(post("/echo?5000", length: 5000, "Expect: 100-continue\r\n"))
            _ = try await client.receive { $0.count >= 25 }
            client.send(Array(repeating: 66, count: 5000))
            #expect(try await client.receive(answers: 2).map(\.status) == [100, 200])
            let other = try await harness.connectHTTP2()
            let fields = TestFrame.request(
                "POST", "/echo?5000", [("expect", "100-continue"), ("content-length", "5000")])
            other.send(TestFrame.headers(1, fields, ends: false).bytes)
            _ = try await other.receive {
                let blocks = (try? TestFrame.responses(in: TestFrame.parse($0)))?[1] ?? []
                return blocks.first?.first(name: ":status") == "100"
            }
            other.send(TestFrame.data(1, Array(repeating: 66, count: 5000)).bytes)
            _ = try await other.receive { ((try? TestFrame.statuses(in: $0)) ?? [:])[1] == 200 }
        }
    }

    private static let onePlace = ListenerLimits.with {
        $0.body = 1000
        $0.largeBodies = 1
    }

    /// A client whose large request has been read as far as its head.
    private func occupant(of harness: Harness, isHTTP2: Bool) async throws -> TestClient {
        if isHTTP2 {
            let client = try await harness.connectHTTP2()
            let fields = TestFrame.request("POST", "/hold?5000", [("expect", "100-continue")])
            client.send(TestFrame.headers(1, fields, ends: false).bytes)
            _ = try await client.receive { TestFrame.parse($0).contains { $0.type == 1 } }
            return client
        }
        let client = try await harness.connect()
        client.send(post("/hold?5000", length: 5000, "Expect: 100-continue\r\n"))
        _ = try await client.receive { $0.count >= 25 }
        return client
    }

    private func status(of harness: Harness, isHTTP2: Bool) async throws -> Int {
        if isHTTP2 {
            let client = try await harness.connectHTTP2()
            client.send(
                TestFrame.headers(1, TestFrame.request("POST", "/echo?5000"), ends: false).bytes)
            let bytes = try await client.receive {
                TestFrame.parse($0).contains { $0.stream == 1 }
            }
            if try TestFrame.statuses(in: bytes)[1] == 503 { return 503 }
            client.send(TestFrame.data(1, Array(repeating: 1, count: 2000)).bytes)
            let all = try await client.receive {
                ((try? TestFrame.statuses(in: $0)) ?? [:])[1] != nil
            }
            await client.close()
            return try TestFrame.statuses(in: all)[1] ?? 0
        }
        let client = try await harness.connect()
        client.send(post("/echo?5000", length: 2000, "Connection: close\r\n"))
        client.send(Array(repeating: 1, count: 2000))
        return TestAnswer.parse(try await client.receiveUntilClose()).first?.status ?? 0
    }

    @Test(arguments: [true, false])
    func `a request without a place is refused, and one that needs none is not`(_ isHTTP2: Bool)
        async throws
    {
        try await Harness.run(limits: Self.onePlace) { harness in
            let first = try await occupant(of: harness, isHTTP2: isHTTP2)
            #expect(try await status(of: harness, isHTTP2: isHTTP2) == 503)
            let refused = try await harness.exchange(post("/echo?5000", length: 2000))
            #expect(refused.map(\.status) == [503])
            #expect(refused.first?.fields["retry-after"] == "1")
            #expect(refused.first?.fields["connection"] == "close")
            #expect(
                refused.first.map { String(decoding: $0.body, as: UTF8.self) }
                    == "Too many large requests are under way.")
            #expect(harness.listener.snapshot.refused == ["too-many-large-bodies": 2])
            let small = try await harness.connect()
            small.send(post("/echo?5000", length: 1000))
            small.send(Array(repeating: 1, count: 1000))
            #expect(try await small.receive(answers: 1).map(\.status) == [200])
            let tooLarge = try await harness.exchange(post("/echo?5000", length: 5001))
            #expect(tooLarge.map(\.status) == [413])

            let body = Array(repeating: UInt8(1), count: 5000)
            first.send(isHTTP2 ? TestFrame.data(1, body).bytes : body)
            let held = try #require(await harness.handler.nextHeld())
            #expect(held.request.body == body)
            // It has its place until it is answered.
            #expect(try await status(of: harness, isHTTP2: isHTTP2) == 503)
            held.reply(TestHandler.answer(held.request))
            _ = try await first.receive { $0.count > 5000 }
            for _ in 0..<3 { #expect(try await status(of: harness, isHTTP2: isHTTP2) == 200) }
        }
    }

    @Test(arguments: [true, false])
    func `one address does not get all places`(_ isHTTP2: Bool) async throws {
        let limits = ListenerLimits.with {
            $0.body = 1000
            $0.largeBodies = 4
        }
        try await Harness.run(limits: limits) { harness in
            let first = try await occupant(of: harness, isHTTP2: isHTTP2)
            let second = try await occupant(of: harness, isHTTP2: isHTTP2)
            #expect(try await status(of: harness, isHTTP2: isHTTP2) == 503)
            await first.close()
            var last = 0
            for _ in 0..<100 where last != 200 {
                last = try await status(of: harness, isHTTP2: isHTTP2)
            }
            #expect(last == 200)
            await second.close()
        }
    }

    enum Ending: CaseIterable, Sendable { case close, reset, tooLarge, tooSlow, malformed }

    @Test(arguments: Ending.allCases, [true, false])
    func `a request that does not get to its end gives its place back`(
        _ ending: Ending, _ isHTTP2: Bool
    ) async throws {
        guard isHTTP2 || ending != .reset else { return }
        var limits = Self.onePlace
        if ending == .tooSlow { limits.bodyTime = .milliseconds(300) }
        try await Harness.run(limits: limits) { harness in
            let first: TestClient
            if isHTTP2 || ending == .close || ending == .tooSlow {
                first = try await occupant(of: harness, isHTTP2: isHTTP2)
            } else {
                first = try await harness.connect()
                first.send(
                    "POST /hold?5000 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                        + "Expect: 100-continue\r\n\r\n")
                _ = try await first.receive { $0.count >= 25 }
            }
            switch ending {
            case .close:
                first.send(
                    isHTTP2
                        ? TestFrame.data(1, [1], ends: false).bytes : Array(repeating: 1, count: 9))
                await first.close()
            case .reset: first.send(TestFrame(3, stream: 1, [0, 0, 0, 8]).bytes)
            case .tooLarge:
                let body = Array(repeating: UInt8(1), count: 5001)
                first.send(isHTTP2 ? TestFrame.data(1, body).bytes : Array("1389\r\n".utf8) + body)
            case .tooSlow: break
            case .malformed:
                first.send(
                    isHTTP2 ? TestFrame.headers(1, [(":path", "/")]).bytes : Array("x\r\n".utf8))
            }
            var last = 0
            for _ in 0..<100 where last != 200 {
                last = try await status(of: harness, isHTTP2: isHTTP2)
            }
            #expect(last == 200)
            #expect(harness.handler.requests.count { $0.head.path == "/hold?5000" } == 0)
        }
    }

    @Test func `a stream reset while its request is served keeps the place until it is answered`()
        async throws
    {
        try await Harness.run(limits: Self.onePlace) { harness in
            let first = try await occupant(of: harness, isHTTP2: true)
            first.send(TestFrame.data(1, Array(repeating: 1, count: 2000)).bytes)
            let held = try #require(await harness.handler.nextHeld())
            first.send(
                TestFrame(3, stream: 1, [0, 0, 0, 8]).bytes
                    + TestFrame.headers(3, TestFrame.request()).bytes)
            _ = try await first.receive { ((try? TestFrame.statuses(in: $0)) ?? [:])[3] == 200 }
            #expect(held.reply.isAbandoned)
            #expect(try await status(of: harness, isHTTP2: true) == 503)
            held.reply(TestHandler.answer(held.request))
            var last = 0
            for _ in 0..<100 where last != 200 {
                last = try await status(of: harness, isHTTP2: true)
            }
            #expect(last == 200)
        }
    }
}
