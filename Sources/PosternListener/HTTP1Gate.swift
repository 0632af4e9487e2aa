internal import NIOCore

/// Stands before the parser and lets bytes through only while a request may be read.
///
/// Bytes go on in pieces of at most ``piece``, and none go on while a request is with the handler: what a
/// client pipelines waits here and then in its own socket, so at most one piece's requests are ever parsed ahead.
final class HTTP1Gate: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer

    /// Bytes parsed at once: about a hundred of the smallest requests.
    static let piece = 4096

    /// Bytes let through since the last whole request, blank lines and separators included.
    var passed = 0
    /// Called before bytes go on.
    var onBytes: (() -> Void)?
    /// Instead of letting bytes through, count and drop them.
    private var discards = false
    private(set) var discarded = 0

    private var isOpen = true
    private var isFeeding = false
    private var wantsRead = false
    private var held: ByteBuffer?
    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        onBytes = nil
    }

    /// Stops before the next piece.
    func close() { isOpen = false }

    /// Lets held bytes through, and asks for more if it may.
    func open() {
        guard !isOpen else { return }
        isOpen = true
        feed()
        if isOpen, wantsRead, let context {
            wantsRead = false
            context.read()
        }
    }

    /// From now on whatever arrives is dropped.
    func discard() {
        discards = true
        held = nil
        open()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        if discards {
            discarded += buffer.readableBytes
            return
        }
        if held == nil { held = buffer } else { held?.writeBuffer(&buffer) }
        feed()
    }

    private func feed() {
        guard !isFeeding else { return }
        isFeeding = true
        defer { isFeeding = false }
        while isOpen, !discards, let context, var rest = held {
            held = nil
            guard let slice = rest.readSlice(length: min(Self.piece, rest.readableBytes)),
                slice.readableBytes > 0
            else { return }
            if rest.readableBytes > 0 { held = rest }
            passed += slice.readableBytes
            onBytes?()
            context.fireChannelRead(wrapInboundOut(slice))
        }
    }

    func read(context: ChannelHandlerContext) {
        if isOpen { context.read() } else { wantsRead = true }
    }
}
