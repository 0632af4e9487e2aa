internal import Logging
internal import NIOCore
internal import NIOHTTP2
internal import NIOSSL
internal import NIOTLS
internal import SwiftASN1
internal import X509

/// Waits for the TLS handshake within its deadline and puts the protocol the client chose in its own place.
final class HandshakeHandler: ChannelInboundHandler, RemovableChannelHandler, WatchedConnection {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let loop: ListenerLoop
    private let tls: NIOSSLServerHandler
    private var peer: ConnectionPeer
    private let deadline: NIODeadline
    private var context: ChannelHandlerContext?
    private var isDone = false

    init(loop: ListenerLoop, tls: NIOSSLServerHandler, peer: ConnectionPeer) {
        self.loop = loop
        self.tls = tls
        self.peer = peer
        deadline = .now() + loop.core.limits.handshakeTime.timeAmount
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        loop.remove(self)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted(let chosen)? = event as? TLSUserEvent else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        isDone = true
        add(1, to: loop.core.counters.handshakes)
        peer.certificateSubject = subject()
        do {
            let pipeline = context.pipeline.syncOperations
            if chosen == "h2" {
                try HTTP2Connection.install(in: pipeline, loop: loop, peer: peer)
            } else {
                try HTTP1Connection.install(in: pipeline, loop: loop, peer: peer)
            }
            pipeline.removeHandler(self, promise: nil)
        } catch {
            context.close(promise: nil)
        }
    }

    /// The subject of the client's certificate, which BoringSSL has verified.
    private func subject() -> String? {
        guard let bytes = try? tls.peerCertificate?.toDERBytes(),
            let certificate = try? Certificate(derEncoded: bytes)
        else { return nil }
        return certificate.subject.description
    }

    func channelInactive(context: ChannelHandlerContext) {
        countFailure()
        loop.remove(self)
        context.fireChannelInactive()
    }

    private func countFailure() {
        guard !isDone else { return }
        isDone = true
        add(1, to: loop.core.counters.handshakesFailed)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        countFailure()
        loop.core.log.log(
            .debug, "TLS handshake failed", detail: "\(peer.address): \(String(describing: error))")
        context.close(promise: nil)
    }

    func check(now: NIODeadline) {
        guard now >= deadline else { return }
        loop.core.log.log(.debug, "TLS handshake took too long", detail: peer.address)
        end()
    }

    func drain() { end() }

    func flush() {}

    func end() {
        // Not through the TLS handler: it would wait for a handshake that does not come.
        guard let context else { return }
        countFailure()
        context.channel.pipeline.syncOperations.removeHandler(tls, promise: nil)
        context.channel.close(promise: nil)
    }
}

extension HTTP1Connection {
    /// Puts a connection at the end of a pipeline.
    static func install(
        in pipeline: ChannelPipeline.SynchronousOperations, loop: ListenerLoop, peer: ConnectionPeer
    ) throws {
        try pipeline.addHandler(HTTP1Connection(loop: loop, peer: peer))
    }
}

extension HTTP2Connection {
    /// Puts frame watch, library and connection at the end of a pipeline.
    static func install(
        in pipeline: ChannelPipeline.SynchronousOperations, loop: ListenerLoop, peer: ConnectionPeer
    ) throws {
        let limits = loop.core.limits
        let watch = HTTP2FrameWatch(
            headTime: limits.headTime.timeAmount, bodyTime: limits.bodyTime.timeAmount)
        let connection = HTTP2Connection(loop: loop, watch: watch, peer: peer)
        var settings = NIOHTTP2Handler.ConnectionConfiguration()
        settings.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: limits.concurrentStreams),
            // A stream's window holds a whole body and some padding, so that it never needs topping up.
            HTTP2Setting(
                parameter: .initialWindowSize, value: max(65535, limits.body + 16 * 1024)),
            // HPACK counts 32 bytes more for each field; the exact limit is kept by `HTTP2Head`.
            HTTP2Setting(
                parameter: .maxHeaderListSize, value: limits.head + 36 * (limits.fields + 8)),
        ]
        settings.maximumSequentialContinuationFrames = limits.continuationFrames
        settings.maximumBufferedControlFrames = 1000
        // What is on its way on a stream that was reset is no breach: the library remembers as many as there can be.
        settings.maximumRecentlyResetStreams = limits.concurrentStreams + limits.resets
        settings.controlFrameRateLimit.maximumCount = limits.controlFrames
        var streams = NIOHTTP2Handler.StreamConfiguration()
        streams.streamResetFrameRateLimit.maximumCount = limits.resets
        streams.streamResetFrameRateLimit.windowLength = limits.resetTime.timeAmount
        streams.streamErrorRateLimit.maximumCount = limits.resets
        streams.streamErrorRateLimit.windowLength = limits.resetTime.timeAmount
        try pipeline.addHandler(watch)
        try pipeline.addHandler(
            NIOHTTP2Handler(
                mode: .server, frameDelegate: connection, connectionConfiguration: settings,
                streamConfiguration: streams))
        try pipeline.addHandler(connection)
    }
}
