internal import HTTPTypes
internal import Logging
internal import NIOCore
internal import PosternModel
internal import Synchronization

/// What all connections of a listener share; thread-safe.
final class ListenerCore: Sendable {
    let handler: any RequestHandler
    let limits: ListenerLimits
    let secure: Bool
    let counters = ListenerCounters()
    let log: LogThrottle
    /// The first half of every request id: unguessable, and different for each listener and start.
    let idPrefix = Hexadecimal.encode(RandomBytes.make(8))
    let draining = Atomic(false)
    let largeBodies: LargeBodyPlaces

    init(handler: any RequestHandler, limits: ListenerLimits, secure: Bool, log: LogThrottle) {
        self.handler = handler
        self.limits = limits
        self.secure = secure
        self.log = log
        largeBodies = LargeBodyPlaces(limits.largeBodies)
    }
}

/// One connection as its event loop watches it.
protocol WatchedConnection: AnyObject {
    /// Ends whatever has run out of time.
    func check(now: NIODeadline)
    /// Finishes what is in flight and closes.
    func drain()
    /// Closes now.
    func end()
    /// Bytes of answers the client has not taken.
    var answerBytesWaiting: Int { get }
    /// Bytes of requests' bodies that wait for their rest, or for their turn.
    var bodyBytesHeld: Int { get }
    /// Sends what was written since the last time; asked for with ``ListenerLoop/flushSoon(_:)``.
    func flush()
}

extension WatchedConnection {
    var answerBytesWaiting: Int { 0 }
    var bodyBytesHeld: Int { 0 }
}

/// One event loop's share of a listener: its connections, their deadlines and the cached date.
///
/// Deadlines are looked at by one sweep for all connections instead of a timer each: a timer per request
/// would cost more than parsing it. A deadline may therefore be kept up to one ``tick`` late.
final class ListenerLoop {
    let core: ListenerCore
    let eventLoop: any EventLoop
    let inbox: AnswerInbox
    private(set) var connections: [ObjectIdentifier: any WatchedConnection] = [:]
    private let index: UInt64
    private var requests: UInt64 = 0
    private var sweep: RepeatedTask?
    private var open = 0
    private var emptied: [EventLoopPromise<Void>] = []
    private var unflushed: [any WatchedConnection] = []
    private var dateText = ""
    private var dateSecond: Int64 = .min

    init(core: ListenerCore, eventLoop: any EventLoop, index: Int) {
        self.core = core
        self.eventLoop = eventLoop
        inbox = AnswerInbox(eventLoop)
        self.index = UInt64(index)
    }

    /// A quarter of the shortest deadline, within 5 and 250 ms.
    static func tick(for limits: ListenerLimits) -> TimeAmount {
        let shortest = min(
            limits.handshakeTime, limits.headTime, limits.bodyTime, limits.idleTime,
            limits.writeTime, limits.lingerTime)
        return .milliseconds(max(5, min(250, shortest.wholeMilliseconds / 4)))
    }

    func start() {
        let tick = Self.tick(for: core.limits)
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        sweep = eventLoop.scheduleRepeatedTask(initialDelay: tick, delay: tick) { _ in
            bound.value.check()
        }
    }

    func stop() {
        sweep?.cancel()
        sweep = nil
    }

    private func check() {
        let now = NIODeadline.now()
        for connection in connections.values { connection.check(now: now) }
        let (counters, limits) = (core.counters, core.limits)
        cutWorst(counters.answers, limits.answersInAll, "too many answers left untaken") {
            $0.answerBytesWaiting
        }
        // Where bodies may be large, as many have room as large ones have places.
        let bodies = max(limits.bodiesInAll, limits.largeBodies * limits.body)
        cutWorst(counters.bodies, bodies, "too many bodies begun") {
            $0.bodyBytesHeld
        }
    }

    /// Ends the connections that have the largest parts of something while all together have too much of it.
    private func cutWorst(
        _ kept: KeptBytes, _ limit: Int, _ reason: StaticString,
        part: (any WatchedConnection) -> Int
    ) {
        while true {
            let all = kept.all.load(ordering: .relaxed)
            guard all > limit,
                let worst = connections.values.max(by: { part($0) < part($1) })
            else { return }
            // The worst of this loop may be modest beside another loop's, which then is above the average.
            let average = all / max(1, kept.connections.load(ordering: .relaxed))
            guard part(worst) > 0, part(worst) >= average else { return }
            PosternListener.add(1, to: core.counters.connectionsCondemned)
            core.log.log(.notice, reason)
            worst.end()
        }
    }

