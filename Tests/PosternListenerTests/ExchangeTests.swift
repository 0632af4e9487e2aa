import Foundation
import HTTPTypes
import NIOCore
import PosternListener
import PosternTesting
import Testing

@Suite struct `Exchanges over HTTP/1` {
    private let get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

    @Test(arguments: TestClient.Delivery.allCases, ["/echo", "/later"])
    func `a body comes back whole`(_ delivery: TestClient.Delivery, _ path: String) async throws {
        try await Harness.run { harness in
            let client = try await harness.connect()
            let body = (0..<500).map { UInt8(truncatingIfNeeded: $0) }
            client.send(
                Array(
                    "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n".utf8)
                    + body,
                delivery)
            let answer = try #require(try await client.receive(answers: 1).first)
            #expect(answer.status == 200)
            #expect(answer.body == body)
        }
    }

    @Test func `every answer has the fields every answer has`() async throws {
        try await Harness.run { harness in
            let client = try await harness.connect()
            client.send(get)
            let answer = try #require(try await client.receive(answers: 1).first)
            #expect(answer.fields["strict-transport-security"] == "max-age=63072000")
            #expect(answer.fields["content-length"] == "3")
            #expect(answer.fields["date"]?.hasSuffix(" GMT") == true)
            #expect(answer.fields["connection"] == nil)
            #expect(answer.fields["server"] == nil)
        }
    }

