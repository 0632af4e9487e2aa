import NIOHPACK
import PosternListener
import PosternTesting
import Testing

/// One abuse of HTTP/2: what is sent after the opening, and whether only a stream or the connection ends.
struct HTTP2Case: Sendable, CustomTestStringConvertible {
    enum Outcome: Sendable {
        /// The stream gets this status.
        case status(Int)
        /// The stream is reset.
        case reset
        /// The connection ends with GOAWAY and a code other than zero, or is cut.
        case goAway
    }

    var name: String
    var bytes: [UInt8]
    var outcome: Outcome

    init(_ name: String, _ frames: [TestFrame], _ outcome: Outcome) {
        self.name = name
        bytes = frames.flatMap(\.bytes)
        self.outcome = outcome
    }

    init(_ name: String, _ fields: [(String, String)], _ outcome: Outcome) {
        self.init(name, [.headers(1, fields)], outcome)
    }

    var testDescription: String { name }

    static let authority = [(":method", "GET"), (":scheme", "https"), (":path", "/")]

    static let all: [HTTP2Case] = heads + bodies + frames + floods

    static let heads: [HTTP2Case] = [
        HTTP2Case("plain", TestFrame.request(), .status(200)),
        HTTP2Case(
            "host agrees", TestFrame.request("GET", "/", [("host", "LOCALHOST:443")]), .status(200)),
        HTTP2Case("host alone", authority + [("host", "localhost")], .status(200)),
        HTTP2Case("te trailers", TestFrame.request("GET", "/", [("te", "trailers")]), .status(200)),
        HTTP2Case("unknown method", TestFrame.request("FROB"), .status(200)),
        HTTP2Case("host differs", TestFrame.request("GET", "/", [("host", "other")]), .status(400)),
        HTTP2Case("no host at all", authority, .status(400)),
        HTTP2Case(
            "two hosts",
            TestFrame.request("GET", "/", [("host", "localhost"), ("host", "localhost")]),
            .status(400)),
        HTTP2Case(
            "authority with user", authority + [(":authority", "me@localhost")], .status(400)),
        HTTP2Case(
            "scheme http",
            [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "localhost")],
            .status(400)),
        HTTP2Case("relative path", TestFrame.request("GET", "a"), .status(400)),
        HTTP2Case("fragment", TestFrame.request("GET", "/a#b"), .status(400)),
        HTTP2Case("absolute path", TestFrame.request("GET", "https://localhost/"), .status(400)),
        HTTP2Case("path *", TestFrame.request("GET", "*"), .status(400)),
        HTTP2Case("TRACE", TestFrame.request("TRACE"), .status(405)),
        HTTP2Case(
            "two authorizations",
            TestFrame.request("GET", "/", [("authorization", "a"), ("authorization", "b")]),
            .status(400)),
        HTTP2Case(
            "underscore", TestFrame.request("GET", "/", [("content_length", "1")]), .status(400)),
        HTTP2Case(
            "unknown expectation", TestFrame.request("GET", "/", [("expect", "more")]), .status(417)
        ),
        HTTP2Case(
            "long target", TestFrame.request("GET", "/" + String(repeating: "a", count: 8192)),
            .status(414)),
        HTTP2Case(
            "many fields", TestFrame.request("GET", "/", (0..<101).map { ("x-\($0)", "") }),
            .status(431)),
        HTTP2Case(
            "length too great",
            [
                .headers(
                    1, TestFrame.request("POST", "/", [("content-length", "65537")]), ends: false)
            ], .status(413)),
        HTTP2Case("upper-case name", TestFrame.request("GET", "/", [("X-A", "1")]), .reset),
        HTTP2Case(
            "connection field", TestFrame.request("GET", "/", [("connection", "close")]), .reset),
        HTTP2Case(
            "transfer-encoding", TestFrame.request("POST", "/", [("transfer-encoding", "chunked")]),
            .reset),
        HTTP2Case("te gzip", TestFrame.request("GET", "/", [("te", "gzip")]), .reset),
        HTTP2Case("no method", Array(TestFrame.request().dropFirst()), .reset),
        HTTP2Case(
            "no path", [(":method", "GET"), (":scheme", "https"), (":authority", "localhost")],
            .reset),
        HTTP2Case("empty path", TestFrame.request("GET", ""), .reset),
        HTTP2Case("two methods", [(":method", "GET")] + TestFrame.request(), .reset),
        HTTP2Case(
            "pseudo-header last",
            TestFrame.request().dropLast() + [("x", "1"), (":authority", "localhost")], .reset),
        HTTP2Case("unknown pseudo-header", [(":x", "1")] + TestFrame.request(), .reset),
        HTTP2Case("status in a request", TestFrame.request() + [(":status", "200")], .reset),
        HTTP2Case("line end in a value", TestFrame.request("GET", "/", [("x", "a\r\nb")]), .reset),
        HTTP2Case("zero in a value", TestFrame.request("GET", "/", [("x", "a\0b")]), .reset),
        HTTP2Case("blank in a name", TestFrame.request("GET", "/", [("x y", "1")]), .reset),
    ]

    static let bodies: [HTTP2Case] = [
        HTTP2Case(
            "body", [.headers(1, TestFrame.request("POST"), ends: false), .data(1, [1, 2])],
            .status(200)),
        HTTP2Case(
            "trailers",
            [
                .headers(1, TestFrame.request("POST"), ends: false), .data(1, [1], ends: false),
                .headers(1, [("x", "1")]),
            ], .status(200)),
        HTTP2Case(
            "body of the size stated",
            [
                .headers(1, TestFrame.request("POST", "/", [("content-length", "2")]), ends: false),
                .data(1, [1, 2]),
            ], .status(200)),
        HTTP2Case(
            "body shorter than stated",
            [
                .headers(1, TestFrame.request("POST", "/", [("content-length", "3")]), ends: false),
                .data(1, [1, 2]),
            ], .reset),
        HTTP2Case(
            "body longer than stated",
            [
                .headers(1, TestFrame.request("POST", "/", [("content-length", "1")]), ends: false),
                .data(1, [1, 2]),
            ], .reset),
        HTTP2Case(
            "no body but a length",
            [.headers(1, TestFrame.request("POST", "/", [("content-length", "1")]))], .reset),
        HTTP2Case(
            "pseudo-header in trailers",
            [.headers(1, TestFrame.request("POST"), ends: false), .headers(1, [(":path", "/")])],
            .reset),
        HTTP2Case(
            "trailers without end",
            [
                .headers(1, TestFrame.request("POST"), ends: false),
                .headers(1, [("x", "1")], ends: false),
            ], .reset),
    ]

    static let frames: [HTTP2Case] = [
        HTTP2Case("DATA on stream 0", [.data(0, [1])], .goAway),
        HTTP2Case("HEADERS on stream 0", [.headers(0, TestFrame.request())], .goAway),
        HTTP2Case("HEADERS on an even stream", [.headers(2, TestFrame.request())], .goAway),
        HTTP2Case("DATA on an idle stream", [.data(1, [1])], .goAway),
        HTTP2Case(
            "RST_STREAM on an idle stream", [TestFrame(3, stream: 1, [0, 0, 0, 8])], .goAway),
        HTTP2Case("RST_STREAM of wrong size", [TestFrame(3, stream: 1, [0, 0, 8])], .goAway),
        HTTP2Case("SETTINGS on a stream", [TestFrame(4, stream: 1)], .goAway),
        HTTP2Case("SETTINGS of wrong size", [TestFrame(4, [0, 1, 0])], .goAway),
        HTTP2Case(
            "SETTINGS ack with payload", [TestFrame(4, flags: 1, [0, 1, 0, 0, 0, 0])], .goAway),
        HTTP2Case(
            "SETTINGS with a great window", [TestFrame(4, [0, 4, 255, 255, 255, 255])], .goAway),
        HTTP2Case("SETTINGS with a small frame", [TestFrame(4, [0, 5, 0, 0, 0, 1])], .goAway),
        HTTP2Case("PING of wrong size", [TestFrame(6, [1])], .goAway),
        HTTP2Case(
            "PING on a stream", [TestFrame(6, stream: 1, Array(repeating: 0, count: 8))], .goAway),
        HTTP2Case(
            "GOAWAY on a stream", [TestFrame(7, stream: 1, Array(repeating: 0, count: 8))], .goAway),
        HTTP2Case(
            "PUSH_PROMISE from a client", [TestFrame(5, flags: 4, stream: 1, [0, 0, 0, 2])], .goAway
        ),
        HTTP2Case("WINDOW_UPDATE of zero", [TestFrame(8, [0, 0, 0, 0])], .goAway),
        HTTP2Case("WINDOW_UPDATE beyond the end", [TestFrame(8, [0x7F, 255, 255, 255])], .goAway),
        HTTP2Case(
            "CONTINUATION alone",
            [TestFrame(9, flags: 4, stream: 1, TestFrame.block(TestFrame.request()))], .goAway),
        HTTP2Case(
            "a frame within a header block",
            [
                TestFrame(1, flags: 1, stream: 1, TestFrame.block(TestFrame.request())),
                TestFrame(6, Array(repeating: 0, count: 8)),
            ], .goAway),
        HTTP2Case(
            "padding longer than the frame",
            [
                .headers(1, TestFrame.request("POST"), ends: false),
                TestFrame(0, flags: 9, stream: 1, [9, 1]),
            ], .goAway),
        HTTP2Case(
            "frame too great", [TestFrame(0, stream: 1, Array(repeating: 0, count: 16385))], .goAway
        ),
        HTTP2Case(
            "header block not HPACK",
            [TestFrame(1, flags: 5, stream: 1, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])], .goAway),
        HTTP2Case(
            "index out of the table", [TestFrame(1, flags: 5, stream: 1, [0xBE + 1])], .goAway),
        HTTP2Case("index zero", [TestFrame(1, flags: 5, stream: 1, [0x80])], .goAway),
        HTTP2Case(
            "table greater than allowed",
            [TestFrame(1, flags: 5, stream: 1, [0x3F, 0xE2, 0xFF, 0x03])], .goAway),
        HTTP2Case(
            "header list without end",
            [
                TestFrame(
                    1, flags: 1, stream: 1,
                    TestFrame.block(
                        TestFrame.request("GET", "/", [("x", String(repeating: "a", count: 16000))])
                    ))
            ]
                + (0..<3).map { _ in
                    TestFrame(
                        9, stream: 1, TestFrame.block([("x", String(repeating: "a", count: 16000))])
                    )
                }, .goAway),
        HTTP2Case(
            "older stream", [.headers(5, TestFrame.request()), .headers(3, TestFrame.request())],
            .goAway),
        HTTP2Case(
            "HEADERS after the end",
            [.headers(1, TestFrame.request("GET", "/hold")), .headers(1, TestFrame.request())],
            .reset),
    ]

    static let floods: [HTTP2Case] = [
        HTTP2Case(
            "six CONTINUATION frames",
            [TestFrame(1, flags: 1, stream: 1, TestFrame.block(TestFrame.request()))]
                + (0..<6).map { _ in TestFrame(9, stream: 1) } + [
                    TestFrame(9, flags: 4, stream: 1)
                ], .goAway),
        HTTP2Case(
            "rapid reset",
            (0..<200).flatMap {
                [
                    TestFrame.headers($0 * 2 + 1, TestFrame.request("GET", "/hold")),
                    TestFrame(3, stream: $0 * 2 + 1, [0, 0, 0, 8]),
                ]
            }, .goAway),
        HTTP2Case(
            "make you reset",
            (0..<200).flatMap {
                [
                    TestFrame.headers($0 * 2 + 1, TestFrame.request("GET", "/hold")),
                    TestFrame(8, stream: $0 * 2 + 1, [0, 0, 0, 0]),
                ]
            }, .goAway),
        HTTP2Case(
            "make you refuse",
            (0..<200).map {
                .headers(
                    $0 * 2 + 1, TestFrame.request("POST", "/", [("content-length", "999999")]),
                    ends: false)
            }, .goAway),
        HTTP2Case(
            "PING flood", (0..<300).map { _ in TestFrame(6, Array(repeating: 0, count: 8)) },
            .goAway),
        HTTP2Case("SETTINGS flood", (0..<300).map { _ in TestFrame(4) }, .goAway),
        HTTP2Case(
            "PRIORITY flood", (0..<300).map { TestFrame(2, stream: 2 * $0 + 1, [0, 0, 0, 0, 1]) },
            .goAway),
        HTTP2Case(
            "WINDOW_UPDATE flood", (0..<2000).map { _ in TestFrame(8, [0, 0, 0, 1]) }, .goAway),
        HTTP2Case("unknown frame flood", (0..<2000).map { _ in TestFrame(0x40, [1]) }, .goAway),
        HTTP2Case(
            "empty DATA flood",
            [.headers(1, TestFrame.request("POST"), ends: false)]
                + (0..<100).map { _ in .data(1, [], ends: false) }, .goAway),
    ]
}

