import HTTPTypes
import NIOHPACK
import PosternListener
import PosternTesting
import Testing

/// Clients that ask and do not take the answers; each answer of `/big` has 256 KiB.
@Suite struct `Answers left untaken` {
    /// A client whose streams' windows are shut, with so many requests sent and seen.
    private func client(of harness: Harness, requests: Int) async throws -> TestClient {
        let client = try await harness.connectHTTP2()
        client.send(TestFrame(4, [0, 4, 0, 0, 0, 0]).bytes)
        for index in 0..<requests {
            let stream = UInt32(index * 2 + 1)
            client.send(TestFrame.headers(stream, TestFrame.request("GET", "/big")).bytes)
        }
        client.send(TestFrame(6, Array(repeating: 1, count: 8)).bytes)
        return client
    }

    private static func isPong(_ frame: TestFrame) -> Bool { frame.type == 6 && frame.flags == 1 }

    @Test func `requests wait while their client takes no answers`() async throws {
        try await Harness.run(limits: .with { $0.answers = 300_000 }) { harness in
            let client = try await client(of: harness, requests: 6)
            _ = try await client.receive { TestFrame.parse($0).contains(where: Self.isPong) }
            #expect(harness.handler.requests.count == 2)
            #expect(harness.listener.snapshot.answerBytesWaiting == 2 << 18)
            // The windows of all streams and of the connection open.
            client.send(
                TestFrame(4, [0, 4, 0, 32, 0, 0]).bytes + TestFrame(8, [0, 64, 0, 0]).bytes)
            _ = try await client.receive {
                TestFrame.parse($0).count { $0.type == 0 && $0.flags & 1 == 1 } == 6
            }
            #expect(harness.handler.requests.count == 6)
            #expect(harness.listener.snapshot.answerBytesWaiting == 0)
        }
    }

    @Test func `a request whose stream is reset while it waits is not served`() async throws {
        try await Harness.run(limits: .with { $0.answers = 1 }) { harness in
            let client = try await client(of: harness, requests: 3)
            client.send(TestFrame(3, stream: 3, [0, 0, 0, 8]).bytes)
            client.send(
                TestFrame(4, [0, 4, 0, 32, 0, 0]).bytes + TestFrame(8, [0, 64, 0, 0]).bytes)
            _ = try await client.receive {
                ((try? TestFrame.statuses(in: $0)) ?? [:])[5] == 200
            }
            #expect(harness.handler.requests.count == 2)
        }
    }

    @Test func `who leaves much over HTTP/1 counts like the others`() async throws {
        // An answer is begun when the one before is with the system: what waits is the rest of one that it takes in part, of any
        // size. An honest client's whole answer is smaller than what all may leave.
        try await Harness.run(limits: .with { $0.answersInAll = 1000 }) { harness in
            let greedy = try await harness.connect()
            try await greedy.stopReading()
            // More than the system's own buffers hold.
            let get = "GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n"
            greedy.send(String(repeating: get, count: 100))
            #expect(
                await harness.eventually {
                    harness.listener.snapshot.connectionsCondemned == 1
                })
            #expect(
                await harness.eventually {
                    harness.listener.snapshot.answerBytesWaiting == 0
                        && harness.listener.snapshot.connections == 0
                })
        }
    }

    @Test func `who is slow to take a last answer gets it whole`() async throws {
        // Without TLS, which would put the end off for as long as it says goodbye.
        let limits = ListenerLimits.with { $0.lingerTime = .milliseconds(40) }
        try await Harness.run(limits: limits, secure: false) { harness in
            let slow = try await harness.connect()
            try await slow.stopReading()
            slow.send("GET /huge HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            #expect(await harness.eventually { harness.handler.requests.count > 0 })
            // This one's answer leaves at once, and it is let go when it has lingered: later than the slow one would be.
            let lingering = try await harness.connect()
            try await lingering.stopReading()
            lingering.send(
                "GET /last HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            #expect(
                await harness.eventually {
                    harness.handler.requests.contains { $0.head.path == "/last" }
                })
            #expect(await harness.eventually { harness.listener.snapshot.connections == 1 })
            try await slow.resumeReading()
            let answers = TestAnswer.parse(try await slow.receiveUntilClose())
            #expect(answers.map(\.body.count) == [1 << 26])
        }
    }

    @Test func `who leaves most is cut off when all leave too much`() async throws {
        let limits = ListenerLimits.with {
            $0.answers = 1 << 20
            $0.answersInAll = 600_000
            $0.lingerTime = .milliseconds(40)
        }
        try await Harness.run(limits: limits) { harness in
            let modest = try await client(of: harness, requests: 1)
            _ = try await modest.receive { TestFrame.parse($0).contains(where: Self.isPong) }
            let greedy = try await client(of: harness, requests: 4)
            _ = try await greedy.receiveUntilClose()
            #expect(harness.listener.snapshot.connectionsCondemned == 1)
            #expect(harness.listener.snapshot.answerBytesWaiting == 1 << 18)
            modest.send(
                TestFrame(4, [0, 4, 0, 32, 0, 0]).bytes + TestFrame(8, [0, 64, 0, 0]).bytes)
            _ = try await modest.receive {
                TestFrame.parse($0).contains { $0.type == 0 && $0.flags & 1 == 1 }
            }
        }
    }
}
