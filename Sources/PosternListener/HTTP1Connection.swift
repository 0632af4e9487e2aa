internal import HTTPTypes
internal import Logging
internal import NIOCore
internal import NIOSSL
internal import Synchronization

/// One HTTP/1 connection: it hands requests on one at a time and writes the answers in order.
///
/// What a client pipelines waits in the reader, then in the client's own socket.
final class HTTP1Connection: ChannelDuplexHandler, AnswerTaker, WatchedConnection {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Stage {
        /// Between two requests.
        case idle
        case head
        case body
        /// The handler has the request.
        case serving(RequestInHand)
        /// The body of its answer is being pulled.
        case streaming(AnswerOnItsWay)
        /// Whatever else arrives is dropped.
        case ended
    }

    private struct RequestInHand {
        var request: ReceivedRequest
        var keepsAlive: Bool
    }

    private struct AnswerOnItsWay {
        var flow: BodyFlow
        var keepsAlive: Bool
    }

    /// Bytes a closing connection reads and drops before it is cut.
    static let mostDiscarded = 4 * 1024 * 1024
    /// Bytes of answers that wait for the end of a round, so that a client that reads nothing is noticed.
    private static let mostUnflushed = 64 * 1024

    private let loop: ListenerLoop
    private let peer: ConnectionPeer
    private let lifeline = Lifeline()
    private var context: ChannelHandlerContext?
    private var reader: HTTP1Reader
    private var stage = Stage.idle
    private var ticket = 0
    /// Held by the request at hand if its body may be larger than others'.
    private var place: LargeBodyPlace?
    private var isAdvancing = false
    private var isStreaming = false
    private var wantsRead = false
    private var isEnding = false
    private var isLingering = false
    private var unflushed = 0
    private(set) var answerBytesWaiting = 0
    private var discarded = 0
    private var deadline: NIODeadline
    private var stalled: NIODeadline?

    init(loop: ListenerLoop, peer: ConnectionPeer) {
        self.loop = loop
        self.peer = peer
        reader = HTTP1Reader(limits: loop.core.limits, secure: loop.core.secure)
        deadline = .now() + loop.core.limits.idleTime.timeAmount
        isEnding = loop.core.draining.load(ordering: .relaxed)
    }