@Suite struct `HTTP/2` {
    @Test(arguments: HTTP2Case.all)
    func `each input ends the stream or the connection as it must`(_ input: HTTP2Case) async throws
    {
        try await Harness.run { harness in
            let client = try await harness.connectHTTP2()
            client.send(input.bytes)
            switch input.outcome {
            case .status(let status):
                let bytes = try await client.receive {
                    ((try? TestFrame.statuses(in: $0)) ?? [:])[1] != nil
                }
                #expect(try TestFrame.statuses(in: bytes) == [1: status])
                await client.close()
            case .reset:
                let bytes = try await client.receive {
                    TestFrame.parse($0).contains { $0.type == 3 && $0.stream == 1 }
                }
                #expect(try TestFrame.statuses(in: bytes).isEmpty)
                await client.close()
            case .goAway:
                let frames = TestFrame.parse(try await client.receiveUntilClose())
                let last = frames.last { $0.type == 7 }
                #expect(last != nil)
                #expect(last?.payload.dropFirst(4).prefix(4).contains { $0 != 0 } == true)
                #expect(harness.listener.snapshot.connectionsCondemned == 1)
            }
            #expect(await harness.isAlive())
        }
    }

    @Test(arguments: [("/echo", 1), ("/later", 20), ("/later", 100)])
    func `streams are answered each with its own body`(_ path: String, _ count: Int) async throws {
        try await Harness.run { harness in
            let client = try await harness.connectHTTP2()
            for index in 0..<count {
                let stream = UInt32(index * 2 + 1)
                client.send(
                    TestFrame.headers(stream, TestFrame.request("POST", path), ends: false).bytes
                        + TestFrame.data(
                            stream, Array(repeating: UInt8(index), count: 100), ends: false
                        ).bytes
                        + TestFrame.data(stream, Array(repeating: UInt8(index), count: 100)).bytes)
            }
            let bytes = try await client.receive {
                TestFrame.parse($0).count { $0.type == 0 && $0.flags & 1 == 1 } == count
            }
            for frame in TestFrame.parse(bytes) where frame.type == 0 {
                #expect(frame.payload == Array(repeating: UInt8(frame.stream / 2), count: 200))
            }
            #expect(harness.listener.snapshot.requestsHTTP2 == count)
            #expect(harness.listener.snapshot.requestsInFlight == 0)
        }
    }

