public import HTTPTypes

/// What stands behind a listener.
public protocol RequestHandler: Sendable {
    /// Takes one request; called on the connection's event loop, so it must not block.
    ///
    /// One ``Reply/send(_:)`` must follow, from any thread, now or later. A reply that is let go unsent
    /// is answered as ``ListenerProblem/unanswered``.
    func handle(_ request: ReceivedRequest, reply: Reply)

    /// The largest body a request may have, in bytes; nil for ``ListenerLimits/body``.
    ///
    /// Asked once the head of a request with a body has been read, on the event loop, so it must not block. Where the
    /// limit is larger than the usual one, and the body may be too because its head states a greater length or none,
    /// the request takes one of ``ListenerLimits/largeBodies`` places until it is answered or its connection ends,
    /// and is refused as ``ListenerProblem/tooManyLargeBodies`` when none is free. The body is collected whole.
    ///
    /// - Parameter head: The request's head, as ``ReceivedRequest/head`` will have it.
    /// - Returns: The limit; more than 1 GiB counts as that.
    func bodyLimit(for head: HTTPRequest) -> Int?

    /// Words the answer to a request the listener itself refuses; called on the event loop, so it must not block.
    ///
    /// - Parameter refused: The request; the status of its ``ListenerProblem`` is the one to use.
    /// - Returns: The answer.
    func response(to refused: RefusedRequest) -> OutgoingResponse
}

/// A request the listener itself refuses, because it did not arrive whole, unambiguous and bounded.
public struct RefusedRequest: Sendable {
    /// Its id, made and logged as those of ``ReceivedRequest`` are.
    public let id: String
    /// What is wrong.
    public let problem: ListenerProblem
    /// Its head as far as it could be read; nil when it could not.
    public let head: HTTPRequest?
    /// The client's address without its port.
    public let peer: String

    /// Makes a refused request; the gateway's tests need no socket.
    public init(
        id: String, problem: ListenerProblem, head: HTTPRequest? = nil, peer: String = "127.0.0.1"
    ) {
        self.id = id
        self.problem = problem
        self.head = head
        self.peer = peer
    }
}

extension RequestHandler {
    /// The usual limit for every request.
    public func bodyLimit(for head: HTTPRequest) -> Int? { nil }

    /// The problem's sentence as plain text.
    public func response(to refused: RefusedRequest) -> OutgoingResponse {
        var fields = refused.problem.fields
        fields[.contentType] = "text/plain; charset=utf-8"
        return OutgoingResponse(
            head: HTTPResponse(status: refused.problem.status, headerFields: fields),
            body: Array((refused.problem.sentence + "\n").utf8))
    }
}
