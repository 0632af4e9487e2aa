internal import NIOConcurrencyHelpers
public import NIOCore
internal import NIOPosix
public import NIOSSL
internal import NIOTLS

/// A client that sends exactly the bytes it is given, over TLS or plain TCP, and collects what comes back.
public final class TestClient: Sendable {
    /// How bytes are cut before they are sent.
    public enum Delivery: String, Sendable, CaseIterable {
        /// In one write.
        case whole
        /// In two.
        case halved
        /// One write and one TLS record for each byte.
        case dripped

        /// The pieces in order.
        public func pieces(_ bytes: [UInt8]) -> [[UInt8]] {
            switch self {
            case .whole: [bytes]
            case .halved:
                [Array(bytes.prefix(bytes.count / 2)), Array(bytes.dropFirst(bytes.count / 2))]
            case .dripped: bytes.map { [$0] }
            }
        }
    }

    /// What was waited for did not come.
    public enum Failure: Error, Sendable {
        /// Not within ten seconds; what had come is attached.
        case tooLong([UInt8])
        /// The connection ended first; what had come is attached.
        case closed([UInt8])
    }

    /// The protocol chosen by ALPN; nil for none.
    public let negotiatedProtocol: String?
    /// The TLS version in use; nil without TLS.
    public let tlsVersion: TLSVersion?
    /// The server's certificate in DER; nil without TLS.
    public let serverCertificate: [UInt8]?
    private let channel: any Channel
    private let collector: Collector

    private init(
        channel: any Channel, collector: Collector, negotiatedProtocol: String?,
        tlsVersion: TLSVersion?, serverCertificate: [UInt8]?
    ) {
        self.channel = channel
        self.collector = collector
        self.negotiatedProtocol = negotiatedProtocol
        self.tlsVersion = tlsVersion
        self.serverCertificate = serverCertificate
    }

    /// Connects and, over TLS, shakes hands.
    ///
    /// - Parameters:
    ///   - address: The listener's.
    ///   - tls: The client's context; nil for plain TCP.
    /// - Returns: The client, connected.
    /// - Throws: When the connection or the handshake fails.
    public static func connect(to address: SocketAddress, tls: NIOSSLContext?) async throws
        -> TestClient
    {
        let collector = Collector()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        try pipeline.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: "localhost"))
                    }
                    try pipeline.addHandler(
                        CollectingHandler(collector, waitsForHandshake: tls != nil))
                }
            }
            .connect(to: address).get()
        let chosen = try await collector.handshake(on: channel.eventLoop).get()
        guard tls != nil else {
            return TestClient(
                channel: channel, collector: collector, negotiatedProtocol: nil, tlsVersion: nil,
                serverCertificate: nil)
        }
        let (version, certificate) = try await channel.eventLoop.submit {
            // Gone when the listener has closed already.
            let handler = try? channel.pipeline.syncOperations.handler(
                type: NIOSSLClientHandler.self)
            return (handler?.tlsVersion, try handler?.peerCertificate?.toDERBytes())
        }.get()
        return TestClient(
            channel: channel, collector: collector, negotiatedProtocol: chosen, tlsVersion: version,
            serverCertificate: certificate)
    }

    /// Sends bytes; pieces the listener no longer wants are dropped in silence, as it may answer early and close.
    public func send(_ bytes: [UInt8], _ delivery: Delivery = .whole) {
        for piece in delivery.pieces(bytes) {
            channel.writeAndFlush(ByteBuffer(bytes: piece), promise: nil)
        }
    }

    /// Sends text.
    public func send(_ text: String, _ delivery: Delivery = .whole) {
        send(Array(text.utf8), delivery)
    }

    /// Waits until what has come satisfies a test, and returns it.
    ///
    /// - Throws: ``Failure`` when the connection ends first, or after thirty seconds, which a busy machine may need.
    public func receive(until isEnough: @escaping @Sendable ([UInt8]) -> Bool) async throws
        -> [UInt8]
    {
        try await collector.wait(on: channel.eventLoop, until: isEnough).get()
    }

    /// Waits for as many answers as asked for, by their empty line and `content-length`.
    public func receive(answers count: Int) async throws -> [TestAnswer] {
        let bytes = try await receive { TestAnswer.parse($0).count >= count }
        return TestAnswer.parse(bytes)
    }

    /// Waits for the listener to close and returns all that came.
    ///
    /// - Throws: ``Failure/tooLong(_:)`` after thirty seconds, which a busy machine may need.
    public func receiveUntilClose() async throws -> [UInt8] {
        do {
            return try await collector.wait(on: channel.eventLoop) { _ in false }.get()
        } catch Failure.closed(let bytes) {
            return bytes
        }
    }

    /// Stops reading from the socket.
    public func stopReading() async throws {
        try await channel.setOption(.autoRead, value: false).get()
    }

    /// Reads from the socket again.
    public func resumeReading() async throws {
        try await channel.setOption(.autoRead, value: true).get()
    }

    /// Closes at once.
    public func close() async {
        try? await channel.close().get()
    }
}