    @Test func `many bodies in a row pass through the connection's window`() async throws {
        try await Harness.run { harness in
            let client = try await harness.connectHTTP2()
            for round in 0..<80 {
                let stream = UInt32(round * 2 + 1)
                client.send(
                    TestFrame.headers(stream, TestFrame.request("POST", "/empty"), ends: false)
                        .bytes
                        + (0..<4).flatMap {
                            TestFrame.data(stream, Array(repeating: 0, count: 16000), ends: $0 == 3)
                                .bytes
                        })
                _ = try await client.receive {
                    ((try? TestFrame.statuses(in: $0)) ?? [:])[stream] == 204
                }
            }
        }
    }

    @Test(arguments: [(-1, 200), (0, 200), (1, 413)])
    func `a body's limit is exact`(_ more: Int, _ status: Int) async throws {
        try await Harness.run(limits: .with { $0.body = 1000 }) { harness in
            let client = try await harness.connectHTTP2()
            client.send(
                TestFrame.headers(1, TestFrame.request("POST"), ends: false).bytes
                    + TestFrame.data(1, Array(repeating: 0, count: 1000 + more)).bytes)
            let bytes = try await client.receive {
                !((try? TestFrame.statuses(in: $0)) ?? [:]).isEmpty
            }
            #expect(try TestFrame.statuses(in: bytes) == [1: status])
        }
    }

