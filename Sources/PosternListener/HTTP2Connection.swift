internal import HTTPTypes
internal import Logging
internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2
internal import Synchronization

/// One HTTP/2 connection: it keeps the state of every stream itself and hands requests on as they end.
///
/// WHY NOT: a child channel for each stream, as the library offers. They cost half the throughput.
final class HTTP2Connection: ChannelInboundHandler, AnswerTaker, WatchedConnection {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    /// Bytes of answers that wait for the end of a round, so that a client that reads nothing is noticed.
    private static let mostUnflushed = 64 * 1024

    private let loop: ListenerLoop
    private let watch: HTTP2FrameWatch
    private let peer: ConnectionPeer
    private var context: ChannelHandlerContext?
    private var streams: [Int: HTTP2Stream] = [:]
    private var lastID = HTTP2StreamID.rootStream
    /// Requests in the handler's hands, those whose stream is gone included.
    private var inHands = 0
    /// Bytes the bodies begun here may come to, within ``mostPromised``.
    ///
    /// WHY NOT: a window that shuts while bodies are here. Many that are half here would wait for each other for ever.
    private var promised = 0
    private let mostPromised: Int
    private(set) var bodyBytesHeld = 0
    private(set) var answerBytesWaiting = 0
    /// Bytes of streamed bodies that are here; what goes beyond ``BodyFlow/ownBytes`` is part of ``answerBytesWaiting``.
    private var pieceBytes = 0
    private var unflushed = 0
    /// Held by requests whose bodies may be larger than others'; after a reset until the handler has finished.
    private var places: [Int: LargeBodyPlace] = [:]
    /// Streams whose bodies can go on, the longest waiting first.
    private var ready = CircularBuffer<Int>()
    /// Streams whose bodies wait for a window, or for other clients to take theirs.
    private var blocked: [Int] = []
    private var isStreaming = false
    /// Bytes the client's window has left for the connection, and has for a new stream.
    private var room = (connection: 65535, stream: 65535)
    private var queue = CircularBuffer<Int>()
    private var isServingQueue = false
    private var window = 65535
    private var resets = RecentResets()
    private var isFlushDue = false
    private var drainUntil: NIODeadline?
    private var isLeaving = false
    private var isLingering = false
    private var isCondemned = false
    private var deadline: NIODeadline
    private var stalled: NIODeadline?

    init(loop: ListenerLoop, watch: HTTP2FrameWatch, peer: ConnectionPeer) {
        self.loop = loop
        self.watch = watch
        self.peer = peer
        mostPromised = max(loop.core.limits.bodiesPerConnection, 2 * loop.core.limits.body)
        deadline = .now() + loop.core.limits.idleTime.timeAmount
    }

    private var limits: ListenerLimits { loop.core.limits }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.add(self)
        watch.onFlood = { [unowned self] in condemn(.enhanceYourCalm) }
        topUpWindow()
        flush()
        if loop.core.draining.load(ordering: .relaxed) { drain() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        watch.onFlood = nil
        gone()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        gone()
        context.fireChannelInactive()
    }

    private func gone() {
        letGo()
        streams = [:]
        places = [:]
        pieceBytes = 0
        hold(-bodyBytesHeld)
        awaitAnswers(-answerBytesWaiting)
        loop.remove(self)
    }

