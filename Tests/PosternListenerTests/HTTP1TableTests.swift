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

    init(limits: ListenerLimits = ListenerLimits()) throws {
        let core = ListenerCore(
            handler: handler, limits: limits, secure: true, log: LogThrottle(Logger(label: "test")))
        loop = ListenerLoop(core: core, eventLoop: channel.embeddedEventLoop, index: 0)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        try HTTP1Connection.install(
            in: channel.pipeline.syncOperations, loop: loop,
            peer: ConnectionPeer(address: "127.0.0.1"))
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
            #expect(try await harness.isAlive())
        }
    }
}
