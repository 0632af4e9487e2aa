internal import NIOCore

/// Stands between TLS and the HTTP/2 library: it times frames that do not end, counts frames that do
/// nothing, stops reading while the client does not, and joins what is written until the next flush.
///
/// The library shows a frame only once it is whole, and a header block only with its last CONTINUATION; a
/// client that drips them would otherwise be invisible.
final class HTTP2FrameWatch: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let prefaceLength = 24
    private static let headerLength = 9
    /// Window updates allowed for at most, however much was answered: those of 64 MiB.
    private static let mostAllowed = 32_768

    /// Called when the client has sent more frames without a request in them than a client could need.
    var onFlood: (() -> Void)?
    /// Drops whatever arrives.
    var discards = false
    private(set) var discarded = 0

    private let headTime: TimeAmount
    private let bodyTime: TimeAmount
    private var prefaceLeft = HTTP2FrameWatch.prefaceLength
    private var header: (bytes: UInt64, count: Int) = (0, 0)
    private var type: UInt8 = 0
    private var announced = 0
    private var payloadLeft = 0
    private var isBlockOpen = false
    private var since: NIODeadline?
    private var idleFrames = 0
    private var allowed = 0
    private var isPaused = false
    private var wantsRead = false
    private var pending: ByteBuffer?

    init(headTime: TimeAmount, bodyTime: TimeAmount) {
        self.headTime = headTime
        self.bodyTime = bodyTime
        since = .now()
    }

    func handlerRemoved(context: ChannelHandlerContext) { onFlood = nil }

    /// Whether a frame, a header block or the preface has been incomplete for too long.
    func isOverdue(_ now: NIODeadline) -> Bool {
        guard let since else { return false }
        let isData = prefaceLeft == 0 && !isBlockOpen && header.count == 0 && type == 0
        return now >= since + (isData ? bodyTime : headTime)
    }

    // MARK: Inbound

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        if discards {
            discarded += buffer.readableBytes
            return
        }
        if since == nil { since = .now() }
        buffer.withUnsafeReadableBytes { scan($0) }
        context.fireChannelRead(data)
    }

    private var isBetweenFrames: Bool {
        prefaceLeft == 0 && header.count == 0 && payloadLeft == 0 && !isBlockOpen
    }

    private func scan(_ bytes: UnsafeRawBufferPointer) {
        var position = 0
        while position < bytes.count {
            let left = bytes.count - position
            if prefaceLeft > 0 {
                let step = min(prefaceLeft, left)
                prefaceLeft -= step
                position += step
                if prefaceLeft == 0 { since = .now() }
            } else if payloadLeft > 0 {
                let step = min(payloadLeft, left)
                payloadLeft -= step
                position += step
                if payloadLeft == 0 { frameEnded() }
            } else {
                header.bytes = header.bytes << 8 | UInt64(bytes[position])
                header.count += 1
                position += 1
                // Length and type are in the first 4 bytes, the flags in the fifth.
                if header.count == 5 { readHeader() }
                if header.count == Self.headerLength {
                    header = (0, 0)
                    payloadLeft = announced
                    if payloadLeft == 0 { frameEnded() }
                }
            }
        }
        if isBetweenFrames { since = nil }
    }

    private func readHeader() {
        announced = Int(header.bytes >> 16 & 0xFF_FFFF)
        type = UInt8(header.bytes >> 8 & 0xFF)
        let flags = UInt8(header.bytes & 0xFF)
        switch type {
        case 0: idleFrames = max(0, idleFrames - 4)
        case 1:
            idleFrames = max(0, idleFrames - 4)
            isBlockOpen = flags & 4 == 0
        case 9: if flags & 4 != 0 { isBlockOpen = false }
        default:
            if allowed > 0 {
                allowed -= 1
            } else {
                idleFrames += 1
                if idleFrames > 1000 { onFlood?() }
            }
        }
    }

    private func frameEnded() {
        if !isBlockOpen { since = .now() }
    }

    // MARK: Outbound

    /// Allows for the window updates with which a client asks for more of a body: two for every 4 KiB, as Go sends them.
    func answered(bytes: Int) { allowed = min(Self.mostAllowed, allowed + bytes / 2048) }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var buffer = unwrapOutboundIn(data)
        if promise == nil, pending != nil {
            pending?.writeBuffer(&buffer)
        } else if promise == nil {
            pending = buffer
        } else {
            writePending(context)
            context.write(wrapOutboundOut(buffer), promise: promise)
        }
    }

    func flush(context: ChannelHandlerContext) {
        writePending(context)
        context.flush()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        writePending(context)
        context.close(mode: mode, promise: promise)
    }

    private func writePending(_ context: ChannelHandlerContext) {
        guard let buffer = pending else { return }
        pending = nil
        context.write(wrapOutboundOut(buffer), promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isPaused = !context.channel.isWritable
        if !isPaused, wantsRead {
            wantsRead = false
            context.read()
        }
        context.fireChannelWritabilityChanged()
    }

    func read(context: ChannelHandlerContext) {
        if isPaused { wantsRead = true } else { context.read() }
    }
}
