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
    private let endpoint: WebhookEndpoint
    private let clock: any Clock
    private let line: WebhookLine

    /// Reads the authorities' file; opens nothing.
    ///
    /// - Parameters:
    ///   - endpoint: Whom to call.
    ///   - clock: The present, for the signature.
    ///   - group: Event loops to work on; the process's own by default.
    /// - Throws: What is wrong with the endpoint.
    public init(
        endpoint: WebhookEndpoint, clock: any Clock,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) throws(WebhookEndpointProblem) {
        do {
            line = try WebhookLine(
                authorityFile: endpoint.authorityFile, connectLimit: endpoint.connectLimit,
                group: group)
        } catch {
            throw WebhookEndpointProblem(
                sentence:
                    "The webhook's authorities cannot be read from `\(endpoint.authorityFile ?? "the system")`: \(error)."
            )
        }
        self.endpoint = endpoint
        self.clock = clock
        guard WebhookLine.request(endpoint.url) != nil else {
            throw WebhookEndpointProblem(sentence: "The webhook's address cannot be called.")
        }
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
        case .answered(let answer): return answer.carriage
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
        return WebhookLine.request(
            endpoint.url,
            headers: [
                ("Content-Type", "application/json"),
                ("User-Agent", "Postern"),
                ("Idempotency-Key", call.id),
                ("webhook-id", call.id),
                ("webhook-timestamp", "\(timestamp)"),
                (
                    "webhook-signature",
                    endpoint.secret.signature(id: call.id, timestamp: timestamp, body: call.body)
                ),
            ], body: call.body)
    }
}
