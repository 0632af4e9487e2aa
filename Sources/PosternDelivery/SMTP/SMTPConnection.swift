internal import NIOCore
internal import NIOPosix
internal import PosternModel

/// One open session with the relay.
struct SMTPConnection: Sendable {
    /// What opening came to.
    enum Opening: Sendable {
        /// The session takes mail.
        case open(SMTPConnection)
        /// It does not; the reason is a sentence.
        case failed(String)
    }

    private let channel: any Channel
    private let handler: NIOLoopBound<SMTPChannelHandler>
    /// Mails it has carried.
    var carried = 0

    /// Connects, secures and signs in, each within its limit.
    static func open(
        _ settings: SMTPSettings, tls: SMTPTransportSecurity?, group: any EventLoopGroup
    ) async -> Opening {
        let plan = SMTPConversation.Plan(
            security: settings.security, helloName: settings.helloName,
            credentials: settings.credentials)
        do {
            let (connection, opening) = try await ClientBootstrap(group: group)
                .connectTimeout(.milliseconds(settings.limits.connect.wholeMilliseconds))
                .channelOption(.socketOption(.so_keepalive), value: 1)
                .connect(host: settings.host, port: settings.port) { channel in
                    // Called for each of the host's addresses in turn, so each has a promise of its own.
                    channel.eventLoop.makeCompletedFuture {
                        let opening = channel.eventLoop.makePromise(of: String?.self)
                        let handler = SMTPChannelHandler(
                            plan: plan, limits: settings.limits, tls: tls, opening: opening)
                        do {
                            let pipeline = channel.pipeline.syncOperations
                            try pipeline.addHandler(handler)
                            if settings.security == .implicitTLS, let tls {
                                try pipeline.addHandler(tls.makeHandler(), position: .first)
                            }
                        } catch {
                            opening.fail(error)
                            throw error
                        }
                        let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
                        return (
                            SMTPConnection(channel: channel, handler: bound), opening.futureResult
                        )
                    }
                }
            if let reason = try await opening.get() { return .failed(reason) }
            return .open(connection)
        } catch {
            let words = RelayWords.shortened(RelayWords.escaped("\(error)".utf8))
            return .failed("No connection to \(settings.host):\(settings.port): \(words).")
        }
    }

    /// Whether the channel is still open.
    var isOpen: Bool { channel.isActive }

    /// Hands over one mail.
    func carry(_ mail: NotificationMail) async -> SMTPChannelHandler.Handover {
        let broken = SMTPChannelHandler.Handover(
            carriage: .unreachable("The relay closed the connection."), isReusable: false)
        let future = channel.eventLoop.flatSubmit { [channel, handler] in
            handler.value.carry(mail) ?? channel.eventLoop.makeSucceededFuture(broken)
        }
        do { return try await future.get() } catch { return broken }
    }

    /// Says goodbye after a time without mail.
    func quit(afterIdling limit: Duration) {
        channel.eventLoop.execute { [handler] in handler.value.quit(afterIdling: limit) }
    }

    /// Says goodbye now and waits for the connection to close.
    func quit() async {
        quit(afterIdling: .zero)
        try? await channel.closeFuture.get()
    }
}
