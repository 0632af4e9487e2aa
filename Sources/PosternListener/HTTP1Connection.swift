internal import HTTPTypes
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
internal import Synchronization

/// One HTTP/1 connection: it collects requests, hands them on one at a time and writes the answers in order.
final class HTTP1Connection: ChannelInboundHandler, AnswerTaker, WatchedConnection {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private enum Reading {
        case nothing
        case head
        case body(HTTP1Head, [UInt8])
        /// Something was wrong: whatever else arrives is not looked at.
        case refused
    }

    private struct Serving {
        var ticket: Int
        var head: HTTPRequest
        var keepsAlive: Bool
    }

    private let loop: ListenerLoop
    private let gate: HTTP1Gate
    private let peer: ConnectionPeer
    private let lifeline = Lifeline()
    private var context: ChannelHandlerContext?
    private var reading = Reading.nothing
    private var serving: Serving?
    private var ticket = 0
    private var isEnding = false
    private var isLingering = false
    private var isFlushDue = false
    private var deadline: NIODeadline
    private var stalled: NIODeadline?

    init(loop: ListenerLoop, gate: HTTP1Gate, peer: ConnectionPeer) {
        self.loop = loop
        self.gate = gate
        self.peer = peer
        deadline = .now() + loop.core.limits.idleTime.timeAmount
        isEnding = loop.core.draining.load(ordering: .relaxed)
    }

    private var limits: ListenerLimits { loop.core.limits }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.add(self)
        gate.onHeadBegun = { [unowned self] in headBegan() }
        gate.onProblem = { [unowned self] problem in refuse(problem) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        gate.onHeadBegun = nil
        gate.onProblem = nil
        lifeline.sever()
        self.context = nil
        loop.remove(self)
    }

    func channelInactive(context: ChannelHandlerContext) {
        lifeline.sever()
        loop.remove(self)
        context.fireChannelInactive()
    }

    // MARK: Reading

