import Foundation
import HTTPTypes
import NIOCore
import NIOHPACK
import PosternListener
import PosternTesting
import Testing

@Suite struct `Streamed bodies` {
    private static let large = 64 * 1024 * 1024
    private static let piece = 512 * 1024

    private func get(_ path: String, _ method: String = "GET") -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n"
    }

    /// Compared as memory: element by element takes minutes without optimisation.
    private func isSame(_ left: [UInt8], _ right: [UInt8]) -> Bool { Data(left) == Data(right) }

    private static func windowUpdate(_ stream: UInt32, _ bytes: Int) -> [UInt8] {
        TestFrame(8, stream: stream, [24, 16, 8, 0].map { UInt8(bytes >> $0 & 255) }).bytes
    }

    private static func body(of stream: UInt32, in bytes: [UInt8]) -> [UInt8] {
        TestFrame.parse(bytes).filter { $0.type == 0 && $0.stream == stream }.reduce(into: []) {
            $0 += $1.payload
        }
    }

    private static func hasEnded(_ stream: UInt32, in bytes: [UInt8]) -> Bool {
        TestFrame.parse(bytes).contains {
            $0.type == 0 && $0.stream == stream && $0.flags & 1 == 1
        }
    }

    private static func reset(of stream: UInt32, in bytes: [UInt8]) -> UInt8? {
        TestFrame.parse(bytes).first { $0.type == 3 && $0.stream == stream }?.payload.last
    }

    @Test(arguments: [true, false])
    func `64 MiB arrive over HTTP/1 and are not pulled before they are read`(_ isTLS: Bool)
        async throws
    {
        try await Harness.run(secure: isTLS) { harness in
            let source = CountingSource(length: Self.large, piece: Self.piece)
            harness.handler.stream("/streamed", source, length: Self.large)
            let client = try await TestClient.connect(
                to: harness.address, tls: isTLS ? harness.clientContext() : nil)
            try await client.stopReading()
            client.send(get("/streamed"))
            for _ in 0..<30 {
                let other = try await TestClient.connect(
                    to: harness.address, tls: isTLS ? harness.clientContext() : nil)
                other.send(get("/"))
                #expect(try await other.receive(answers: 1).map(\.status) == [200])
            }
            // What the sockets' own buffers hold, some megabytes, has been taken.
            #expect((1..<48).contains(source.pulls))
            try await client.resumeReading()
            let bytes = try await client.receive {
                $0.count > Self.large && !TestAnswer.parse($0).isEmpty
            }
            let answer = try #require(TestAnswer.parse(bytes).first)
            #expect(answer.fields["content-length"] == "\(Self.large)")
            #expect(isSame(answer.body, source.whole))
            #expect(source.pulls == Self.large / Self.piece)
            client.send(get("/"))
            let more = try await client.receive {
                $0.count > bytes.count && TestAnswer.parse($0).count > 1
            }
            #expect(TestAnswer.parse(more).map(\.status) == [200, 200])
        }
    }

    @Test func `64 MiB arrive over HTTP/2 and are pulled as the windows open`() async throws {
        try await Harness.run { harness in
            let source = CountingSource(length: Self.large, piece: Self.piece)
            harness.handler.stream("/streamed", source, length: Self.large)
            let client = try await harness.connectHTTP2()
            client.send(TestFrame.headers(1, TestFrame.request("GET", "/streamed")).bytes)
            var granted = 65535
            while granted < Self.large {
                let open = granted
                _ = try await client.receive { $0.count > open }
                #expect(source.pulls <= granted / Self.piece + 1)
                granted += 4 << 20
                client.send(Self.windowUpdate(0, 4 << 20) + Self.windowUpdate(1, 4 << 20))
            }
            let bytes = try await client.receive {
                $0.count > Self.large + 9 * Self.large / 16384 && Self.hasEnded(1, in: $0)
            }
            let head = try #require(try TestFrame.responses(in: TestFrame.parse(bytes))[1]?.first)
            #expect(head.first(name: "content-length") == "\(Self.large)")
            #expect(isSame(Self.body(of: 1, in: bytes), source.whole))
            #expect(source.pulls == Self.large / Self.piece)
            #expect(harness.listener.snapshot.answerBytesWaiting == 0)
        }
    }

    @Test func `a client that opens its windows in small steps is no flood while it gets bytes`()
        async throws
    {
        try await Harness.run { harness in
            let length = 4 << 20
            let source = CountingSource(length: length, piece: 100_000)
            harness.handler.stream("/streamed", source, length: length)
            let client = try await harness.connectHTTP2()
            client.send(TestFrame.headers(1, TestFrame.request("GET", "/streamed")).bytes)
            var granted = 65535
            while granted < length {
                let open = granted
                _ = try await client.receive { $0.count > open }
                for _ in 0..<16 {
                    client.send(Self.windowUpdate(0, 4096) + Self.windowUpdate(1, 4096))
                }
                granted += 65536
            }
            let bytes = try await client.receive { $0.count > length && Self.hasEnded(1, in: $0) }
            #expect(isSame(Self.body(of: 1, in: bytes), source.whole))
        }
    }

    @Test
    func
        `a client that opens its windows in small steps is no flood, however many answers it takes`()
        async throws
    {
        try await Harness.run { harness in
            let client = try await harness.connectHTTP2()
            var taken = 0
            for index in 0..<16 {
                let id = UInt32(2 * index + 1)
                client.send(TestFrame.headers(id, TestFrame.request("GET", "/big")).bytes)
                for _ in 0..<(1 << 18) / 4096 {
                    client.send(Self.windowUpdate(0, 4096) + Self.windowUpdate(id, 4096))
                }
                let before = taken
                let bytes = try await client.receive {
                    $0.count > before && Self.hasEnded(id, in: $0)
                }
                taken = bytes.count
            }
            #expect(harness.listener.snapshot.connectionsCondemned == 0)
        }
    }

    @Test(arguments: [1, 100, 65536, 65537, 600_000], [1, 1000, 65536])
    func `bodies and pieces of any size arrive`(_ length: Int, _ piece: Int) async throws {
        guard length / piece < 1000 else { return }
        try await Harness.run { harness in
            let first = CountingSource(length: length, piece: piece)
            harness.handler.stream("/streamed", first, length: length)
            let client = try await harness.connect()
            client.send(get("/streamed"))
            let answer = try #require(try await client.receive(answers: 1).first)
            #expect(isSame(answer.body, first.whole))
            let second = CountingSource(length: length, piece: piece)
            harness.handler.stream("/streamed", second, length: length)
            let other = try await harness.connectHTTP2()
            other.send(
                Self.windowUpdate(0, 1 << 20)
                    + TestFrame.headers(1, TestFrame.request("GET", "/streamed")).bytes
                    + Self.windowUpdate(1, 1 << 20))
            let bytes = try await other.receive { Self.hasEnded(1, in: $0) }
            #expect(isSame(Self.body(of: 1, in: bytes), second.whole))
        }
    }

    @Test func `requests behind a streamed answer are answered in order`() async throws {
        try await Harness.run { harness in
            let first = CountingSource(length: 300_000, piece: 70_000)
            let second = CountingSource(length: 3, piece: 1)
            harness.handler.stream("/streamed?1", first, length: 300_000)
            harness.handler.stream("/streamed?2", second, length: 3)
            harness.handler.stream(
                "/streamed?none", CountingSource(length: 0, piece: 1), length: 0)
            let client = try await harness.connect()
            client.send(
                get("/streamed?1") + get("/echo") + get("/streamed?none") + get("/streamed?2")
                    + get("/empty") + get("/echo"))
            let answers = try await client.receive(answers: 6)
            #expect(answers.map(\.status) == [200, 200, 200, 200, 204, 200])
            #expect(
                answers.map(\.body.count) == [300_000, 3, 0, 3, 0, 3])
            #expect(isSame(answers[0].body, first.whole))
            #expect(answers[3].body == second.whole)
        }
    }

    @Test(arguments: [true, false])
    func `HEAD gets the length, and nothing is pulled`(_ isHTTP2: Bool) async throws {
        try await Harness.run { harness in
            let source = CountingSource(length: 1000, piece: 100)
            harness.handler.stream("/streamed", source, length: 1000)
            if isHTTP2 {
                let client = try await harness.connectHTTP2()
                client.send(TestFrame.headers(1, TestFrame.request("HEAD", "/streamed")).bytes)
                let bytes = try await client.receive {
                    TestFrame.parse($0).contains { $0.type == 1 && $0.flags & 1 == 1 }
                }
                let head = try TestFrame.responses(in: TestFrame.parse(bytes))[1]?.first
                #expect(head?.first(name: "content-length") == "1000")
            } else {
                let client = try await harness.connect()
                client.send(get("/streamed", "HEAD") + get("/", "HEAD"))
                let bytes = try await client.receive {
                    TestAnswer.parse($0, toHead: true).count == 2
                }
                #expect(
                    TestAnswer.parse(bytes, toHead: true).map { $0.fields["content-length"] }
                        == ["1000", "4"])
            }
            #expect(source.pulls == 0)
        }
    }

    @Test(arguments: [CountingSource.End.throwing, .empty, .over], [1, 3])
    func `a body that cannot be completed ends too early`(
        _ end: CountingSource.End, _ pull: Int
    ) async throws {
        try await Harness.run { harness in
            func source() -> CountingSource {
                CountingSource(length: 10_000, piece: 1000, end: end, at: pull)
            }
            harness.handler.stream("/streamed", source(), length: 10_000)
            let client = try await harness.connect()
            client.send(get("/streamed") + get("/"))
            let bytes = try await client.receiveUntilClose()
            #expect(TestAnswer.parse(bytes).isEmpty)
            #expect(
                TestAnswer.parse(bytes, toHead: true).first?.fields["content-length"] == "10000")
            #expect(bytes.suffix((pull - 1) * 1000) == source().whole.prefix((pull - 1) * 1000))

            harness.handler.stream("/streamed", source(), length: 10_000)
            let other = try await harness.connectHTTP2()
            other.send(TestFrame.headers(1, TestFrame.request("GET", "/streamed")).bytes)
            let frames = try await other.receive { Self.reset(of: 1, in: $0) != nil }
            #expect(Self.reset(of: 1, in: frames) == 2)
            #expect(Self.body(of: 1, in: frames).count == (pull - 1) * 1000)
            #expect(!Self.hasEnded(1, in: frames))
            other.send(TestFrame.headers(3, TestFrame.request()).bytes)
            _ = try await other.receive { ((try? TestFrame.statuses(in: $0)) ?? [:])[3] == 200 }
        }
    }

    enum Leaving: CaseIterable, Sendable { case http1, http2, reset }

    @Test(arguments: Leaving.allCases)
    func `a client that leaves ends the pulling`(_ leaving: Leaving) async throws {
        try await Harness.run { harness in
            for end in [CountingSource.End.never, .whole] {
                let source = CountingSource(length: Self.large, piece: Self.piece, end: end, at: 2)
                harness.handler.stream("/streamed", source, length: Self.large)
                let client: TestClient
                if leaving == .http1 {
                    client = try await harness.connect()
                    if end == .whole { try await client.stopReading() }
                    client.send(get("/streamed"))
                } else {
                    client = try await harness.connectHTTP2()
                    // Room for the first piece, and for a pull of the second.
                    let room = Self.windowUpdate(0, Self.piece) + Self.windowUpdate(1, Self.piece)
                    client.send(
                        TestFrame.headers(1, TestFrame.request("GET", "/streamed")).bytes + room)
                }
                #expect(await harness.eventually { source.pulls > 1 })
                if leaving == .reset {
                    client.send(TestFrame(3, stream: 1, [0, 0, 0, 8]).bytes)
                } else {
                    await client.close()
                }
                if end == .never {
                    #expect(await harness.eventually { source.isCancelled })
                    #expect(source.pulls == 2)
                } else {
                    if leaving == .http1 {
                        #expect(
                            await harness.eventually {
                                harness.listener.snapshot.connections == 0
                            })
                    } else {
                        #expect(
                            await harness.eventually {
                                harness.listener.snapshot.answerBytesWaiting == 0
                            })
                    }
                    #expect(source.pulls < Self.large / Self.piece)
                }
                await client.close()
            }
        }
    }

    @Test func `a stream whose client takes nothing does not hold the others`() async throws {
        let limits = ListenerLimits.with {
            $0.answers = 1
            // Longer than the test waits.
            $0.writeTime = .seconds(120)
        }
        try await Harness.run(limits: limits) { harness in
            let slow = (0..<5).map { _ in CountingSource(length: Self.large, piece: Self.piece) }
            let fast = CountingSource(length: 2_000_000, piece: 100_000)
            let client = try await harness.connectHTTP2()
            client.send(Self.windowUpdate(0, 1 << 24))
            for (index, source) in slow.enumerated() {
                harness.handler.stream("/streamed?s\(index)", source, length: Self.large)
                client.send(
                    TestFrame.headers(
                        UInt32(index * 2 + 1), TestFrame.request("GET", "/streamed?s\(index)")
                    ).bytes)
            }
            _ = try await client.receive { $0.count > 5 * 65535 }
            #expect(slow.map(\.pulls) == [1, 1, 1, 1, 1])
            #expect(harness.listener.snapshot.answerBytesWaiting > 0)
            harness.handler.stream("/streamed?fast", fast, length: 2_000_000)
            client.send(
                TestFrame.headers(21, TestFrame.request("GET", "/streamed?fast")).bytes
                    + Self.windowUpdate(21, 1 << 22)
                    + TestFrame.headers(23, TestFrame.request("GET", "/")).bytes)
            let bytes = try await client.receive {
                $0.count > 2_000_000 && Self.hasEnded(21, in: $0) && Self.hasEnded(23, in: $0)
            }
            #expect(isSame(Self.body(of: 21, in: bytes), fast.whole))
            #expect(slow.map(\.pulls) == [1, 1, 1, 1, 1])
        }
    }

    @Test func `a stream whose window is shut pulls nothing`() async throws {
        try await Harness.run { harness in
            let source = CountingSource(length: 100_000, piece: 50_000)
            harness.handler.stream("/streamed", source, length: 100_000)
            let client = try await harness.connectHTTP2()
            client.send(
                TestFrame(4, [0, 4, 0, 0, 0, 0]).bytes
                    + TestFrame.headers(1, TestFrame.request("GET", "/streamed")).bytes)
            _ = try await client.receive { ((try? TestFrame.statuses(in: $0)) ?? [:])[1] == 200 }
            #expect(source.pulls == 0)
            // The windows of all streams open.
            client.send(TestFrame(4, [0, 4, 0, 2, 0, 0]).bytes + Self.windowUpdate(0, 1 << 20))
            let bytes = try await client.receive { Self.hasEnded(1, in: $0) }
            #expect(Self.body(of: 1, in: bytes) == source.whole)
        }
    }

    @Test(arguments: [true, false])
    func `a source that gives nothing for too long ends the answer`(_ isHTTP2: Bool) async throws {
        try await Harness.run(limits: .with { $0.idleTime = .milliseconds(500) }) { harness in
            let source = CountingSource(length: 2000, piece: 1000, end: .never, at: 2)
            harness.handler.stream("/streamed", source, length: 2000)
            var bytes: [UInt8] = []
            // On a busy machine a connection may be idle for too long before its request is sent.
            for _ in 0..<20 where source.pulls == 0 {
                let client =
                    isHTTP2 ? try await harness.connectHTTP2() : try await harness.connect()
                client.send(
                    isHTTP2
                        ? TestFrame.headers(1, TestFrame.request("GET", "/streamed")).bytes
                        : Array(get("/streamed").utf8))
                bytes = try await client.receiveUntilClose()
            }
            #expect(source.pulls == 2)
            if isHTTP2 {
                #expect(Self.reset(of: 1, in: bytes) == 2)
                #expect(Self.body(of: 1, in: bytes).count == 1000)
            } else {
                #expect(TestAnswer.parse(bytes).isEmpty)
                #expect(bytes.suffix(1000) == source.whole.prefix(1000))
            }
            for _ in 0..<100_000 where !source.isCancelled { await Task.yield() }
            #expect(source.isCancelled)
        }
    }

    @Test(arguments: [true, false])
    func `a client that takes nothing for too long is let go`(_ isHTTP2: Bool) async throws {
        try await Harness.run(limits: .with { $0.writeTime = .milliseconds(150) }) { harness in
            let source = CountingSource(length: Self.large, piece: Self.piece)
            harness.handler.stream("/streamed", source, length: Self.large)
            if isHTTP2 {
                let client = try await harness.connectHTTP2()
                client.send(TestFrame.headers(1, TestFrame.request("GET", "/streamed")).bytes)
                let bytes = try await client.receive { Self.reset(of: 1, in: $0) != nil }
                #expect(Self.reset(of: 1, in: bytes) == 8)
                #expect(source.pulls == 1)
            } else {
                let client = try await harness.connect()
                try await client.stopReading()
                client.send(get("/streamed"))
                #expect(await harness.eventually { source.pulls > 1 })
                // The ends of other connections count the time.
                #expect(
                    await harness.eventually { harness.listener.snapshot.connections == 0 })
                #expect(source.pulls < Self.large / Self.piece)
            }
        }
    }

    @Test func `a streamed answer under way is finished when the listener shuts down`()
        async throws
    {
        try await Harness.run { harness in
            let source = CountingSource(length: Self.large / 4, piece: Self.piece)
            harness.handler.stream("/streamed", source, length: Self.large / 4)
            let client = try await harness.connect()
            try await client.stopReading()
            client.send(get("/streamed"))
            #expect(await harness.eventually { source.pulls > 1 })
            async let down: Void = harness.listener.shutdown(grace: .seconds(20))
            try await client.resumeReading()
            let answers = TestAnswer.parse(try await client.receiveUntilClose())
            #expect(isSame(answers.first?.body ?? [], source.whole))
            await down
        }
    }

    @Test func `a streamed answer given before the request has ended leaves whole`() async throws {
        try await Harness.run { harness in
            let client = try await harness.connectHTTP2()
            harness.handler.streamRefusal(CountingSource(length: 5000, piece: 2000), length: 5000)
            let fields = TestFrame.request("POST", "/", [("content-length", "65537")])
            client.send(TestFrame.headers(1, fields, ends: false).bytes)
            let bytes = try await client.receive { Self.reset(of: 1, in: $0) != nil }
            #expect(Self.reset(of: 1, in: bytes) == 0)
            #expect(Self.body(of: 1, in: bytes).count == 5000)
            let other = try await harness.connect()
            harness.handler.streamRefusal(CountingSource(length: 5000, piece: 2000), length: 5000)
            other.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999\r\n\r\n")
            let answers = TestAnswer.parse(try await other.receiveUntilClose())
            #expect(answers.map(\.status) == [413])
            #expect(answers.first?.body.count == 5000)
        }
    }
}
