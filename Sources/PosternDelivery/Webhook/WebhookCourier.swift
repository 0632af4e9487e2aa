internal import AsyncHTTPClient
public import NIOCore
public import NIOPosix
public import PosternModel
public import PosternPipeline

/// Hands messages to telephones to one webhook, whose owner passes them on.
///
/// Each row is a POST of a JSON body, signed as Standard Webhooks says (`webhook-id`, `webhook-timestamp`,
/// `webhook-signature`). At least once: when an answer is lost, the row is posted again under the same `webhook-id` and
/// `Idempotency-Key`, by which its receiver knows the copy.
///
/// Nothing but the endpoint is ever called: no redirect is followed, no proxy is used.
public final class WebhookCourier: Carrier {
    private let endpoint: HTTPEndpoint
    private let secret: WebhookSecret
    private let clock: any Clock
    private let line: HTTPLine

    /// Reads the authorities' file; opens nothing.
    ///
    /// - Parameters:
    ///   - endpoint: Whom to call.
    ///   - secret: What calls are signed with.
    ///   - clock: The present, for the signature.
    ///   - group: Event loops to work on; the process's own by default.
    /// - Throws: What is wrong with the endpoint.
    public init(
        endpoint: HTTPEndpoint, secret: WebhookSecret, clock: any Clock,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) throws(HTTPEndpointProblem) {
        line = try HTTPLine(to: endpoint, of: "The webhook", group: group)
        self.endpoint = endpoint
        self.secret = secret
        self.clock = clock
    }

    /// Tries once to post one row.
    public func carry(_ row: OutboxRow) async -> Carriage {
        let call: WebhookCall
        do throws(WebhookCall.Unwritable) { call = try WebhookCall(row: row) } catch {
            return .refused(error.reason)
        }
        guard let request = request(call) else {
            return .unreachable("The webhook's address cannot be called.")
        }
        switch await line.call(request, within: endpoint.answerLimit) {
        case .answered(let answer): return WebhookAnswer(answer: answer).carriage
        case .notSent(let words):
            return .unreachable(
                "No connection to \(endpoint.url.host):\(endpoint.url.port): \(words).")
        case .unanswered(let words):
            return .uncertain("The webhook was called, and no answer came: \(words).")
        case .closed: return .unreachable("The courier has been closed.")
        }
    }

    /// Closes every connection.
    public func close() async { await line.close() }

    private func request(_ call: WebhookCall) -> HTTPClient.Request? {
        let timestamp = clock.now().milliseconds / 1000
        return HTTPLine.request(
            endpoint.url,
            headers: [
                ("Content-Type", "application/json"),
                ("User-Agent", "Postern"),
                ("Idempotency-Key", call.id),
                ("webhook-id", call.id),
                ("webhook-timestamp", "\(timestamp)"),
                (
                    "webhook-signature",
                    secret.signature(id: call.id, timestamp: timestamp, body: call.body)
                ),
            ], body: call.body)
    }
}
