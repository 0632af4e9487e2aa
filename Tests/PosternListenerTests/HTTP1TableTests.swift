import HTTPTypes
import Logging
import NIOCore
import NIOEmbedded
import PosternTesting
import Testing

@testable import PosternListener

/// A connection without a socket: what goes in is cut exactly where the test cuts it.
struct EmbeddedConnection {
    let channel = EmbeddedChannel()
    let handler = TestHandler()
    let loop: ListenerLoop

    /// Makes a connection that speaks HTTP/2 or HTTP/1, with a handler between it and the channel or without one.
    init(
        limits: ListenerLimits = ListenerLimits(), isHTTP2: Bool = false,
        behind first: (any ChannelHandler)? = nil
    ) throws {
        let core = ListenerCore(
            handler: handler, limits: limits, secure: true, log: LogThrottle(Logger(label: "test")))
        loop = ListenerLoop(core: core, eventLoop: channel.embeddedEventLoop, index: 0)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        let pipeline = channel.pipeline.syncOperations
        let peer = ConnectionPeer(address: "127.0.0.1")
        if let first { try pipeline.addHandler(first) }
        if isHTTP2 {
            try HTTP2Connection.install(in: pipeline, loop: loop, peer: peer)
        } else {
            try HTTP1Connection.install(in: pipeline, loop: loop, peer: peer)
        }
    }

    func send(_ bytes: [UInt8]) throws {
        guard channel.isActive else { return }
        try channel.writeInbound(ByteBuffer(bytes: bytes))
        channel.embeddedEventLoop.run()
    }

    func received() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) {
            bytes.append(contentsOf: buffer.readableBytesView)
        }
        return bytes
    }

    func finish() { _ = try? channel.finish(acceptAlreadyClosed: true) }
}

/// Does not close when asked first: TLS takes its time.
private final class LateCloser: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    private var isClosing = false

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if isClosing { context.close(mode: mode, promise: promise) }
        isClosing = true
    }
}

@Suite struct `A connection that was cut off` {
    @Test(arguments: [true, false])
    func `serves nothing that still comes`(_ isHTTP2: Bool) throws {
        let connection = try EmbeddedConnection(isHTTP2: isHTTP2, behind: LateCloser())
        defer { connection.finish() }
        if isHTTP2 { try connection.send(TestFrame.opening) }
        func ask(_ path: String, on stream: UInt32) throws {
            let text = "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n"
            try connection.send(
                isHTTP2
                    ? TestFrame.headers(stream, TestFrame.request("GET", path)).bytes
                    : Array(text.utf8))
        }
        try ask("/one", on: 1)
        connection.loop.end()
        try ask("/two", on: 3)
        #expect(connection.handler.requests.map(\.head.path) == ["/one"])
    }

    @Test(arguments: [true, false])
    func `is told of no answer, and its request ends all the same`(_ isHTTP2: Bool) async throws {
        let connection = try EmbeddedConnection(isHTTP2: isHTTP2, behind: LateCloser())
        defer { connection.finish() }
        if isHTTP2 { try connection.send(TestFrame.opening) }
        let text = "GET /hold HTTP/1.1\r\nHost: localhost\r\n\r\n"
        try connection.send(
            isHTTP2
                ? TestFrame.headers(1, TestFrame.request("GET", "/hold")).bytes
                : Array((text + text).utf8))
        let held = try #require(await connection.handler.nextHeld())
        _ = try connection.received()
        connection.loop.end()
        #expect(held.reply.isAbandoned)
        held.reply(TestHandler.answer(held.request))
        connection.channel.embeddedEventLoop.run()
        #expect(try connection.received().isEmpty)
        #expect(connection.handler.requests.count == 1)
        #expect(connection.loop.core.counters.snapshot.requestsInFlight == 0)
    }
}

@Suite struct `HTTP/1 inputs` {
    @Test(arguments: HTTP1Case.all, TestClient.Delivery.allCases)
    func `each input gets its answer however it is cut`(
        _ input: HTTP1Case, _ delivery: TestClient.Delivery
    ) throws {
        let connection = try EmbeddedConnection()
        defer { connection.finish() }
        for piece in delivery.pieces(input.bytes) { try connection.send(piece) }
        let answers = TestAnswer.parse(try connection.received())
        #expect(answers.map(\.status) == input.statuses)
        #expect(!connection.channel.isActive == input.closes)
        if input.closes { #expect(answers.last?.fields["connection"] == "close") }
    }

    @Test func `there are at least a hundred`() {
        #expect(HTTP1Case.all.count >= 100)
        #expect(Set(HTTP1Case.all.map(\.name)).count == HTTP1Case.all.count)
    }

    @Test func `each refused input gets its answer over TLS too, and the listener lives on`()
        async throws
    {
        try await Harness.run { harness in
            for input in HTTP1Case.all where input.closes {
                let client = try await harness.connect()
                client.send(input.bytes)
                let answers = TestAnswer.parse(try await client.receiveUntilClose())
                #expect(answers.map(\.status) == input.statuses, "\(input.name)")
            }
            #expect(await harness.isAlive())
        }
    }
}