    private func headBegan() {
        guard case .nothing = reading else { return }
        reading = .head
        deadline = .now() + limits.headTime.timeAmount
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): read(head)
        case .body(let bytes): read(bytes)
        case .end: readEnd()
        }
    }

    private func read(_ head: HTTPRequestHead) {
        if case .refused = reading { return }
        switch HTTP1Head.check(head, limits: limits, secure: loop.core.secure) {
        case .failure(let problem): refuse(problem)
        case .success(let head):
            var body: [UInt8] = []
            if let length = head.contentLength {
                guard length <= limits.body else {
                    reading = .body(head, [])
                    refuse(.bodyTooLarge(limit: limits.body))
                    return
                }
                body.reserveCapacity(length)
                gate.expectation = length > 0 ? .length(length) : .head
            } else {
                gate.expectation = .chunks
            }
            reading = .body(head, body)
            if head.contentLength != 0 {
                deadline = .now() + limits.bodyTime.timeAmount
                if head.expectsContinue { sendContinue() }
            }
        }
    }

    private func read(_ bytes: ByteBuffer) {
        guard case .body(let head, var body) = reading else { return }
        guard body.count + bytes.readableBytes <= limits.body else {
            refuse(.bodyTooLarge(limit: limits.body))
            return
        }
        reading = .nothing  // So that the array is held once and grows in place.
        body.append(contentsOf: bytes.readableBytesView)
        reading = .body(head, body)
    }

    private func readEnd() {
        guard case .body(let head, let body) = reading else { return }
        reading = head.keepsAlive ? .nothing : .refused
        gate.expectation = .head
        gate.close()
        serve(head, body)
    }

    private func sendContinue() {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: 32)
        buffer.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    /// Answers what is wrong and closes: where the next request would begin is no longer sure.
    private func refuse(_ problem: ListenerProblem) {
        var head: HTTPRequest?
        switch reading {
        case .refused: return
        case .body(let checked, _): head = checked.request
        case .nothing, .head: break
        }
        reading = .refused
        loop.core.counters.refuse(problem)
        loop.core.log.log(.debug, "request refused", detail: "\(problem.name) from \(peer.address)")
        let response = loop.core.handler.response(to: problem, head: head)
        write(response, isHead: head?.method == .head, keepsAlive: false)
        finish()
    }

    // MARK: Serving

    private func serve(_ head: HTTP1Head, _ body: [UInt8]) {
        ticket += 1
        serving = Serving(ticket: ticket, head: head.request, keepsAlive: head.keepsAlive)
        let request = ReceivedRequest(
            id: loop.nextID(), head: head.request, body: body, peer: peer.address,
            version: head.version, clientCertificateSubject: peer.certificateSubject)
        PosternListener.add(1, to: loop.core.counters.requestsHTTP1)
        PosternListener.add(1, to: loop.core.counters.requestsInFlight)
        let exchange = Exchange(
            taker: self, inbox: loop.inbox, ticket: ticket, lifeline: lifeline)
        loop.core.handler.handle(request, reply: Reply(exchange: exchange))
    }

    func take(_ response: OutgoingResponse?, ticket: Int) {
        guard let served = serving, served.ticket == ticket else { return }
        serving = nil
        PosternListener.add(-1, to: loop.core.counters.requestsInFlight)
        guard let context, context.channel.isActive else { return }
        let keepsAlive = served.keepsAlive && !isEnding
        let answer: OutgoingResponse
        if let response {
            answer = response
        } else {
            loop.core.counters.refuse(.unanswered)
            answer = loop.core.handler.response(to: .unanswered, head: served.head)
        }
        write(answer, isHead: served.head.method == .head, keepsAlive: keepsAlive)
        if keepsAlive { readOn() } else { finish() }
    }

    /// Lets the next request come, unless the client leaves too much unread.
    private func readOn() {
        guard serving == nil, !isLingering, let context, context.channel.isWritable else { return }
        deadline = .now() + limits.idleTime.timeAmount
        gate.open()
    }

    private func write(_ response: OutgoingResponse, isHead: Bool, keepsAlive: Bool) {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: 384 + response.body.count)
        HTTP1Response.write(
            response, to: &buffer, date: loop.date(), secure: loop.core.secure, isHead: isHead,
            keepsAlive: keepsAlive)
        context.write(wrapOutboundOut(buffer), promise: nil)
        if !isFlushDue {
            isFlushDue = true
            loop.flushSoon(self)
        }
    }

    func flush() {
        guard isFlushDue else { return }
        isFlushDue = false
        context?.flush()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            stalled = nil
            readOn()
        } else {
            stalled = .now() + limits.writeTime.timeAmount
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Ending

    /// Closes our side, and reads and drops what is still on its way.
    ///
    /// Closing at once would make the system reset the connection over unread bytes, and the reset
    /// would take our answer with it (RFC 9112 section 9.6).
    private func finish() {
        guard !isLingering, let context else { return }
        isLingering = true
        reading = .refused
        deadline = .now() + limits.lingerTime.timeAmount
        flush()
        gate.discard()
        context.close(mode: .output, promise: nil)
    }

    func check(now: NIODeadline) {
        if let stalled, now >= stalled {
            loop.core.log.log(.debug, "client does not read", detail: peer.address)
            end()
        } else if isLingering {
            if now >= deadline || gate.discarded > HTTP1Gate.mostDiscarded { end() }
        } else if serving == nil, stalled == nil, now >= deadline {
            switch reading {
            case .nothing, .refused: finish()
            case .head: refuse(.headTooSlow)
            case .body: refuse(.bodyTooSlow)
            }
        }
    }

    func drain() {
        isEnding = true
        if serving == nil, case .nothing = reading { finish() }
    }

    func end() { context?.close(mode: .all, promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case let error as HTTPParserError: parserFailed(error)
        case NIOSSLError.uncleanShutdown: end()
        case is NIOSSLError, is BoringSSLError:
            loop.core.log.log(.debug, "TLS failed", detail: String(describing: error))
            end()
        default: end()
        }
    }

    private func parserFailed(_ error: HTTPParserError) {
        switch error {
        case .invalidEOFState, .closedConnection: end()
        case .invalidVersion: refuse(.versionUnknown)
        case .invalidMethod: refuse(.methodUnknown)
        case .headerOverflow: refuse(.headTooLarge(limit: limits.head))
        case .invalidContentLength, .unexpectedContentLength, .invalidChunkSize:
            refuse(.malformed(.framing))
        case .invalidURL, .invalidHost, .invalidPort, .invalidPath, .invalidQueryString,
            .invalidFragment:
            refuse(.malformed(.target))
        case .invalidHeaderToken: refuse(.malformed(.field))
        default: refuse(.malformed(.syntax))
        }
    }
}

/// Who is at the other end of a connection.
struct ConnectionPeer {
    var address: String
    var certificateSubject: String?
}
