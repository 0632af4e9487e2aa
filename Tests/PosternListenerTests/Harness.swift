import HTTPTypes
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL
import PosternListener
import PosternTesting

/// Answers by path: `/echo` with the body, `/big` and `/huge` with many bytes, `/hold` when the test says so, `/drop` never, `/streamed…` with what the test
/// has put there, others at once.
final class TestHandler: RequestHandler {
    struct Held: Sendable {
        let request: ReceivedRequest
        let reply: Reply
    }

    let held: AsyncStream<Held>
    private let hold: AsyncStream<Held>.Continuation
    private let log = NIOLockedValueBox<[ReceivedRequest]>([])
    private let refusals = NIOLockedValueBox<[RefusedRequest]>([])
    private let streams = NIOLockedValueBox<[String: StreamedAnswer]>([:])

    struct StreamedAnswer: Sendable {
        let length: Int64
        let source: any BodySource
    }

    /// Has the next request for a path answered from a source.
    func stream(_ path: String, _ source: any BodySource, length: Int) {
        streams.withLockedValue {
            $0[path] = StreamedAnswer(length: Int64(length), source: source)
        }
    }

    /// Has the next refusal streamed.
    func streamRefusal(_ source: any BodySource, length: Int) {
        stream("refusal", source, length: length)
    }

    init() { (held, hold) = AsyncStream.makeStream() }

    var requests: [ReceivedRequest] { log.withLockedValue { $0 } }
    var refused: [RefusedRequest] { refusals.withLockedValue { $0 } }

    func handle(_ request: ReceivedRequest, reply: Reply) {
        log.withLockedValue { $0.append(request) }
        switch request.head.path?.split(separator: "?").first ?? "" {
        case "/hold": hold.yield(Held(request: request, reply: reply))
        case "/drop": break
        case "/empty": reply(OutgoingResponse(head: HTTPResponse(status: .noContent), body: [1]))
        case "/later": Task { reply(Self.answer(request)) }
        case "/big": reply(Self.answer(ofBytes: 1 << 18))
        // More than the system's own buffers hold.
        case "/huge": reply(Self.answer(ofBytes: 1 << 26))
        default:
            let path = request.head.path ?? ""
            if let stream = streams.withLockedValue({ $0.removeValue(forKey: path) }) {
                reply(
                    OutgoingResponse(
                        head: HTTPResponse(status: .ok), length: stream.length,
                        pieces: stream.source))
            } else {
                reply(Self.answer(request))
            }
        }
    }

    /// A number in the target's query is the limit.
    func bodyLimit(for head: HTTPRequest) -> Int? {
        (head.path?.split(separator: "?").dropFirst().last).flatMap { Int($0) }
    }

    func response(to refused: RefusedRequest) -> OutgoingResponse {
        refusals.withLockedValue { $0.append(refused) }
        if let stream = streams.withLockedValue({ $0.removeValue(forKey: "refusal") }) {
            return OutgoingResponse(
                head: HTTPResponse(status: refused.problem.status), length: stream.length,
                pieces: stream.source)
        }
        return OutgoingResponse(
            head: HTTPResponse(status: refused.problem.status),
            body: Array(refused.problem.sentence.utf8))
    }

    static func answer(ofBytes count: Int) -> OutgoingResponse {
        OutgoingResponse(
            head: HTTPResponse(status: .ok), body: Array(repeating: 7, count: count))
    }

    static func answer(_ request: ReceivedRequest) -> OutgoingResponse {
        OutgoingResponse(
            head: HTTPResponse(status: .ok, headerFields: [.contentType: "text/plain"]),
            body: request.body.isEmpty ? Array(request.head.method.rawValue.utf8) : request.body)
    }

    /// The next request of `/hold`; nil when none comes within ten seconds.
    func nextHeld() async -> Held? {
        await withTaskGroup(of: Held?.self) { tasks in
            tasks.addTask { [held] in
                var iterator = held.makeAsyncIterator()
                return await iterator.next()
            }
            tasks.addTask {
                try? await Task.sleep(for: .seconds(10))
                return nil
            }
            let first = await tasks.next() ?? nil
            tasks.cancelAll()
            return first
        }
    }
}

