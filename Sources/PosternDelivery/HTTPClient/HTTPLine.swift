internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import PosternModel
internal import Synchronization

/// Calls over HTTP/1.1 that go where they are sent and nowhere else: no redirect is followed, no proxy is used.
final class HTTPLine: Sendable {
    /// How a call ended.
    enum Ending {
        case answered(HTTPAnswer)
        /// Nobody can have seen it; why, shortened and escaped.
        case notSent(String)
        /// It may have been seen, and no answer came.
        case unanswered(String)
        /// The line has been closed.
        case closed
    }

    private enum State {
        case unused
        case open(HTTPClient)
        case closed
    }

    private let configuration: HTTPClient.Configuration
    private let group: any EventLoopGroup
    private let state = Mutex(State.unused)

    /// Reads the authorities' file; opens nothing.
    ///
    /// - Parameters:
    ///   - authorityFile: PEM file with the authorities that certificates may come from; nil for the system's.
    ///   - connectLimit: How long connecting may take, the TLS handshake included.
    ///   - group: Event loops to work on.
    /// - Throws: What is wrong with the file.
    init(authorityFile: String?, connectLimit: Duration, group: any EventLoopGroup) throws {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: try .outgoing(authorityFile: authorityFile),
            redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(
                connect: .milliseconds(connectLimit.wholeMilliseconds)))
        // The lane has pauses of its own, and must hear at once that nobody is there.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.idleTimeout = .seconds(15)
        configuration.httpVersion = .http1Only
        // Without TLS nothing vouches for the far end but its being this very machine.
        configuration.dnsOverride = ["localhost": "127.0.0.1"]
        self.configuration = configuration
        self.group = group
    }

    /// Makes the line to one endpoint; opens nothing.
    ///
    /// - Parameters:
    ///   - endpoint: Whom to call.
    ///   - owner: Whose it is, at the beginning of a sentence: `The webhook`.
    ///   - group: Event loops to work on.
    /// - Throws: What is wrong with the endpoint.
    convenience init(
        to endpoint: HTTPEndpoint, of owner: String, group: any EventLoopGroup
    ) throws(HTTPEndpointProblem) {
        do {
            try self.init(
                authorityFile: endpoint.authorityFile, connectLimit: endpoint.connectLimit,
                group: group)
        } catch {
            throw .unreadable("\(owner)'s authorities", in: endpoint.authorityFile, error)
        }
        guard Self.request(endpoint.url) != nil else { throw .uncallable("\(owner)'s address") }
    }

    /// A request as it would be made; nil where two readings of the address would be two hosts.
    static func request(
        _ url: OutboundURL, method: HTTPMethod = .POST, headers: [(String, String)] = [],
        body: [UInt8]? = []
    ) -> HTTPClient.Request? {
        guard
            let request = try? HTTPClient.Request(
                url: url.description, method: method, headers: .init(headers),
                body: body.map { .bytes($0) }),
            request.host == url.host, request.port == url.port, request.useTLS == url.isSecure
        else { return nil }
        return request
    }

    /// Makes one call, within a limit from its beginning to the end of the answer.
    ///
    /// - Parameters:
    ///   - request: The call.
    ///   - limit: How long it may take in all.
    ///   - bodyLimit: The most bytes of a body to be kept; nil to leave it aside.
    /// - Returns: How it ended.
    func call(
        _ request: HTTPClient.Request, within limit: Duration, keepingBodyUpTo bodyLimit: Int? = nil
    ) async -> Ending {
        guard let client = open() else { return .closed }
        let exchange = HTTPExchange(keepingBodyUpTo: bodyLimit)
        do {
            try await client.execute(
                request: request, delegate: exchange,
                deadline: .now() + .milliseconds(limit.wholeMilliseconds)
            ).get()
        } catch {
            // Whatever broke behind the answer's head: the answer is there.
            if exchange.answer == nil {
                let words = RelayWords.shortened(RelayWords.escaped("\(error)".utf8))
                return exchange.isHandedOver ? .unanswered(words) : .notSent(words)
            }
        }
        return exchange.answer.map { .answered($0) } ?? .unanswered("nothing was said")
    }

    /// Closes every connection.
    func close() async {
        let client: HTTPClient? = state.withLock { state in
            defer { state = .closed }
            if case .open(let client) = state { return client }
            return nil
        }
        try? await client?.shutdown()
    }

    /// The client, made at the first call: one that was made must be shut down, and a gateway may fail to start.
    private func open() -> HTTPClient? {
        state.withLock { state in
            switch state {
            case .open(let client): return client
            case .closed: return nil
            case .unused:
                let client = HTTPClient(
                    eventLoopGroupProvider: .shared(group), configuration: configuration)
                state = .open(client)
                return client
            }
        }
    }
}
