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

    private enum Waiting {
        case request(HTTP1Head, [UInt8])
        case problem(ListenerProblem, HTTPRequest?)
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
    private var waiting: [Waiting] = []
    private var serving: Serving?
    private var ticket = 0
    private var owesContinue = false
    private var isPumping = false
    private var isEnding = false
    private var isLingering = false
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
        gate.onBytes = { [unowned self] in bytesArrived() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        gate.onBytes = nil
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

    private func bytesArrived() {
        switch reading {
        case .nothing:
            reading = .head
            deadline = .now() + limits.headTime.timeAmount
        case .head:
            // The parser drops blanks before a value without counting them.
            if gate.passed > limits.head + 2 * HTTP1Gate.piece {
                refuse(.headTooLarge(limit: limits.head), nil)
            }
        case .body(let head, _):
            // Chunks may cost seven bytes of framing for each of their own.
            if gate.passed > limits.head + 8 * limits.body + 2 * HTTP1Gate.piece {
                refuse(.bodyTooLarge(limit: limits.body), head.request)
            }
        case .refused: break
        }
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
        case .failure(let problem): refuse(problem, nil)
        case .success(let head):
            if let length = head.contentLength, length > limits.body {
                refuse(.bodyTooLarge(limit: limits.body), head.request)
                return
            }
            var body: [UInt8] = []
            if let length = head.contentLength { body.reserveCapacity(length) }
            reading = .body(head, body)
            if head.contentLength != 0 {
                deadline = .now() + limits.bodyTime.timeAmount
                owesContinue = head.expectsContinue
                sendContinue()
            }
        }
    }

    private func read(_ bytes: ByteBuffer) {
        guard case .body(let head, var body) = reading else { return }
        reading = .nothing  // So that the array below is held once and grows in place.
        owesContinue = false
        guard body.count + bytes.readableBytes <= limits.body else {
            refuse(.bodyTooLarge(limit: limits.body), head.request)
            return
        }
        body.append(contentsOf: bytes.readableBytesView)
        reading = .body(head, body)
    }

    private func readEnd() {
        guard case .body(let head, let body) = reading else { return }
        reading = .nothing
        owesContinue = false
        gate.passed = 0
        waiting.append(.request(head, body))
        if !head.keepsAlive { reading = .refused }
        pump()
    }

    private func refuse(_ problem: ListenerProblem, _ head: HTTPRequest?) {
        if case .refused = reading { return }
        reading = .refused
        owesContinue = false
        waiting.append(.problem(problem, head))
        pump()
    }

    private func sendContinue() {
        guard owesContinue, serving == nil, waiting.isEmpty, let context else { return }
        owesContinue = false
        var buffer = context.channel.allocator.buffer(capacity: 32)
        buffer.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    // MARK: Serving

    /// Serves what waits, one after the other, and lets the gate open when there is nothing left.
    private func pump() {
        guard !isPumping, !isLingering else { return }
        isPumping = true
        defer { isPumping = false }
        let wasServing = serving != nil
        while serving == nil, !isLingering, !waiting.isEmpty, let context,
            context.channel.isWritable
        {
            switch waiting.removeFirst() {
            case .request(let head, let body): serve(head, body)
            case .problem(let problem, let head): answer(problem, head)
            }
        }
        guard !isLingering else { return }
        if serving != nil || !waiting.isEmpty {
            gate.close()
            return
        }
        if isEnding, case .nothing = reading {
            finish()
            return
        }
        resumeReading(afterServing: wasServing)
    }

    private func resumeReading(afterServing: Bool) {
        switch reading {
        case .nothing: deadline = .now() + limits.idleTime.timeAmount
        case .head: if afterServing { deadline = .now() + limits.headTime.timeAmount }
        case .body: if afterServing { deadline = .now() + limits.bodyTime.timeAmount }
        case .refused: break
        }
        sendContinue()
        gate.open()
    }

    private func serve(_ head: HTTP1Head, _ body: [UInt8]) {
        ticket += 1
        serving = Serving(ticket: ticket, head: head.request, keepsAlive: head.keepsAlive)
        let request = ReceivedRequest(
            id: loop.nextID(), head: head.request, body: body, peer: peer.address,
            version: head.version, clientCertificateSubject: peer.certificateSubject)
        PosternListener.add(1, to: loop.core.counters.requestsHTTP1)
        PosternListener.add(1, to: loop.core.counters.requestsInFlight)
        let exchange = Exchange(
            taker: self, on: loop.eventLoop, ticket: ticket, lifeline: lifeline)
        loop.core.handler.handle(request, reply: Reply(exchange: exchange))
    }

    func take(_ response: OutgoingResponse?, ticket: Int) {
        guard let served = serving, served.ticket == ticket else { return }
        serving = nil
        PosternListener.add(-1, to: loop.core.counters.requestsInFlight)
        guard let context, context.channel.isActive else { return }
        var keepsAlive = served.keepsAlive
        if isEnding, waiting.isEmpty { keepsAlive = false }
        let answer: OutgoingResponse
        if let response {
            answer = response
        } else {
            loop.core.counters.refuse(.unanswered)
            answer = loop.core.handler.response(to: .unanswered, head: served.head)
        }
        write(answer, isHead: served.head.method == .head, keepsAlive: keepsAlive)
        if keepsAlive { pumpAfterServing() } else { finish() }
    }

    private func pumpAfterServing() {
        guard !isPumping else { return }
        if waiting.isEmpty, !isEnding {
            resumeReading(afterServing: true)
        } else {
            pump()
        }
    }

    private func answer(_ problem: ListenerProblem, _ head: HTTPRequest?) {
        loop.core.counters.refuse(problem)
        loop.core.log.log(.debug, "request refused", detail: "\(problem.name) from \(peer.address)")
        let response = loop.core.handler.response(to: problem, head: head)
        write(response, isHead: head?.method == .head, keepsAlive: false)
        finish()
    }

    private func write(_ response: OutgoingResponse, isHead: Bool, keepsAlive: Bool) {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: 384 + response.body.count)
        HTTP1Response.write(
            response, to: &buffer, date: loop.date(), secure: loop.core.secure, isHead: isHead,
            keepsAlive: keepsAlive)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            stalled = nil
            if !waiting.isEmpty { pump() }
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
        waiting = []
        deadline = .now() + limits.lingerTime.timeAmount
        gate.discard()
        context.close(mode: .output, promise: nil)
    }

    func check(now: NIODeadline) {
        if let stalled, now >= stalled {
            loop.core.log.log(.debug, "client does not read", detail: peer.address)
            end()
        } else if isLingering {
            if now >= deadline { end() }
        } else if serving == nil, waiting.isEmpty, now >= deadline {
            switch reading {
            case .nothing, .refused: finish()
            case .head: refuse(.headTooSlow, nil)
            case .body(let head, _): refuse(.bodyTooSlow, head.request)
            }
        }
    }

    func drain() {
        isEnding = true
        if serving == nil { pump() }
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
        var head: HTTPRequest?
        if case .body(let checked, _) = reading { head = checked.request }
        switch error {
        case .invalidEOFState, .closedConnection: end()
        case .invalidVersion: refuse(.versionUnknown, nil)
        case .invalidMethod: refuse(.methodUnknown, nil)
        case .headerOverflow: refuse(.headTooLarge(limit: limits.head), head)
        case .invalidContentLength, .unexpectedContentLength, .invalidChunkSize:
            refuse(.malformed(.framing), head)
        case .invalidURL, .invalidHost, .invalidPort, .invalidPath, .invalidQueryString,
            .invalidFragment:
            refuse(.malformed(.target), head)
        case .invalidHeaderToken: refuse(.malformed(.field), head)
        default: refuse(.malformed(.syntax), head)
        }
    }
}

/// Who is at the other end of a connection.
struct ConnectionPeer {
    var address: String
    var certificateSubject: String?
}
