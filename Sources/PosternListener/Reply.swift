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

/// One request in the handler's hands.
///
/// WHY NOT: a promise. It would cost two allocations and always a callback, where most answers come
/// on the event loop within the call.
final class Exchange: Sendable {
    private let taker: NIOLoopBound<any AnswerTaker>
    private let ticket: Int
    private let lifeline: Lifeline
    private let spent = Atomic(false)

    /// INVARIANT: the taker keeps no reference to the exchange, so that letting the reply go ends it.
    init(taker: any AnswerTaker, on eventLoop: any EventLoop, ticket: Int, lifeline: Lifeline) {
        self.taker = NIOLoopBound(taker, eventLoop: eventLoop)
        self.ticket = ticket
        self.lifeline = lifeline
    }

    deinit {
        guard !spent.load(ordering: .acquiring) else { return }
        // Always a hop: the last reference may fall while the taker is in the middle of its own work.
        taker.eventLoop.execute { [taker, ticket] in taker.value.take(nil, ticket: ticket) }
    }

    var isAbandoned: Bool { lifeline.isCut }

    func send(_ response: OutgoingResponse) {
        guard !spent.exchange(true, ordering: .acquiringAndReleasing) else { return }
        if taker.eventLoop.inEventLoop {
            taker.value.take(response, ticket: ticket)
        } else {
            taker.eventLoop.execute { [taker, ticket] in
                taker.value.take(response, ticket: ticket)
            }
        }
    }
}