    private var limits: ListenerLimits { loop.core.limits }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        lifeline.sever()
        letGo()
        self.context = nil
        loop.remove(self)
    }

    func channelInactive(context: ChannelHandlerContext) {
        lifeline.sever()
        letGo()
        loop.remove(self)
        context.fireChannelInactive()
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        if isLingering {
            discarded += buffer.readableBytes
            return
        }
        reader.feed(buffer)
        advance()
    }

    func read(context: ChannelHandlerContext) {
        // While a request is being answered the next may come, but no more than one read of it: to stop and start
        // reading would cost two calls to the system for every request that is not answered at once.
        if isHeldBack, reader.hasBytes || !context.channel.isWritable {
            wantsRead = true
        } else {
            context.read()
        }
    }

    /// A request is being answered, or answers wait that the client does not read.
    private var isHeldBack: Bool {
        switch stage {
        case .serving, .streaming: true
        case .idle, .head, .body: context?.channel.isWritable == false
        case .ended: false
        }
    }

    /// Makes requests of what has arrived for as long as they are answered at once.
    private func advance() {
        guard !isAdvancing else { return }
        isAdvancing = true
        while !isHeldBack, step() {}
        isAdvancing = false
        if !isHeldBack { readOn() }
    }

    /// Goes one step on; false when that takes bytes that have not come.
    private func step() -> Bool {
        if isLingering { return false }
        if case .ended = stage { return false }
        let step = reader.next { head, length throws(ListenerProblem) in
            let allowance = try loop.allowance(for: head, length: length, network: peer.network)
            place = allowance.place
            return allowance.limit
        }
        switch step {
        case .wait:
            if case .idle = stage, reader.hasBytes {
                stage = .head
                deadline = .now() + limits.headTime.timeAmount
            }
            return false
        case .head(let head):
            stage = .body
            deadline = .now() + limits.bodyTime.timeAmount
            if head.expectsContinue { sendContinue() }
        case .request(let head, let body): serve(head, body)
        case .problem(let problem, let head): refuse(problem, head)
        }
        return true
    }

    private func readOn() {
        guard wantsRead, let context else { return }
        wantsRead = false
        context.read()
    }

    private func sendContinue() {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: 32)
        buffer.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    /// Answers what is wrong and closes: where the next request would begin is no longer sure.
    private func refuse(_ problem: ListenerProblem, _ head: HTTPRequest?) {
        answer(
            loop.refuse(problem, head: head, peer: peer.address), isHead: head?.method == .head,
            keepsAlive: false)
    }

    // MARK: Serving

    private func serve(_ head: HTTP1Head, _ body: [UInt8]) {
        ticket += 1
        let request = ReceivedRequest(
            id: loop.nextID(), head: head.request, body: body, peer: peer.address,
            version: head.version, clientCertificateSubject: peer.certificateSubject)
        stage = .serving(RequestInHand(request: request, keepsAlive: head.keepsAlive))
        PosternListener.add(1, to: loop.core.counters.requestsHTTP1)
        PosternListener.add(1, to: loop.core.counters.requestsInFlight)
        let exchange = Exchange(taker: self, inbox: loop.inbox, ticket: ticket, lifeline: lifeline)
        loop.core.handler.handle(request, reply: Reply(exchange: exchange))
    }

    func take(_ response: OutgoingResponse?, ticket: Int) {
        guard case .serving(let served) = stage, self.ticket == ticket else { return }
        stage = .idle
        PosternListener.add(-1, to: loop.core.counters.requestsInFlight)
        guard !isLingering, let context, context.channel.isActive else { return }
        let head = served.request.head
        answer(
            response
                ?? loop.refuse(.unanswered, head: head, peer: peer.address, id: served.request.id),
            isHead: head.method == .head, keepsAlive: served.keepsAlive && !isEnding)
    }

    private func answer(_ response: OutgoingResponse, isHead: Bool, keepsAlive: Bool) {
        // A large answer is flushed as it is written, and once the client has taken it, the next request could begin: before
        // this one has ended, whose ending would then be taken for the next one's.
        let wasAdvancing = isAdvancing
        isAdvancing = true
        write(response, isHead: isHead, keepsAlive: keepsAlive)
        isAdvancing = wasAdvancing
        place = nil
        if let body = response.bodyToPull(isHead: isHead) {
            stage = .streaming(AnswerOnItsWay(flow: BodyFlow(body), keepsAlive: keepsAlive))
            deadline = .now() + limits.writeTime.timeAmount
            stream()
        } else {
            answered(keepsAlive: keepsAlive)
        }
    }

    private func answered(keepsAlive: Bool) {
        if keepsAlive {
            stage = .idle
            deadline = .now() + limits.idleTime.timeAmount
            advance()
        } else {
            finish()
        }
    }

    private func write(_ response: OutgoingResponse, isHead: Bool, keepsAlive: Bool) {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: 512 + response.body.count)
        HTTP1Response.write(
            response, to: &buffer, date: loop.date(), secure: loop.core.secure, isHead: isHead,
            keepsAlive: keepsAlive)
        if unflushed == 0 { loop.flushSoon(self) }
        unflushed += buffer.readableBytes
        context.write(wrapOutboundOut(buffer), promise: nil)
        if unflushed > Self.mostUnflushed { flush() }
    }

    func flush() {
        guard unflushed > 0 else { return }
        unflushed = 0
        context?.flush()
    }

    // MARK: Streaming

    /// Goes on with the body of an answer: writes a slice when the one before has left, and asks for a piece when all of
    /// its slices have.
    ///
    /// A loop, because what is written may have left before the write returns.
    private func stream() {
        guard !isStreaming else { return }
        isStreaming = true
        defer { isStreaming = false }
        while case .streaming(let answer) = stage, let context, context.channel.isWritable,
            !answer.flow.isBusy
        {
            if let slice = answer.flow.nextSlice() {
                write(slice, of: answer.flow, context)
            } else if answer.flow.isDone {
                answered(keepsAlive: answer.keepsAlive && !isEnding)
            } else {
                pull(answer.flow)
            }
        }
    }

    private func write(_ slice: ByteBuffer, of flow: BodyFlow, _ context: ChannelHandlerContext) {
        deadline = .now() + limits.writeTime.timeAmount
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess { [weak self] in
            flow.sliceLeft()
            self?.stream()
        }
        unflushed = 0
        context.writeAndFlush(wrapOutboundOut(slice), promise: written)
    }

    private func pull(_ flow: BodyFlow) {
        deadline = .now() + limits.idleTime.timeAmount
        flow.pull(on: loop.eventLoop) { [weak self] trouble in
            guard let self else { return }
            if let trouble {
                loop.cannotComplete(trouble)
                end()
            } else {
                deadline = .now() + limits.writeTime.timeAmount
                stream()
            }
        }
    }

    /// Lets go what an answer would have needed that is not given any more.
    private func letGo() {
        place = nil
        awaitAnswers(0)
        guard case .streaming(let answer) = stage else { return }
        stage = .ended
        answer.flow.stop()
    }

    /// Takes note of what the client has not taken.
    ///
    /// Once in a sweep is enough: a write then need not ask when it has left.
    private func measureAnswers(_ context: ChannelHandlerContext) {
        if case .streaming(let answer) = stage {
            awaitAnswers(max(0, answer.flow.bytesHere - BodyFlow.ownBytes))
        } else if stalled == nil {
            awaitAnswers(0)
        } else {
            let buffered = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)
            awaitAnswers(buffered ?? 0)
        }
    }

    private func awaitAnswers(_ bytes: Int) {
        loop.core.counters.answers.change(&answerBytesWaiting, by: bytes - answerBytesWaiting)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            stalled = nil
            stream()
            advance()
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
        stage = .ended
        // An answer has as long to leave as any other; lingering begins when it has.
        deadline = .now() + limits.writeTime.timeAmount
        reader.clear()
        flush()
        let left = context.eventLoop.makePromise(of: Void.self)
        left.futureResult.assumeIsolated().whenComplete { [weak self] _ in
            guard let self else { return }
            deadline = .now() + limits.lingerTime.timeAmount
        }
        context.close(mode: .output, promise: left)
        readOn()
    }

    func check(now: NIODeadline) {
        if let context { measureAnswers(context) }
        if let stalled, now >= stalled {
            loop.core.log.log(.debug, "client does not read", detail: peer.address)
            end()
        } else if isLingering {
            if now >= deadline || discarded > Self.mostDiscarded { end() }
        } else if stalled == nil, now >= deadline {
            switch stage {
            case .idle: finish()
            case .head: refuse(.headTooSlow, nil)
            case .body: refuse(.bodyTooSlow, reader.head)
            case .streaming(let answer):
                if answer.flow.isPulling {
                    loop.cannotComplete(BodyFlow.Trouble.tookTooLong)
                } else {
                    loop.core.log.log(.debug, "client does not read", detail: peer.address)
                }
                end()
            case .serving, .ended: break
            }
        }
    }

    func drain() {
        isEnding = true
        if case .idle = stage { finish() }
    }

    func end() {
        // What still comes while TLS says goodbye is dropped.
        isLingering = true
        lifeline.sever()
        letGo()
        loop.remove(self)
        context?.close(mode: .all, promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case NIOSSLError.uncleanShutdown: end()
        case is NIOSSLError, is BoringSSLError:
            loop.core.log.log(.debug, "TLS failed", detail: String(describing: error))
            end()
        default: end()
        }
    }
}
