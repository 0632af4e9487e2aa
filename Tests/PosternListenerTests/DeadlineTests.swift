import Logging
import NIOCore
import NIOPosix
import PosternListener
import PosternTesting
import Testing

@Suite struct `Deadlines` {
    /// Drips a byte every few milliseconds until the listener closes, and returns what it said.
    ///
    /// The sleep is what is tested: bytes that come slowly, and for longer than any deadline of the listener's.
    private func drip(_ client: TestClient, _ bytes: [UInt8], endlessly byte: [UInt8]) async throws
        -> [UInt8]
    {
        client.send(bytes)
        let dripping = Task {
            while !Task.isCancelled {
                client.send(byte)
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        defer { dripping.cancel() }
        return try await client.receiveUntilClose()
    }

    @Test func `a head that drips is cut off by its total time`() async throws {
        try await Harness.run(limits: .with { $0.headTime = .milliseconds(150) }) { harness in
            let client = try await harness.connect()
            let bytes = try await drip(
                client, Array("GET / HTTP/1.1\r\nHost: localhost\r\nX: ".utf8), endlessly: [97])
            #expect(TestAnswer.parse(bytes).map(\.status) == [408])
            #expect(await harness.isAlive())
        }
    }

    @Test(arguments: ["Content-Length: 60000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nfff\r\n"])
    func `a body that drips is cut off by its total time`(_ framing: String) async throws {
        try await Harness.run(limits: .with { $0.bodyTime = .milliseconds(150) }) { harness in
            let client = try await harness.connect()
            let bytes = try await drip(
                client, Array("POST / HTTP/1.1\r\nHost: localhost\r\n\(framing)".utf8),
                endlessly: [97])
            #expect(TestAnswer.parse(bytes).map(\.status) == [408])
            #expect(harness.handler.requests.isEmpty)
        }
    }

    @Test(arguments: [true, false])
    func `a connection without requests ends`(_ isHTTP2: Bool) async throws {
        try await Harness.run(limits: .with { $0.idleTime = .milliseconds(100) }) { harness in
            let client = isHTTP2 ? try await harness.connectHTTP2() : try await harness.connect()
            let bytes = try await client.receiveUntilClose()
            if isHTTP2 {
                #expect(TestFrame.parse(bytes).last?.type == 7)
            } else {
                #expect(bytes == [])
            }
        }
    }

    @Test func `a handler may take longer than any of the client's deadlines`() async throws {
        let limits = ListenerLimits.with {
            $0.idleTime = .seconds(4)
            $0.headTime = .seconds(3)
            $0.bodyTime = .seconds(3)
        }
        try await Harness.run(limits: limits) { harness in
            let client = try await harness.connect()
            client.send("POST /hold HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx")
            let held = try #require(await harness.handler.nextHeld())
            // A whole idle time and more, by another connection's own end.
            _ = try await harness.connect().receiveUntilClose()
            _ = try await harness.connect().receiveUntilClose()
            #expect(!held.reply.isAbandoned)
            held.reply(TestHandler.answer(held.request))
            #expect(try await client.receive(answers: 1).map(\.status) == [200])
        }
    }

    @Test func `a handshake that does not end is cut off`() async throws {
        try await Harness.run(limits: .with { $0.handshakeTime = .seconds(1) }) { harness in
            let silent = try await TestClient.connect(to: harness.address, tls: nil)
            #expect(try await silent.receiveUntilClose() == [])
            let dripping = try await TestClient.connect(to: harness.address, tls: nil)
            #expect(
                try await drip(dripping, [22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3], endlessly: [1]) == []
            )
            #expect(harness.listener.snapshot.handshakesFailed == 2)
            #expect(await harness.isAlive())
        }
    }

    enum Drip: String, CaseIterable, Sendable { case preface, header, block, data }

    @Test(arguments: Drip.allCases)
    func `frames that drip end the connection`(_ drip: Drip) async throws {
        let limits = ListenerLimits.with {
            $0.headTime = .milliseconds(150)
            $0.bodyTime = .milliseconds(150)
        }
        try await Harness.run(limits: limits) { harness in
            let context = try harness.clientContext(protocols: ["h2"])
            let client = try await harness.connect(context)
            let start: [UInt8]
            switch drip {
            case .preface: start = Array("PRI * HT".utf8)
            case .header: start = TestFrame.opening + [0, 0, 200]
            case .block: start = TestFrame.opening + [0, 63, 255, 1, 5, 0, 0, 0, 1]
            case .data:
                start =
                    TestFrame.opening
                    + TestFrame.headers(1, TestFrame.request("POST"), ends: false).bytes
                    + [0, 63, 255, 0, 0, 0, 0, 0, 1]
            }
            let endless: [UInt8] = drip == .block || drip == .data ? [0] : []
            let bytes = try await self.drip(client, start, endlessly: endless)
            #expect(TestFrame.parse(bytes).contains { $0.type == 7 })
            #expect(await harness.isAlive())
        }
    }

    @Test func `a stream whose body does not end is answered and reset`() async throws {
        try await Harness.run(limits: .with { $0.bodyTime = .milliseconds(100) }) { harness in
            let client = try await harness.connectHTTP2()
            client.send(TestFrame.headers(1, TestFrame.request("POST"), ends: false).bytes)
            let bytes = try await client.receive { TestFrame.parse($0).contains { $0.type == 3 } }
            #expect(try TestFrame.statuses(in: bytes) == [1: 408])
        }
    }

    @Test(arguments: [true, false])
    func `a client that never reads is cut off`(_ isHTTP2: Bool) async throws {
        let limits = ListenerLimits.with {
            $0.writeTime = .milliseconds(150)
            $0.idleTime = .seconds(2)
        }
        try await Harness.run(limits: limits) { harness in
            let client = isHTTP2 ? try await harness.connectHTTP2() : try await harness.connect()
            try await client.stopReading()
            // Far more than the sockets' buffers hold.
            for index in 0..<90 {
                if isHTTP2 {
                    client.send(
                        TestFrame.headers(UInt32(index * 2 + 1), TestFrame.request("GET", "/big"))
                            .bytes
                            + TestFrame(8, [0, 4, 0, 0]).bytes
                            + TestFrame(8, stream: UInt32(index * 2 + 1), [0, 4, 0, 0]).bytes)
                } else {
                    client.send("GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n")
                }
            }
            // The ends of idle connections count the time.
            for _ in 0..<10 where harness.listener.snapshot.connections > 0 {
                _ = try await harness.connect().receiveUntilClose()
            }
            #expect(harness.listener.snapshot.connections == 0)
            #expect(harness.handler.requests.count <= 100)
            #expect(await harness.isAlive())
        }
    }

    @Test func `an answer the client's window never lets out is given up`() async throws {
        try await Harness.run(limits: .with { $0.writeTime = .milliseconds(100) }) { harness in
            let client = try await harness.connectHTTP2()
            client.send(TestFrame(4, [0, 4, 0, 0, 0, 0]).bytes)
            client.send(TestFrame.headers(1, TestFrame.request("GET", "/big")).bytes)
            let bytes = try await client.receive { TestFrame.parse($0).contains { $0.type == 3 } }
            #expect(!TestFrame.parse(bytes).contains { $0.type == 0 })
        }
    }
}