    /// Tells handlers and sources that nobody waits any more.
    private func letGo() {
        for stream in streams.values {
            stream.lifeline.sever()
            stream.flow?.stop()
        }
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isLingering, !isCondemned else { return }
        let frame = unwrapInboundIn(data)
        let id = frame.streamID
        switch frame.payload {
        case .headers(let headers):
            if streams[Int(id)] == nil {
                begin(id, headers.headers, ended: headers.endStream)
            } else if headers.endStream {
                end(id)
            }
        case .data(let data): receive(data, on: id)
        case .rstStream: if countReset() { condemn(.enhanceYourCalm) }
        case .settings(.settings(let settings)):
            if let size = settings.last(where: { $0.parameter == .initialWindowSize })?.value {
                resize(size)
            }
        default: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        topUpWindow()
        context.fireChannelReadComplete()
    }

    private func begin(_ id: HTTP2StreamID, _ headers: HPACKHeaders, ended: Bool) {
        guard id > lastID else { return }
        lastID = id
        guard inHands < limits.concurrentStreams else {
            reset(id, .refusedStream)
            return
        }
        do throws(ListenerProblem) {
            let head = try HTTP2Head.check(headers, limits: limits)
            streams[Int(id)] = HTTP2Stream(
                phase: .receiving(until: .now() + limits.bodyTime.timeAmount), head: head.request,
                ended: ended, room: room.stream)
            if ended {
                serve(id)
            } else {
                try expectBody(id, head)
            }
        } catch {
            refuse(id, error, ended: ended)
        }
    }

    private func expectBody(_ id: HTTP2StreamID, _ head: HTTP2Head) throws(ListenerProblem) {
        guard let stream = streams[Int(id)] else { return }
        let allowance = try loop.allowance(
            for: head.request, length: head.contentLength, network: peer.network)
        stream.limit = allowance.limit
        let size = head.contentLength ?? allowance.limit
        if let place = allowance.place {
            places[Int(id)] = place
            // The windows of larger bodies do not add up: there are only so many places.
            stream.body.reserveCapacity(head.contentLength ?? 0)
            write(.windowUpdate(windowSizeIncrement: size - limits.body), on: id)
        } else {
            guard promised + size <= mostPromised else {
                reset(id, .refusedStream)
                return
            }
            stream.promised = size
            promised += size
        }
        if head.expectsContinue { write(.headers(.init(headers: [":status": "100"])), on: id) }
    }

    private func receive(_ data: HTTP2Frame.FramePayload.Data, on id: HTTP2StreamID) {
        guard let stream = streams[Int(id)] else { return }
        guard case .receiving = stream.phase, case .byteBuffer(let bytes) = data.data else {
            stream.ended = stream.ended || data.endStream
            return
        }
        stream.ended = data.endStream
        let isTooLarge = stream.body.count + bytes.readableBytes > stream.limit
        if isTooLarge {
            refuse(id, .bodyTooLarge(limit: stream.limit), ended: data.endStream)
            return
        }
        stream.body.append(contentsOf: bytes.readableBytesView)
        if stream.promised > 0 { hold(bytes.readableBytes) }
        if data.endStream { serve(id) }
    }

    private func end(_ id: HTTP2StreamID) {
        guard let stream = streams[Int(id)], case .receiving = stream.phase else { return }
        stream.ended = true
        serve(id)
    }

    // MARK: Serving

    /// Hands a request on, unless the client leaves too many answers untaken.
    ///
    /// Answers wait in memory for the client's windows: a client that opens none would have as many made for it as it
    /// may have streams, on as many connections as it likes.
    private func serve(_ id: HTTP2StreamID) {
        streams[Int(id)]?.phase = .queued
        queue.append(Int(id))
        serveQueue()
    }

    private func serveQueue() {
        guard !isServingQueue else { return }
        isServingQueue = true
        defer { isServingQueue = false }
        while mayServe, let id = queue.popFirst() {
            if let stream = streams[id], case .queued = stream.phase { handOn(stream, id) }
        }
    }

    private var mayServe: Bool {
        guard !isLingering, let context, context.channel.isWritable else { return false }
        // A streamed body that the client takes slowly does not hold other requests.
        let whole = answerBytesWaiting - max(0, pieceBytes - BodyFlow.ownBytes)
        if whole == 0 { return true }
        return whole < limits.answers
            && loop.core.counters.answers.all.load(ordering: .relaxed) < limits.answersInAll
    }

    private func awaitAnswers(_ bytes: Int) {
        loop.core.counters.answers.change(&answerBytesWaiting, by: bytes)
    }

    private func hold(_ bytes: Int) {
        loop.core.counters.bodies.change(&bodyBytesHeld, by: bytes)
    }

    private func holdPieces(_ bytes: Int) {
        let before = max(0, pieceBytes - BodyFlow.ownBytes)
        pieceBytes += bytes
        awaitAnswers(max(0, pieceBytes - BodyFlow.ownBytes) - before)
    }

    private func handOn(_ stream: HTTP2Stream, _ id: Int) {
        stream.id = loop.nextID()
        let request = ReceivedRequest(
            id: stream.id, head: stream.head, body: stream.body, peer: peer.address,
            version: .http2, clientCertificateSubject: peer.certificateSubject)
        release(stream)
        stream.phase = .serving
        inHands += 1
        PosternListener.add(1, to: loop.core.counters.requestsHTTP2)
        PosternListener.add(1, to: loop.core.counters.requestsInFlight)
        let exchange = Exchange(
            taker: self, inbox: loop.inbox, ticket: id, lifeline: stream.lifeline)
        loop.core.handler.handle(request, reply: Reply(exchange: exchange))
    }

    private func release(_ stream: HTTP2Stream) {
        if stream.promised > 0 {
            hold(-stream.body.count)
            promised -= stream.promised
            stream.promised = 0
        }
        awaitAnswers(-stream.answer)
        if let flow = stream.flow {
            holdPieces(-flow.bytesHere)
            flow.stop()
            stream.flow = nil
        }
        stream.answer = 0
        stream.body = []
    }

    func take(_ response: OutgoingResponse?, ticket: Int) {
        inHands -= 1
        if !places.isEmpty { places[ticket] = nil }
        PosternListener.add(-1, to: loop.core.counters.requestsInFlight)
        guard let stream = streams[ticket], case .serving = stream.phase, !isLingering else {
            return
        }
        if let response {
            respond(response, on: HTTP2StreamID(ticket))
        } else {
            respond(
                loop.refuse(
                    .unanswered, head: stream.head, peer: peer.address, id: stream.id),
                on: HTTP2StreamID(ticket))
        }
    }

    private func refuse(_ id: HTTP2StreamID, _ problem: ListenerProblem, ended: Bool) {
        let head = streams[Int(id)]?.head
        if streams[Int(id)] == nil {
            streams[Int(id)] = HTTP2Stream(
                phase: .serving,
                head: HTTPRequest(method: .get, scheme: "https", authority: nil, path: "/"),
                ended: ended, room: room.stream)
        }
        places[Int(id)] = nil
        respond(loop.refuse(problem, head: head, peer: peer.address), on: id)
    }

    private func respond(_ response: OutgoingResponse, on id: HTTP2StreamID) {
        guard let stream = streams[Int(id)] else { return }
        release(stream)
        stream.phase = .sending(until: .now() + limits.writeTime.timeAmount)
        let hasEnded = stream.ended
        let isHead = stream.head.method == .head
        let pulled = response.bodyToPull(isHead: isHead)
        let sendsBody =
            response.streamed == nil && response.mayHaveBody && !isHead && !response.body.isEmpty
        if sendsBody {
            stream.answer = response.body.count
            awaitAnswers(stream.answer)
        }
        let headers = HTTP2Response.headers(of: response, date: loop.date())
        if let pulled {
            write(.headers(.init(headers: headers)), on: id)
            stream.flow = BodyFlow(pulled)
            ready.append(Int(id))
            sendBodies()
            return
        }
        if sendsBody, let context {
            unflushed += response.body.count
            watch.answered(bytes: response.body.count)
            write(.headers(.init(headers: headers)), on: id)
            let buffer = context.channel.allocator.buffer(bytes: response.body)
            write(.data(.init(data: .byteBuffer(buffer), endStream: true)), on: id)
        } else {
            write(.headers(.init(headers: headers, endStream: true)), on: id)
        }
        if unflushed > Self.mostUnflushed { flush() }
        if !hasEnded { endUnread(id) }
    }

    private func endUnread(_ id: HTTP2StreamID) {
        // The rest of the request is of no use (RFC 9113 section 8.1). A reset drops what still waits to be
        // written on its stream, so the answer leaves first.
        flush()
        reset(id, .noError)
    }

    // MARK: Streaming

    /// Goes on with the bodies that can: each in turn writes a slice when the one before has left, or asks for a piece when
    /// all of its slices have.
    private func sendBodies() {
        guard !isStreaming else { return }
        isStreaming = true
        defer { isStreaming = false }
        while !isLingering, let context, context.channel.isWritable, let id = ready.popFirst() {
            guard let stream = streams[id], let flow = stream.flow, !flow.isBusy else { continue }
            if let slice = flow.nextSlice() {
                write(slice, of: flow, on: stream, HTTP2StreamID(id), context)
            } else if mayPull(stream) {
                pull(flow, for: stream, HTTP2StreamID(id))
            } else {
                blocked.append(id)
            }
        }
    }

    /// The client takes more, and what is here of bodies is not too much.
    private func mayPull(_ stream: HTTP2Stream) -> Bool {
        guard room.connection > 0, stream.room > 0 else { return false }
        return pieceBytes == 0
            || loop.core.counters.answers.all.load(ordering: .relaxed) < limits.answersInAll
    }

    private func write(
        _ slice: ByteBuffer, of flow: BodyFlow, on stream: HTTP2Stream, _ id: HTTP2StreamID,
        _ context: ChannelHandlerContext
    ) {
        stream.phase = .sending(until: .now() + limits.writeTime.timeAmount)
        let size = slice.readableBytes
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess { [weak self] in
            self?.sliceLeft(size, of: flow, on: stream, id)
        }
        let payload = HTTP2Frame.FramePayload.data(
            .init(data: .byteBuffer(slice), endStream: flow.isDone))
        context.writeAndFlush(
            wrapOutboundOut(HTTP2Frame(streamID: id, payload: payload)), promise: written)
    }

    private func sliceLeft(
        _ size: Int, of flow: BodyFlow, on stream: HTTP2Stream, _ id: HTTP2StreamID
    ) {
        watch.answered(bytes: size)
        guard stream.flow === flow, streams[Int(id)] === stream else { return }
        flow.sliceLeft()
        holdPieces(-size)
        stream.phase = .sending(until: .now() + limits.writeTime.timeAmount)
        if !flow.isDone {
            ready.append(Int(id))
            sendBodies()
        } else if !stream.ended {
            endUnread(id)
        }
    }

    private func pull(_ flow: BodyFlow, for stream: HTTP2Stream, _ id: HTTP2StreamID) {
        stream.phase = .sending(until: .now() + limits.idleTime.timeAmount)
        flow.pull(on: loop.eventLoop) { [weak self] trouble in
            guard let self else { return }
            if let trouble {
                loop.cannotComplete(trouble)
                reset(id, .internalError)
            } else {
                holdPieces(flow.bytesHere)
                stream.phase = .sending(until: .now() + limits.writeTime.timeAmount)
                ready.append(Int(id))
                sendBodies()
            }
        }
    }

    private func resume() {
        guard !blocked.isEmpty else { return }
        ready.append(contentsOf: blocked)
        blocked = []
        sendBodies()
    }

    /// Takes note of the client's window for new streams; those of the streams there are change as much (RFC 9113 section
    /// 6.9.2).
    private func resize(_ size: Int) {
        for stream in streams.values { stream.room += size - room.stream }
        room.stream = size
        resume()
    }

    // MARK: Writing

    private func write(_ payload: HTTP2Frame.FramePayload, on id: HTTP2StreamID) {
        guard let context else { return }
        context.write(wrapOutboundOut(HTTP2Frame(streamID: id, payload: payload)), promise: nil)
        guard !isFlushDue else { return }
        isFlushDue = true
        loop.flushSoon(self)
    }

    func flush() {
        guard isFlushDue else { return }
        isFlushDue = false
        unflushed = 0
        context?.flush()
    }

    private func reset(_ id: HTTP2StreamID, _ code: NIOHTTP2.HTTP2ErrorCode) {
        write(.rstStream(code), on: id)
    }

    private func topUpWindow() {
        guard !isLingering, context != nil else { return }
        let short = limits.connectionWindow - window
        guard short >= limits.connectionWindow / 4 else { return }
        window += short
        write(.windowUpdate(windowSizeIncrement: short), on: .rootStream)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as StreamClosedEvent:
            closed(Int(event.streamID))
        case let event as NIOHTTP2WindowUpdatedEvent:
            if event.streamID == .rootStream {
                if let size = event.inboundWindowSize { window = size }
                if let size = event.outboundWindowSize { room.connection = size }
            } else if let size = event.outboundWindowSize {
                streams[Int(event.streamID)]?.room = size
            }
            resume()
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    private func closed(_ id: Int) {
        guard let stream = streams.removeValue(forKey: id) else { return }
        if stream.flow != nil { blocked.removeAll { $0 == id } }
        release(stream)
        if case .serving = stream.phase {} else if !places.isEmpty { places[id] = nil }
        stream.lifeline.sever()
        serveQueue()
        guard streams.isEmpty else { return }
        deadline = .now() + limits.idleTime.timeAmount
        if isLeaving { finishSoon() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stalled = context.channel.isWritable ? nil : .now() + limits.writeTime.timeAmount
        serveQueue()
        sendBodies()
        context.fireChannelWritabilityChanged()
    }

    // MARK: Floods

    /// Counts a reset by either side, and says whether there are too many.
    private func countReset() -> Bool {
        resets.count(at: .now(), within: limits.resetTime.timeAmount) > limits.resets
    }

    private func condemn(_ code: NIOHTTP2.HTTP2ErrorCode) {
        guard !isCondemned, !isLingering else { return }
        write(.goAway(lastStreamID: lastID, errorCode: code, opaqueData: nil), on: .rootStream)
    }

    private func wasCondemned(_ code: NIOHTTP2.HTTP2ErrorCode) {
        guard !isCondemned else { return }
        isCondemned = true
        PosternListener.add(1, to: loop.core.counters.connectionsCondemned)
        loop.core.log.log(
            .debug, "HTTP/2 connection ended", detail: "\(code.networkCode) for \(peer.address)")
        finishSoon()
    }

    // MARK: Ending

    /// Finishes once the library is done with the frame at hand.
    private func finishSoon() {
        loop.eventLoop.assumeIsolated().execute { [self] in finish() }
    }

    private func finish() {
        guard !isLingering, let context else { return }
        isLingering = true
        letGo()
        let linger = limits.lingerTime.timeAmount
        // Answers have as long to leave as any other; lingering begins when they have, but for who is cut off.
        deadline = .now() + (isCondemned ? linger : limits.writeTime.timeAmount)
        watch.discards = true
        context.flush()
        let left = context.eventLoop.makePromise(of: Void.self)
        left.futureResult.assumeIsolated().whenComplete { [weak self] _ in
            guard let self, !isCondemned else { return }
            deadline = .now() + linger
        }
        context.close(mode: .output, promise: left)
    }

    func check(now: NIODeadline) {
        if let stalled, now >= stalled {
            loop.core.log.log(.debug, "client does not read", detail: peer.address)
            end()
        } else if isLingering {
            if now >= deadline || watch.discarded > HTTP1Connection.mostDiscarded { end() }
        } else if let until = drainUntil, now >= until {
            drainUntil = nil
            leave()
        } else if watch.isOverdue(now) {
            condemn(.enhanceYourCalm)
        } else if streams.isEmpty {
            if now >= deadline { drain() }
        } else {
            serveQueue()
            resume()
            checkStreams(now)
        }
    }

    private func checkStreams(_ now: NIODeadline) {
        for (id, stream) in streams {
            switch stream.phase {
            case .receiving(let until) where now >= until:
                refuse(HTTP2StreamID(id), .bodyTooSlow, ended: false)
            case .sending(let until) where now >= until && stream.flow?.isPulling == true:
                loop.cannotComplete(BodyFlow.Trouble.tookTooLong)
                reset(HTTP2StreamID(id), .internalError)
            case .sending(let until) where now >= until: reset(HTTP2StreamID(id), .cancel)
            default: break
            }
        }
        flush()
    }

    /// Tells the client to go elsewhere, and a little later, when its last requests have arrived, which the last one was (RFC 9113 section 6.8).
    func drain() {
        guard drainUntil == nil, !isLeaving, !isLingering else { return }
        write(.goAway(lastStreamID: .maxID, errorCode: .noError, opaqueData: nil), on: .rootStream)
        flush()
        drainUntil = .now() + ListenerLoop.tick(for: limits)
    }

    private func leave() {
        isLeaving = true
        write(.goAway(lastStreamID: lastID, errorCode: .noError, opaqueData: nil), on: .rootStream)
        flush()
        if streams.isEmpty { finish() }
    }

    func end() {
        // Now, not when TLS has said goodbye: what waits for a client that is cut off must not wait that long, and what
        // still comes from it is dropped.
        isLingering = true
        gone()
        context?.close(mode: .all, promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The library has already answered a breach of HTTP/2 with RST_STREAM or GOAWAY.
        if error is any NIOHTTP2Error {
            loop.core.log.log(.debug, "HTTP/2 rule broken", detail: String(describing: error))
        } else {
            end()
        }
    }
}

extension HTTP2Connection: NIOHTTP2FrameDelegate {
    /// Sees every frame written, those of the library itself included.
    func wroteFrame(_ frame: HTTP2Frame) {
        switch frame.payload {
        case .goAway(_, let code, _) where code != .noError: wasCondemned(code)
        case .rstStream:
            guard countReset() else { break }
            // Later: the library is about to hand on the bytes of this frame, and would hand on those of another one instead.
            loop.eventLoop.assumeIsolated().execute { [self] in condemn(.enhanceYourCalm) }
        default: break
        }
    }
}
