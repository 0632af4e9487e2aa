internal import AsyncHTTPClient
public import NIOCore
internal import NIOHTTP1
public import NIOPosix
internal import NIOSSL
public import PosternModel
public import PosternPipeline
internal import Synchronization

/// Hands messages to telephones to one webhook, whose owner passes them on.
///
/// Each row is a POST of a JSON body, signed as Standard Webhooks says (`webhook-id`, `webhook-timestamp`,
/// `webhook-signature`). At least once: when an answer is lost, the row is posted again under the same `webhook-id` and
/// `Idempotency-Key`, by which its receiver knows the copy.
///
/// Nothing but the endpoint is ever called: no redirect is followed, no proxy is used.
public final class WebhookCourier: Carrier {
    private enum Line {
        case unused
        case open(HTTPClient)
        case closed
    }

    private let endpoint: WebhookEndpoint
    private let configuration: HTTPClient.Configuration
    private let clock: any Clock
    private let group: any EventLoopGroup
    private let line = Mutex(Line.unused)

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
            configuration = try Self.configuration(endpoint)
        } catch {
            throw WebhookEndpointProblem(
                sentence:
                    "The webhook's authorities cannot be read from `\(endpoint.authorityFile ?? "the system")`: \(error)."
            )
        }
        self.endpoint = endpoint
        self.clock = clock
        self.group = group
        // Two readings of one address would be two hosts.
        let url = endpoint.url
        guard let request = try? HTTPClient.Request(url: url.description), request.host == url.host,
            request.port == url.port, request.useTLS == url.isSecure
        else { throw WebhookEndpointProblem(sentence: "The webhook's address cannot be called.") }
    }

    /// Tries once to post one row.
    public func carry(_ row: OutboxRow) async -> Carriage {
        let call: WebhookCall
        do throws(WebhookCall.Unwritable) { call = try WebhookCall(row: row) } catch {
            return .refused(error.reason)
        }
        guard let client = openLine() else { return .unreachable("The courier has been closed.") }
        let exchange = WebhookExchange()
        do {
            let limit = TimeAmount.milliseconds(endpoint.answerLimit.wholeMilliseconds)
            try await client.execute(
                request: request(call), delegate: exchange, deadline: .now() + limit
            ).get()
        } catch {
            // Whatever broke behind the answer's head: the answer is there.
            if exchange.answer == nil { return failure(error, exchange) }
        }
        return exchange.answer?.carriage ?? .uncertain("The webhook gave no answer.")
    }

    /// Closes every connection.
    public func close() async {
        let client: HTTPClient? = line.withLock { line in
            defer { line = .closed }
            if case .open(let client) = line { return client }
            return nil
        }
        try? await client?.shutdown()
    }

    /// The client, made at the first call: one that was made must be shut down, and a gateway may fail to start.
    private func openLine() -> HTTPClient? {
        line.withLock { line in
            switch line {
            case .open(let client): return client
            case .closed: return nil
            case .unused:
                let client = HTTPClient(
                    eventLoopGroupProvider: .shared(group), configuration: configuration)
                line = .open(client)
                return client
            }
        }
    }

    private func request(_ call: WebhookCall) throws -> HTTPClient.Request {
        let timestamp = clock.now().milliseconds / 1000
        return try HTTPClient.Request(
            url: endpoint.url.description, method: .POST,
            headers: [
                "Content-Type": "application/json",
                "User-Agent": "Postern",
                "Idempotency-Key": call.id,
                "webhook-id": call.id,
                "webhook-timestamp": "\(timestamp)",
                "webhook-signature": endpoint.secret.signature(
                    id: call.id, timestamp: timestamp, body: call.body),
            ],
            body: .bytes(call.body))
    }

    private func failure(_ error: any Error, _ exchange: WebhookExchange) -> Carriage {
        let words = RelayWords.shortened(RelayWords.escaped("\(error)".utf8))
        return exchange.isHandedOver
            ? .uncertain("The webhook was called, and no answer came: \(words).")
            : .unreachable("No connection to \(endpoint.url.host):\(endpoint.url.port): \(words).")
    }

    private static func configuration(
        _ endpoint: WebhookEndpoint
    ) throws -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: try .outgoing(authorityFile: endpoint.authorityFile),
            redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(
                connect: .milliseconds(endpoint.connectLimit.wholeMilliseconds)))
        // The lane has pauses of its own, and must hear at once that nobody is there.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.idleTimeout = .seconds(15)
        configuration.httpVersion = .http1Only
        // Without TLS nothing vouches for the far end but its being this very machine.
        if !endpoint.url.isSecure { configuration.dnsOverride = ["localhost": "127.0.0.1"] }
        return configuration
    }
}