/// What a client has received, and who waits for more.
final class Collector: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var isClosed = false
        var handshake: Result<String?, any Error>?
        var shaking: EventLoopPromise<String?>?
        var waiter: (@Sendable ([UInt8]) -> Bool, EventLoopPromise<[UInt8]>)?
    }

    private let state = NIOLockedValueBox(State())

    func handshake(on loop: any EventLoop) -> EventLoopFuture<String?> {
        let promise = loop.makePromise(of: String?.self)
        let done = state.withLockedValue { state in
            if state.handshake == nil { state.shaking = promise }
            return state.handshake
        }
        if let done { promise.completeWith(done) }
        return promise.futureResult
    }

    func shook(_ result: Result<String?, any Error>) {
        let promise = state.withLockedValue { state -> EventLoopPromise<String?>? in
            guard state.handshake == nil else { return nil }
            state.handshake = result
            return state.shaking
        }
        promise?.completeWith(result)
    }

    func wait(
        on loop: any EventLoop, until isEnough: @escaping @Sendable ([UInt8]) -> Bool
    ) -> EventLoopFuture<[UInt8]> {
        let promise = loop.makePromise(of: [UInt8].self)
        state.withLockedValue { $0.waiter = (isEnough, promise) }
        let timeout = loop.scheduleTask(in: .seconds(30)) { [self] in
            let bytes = state.withLockedValue { state in
                state.waiter = nil
                return state.bytes
            }
            promise.fail(TestClient.Failure.tooLong(bytes))
        }
        promise.futureResult.whenComplete { _ in timeout.cancel() }
        settle()
        return promise.futureResult
    }

    func received(_ bytes: some Sequence<UInt8>) {
        state.withLockedValue { $0.bytes.append(contentsOf: bytes) }
        settle()
    }

    func closed() {
        shook(.failure(TestClient.Failure.closed([])))
        state.withLockedValue { $0.isClosed = true }
        settle()
    }

    private func settle() {
        let (bytes, isClosed, waiter) = state.withLockedValue { ($0.bytes, $0.isClosed, $0.waiter) }
        guard let waiter else { return }
        if waiter.0(bytes) {
            state.withLockedValue { $0.waiter = nil }
            waiter.1.succeed(bytes)
        } else if isClosed {
            state.withLockedValue { $0.waiter = nil }
            waiter.1.fail(TestClient.Failure.closed(bytes))
        }
    }
}

private final class CollectingHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let collector: Collector
    private let waitsForHandshake: Bool

    init(_ collector: Collector, waitsForHandshake: Bool) {
        self.collector = collector
        self.waitsForHandshake = waitsForHandshake
    }

    func channelActive(context: ChannelHandlerContext) {
        if !waitsForHandshake { collector.shook(.success(nil)) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted(let chosen)? = event as? TLSUserEvent {
            collector.shook(.success(chosen))
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        collector.received(unwrapInboundIn(data).readableBytesView)
    }

    func channelInactive(context: ChannelHandlerContext) { collector.closed() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        collector.shook(.failure(error))
        // A listener may cut a connection without close_notify; what came before still counts.
        context.close(promise: nil)
    }
}