    @Test func `a stream too many is refused and the others go on`() async throws {
        try await Harness.run(limits: .with { $0.concurrentStreams = 3 }) { harness in
            let client = try await harness.connectHTTP2()
            for stream in [1, 3, 5, 7] as [UInt32] {
                client.send(TestFrame.headers(stream, TestFrame.request("GET", "/hold")).bytes)
            }
            let bytes = try await client.receive { TestFrame.parse($0).contains { $0.type == 3 } }
            let reset = TestFrame.parse(bytes).first { $0.type == 3 }
            #expect(reset?.stream == 7)
            #expect(reset?.payload == [0, 0, 0, 7])
            for _ in 0..<3 {
                let held = try #require(await harness.handler.nextHeld())
                held.reply(TestHandler.answer(held.request))
            }
            _ = try await client.receive { ((try? TestFrame.statuses(in: $0)) ?? [:]).count == 3 }
        }
    }

    @Test func `work goes on counting after its stream was reset`() async throws {
        try await Harness.run(limits: .with { $0.concurrentStreams = 2 }) { harness in
            let client = try await harness.connectHTTP2()
            for stream in [1, 3] as [UInt32] {
                client.send(TestFrame.headers(stream, TestFrame.request("GET", "/hold")).bytes)
            }
            let first = try #require(await harness.handler.nextHeld())
            let second = try #require(await harness.handler.nextHeld())
            #expect(!first.reply.isAbandoned)
            client.send(
                TestFrame(3, stream: 1, [0, 0, 0, 8]).bytes
                    + TestFrame(3, stream: 3, [0, 0, 0, 8]).bytes)
            client.send(TestFrame.headers(5, TestFrame.request()).bytes)
            _ = try await client.receive {
                TestFrame.parse($0).contains { $0.type == 3 && $0.stream == 5 }
            }
            #expect(first.reply.isAbandoned)
            #expect(second.reply.isAbandoned)
            first.reply(TestHandler.answer(first.request))
            second.reply(TestHandler.answer(second.request))
            client.send(TestFrame.headers(7, TestFrame.request("GET", "/hold")).bytes)
            let third = try #require(await harness.handler.nextHeld())
            third.reply(TestHandler.answer(third.request))
            let bytes = try await client.receive {
                ((try? TestFrame.statuses(in: $0)) ?? [:])[7] == 200
            }
            #expect(try TestFrame.statuses(in: bytes) == [7: 200])
        }
    }

