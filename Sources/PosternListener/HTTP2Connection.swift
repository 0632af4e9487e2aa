internal import NIOCore
internal import NIOHTTP2

/// One HTTP/2 connection.
final class HTTP2Connection {
    static func install(
        in pipeline: ChannelPipeline.SynchronousOperations, loop: ListenerLoop, peer: ConnectionPeer
    ) throws {
        throw ChannelError.operationUnsupported
    }
}
