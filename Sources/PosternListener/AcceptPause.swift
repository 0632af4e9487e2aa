internal import Logging
internal import NIOCore

/// Stops accepting for a moment when the system cannot give a connection: no file descriptors, no memory.
///
/// WHY NOT: the library's `AcceptBackoffHandler`. It holds reads back, but after a failed accept the library's channel
/// stays registered for reading, and the event loop would spin on a connection it cannot take.
final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private static let length = TimeAmount.milliseconds(100)

    private let log: LogThrottle
    private var isPaused = false

    init(log: LogThrottle) { self.log = log }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        log.log(.warning, "connections cannot be accepted", detail: String(describing: error))
        guard !isPaused, let options = context.channel.syncOptions else { return }
        isPaused = true
        // An option of a channel that has closed cannot be set, and need not.
        try? options.setOption(.autoRead, value: false)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.length) { [self] in
            isPaused = false
            try? options.setOption(.autoRead, value: true)
        }
    }
}
