internal import NIOConcurrencyHelpers
internal import NIOCore
internal import Synchronization

/// The way back to the client of one request: spent by sending one response.
public struct Reply: Sendable {
    let exchange: Exchange

    /// Sends the response; a second one is dropped.
    ///
    /// On the connection's own event loop the response is written at once; from anywhere else it hops there once.
    public func send(_ response: OutgoingResponse) { exchange.send(response) }

    /// Sends the response, as ``send(_:)`` does.
    public func callAsFunction(_ response: OutgoingResponse) { send(response) }

    /// True when the client has gone or has reset the stream: nobody will read the answer.
    public var isAbandoned: Bool { exchange.isAbandoned }
}

/// The part of a connection that takes answers; used on its event loop only.
protocol AnswerTaker: AnyObject {
    /// Takes the answer to the request with this ticket; nil when the handler let it go.
    func take(_ response: OutgoingResponse?, ticket: Int)
}

/// Whether a client still waits: shared by a connection or a stream and the replies made for it.
final class Lifeline: Sendable {
    private let cut = Atomic(false)

    var isCut: Bool { cut.load(ordering: .relaxed) }

    func sever() { cut.store(true, ordering: .relaxed) }
}

/// Answers on their way to an event loop from other threads; those that come together cross with one wake-up.
final class AnswerInbox: Sendable {
    private struct Item: Sendable {
        var taker: NIOLoopBound<any AnswerTaker>
        var response: OutgoingResponse?
        var ticket: Int
    }

    let eventLoop: any EventLoop
    private let items = NIOLockedValueBox<[Item]>([])

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// Hands an answer to its taker, later and on the event loop.
    func put(
        _ response: OutgoingResponse?, ticket: Int, for taker: NIOLoopBound<any AnswerTaker>
    ) {
        let item = Item(taker: taker, response: response, ticket: ticket)
        let isFirst = items.withLockedValue { items in
            items.append(item)
            return items.count == 1
        }
        if isFirst { eventLoop.execute { [self] in handOut() } }
    }

    private func handOut() {
        let items = items.withLockedValue { items in
            let all = items
            items = []
            return all
        }
        for item in items { item.taker.value.take(item.response, ticket: item.ticket) }
    }
}

/// One request in the handler's hands.
///
/// WHY NOT: a promise. It would cost two allocations and always a callback, where most answers come
/// on the event loop within the call.
final class Exchange: Sendable {
    private let taker: NIOLoopBound<any AnswerTaker>
    private let inbox: AnswerInbox
    private let ticket: Int
    private let lifeline: Lifeline
    private let spent = Atomic(false)

    /// INVARIANT: the taker keeps no reference to the exchange, so that letting the reply go ends it.
    init(taker: any AnswerTaker, inbox: AnswerInbox, ticket: Int, lifeline: Lifeline) {
        self.taker = NIOLoopBound(taker, eventLoop: inbox.eventLoop)
        self.inbox = inbox
        self.ticket = ticket
        self.lifeline = lifeline
    }

    deinit {
        guard !spent.load(ordering: .acquiring) else { return }
        // Always a hop: the last reference may fall while the taker is in the middle of its own work.
        inbox.put(nil, ticket: ticket, for: taker)
    }

    var isAbandoned: Bool { lifeline.isCut }

    func send(_ response: OutgoingResponse) {
        guard !spent.exchange(true, ordering: .acquiringAndReleasing) else { return }
        if inbox.eventLoop.inEventLoop {
            taker.value.take(response, ticket: ticket)
        } else {
            inbox.put(response, ticket: ticket, for: taker)
        }
    }
}
