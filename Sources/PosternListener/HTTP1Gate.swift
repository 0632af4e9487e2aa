internal import NIOCore

/// Stands before the parser, lets one request through at a time and holds a head back until it is whole.
///
/// The parser skips or forgives what two readers could read differently and tells nobody where a message
/// ended; so raw heads are judged here, by ``HTTP1RawHead``, and no byte of a request reaches the parser while
/// the one before is with the handler. What a client pipelines waits here, then in its own socket.
final class HTTP1Gate: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer

    /// What the next bytes are.
    enum Expectation: Equatable {
        /// A head, to be held back until it is whole.
        case head
        /// So many bytes of a body.
        case length(Int)
        /// Chunks, let through line by line so that none reaches past the last.
        case chunks
    }

    /// Bytes a closing connection reads and drops before it is cut.
    static let mostDiscarded = 4 * 1024 * 1024

    /// What the next bytes are; the connection says so once the parser has shown it the head.
    var expectation = Expectation.head
    /// Called when the first bytes of a head arrive.
    var onHeadBegun: (() -> Void)?
    /// Called when a head will not do.
    var onProblem: ((ListenerProblem) -> Void)?
    private(set) var discarded = 0

    private let limits: ListenerLimits
    private var isOpen = true
    private var isFeeding = false
    private var wantsRead = false
    private var discards = false
    private var hasBegun = false
    private var chunkBytes = 0
    private var scanned = 0
    private var held: ByteBuffer?
    private var context: ChannelHandlerContext?

    init(limits: ListenerLimits) { self.limits = limits }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        onHeadBegun = nil
        onProblem = nil
    }

    /// Lets nothing more through.
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
        while isOpen, !discards, let context, var rest = held, rest.readableBytes > 0 {
            held = nil
            let slice: ByteBuffer?
            switch expectation {
            case .head: slice = nextHead(&rest)
            case .length(let length):
                slice = rest.readSlice(length: min(length, rest.readableBytes))
                expectation = .length(length - (slice?.readableBytes ?? 0))
            case .chunks: slice = nextLine(&rest)
            }
            if discards { return }
            if rest.readableBytes > 0 { held = rest }
            guard let slice, slice.readableBytes > 0 else { return }
            context.fireChannelRead(wrapInboundOut(slice))
        }
    }

    private func nextHead(_ rest: inout ByteBuffer) -> ByteBuffer? {
        if !hasBegun {
            hasBegun = true
            scanned = 0
            onHeadBegun?()
        }
        switch HTTP1RawHead.find(in: rest, from: scanned, limits: limits) {
        case .unfinished(let scanned):
            self.scanned = scanned
            return nil
        case .wrong(let problem):
            onProblem?(problem)
            return nil
        case .found(let length):
            hasBegun = false
            chunkBytes = 0
            return rest.readSlice(length: length)
        }
    }

    private func nextLine(_ rest: inout ByteBuffer) -> ByteBuffer? {
        let view = rest.readableBytesView
        let length =
            view.firstIndex(of: UInt8(ascii: "\n")).map { $0 - view.startIndex + 1 } ?? view.count
        chunkBytes += length
        // Chunks may cost seven bytes of framing for each of their own, and trailers as much as a head.
        guard chunkBytes <= 8 * limits.body + limits.head else {
            onProblem?(.bodyTooLarge(limit: limits.body))
            return nil
        }
        return rest.readSlice(length: length)
    }

    func read(context: ChannelHandlerContext) {
        if isOpen { context.read() } else { wantsRead = true }
    }
}