    @Test func `a client may ask to go on before it sends the body`() async throws {
        try await Harness.run { harness in
            let client = try await harness.connectHTTP2()
            client.send(
                TestFrame.headers(
                    1, TestFrame.request("POST", "/", [("expect", "100-continue")]), ends: false
                ).bytes)
            _ = try await client.receive {
                let blocks = (try? TestFrame.responses(in: TestFrame.parse($0)))?[1] ?? []
                return blocks.first?.first(name: ":status") == "100"
            }
            client.send(TestFrame.data(1, [1]).bytes)
            _ = try await client.receive { ((try? TestFrame.statuses(in: $0)) ?? [:])[1] == 200 }
        }
    }

    @Test func `an answer has the fields every answer has`() async throws {
        try await Harness.run { harness in
            let client = try await harness.connectHTTP2()
            client.send(TestFrame.headers(1, TestFrame.request("HEAD")).bytes)
            let bytes = try await client.receive {
                ((try? TestFrame.statuses(in: $0)) ?? [:])[1] == 200
            }
            let head = try #require(try TestFrame.responses(in: TestFrame.parse(bytes))[1]?.first)
            #expect(head.first(name: "content-length") == "4")
            #expect(head.first(name: "strict-transport-security") == "max-age=63072000")
            #expect(head.first(name: "date")?.hasSuffix(" GMT") == true)
            #expect(!TestFrame.parse(bytes).contains { $0.type == 0 })
        }
    }

    @Test func `what was under way on streams that were refused is no breach`() async throws {
        try await Harness.run { harness in
            let client = try await harness.connectHTTP2()
            let streams = (0..<60).map { UInt32($0 * 2 + 1) }
            let fields = TestFrame.request("POST", "/", [("content-length", "65537")])
            for stream in streams {
                client.send(TestFrame.headers(stream, fields, ends: false).bytes)
            }
            _ = try await client.receive { TestFrame.parse($0).count { $0.type == 3 } == 60 }
            for stream in streams {
                client.send(TestFrame.data(stream, Array(repeating: 0, count: 100)).bytes)
            }
            client.send(TestFrame.headers(121, TestFrame.request()).bytes)
            let bytes = try await client.receive {
                ((try? TestFrame.statuses(in: $0)) ?? [:])[121] == 200
            }
            #expect(!TestFrame.parse(bytes).contains { $0.type == 7 })
        }
    }

    @Test func `the reset that is one too many leaves too, and one GOAWAY`() async throws {
        try await Harness.run(limits: .with { $0.resets = 5 }) { harness in
            let client = try await harness.connectHTTP2()
            let fields = TestFrame.request("POST", "/", [("content-length", "65537")])
            client.send(
                (0..<6).flatMap {
                    TestFrame.headers(UInt32($0 * 2 + 1), fields, ends: false).bytes
                })
            let frames = TestFrame.parse(try await client.receiveUntilClose())
            #expect(frames.filter { $0.type == 3 }.map(\.stream) == [1, 3, 5, 7, 9, 11])
            #expect(frames.filter { $0.type == 7 }.map(\.payload.last) == [11])
        }
    }

    @Test func `an answer given before the request has ended leaves whole`() async throws {
        try await Harness.run { harness in
            let client = try await harness.connectHTTP2()
            let fields = TestFrame.request("POST", "/", [("content-length", "65537")])
            client.send(TestFrame.headers(1, fields, ends: false).bytes)
            let bytes = try await client.receive {
                TestFrame.parse($0).contains { $0.type == 3 && $0.stream == 1 }
            }
            let frames = TestFrame.parse(bytes).filter { $0.stream == 1 }
            #expect(frames.map(\.type) == [1, 0, 3])
            #expect(frames.first { $0.type == 0 }?.payload.isEmpty == false)
        }
    }
}
