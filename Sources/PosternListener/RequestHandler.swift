public import HTTPTypes

/// What stands behind a listener.
public protocol RequestHandler: Sendable {
    /// Takes one request; called on the connection's event loop, so it must not block.
    ///
    /// One ``Reply/send(_:)`` must follow, from any thread, now or later. A reply that is let go unsent
    /// is answered as ``ListenerProblem/unanswered``.
    func handle(_ request: ReceivedRequest, reply: Reply)

    /// Words the answer to a request the listener itself refuses; called on the event loop, so it must not block.
    ///
    /// - Parameters:
    ///   - problem: What is wrong; ``ListenerProblem/status`` is the status to use.
    ///   - head: The request's head as far as it could be read; nil when it could not.
    /// - Returns: The answer.
    func response(to problem: ListenerProblem, head: HTTPRequest?) -> OutgoingResponse
}

extension RequestHandler {
    /// The problem's sentence as plain text.
    public func response(to problem: ListenerProblem, head: HTTPRequest?) -> OutgoingResponse {
        OutgoingResponse(
            head: HTTPResponse(
                status: problem.status,
                headerFields: [.contentType: "text/plain; charset=utf-8"]),
            body: Array((problem.sentence + "\n").utf8))
    }
}
