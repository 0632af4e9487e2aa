internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// Watches one call: whether it went out, and what came back.
///
/// WHY NOT the client's own `execute`: it says that a call failed, not whether it had been handed over by then, and that is
/// the difference between *was not sent* and *may arrive twice*.
final class WebhookExchange: HTTPClientResponseDelegate {
    typealias Response = Void

    /// Bytes of an answer's body that are read; a longer one ends the connection.
    static let longestBody = 16 * 1024

    /// The answer's body is longer than ``longestBody``.
    struct BodyTooLong: Error {}

    private struct State {
        var isHandedOver = false
        var answer: WebhookAnswer?
        var bodyBytes = 0
    }

    private let keepsBody: Bool
    private let state = Mutex(State())

    /// Watches a call; keeps the answer's body, or leaves it aside.
    init(keepsBody: Bool) { self.keepsBody = keepsBody }

    /// Whether the other side may have seen the call.
    var isHandedOver: Bool { state.withLock { $0.isHandedOver } }

    /// The answer, as soon as its head is there: what follows cannot change it.
    var answer: WebhookAnswer? { state.withLock { $0.answer } }

    func didSendRequestHead(task: HTTPClient.Task<Void>, _ head: HTTPRequestHead) {
        state.withLock { $0.isHandedOver = true }
    }

    func didReceiveHead(
        task: HTTPClient.Task<Void>, _ head: HTTPResponseHead
    ) -> EventLoopFuture<Void> {
        let retryAfter = head.headers.first(name: "Retry-After").flatMap(WebhookAnswer.seconds)
        state.withLock {
            $0.answer = WebhookAnswer(status: Int(head.status.code), retryAfter: retryAfter)
        }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(
        task: HTTPClient.Task<Void>, _ buffer: ByteBuffer
    ) -> EventLoopFuture<Void> {
        let bytes = state.withLock {
            $0.bodyBytes += buffer.readableBytes
            if keepsBody, $0.bodyBytes <= Self.longestBody {
                $0.answer?.body += buffer.readableBytesView
            }
            return $0.bodyBytes
        }
        return bytes > Self.longestBody
            ? task.eventLoop.makeFailedFuture(BodyTooLong())
            : task.eventLoop.makeSucceededVoidFuture()
    }

    func didFinishRequest(task: HTTPClient.Task<Void>) throws {}
}