    @Test func `HEAD gets the length and no body, 204 neither`() async throws {
        try await Harness.run { harness in
            let client = try await harness.connect()
            client.send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let head = try await client.receive { !TestAnswer.parse($0, toHead: true).isEmpty }
            #expect(TestAnswer.parse(head, toHead: true).first?.fields["content-length"] == "4")
            let empty = try await harness.exchange(
                "GET /empty HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            #expect(empty.map(\.status) == [204])
            #expect(empty.first?.fields["content-length"] == nil)
        }
    }

    @Test func `a client that asks to go on is told to, and not when its body is too large`()
        async throws
    {
        try await Harness.run { harness in
            let client = try await harness.connect()
            client.send(
                "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
            )
            let interim = try await client.receive { $0.count >= 25 }
            #expect(String(decoding: interim, as: UTF8.self) == "HTTP/1.1 100 Continue\r\n\r\n")
            client.send("ab")
            #expect(try await client.receive(answers: 2).last?.body == Array("ab".utf8))
            let refused = try await harness.exchange(
                "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 99999\r\n\r\n"
            )
            #expect(refused.map(\.status) == [413])
        }
    }

    @Test(arguments: [true, false])
    func `a refused request has an id of its own`(_ isHTTP2: Bool) async throws {
        try await Harness.run { harness in
            for _ in 0..<2 {
                if isHTTP2 {
                    let client = try await harness.connectHTTP2()
                    let fields = TestFrame.request("GET", "/", [("host", "other")])
                    client.send(TestFrame.headers(1, fields).bytes)
                    _ = try await client.receive {
                        ((try? TestFrame.statuses(in: $0)) ?? [:])[1] == 400
                    }
                } else {
                    _ = try await harness.exchange("GET / HTTP/1.1\r\n\r\n")
                }
            }
            let refused = harness.handler.refused
            #expect(Set(refused.map(\.id)).count == 2)
            #expect(refused.allSatisfy { $0.id.utf8.count == 32 && $0.peer == "127.0.0.1" })
        }
    }

    @Test func `what comes while a request is served waits its turn`() async throws {
        try await Harness.run { harness in
            let client = try await harness.connect()
            client.send("GET /hold HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let held = try #require(await harness.handler.nextHeld())
            for _ in 0..<3 { client.send(get) }
            #expect(await harness.isAlive())
            #expect(harness.handler.requests.count { $0.head.path == "/" } == 0)
            held.reply(TestHandler.answer(held.request))
            #expect(try await client.receive(answers: 4).map(\.status) == [200, 200, 200, 200])
        }
    }

    @Test func `a refusal reaches a client that is still sending`() async throws {
        try await Harness.run { harness in
            let client = try await harness.connect()
            client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3000000\r\n\r\n")
            for _ in 0..<30 { client.send(Array(repeating: 0, count: 100_000)) }
            #expect(TestAnswer.parse(try await client.receiveUntilClose()).map(\.status) == [413])
        }
    }

    @Test func `pipelined requests wait for the one before`() async throws {
        try await Harness.run { harness in
            let client = try await harness.connect()
            client.send(
                "GET /hold?1 HTTP/1.1\r\nHost: localhost\r\n\r\nGET /hold?2 HTTP/1.1\r\nHost: localhost\r\n\r\n"
                    + get)
            let first = try #require(await harness.handler.nextHeld())
            #expect(harness.handler.requests.count == 1)
            first.reply(TestHandler.answer(first.request))
            let second = try #require(await harness.handler.nextHeld())
            #expect(second.request.head.path == "/hold?2")
            #expect(harness.handler.requests.count == 2)
            second.reply(TestHandler.answer(second.request))
            #expect(try await client.receive(answers: 3).count == 3)
            #expect(Set(harness.handler.requests.map(\.id)).count == 3)
            #expect(
                harness.handler.requests.allSatisfy {
                    $0.id.utf8.count == 32 && $0.peer == "127.0.0.1"
                })
        }
    }

    /// A large answer that leaves at once makes room for the next request while it is still being written.
    @Test func `pipelined requests wait for a large answer before them`() async throws {
        try await Harness.run { harness in
            let client = try await harness.connect()
            client.send("GET /hold?1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let first = try #require(await harness.handler.nextHeld())
            client.send(
                "GET /hold?2 HTTP/1.1\r\nHost: localhost\r\n\r\nGET /hold?3 HTTP/1.1\r\nHost: localhost\r\n\r\n"
            )
            // Long enough for those to have been read.
            #expect(await harness.isAlive())
            first.reply(TestHandler.answer(ofBytes: 1 << 17))
            let second = try #require(await harness.handler.nextHeld())
            #expect(second.request.head.path == "/hold?2")
            #expect(harness.handler.requests.last?.head.path == "/hold?2")
            second.reply(OutgoingResponse(head: HTTPResponse(status: .created)))
            let third = try #require(await harness.handler.nextHeld())
            third.reply(OutgoingResponse(head: HTTPResponse(status: .accepted)))
            #expect(try await client.receive(answers: 3).map(\.status) == [200, 201, 202])
            #expect(harness.listener.snapshot.requestsInFlight == 0)
        }
    }

    @Test func `only the first reply is sent`() async throws {
        try await Harness.run { harness in
            let client = try await harness.connect()
            client.send("GET /hold HTTP/1.1\r\nHost: localhost\r\n\r\n" + get)
            let held = try #require(await harness.handler.nextHeld())
            held.reply(OutgoingResponse(head: HTTPResponse(status: .created)))
            held.reply(OutgoingResponse(head: HTTPResponse(status: .accepted)))
            #expect(try await client.receive(answers: 2).map(\.status) == [201, 200])
        }
    }

    @Test(arguments: [true, false])
    func `a reply let go is answered`(_ isHTTP2: Bool) async throws {
        try await Harness.run { harness in
            if isHTTP2 {
                let client = try await harness.connectHTTP2()
                client.send(TestFrame.headers(1, TestFrame.request("GET", "/drop")).bytes)
                _ = try await client.receive {
                    ((try? TestFrame.statuses(in: $0)) ?? [:])[1] == 500
                }
            } else {
                let client = try await harness.connect()
                client.send("GET /drop HTTP/1.1\r\nHost: localhost\r\n\r\n" + get)
                #expect(try await client.receive(answers: 2).map(\.status) == [500, 200])
            }
            #expect(harness.listener.snapshot.refused == ["unanswered": 1])
            #expect(harness.listener.snapshot.requestsInFlight == 0)
        }
    }

    @Test(arguments: [true, false])
    func `a reply learns that its client has gone`(_ isHTTP2: Bool) async throws {
        try await Harness.run { harness in
            let client = isHTTP2 ? try await harness.connectHTTP2() : try await harness.connect()
            client.send(
                isHTTP2
                    ? TestFrame.headers(1, TestFrame.request("GET", "/hold")).bytes
                    : Array("GET /hold HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
            let held = try #require(await harness.handler.nextHeld())
            #expect(!held.reply.isAbandoned)
            await client.close()
            var tries = 0
            while !held.reply.isAbandoned, tries < 100 {
                #expect(await harness.isAlive())
                tries += 1
            }
            #expect(held.reply.isAbandoned)
            held.reply(TestHandler.answer(held.request))
            // Another connection may be on another event loop, and be answered before this answer is dropped.
            tries = 0
            while harness.listener.snapshot.requestsInFlight > 0, tries < 100 {
                #expect(await harness.isAlive())
                tries += 1
            }
            #expect(harness.listener.snapshot.requestsInFlight == 0)
        }
    }

    @Test func `plain HTTP needs no TLS and claims none`() async throws {
        try await Harness.run(secure: false) { harness in
            let client = try await harness.connect()
            client.send(get)
            let answer = try #require(try await client.receive(answers: 1).first)
            #expect(answer.status == 200)
            #expect(answer.fields["strict-transport-security"] == nil)
            #expect(harness.handler.requests.first?.head.scheme == "http")
        }
    }
}

@Suite struct `Shutting down` {
    @Test(arguments: [true, false])
    func `what is in flight is answered, then the connection ends`(_ isHTTP2: Bool) async throws {
        try await Harness.run { harness in
            let idle = try await harness.connect()
            let client = isHTTP2 ? try await harness.connectHTTP2() : try await harness.connect()
            client.send(
                isHTTP2
                    ? TestFrame.headers(1, TestFrame.request("GET", "/hold")).bytes
                    : Array("GET /hold HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
            let held = try #require(await harness.handler.nextHeld())
            async let down: Void = harness.listener.shutdown(grace: .seconds(5))
            #expect(try await idle.receiveUntilClose() == [])
            held.reply(TestHandler.answer(held.request))
            let bytes = try await client.receiveUntilClose()
            if isHTTP2 {
                #expect(try TestFrame.statuses(in: bytes) == [1: 200])
                #expect(TestFrame.parse(bytes).contains { $0.type == 7 })
            } else {
                let answers = TestAnswer.parse(bytes)
                #expect(answers.map(\.status) == [200])
                #expect(answers.first?.fields["connection"] == "close")
            }
            await down
            #expect(harness.listener.snapshot.connections == 0)
            await #expect(throws: (any Error).self) { try await harness.connect() }
        }
    }

    @Test func `what takes longer than the grace is cut off`() async throws {
        try await Harness.run { harness in
            let client = try await harness.connect()
            client.send("GET /hold HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let held = try #require(await harness.handler.nextHeld())
            await harness.listener.shutdown(grace: .milliseconds(50))
            #expect(try await client.receiveUntilClose() == [])
            #expect(held.reply.isAbandoned)
        }
    }
}
