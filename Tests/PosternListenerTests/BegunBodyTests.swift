import NIOCore
import PosternListener
import PosternTesting
import Testing

@testable import PosternListener

/// Bodies of several HTTP/2 requests that are here in part.
@Suite struct `Bodies begun side by side` {
    /// Bytes a client may have sent in all.
    private static func window(in bytes: [UInt8]) -> Int {
        TestFrame.parse(bytes).filter { $0.type == 8 && $0.stream == 0 }.reduce(65535) {
            $0 + $1.payload.reduce(0) { $0 << 8 | Int($1) }
        }
    }

    private static func begin(
        _ stream: UInt32, _ path: String = "/empty", length: Int? = nil
    ) -> [UInt8] {
        let fields = TestFrame.request(
            "POST", path, length.map { [("content-length", "\($0)")] } ?? [])
        return TestFrame.headers(stream, fields, ends: false).bytes
    }

    private static func reset(of stream: UInt32, in bytes: [UInt8]) -> UInt8? {
        TestFrame.parse(bytes).first { $0.type == 3 && $0.stream == stream }?.payload.last
    }

    @Test(arguments: [
        (bodies: 40, length: 16_000, limit: 16_000), (100, 10_000, 65536),
        (1, 300_000, 300_000), (2, 250_000, 300_000),
    ])
    func `bodies that come a piece of each in turn all come to their end`(
        _ input: (bodies: Int, length: Int, limit: Int)
    ) async throws {
        let limits = ListenerLimits.with {
            $0.body = input.limit
            $0.connectionWindow = 128 * 1024
        }
        try await Harness.run(limits: limits) { harness in
            let client = try await harness.connectHTTP2()
            // The streams' windows are as large as the listener says once the client has heard it.
            client.send(TestFrame(4, flags: 1).bytes)
            let streams = (0..<input.bodies).map { UInt32($0 * 2 + 1) }
            // Half of them say how long they are.
            for stream in streams {
                client.send(Self.begin(stream, length: stream % 4 == 1 ? input.length : nil))
            }
            var sent = 0
            for start in stride(from: 0, to: input.length, by: 4000) {
                let size = min(4000, input.length - start)
                for stream in streams {
                    let need = sent + size
                    _ = try await client.receive { Self.window(in: $0) >= need }
                    client.send(
                        TestFrame.data(
                            stream, Array(repeating: 1, count: size),
                            ends: start + size == input.length
                        ).bytes)
                    sent = need
                }
            }
            let bytes = try await client.receive {
                ((try? TestFrame.statuses(in: $0)) ?? [:]).count == input.bodies
            }
            #expect(try TestFrame.statuses(in: bytes).values.allSatisfy { $0 == 204 })
            #expect(harness.handler.requests.allSatisfy { $0.body.count == input.length })
        }
    }

    @Test func `a body that might be too much beside the others is refused and may come again`()
        async throws
    {
        // Two bodies have room in any case.
        try await Harness.run(limits: .with { $0.bodiesPerConnection = 0 }) { harness in
            let client = try await harness.connectHTTP2()
            client.send(Self.begin(1) + Self.begin(3, length: 65535) + Self.begin(5))
            _ = try await client.receive { Self.reset(of: 5, in: $0) == 7 }
            client.send(Self.begin(7, length: 1) + TestFrame.data(7, [1]).bytes)
            _ = try await client.receive { ((try? TestFrame.statuses(in: $0)) ?? [:])[7] == 204 }
            client.send(Self.begin(9, length: 2))
            _ = try await client.receive { Self.reset(of: 9, in: $0) == 7 }
            // One that ended makes room, and so does one that its client gave up.
            client.send(TestFrame.data(1, [1]).bytes)
            _ = try await client.receive { ((try? TestFrame.statuses(in: $0)) ?? [:])[1] == 204 }
            client.send(TestFrame(3, stream: 3, [0, 0, 0, 8]).bytes)
            client.send(Self.begin(11) + Self.begin(13))
            client.send(TestFrame.data(11, [1]).bytes + TestFrame.data(13, [1]).bytes)
            let bytes = try await client.receive {
                ((try? TestFrame.statuses(in: $0)) ?? [:]).count == 4
            }
            #expect(try TestFrame.statuses(in: bytes) == [1: 204, 7: 204, 11: 204, 13: 204])
        }
    }

    @Test func `who has most of what is too much in all is cut off`() async throws {
        let limits = ListenerLimits.with {
            $0.bodiesInAll = 100_000
            $0.largeBodies = 1
            $0.lingerTime = .milliseconds(40)
        }
        try await Harness.run(limits: limits) { harness in
            let modest = try await harness.connectHTTP2()
            modest.send(
                Self.begin(1)
                    + TestFrame.data(1, Array(repeating: 1, count: 9000), ends: false)
                    .bytes)
            let greedy = try await harness.connectHTTP2()
            for stream in stride(from: UInt32(1), to: 15, by: 2) {
                let piece = Array(repeating: UInt8(1), count: 15_000)
                greedy.send(
                    Self.begin(stream) + TestFrame.data(stream, piece, ends: false).bytes)
                // Within its window.
                let need = Int(stream / 2 + 2) * 15_000
                _ = try? await greedy.receive { Self.window(in: $0) >= need }
            }
            _ = try await greedy.receiveUntilClose()
            #expect(harness.listener.snapshot.connectionsCondemned == 1)
            modest.send(TestFrame.data(1, [1]).bytes)
            _ = try await modest.receive { ((try? TestFrame.statuses(in: $0)) ?? [:])[1] == 204 }
            #expect(harness.handler.requests.map(\.body.count) == [9001])
        }
    }
}

@Suite struct `Places for large bodies` {
    @Test func `a client has no more places than are left for others`() {
        let places = LargeBodyPlaces(8)
        func taken(by peer: String) -> [LargeBodyPlace] {
            var taken: [LargeBodyPlace] = []
            while let place = places.take(for: ClientNetwork(of: peer)) { taken.append(place) }
            return taken
        }
        var first = taken(by: "a")
        var others = [taken(by: "b"), taken(by: "c"), taken(by: "d"), taken(by: "e")]
        #expect(first.count == 4)
        #expect(others.map(\.count) == [2, 1, 1, 0])
        first.removeLast(2)
        #expect(places.take(for: ClientNetwork(of: "a")) == nil)
        #expect(taken(by: "e").count == 1)
        others = []
        first = taken(by: "a")
        #expect(first.count == 2)
        first = []
        #expect(taken(by: "f").count == 4)
    }
}
