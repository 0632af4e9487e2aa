internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// Watches one call: whether it went out, and what came back.
///
/// WHY NOT the client's own `execute`: it says that a call failed, not whether it had been handed over by then, and that is
/// the difference between *was not sent* and *may arrive twice*.
final class HTTPExchange: HTTPClientResponseDelegate {
    typealias Response = Void

    /// Bytes of an answer's body that are read; a longer one ends the connection.
    static let longestBody = 16 * 1024

    /// The answer's body is longer than it may be.
    struct BodyTooLong: Error {}

    private struct State {
        var isHandedOver = false
        var answer: HTTPAnswer?
        var bodyBytes = 0
        /// What has come of a body that is kept.
        var body: [UInt8] = []
    }

    private let state = Mutex(State())
    private let bodyLimit: Int
    private let keepsBody: Bool

    /// Watches one call.
    ///
    /// - Parameter bodyLimit: The most bytes of an answer's body that is kept; nil for one that is read and left aside.
    init(keepingBodyUpTo bodyLimit: Int? = nil) {
        self.bodyLimit = bodyLimit ?? Self.longestBody
        keepsBody = bodyLimit != nil
    }

    /// Whether the other side may have seen the call.
    var isHandedOver: Bool { state.withLock { $0.isHandedOver } }

    /// The answer, as soon as its head is there: what follows cannot change it.
    var answer: HTTPAnswer? { state.withLock { $0.answer } }

    func didSendRequestHead(task: HTTPClient.Task<Void>, _ head: HTTPRequestHead) {
        state.withLock { $0.isHandedOver = true }
    }

    func didReceiveHead(
        task: HTTPClient.Task<Void>, _ head: HTTPResponseHead
    ) -> EventLoopFuture<Void> {
        let retryAfter = head.headers.first(name: "Retry-After").flatMap(HTTPAnswer.seconds)
        state.withLock {
            $0.answer = HTTPAnswer(status: Int(head.status.code), retryAfter: retryAfter)
        }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(
        task: HTTPClient.Task<Void>, _ buffer: ByteBuffer
    ) -> EventLoopFuture<Void> {
        let isWithin = state.withLock {
            $0.bodyBytes += buffer.readableBytes
            guard $0.bodyBytes <= bodyLimit else { return false }
            if keepsBody { $0.body.append(contentsOf: buffer.readableBytesView) }
            return true
        }
        return isWithin
            ? task.eventLoop.makeSucceededVoidFuture()
            : task.eventLoop.makeFailedFuture(BodyTooLong())
    }

    func didFinishRequest(task: HTTPClient.Task<Void>) throws {
        guard keepsBody else { return }
        state.withLock { $0.answer?.body = $0.body }
    }
}
