internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import PosternModel

/// Runs one ``SMTPConversation`` on one channel: carries out its actions and keeps its time.
///
/// Lives on its channel's event loop and is touched from nowhere else.
final class SMTPChannelHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How one mail ended, and whether the connection can take another.
    struct Handover: Sendable {
        let carriage: Carriage
        let isReusable: Bool
    }

    private var conversation: SMTPConversation
    private let limits: SMTPTimeLimits
    private let tls: SMTPTransportSecurity?
    private var opening: EventLoopPromise<String?>?
    private var handover: EventLoopPromise<Handover>?
    private var deadline: Scheduled<Void>?
    private var context: ChannelHandlerContext?
    private var trouble: String?

    /// Makes a handler for one channel; `opening` succeeds with nil when the session takes mail, with a
    /// sentence when it never will.
    init(
        plan: SMTPConversation.Plan, limits: SMTPTimeLimits, tls: SMTPTransportSecurity?,
        opening: EventLoopPromise<String?>
    ) {
        conversation = SMTPConversation(plan: plan)
        self.limits = limits
        self.tls = tls
        self.opening = opening
    }

    /// Hands over one mail; the session must be idle.
    func carry(_ mail: NotificationMail) -> EventLoopFuture<Handover>? {
        guard let context, handover == nil else { return nil }
        let promise = context.eventLoop.makePromise(of: Handover.self)
        handover = promise
        deadline?.cancel()
        perform(conversation.submit(mail), context)
        return promise.futureResult
    }

    /// Says goodbye when nothing has been handed over for as long as given.
    func quit(afterIdling limit: Duration) {
        guard let context, handover == nil else { return }
        schedule(limit, context) { $0.conversation.quit() }
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        perform(conversation.lost(lossReason), context)
        deadline?.cancel()
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        guard conversation.plan.security != .plaintextOnLoopback || context.remoteAddress.isLoopback
        else {
            trouble = "The settings allow plaintext on loopback only, and the relay is elsewhere."
            perform(conversation.lost(lossReason), context)
            return
        }
        perform(conversation.connected(), context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        perform(conversation.receive(unwrapInboundIn(data).readableBytesView), context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event {
            perform(conversation.secured(), context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if trouble == nil {
            trouble =
                "The connection failed: \(RelayWords.shortened(RelayWords.escaped("\(error)".utf8)))."
        }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        perform(conversation.lost(lossReason), context)
        context.fireChannelInactive()
    }

    private var lossReason: String { trouble ?? "The relay closed the connection." }

    // MARK: Actions

    private func perform(_ actions: [SMTPConversation.Action], _ context: ChannelHandlerContext) {
        for action in actions {
            switch action {
            case .send(let bytes):
                context.writeAndFlush(
                    wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes)), promise: nil)
            case .startTLS: startTLS(context)
            case .begin(let phase):
                schedule(phase.limit(in: limits), context) { $0.conversation.timeOut() }
            case .ready:
                deadline?.cancel()
                opening?.succeed(nil)
                opening = nil
            case .failed(let reason):
                opening?.succeed(reason)
                opening = nil
            case .settled(let carriage):
                deadline?.cancel()
                let promise = handover
                handover = nil
                promise?.succeed(Handover(carriage: carriage, isReusable: conversation.isIdle))
            case .close:
                deadline?.cancel()
                context.close(promise: nil)
            }
        }
    }

    // INVARIANT: runs within the read that brought the relay's 220, so that no later byte escapes TLS.
    private func startTLS(_ context: ChannelHandlerContext) {
        do {
            guard let tls else { return }
            try context.pipeline.syncOperations.addHandler(tls.makeHandler(), position: .first)
        } catch {
            errorCaught(context: context, error: error)
        }
    }

    private func schedule(
        _ limit: Duration, _ context: ChannelHandlerContext,
        then event: @escaping (SMTPChannelHandler) -> [SMTPConversation.Action]
    ) {
        deadline?.cancel()
        deadline = context.eventLoop.assumeIsolated().scheduleTask(
            in: .milliseconds(limit.wholeMilliseconds)
        ) { [weak self] in
            guard let self, let context = self.context else { return }
            self.perform(event(self), context)
        }
    }
}

extension SocketAddress? {
    /// Whether the far end is this very machine.
    var isLoopback: Bool {
        switch self {
        case .v4: self?.ipAddress?.hasPrefix("127.") ?? false
        case .v6: self?.ipAddress == "::1"
        case .unixDomainSocket: true
        case nil: false
        }
    }
}