    func add(_ connection: any WatchedConnection) {
        connections[ObjectIdentifier(connection)] = connection
    }

    func remove(_ connection: any WatchedConnection) {
        connections[ObjectIdentifier(connection)] = nil
    }

    /// Counts a channel that is open, whatever stage it is in.
    func channelOpened() { open += 1 }

    /// Counts a channel that has closed, once everything else about it is done.
    func channelClosed() {
        open -= 1
        guard open == 0 else { return }
        let promises = emptied
        emptied = []
        for promise in promises { promise.succeed() }
    }

    /// Asks every connection to finish; the future succeeds once none is left.
    func drain() -> EventLoopFuture<Void> {
        for connection in connections.values { connection.drain() }
        let promise = eventLoop.makePromise(of: Void.self)
        if open == 0 { promise.succeed() } else { emptied.append(promise) }
        return promise.futureResult
    }

    func end() {
        for connection in connections.values { connection.end() }
    }

    /// Has a connection flushed once the events at hand have been seen to.
    ///
    /// Answers of one round then leave one after the other: a client that serves several connections is woken by the
    /// first and finds the rest, where an answer flushed at once would cost a wake-up each, the dearest part of it.
    func flushSoon(_ connection: any WatchedConnection) {
        unflushed.append(connection)
        guard unflushed.count == 1 else { return }
        eventLoop.assumeIsolated().execute { [self] in
            // What a flush causes to be written is flushed in the next round.
            let connections = unflushed
            unflushed = []
            for connection in connections { connection.flush() }
        }
    }

    /// Counts, logs and words the answer to a request the listener itself refuses.
    ///
    /// - Parameters:
    ///   - problem: What is wrong with it.
    ///   - head: Its head, if that could be read.
    ///   - peer: The client's address.
    ///   - id: The request's id; nil when it was not whole and has none yet.
    /// - Returns: The answer.
    func refuse(
        _ problem: ListenerProblem, head: HTTPRequest?, peer: String, id: String? = nil
    ) -> OutgoingResponse {
        let refused = RefusedRequest(
            id: id ?? nextID(), problem: problem, head: head, peer: peer)
        core.counters.refuse(problem)
        core.log.logEach(
            .debug, "request refused",
            ["request": "\(refused.id)", "problem": "\(problem.name)", "peer": "\(peer)"])
        var response = core.handler.response(to: refused)
        if case .tooManyLargeBodies = problem {
            response.head.headerFields[.retryAfter] = "1"
        }
        return response
    }

    /// Logs that the source of a streamed body has failed.
    func cannotComplete(_ trouble: any Error) {
        core.log.log(.error, "answer cannot be completed", detail: String(describing: trouble))
    }

    /// How large a body may be whose head has been read.
    ///
    /// - Parameters:
    ///   - head: The head.
    ///   - length: The length it states; nil for none.
    ///   - network: Whom the client counts with.
    /// - Returns: The limit, and a place where the body may be larger than others'.
    /// - Throws: When the length is over the limit, or when there is no place.
    func allowance(
        for head: HTTPRequest, length: Int?, network: ClientNetwork
    ) throws(ListenerProblem) -> BodyAllowance {
        let usual = core.limits.body
        let limit =
            core.handler.bodyLimit(for: head).map { min(max(0, $0), BodyAllowance.most) } ?? usual
        if let length, length > limit { throw .bodyTooLarge(limit: limit) }
        guard limit > usual, length.map({ $0 > usual }) ?? true else {
            return BodyAllowance(limit: limit)
        }
        guard let place = core.largeBodies.take(for: network) else { throw .tooManyLargeBodies }
        return BodyAllowance(limit: limit, place: place)
    }

    /// The next request id: 16 digits of the listener's own, 2 of the loop, 14 of a count.
    func nextID() -> String {
        requests &+= 1
        let count = index << 56 | (requests & 0x00FF_FFFF_FFFF_FFFF)
        return core.idPrefix + Hexadecimal.encode(count)
    }

    /// The present second as `Date` writes it (RFC 9110 section 5.6.7).
    func date() -> String {
        let second = HTTPDate.presentSecond()
        if second != dateSecond {
            dateSecond = second
            dateText = HTTPDate.text(second)
        }
        return dateText
    }
}

extension Duration {
    var timeAmount: TimeAmount { .milliseconds(wholeMilliseconds) }
}