/// A listener on loopback with a PKI of its own.
struct Harness {
    let pki: TestPKI
    let handler = TestHandler()
    let listener: Listener
    let address: SocketAddress
    private let isSecure: Bool

    static func run(
        limits: ListenerLimits = ListenerLimits(), secure: Bool = true,
        profile: ListenerConfiguration.Profile = .intermediate, clientAuthorities: Bool = false,
        checkInterval: Duration? = nil, _ body: (Harness) async throws -> Void
    ) async throws {
        let pki = try TestPKI()
        defer { pki.remove() }
        let tls = ListenerConfiguration.TLS(
            certificateChain: pki.path("server.pem"), privateKey: pki.path("server.key"),
            profile: profile, clientAuthorities: clientAuthorities ? pki.path("ca.pem") : nil)
        let harness = try await Harness(
            pki: pki,
            configuration: ListenerConfiguration(
                host: "127.0.0.1", port: 0, tls: secure ? tls : nil, limits: limits,
                certificateCheckInterval: checkInterval))
        do {
            try await body(harness)
        } catch {
            await harness.listener.shutdown(grace: .zero)
            throw error
        }
        await harness.listener.shutdown(grace: .milliseconds(200))
    }

    private init(pki: TestPKI, configuration: ListenerConfiguration) async throws {
        self.pki = pki
        isSecure = configuration.tls != nil
        listener = try Listener(
            configuration: configuration, handler: handler,
            group: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "test"))
        address = try await listener.start()
    }

    func clientContext(
        protocols: [String] = ["http/1.1"], minimum: TLSVersion = .tlsv12,
        maximum: TLSVersion = .tlsv13,
        curves: [NIOTLSCurve]? = nil, suites: [NIOTLSCipher]? = nil,
        certificate: CertificateIssuer.Issued? = nil
    ) throws -> NIOSSLContext {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(
            try NIOSSLCertificate.fromPEMBytes(Array(pki.issuer.authority.certificatePEM.utf8)))
        tls.applicationProtocols = protocols
        tls.minimumTLSVersion = minimum
        tls.maximumTLSVersion = maximum
        tls.curves = curves
        if let suites { tls.cipherSuiteValues = suites }
        if let certificate {
            tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(
                Array(certificate.certificatePEM.utf8)
            ).map { .certificate($0) }
            tls.privateKey = .privateKey(
                try NIOSSLPrivateKey(bytes: Array(certificate.privateKeyPEM.utf8), format: .pem))
        }
        return try NIOSSLContext(configuration: tls)
    }

    func connect(_ context: NIOSSLContext? = nil) async throws -> TestClient {
        try await TestClient.connect(
            to: address, tls: isSecure ? context ?? clientContext() : nil)
    }

    func connectHTTP2() async throws -> TestClient {
        let client = try await TestClient.connect(
            to: address, tls: clientContext(protocols: ["h2", "http/1.1"]))
        client.send(TestFrame.opening)
        return client
    }

    /// Waits for something the listener does without telling, by as many exchanges as it takes.
    func eventually(_ isSo: () -> Bool) async -> Bool {
        for _ in 0..<200 where !isSo() { _ = await isAlive() }
        return isSo()
    }

    /// Whether a new client gets an answer.
    ///
    /// Of several: on a busy machine an honest one may be slower than the limits that a test sets.
    func isAlive() async -> Bool {
        for _ in 0..<20 {
            guard let client = try? await connect() else { continue }
            client.send("GET /alive HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            let answers = TestAnswer.parse((try? await client.receiveUntilClose()) ?? [])
            if answers.map(\.status) == [200] { return true }
        }
        return false
    }

    /// Sends bytes on a connection of their own and returns what came until the close.
    func exchange(_ text: String, _ delivery: TestClient.Delivery = .whole) async throws
        -> [TestAnswer]
    {
        let client = try await connect()
        client.send(text, delivery)
        return TestAnswer.parse(try await client.receiveUntilClose())
    }
}

extension ListenerLimits {
    /// Limits with one of them changed.
    static func with(_ change: (inout ListenerLimits) -> Void) -> ListenerLimits {
        var limits = ListenerLimits()
        change(&limits)
        return limits
    }
}
