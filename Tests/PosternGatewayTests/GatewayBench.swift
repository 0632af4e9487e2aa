import Dispatch
import HTTPTypes
import Logging
import NIOCore
import NIOPosix
import PosternContent
import PosternCredentials
import PosternDialectKit
import PosternDialectSecureMessaging
import PosternListener
import PosternModel
import PosternPipeline
import PosternPolicy
import PosternTesting
import Synchronization
import Testing

@testable import PosternGateway

/// A gateway behind a listener without TLS: one sender, one draft, a ledger in memory.
struct GatewayBench {
    static let ann = AccountID(rawValue: 1)
    static let guid = "00112233445566778899aabbccddeeff"

    let ledger = MemoryLedger()
    let metrics = SendMetrics()
    let operationMetrics = OperationMetrics()
    let room = WaitingRoom(patience: .seconds(2))
    let policies: PolicyRegister
    private let client: Listener
    private let operations: Listener
    private let addresses: (client: SocketAddress, operations: SocketAddress)

    /// Serves for as long as `body` runs.
    ///
    /// - Parameters:
    ///   - sendsInFlight: The gateway's bound.
    ///   - operationsInFlight: The side door's.
    ///   - views: Where sessions and drafts are looked up; the ledger by default.
    ///   - health: What the parts say of themselves.
    ///   - scrape: Called when the page of metrics is made.
    ///   - dialect: What is served beside the first dialect.
    ///   - body: The test.
    /// - Throws: What the test throws, after everything has ended.
    static func run(
        sendsInFlight: Int = 10, operationsInFlight: Int = 10, views: (any LedgerViews)? = nil,
        health: HealthBoard = HealthBoard([]), scrape: @escaping @Sendable () -> Void = {},
        dialect: (any Dialect)? = nil, _ body: (GatewayBench) async throws -> Void
    ) async throws {
        let (corridor, healthThread) = (CorridorExecutor(threads: 2), CorridorExecutor(threads: 1))
        let bench = try await GatewayBench(
            corridor: corridor, healthThread: healthThread, sendsInFlight: sendsInFlight,
            operationsInFlight: operationsInFlight, views: views, health: health, scrape: scrape,
            dialect: dialect)
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(bench)) } catch { outcome = .failure(error) }
        await bench.client.shutdown(grace: .zero)
        await bench.operations.shutdown(grace: .zero)
        await corridor.shutdown()
        await healthThread.shutdown()
        try outcome.get()
    }

    private init(
        corridor: CorridorExecutor, healthThread: CorridorExecutor, sendsInFlight: Int,
        operationsInFlight: Int, views: (any LedgerViews)?, health: HealthBoard,
        scrape: @escaping @Sendable () -> Void, dialect: (any Dialect)?
    ) async throws {
        let policy = try PolicyFolder.load(files: ["policy.yaml": Array(Self.policy.utf8)]).get()
        let scanner = try ContentScanner(lists: policy.keywordLists, cache: nil)
        policies = PolicyRegister(ActivePolicy(policy: policy, scanner: scanner))
        let clock = HandClock()
        let parameters = try #require(Argon2Parameters(memory: 64, passes: 1, lanes: 1))
        let passwords = PasswordChecker(.init(parameters: parameters, threads: 1))
        let pipeline = SendPipeline(
            ports: SendPipeline.Ports(
                policies: policies, views: views ?? ledger, ledger: ledger,
                passwords: passwords, unauthenticated: NobodyCounts(), clock: clock),
            options: SendPipeline.Options(
                notifications: NotificationTemplate(portal: "https://portal.example"),
                relaysNotifications: false))
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let responder = Responder(policies: policies, metrics: metrics, clock: clock)
        let log = AnswerLog(logger)
        let gateway = Gateway(
            dialects: [dialect, SecureMessagingDialect()].compactMap(\.self),
            pages: ServicePages(
                catalogue: SecureMessagingDialect.errorCatalogue,
                descriptions: [SecureMessagingDialect().openAPI],
                health: HealthDesk(health, executor: healthThread)),
            sends: SendDoor(
                pipeline: pipeline, corridor: corridor, inFlightLimit: sendsInFlight,
                metrics: metrics, room: room, responder: responder, log: log),
            side: SideDoor(
                executor: corridor, inFlightLimit: operationsInFlight, metrics: operationMetrics,
                room: room, responder: responder, log: log,
                perform: { _, _ in
                    .failed(
                        Failure(
                            decision: .make(at: clock.now()), policy: policy.digest,
                            fault: Fault(.overloaded)))
                }),
            responder: responder)
        client = try Self.listener(gateway, logger)
        operations = try Self.listener(
            OperationsHandler(
                health: HealthDesk(health, executor: healthThread),
                metrics: { [metrics] in
                    scrape()
                    var page = MetricsPage()
                    page.gauge("test_on_event_loop", "Whether it is.", Self.isOnEventLoop ? 1 : 0)
                    metrics.write(to: &page)
                    return page
                }, executor: healthThread), logger)
        addresses = (try await client.start(), try await operations.start())
        try fill(now: clock.now())
    }

    private static func listener(
        _ handler: any RequestHandler, _ logger: Logger
    ) throws -> Listener {
        try Listener(
            configuration: ListenerConfiguration(host: "127.0.0.1", port: 0, tls: nil),
            handler: handler, group: MultiThreadedEventLoopGroup.singleton, logger: logger)
    }

    private func fill(now: Instant) throws {
        let ann = try #require(EmailAddress("ann@example.org"))
        let bob = try #require(EmailAddress("bob@example.org"))
        let guid = try #require(MessageGUID(Self.guid))
        ledger.change { state in
            state.sessions[TokenDigest(of: Secret("token-of-ann"))] = SessionRecord(
                account: Self.ann, address: ann, group: "staff", accountDisabled: false,
                revoked: false, lastSeen: now)
            state.drafts[guid] = LoadedDraft(
                draft: Draft(guid: guid, owner: Self.ann, to: [bob], subject: "Hello"),
                recalled: false, parent: nil,
                recipients: [RecipientRecord(address: bob, standing: .active, group: "staff")],
                used: QuotaUse(messages: 0, invites: 0),
                attempts: AttemptFacts(message: 0, principal: 0), passwordHash: nil)
        }
    }

    /// Whether the caller keeps a connection's thread.
    static var isOnEventLoop: Bool { MultiThreadedEventLoopGroup.currentEventLoop != nil }

    /// The metrics page as of now.
    var page: String {
        var page = MetricsPage()
        metrics.write(to: &page)
        return page.text
    }

    /// What is counted of operations as of now.
    var operationsPage: String {
        var page = MetricsPage()
        operationMetrics.write(to: &page)
        return page.text
    }

    /// A client's send of the draft, from Ann unless another token is given.
    static func send(_ fields: [String] = [], token: String? = "token-of-ann") -> String {
        request(
            "PUT", "/api/v1/messages/\(guid)/send",
            fields + (token.map { ["x-sm-session-token: \($0)"] } ?? []), body: "{}")
    }

    static func request(
        _ method: String, _ target: String, _ fields: [String] = [], body: String = ""
    ) -> String {
        let lines =
            ["\(method) \(target) HTTP/1.1", "host: localhost"]
            + (body.isEmpty ? [] : ["content-type: application/json"])
            + ["content-length: \(body.utf8.count)"] + fields
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    func connect(toOperations: Bool = false) async throws -> TestClient {
        try await TestClient.connect(
            to: toOperations ? addresses.operations : addresses.client, tls: nil)
    }

    /// One request on a connection of its own.
    func ask(_ request: String, ofOperations: Bool = false) async throws -> TestAnswer {
        let client = try await connect(toOperations: ofOperations)
        client.send(request)
        let answer = try #require(try await client.receive(answers: 1).first)
        await client.close()
        return answer
    }

    private static let policy = """
        version: 1
        timeZone: Europe/Zurich
        defaultGroup: staff
        attempts: {warnAfter: 2, lockAfter: 3, burnAfter: never}
        groups:
          staff:
            dailyMessages: 10
            dailyInvites: 0
            recipientLimit: 5
            confidential: no
            fyeo: no
            reply: yes
            replyAll: yes
            forward: yes
            mayWriteTo: anyone
            expiry: {allowed: no}
            inviting: {allowed: no}
            challenge: {required: no}
            keywordLists: []
        """
}

/// A ledger that shows nothing until the gate opens, as on a disk that takes its time.
final class SlowViews: LedgerViews {
    private let gate = DispatchSemaphore(value: 0)
    private let ledger = MemoryLedger()
    private let begun = Atomic(0)

    /// How many look-ups were begun.
    var lookups: Int { begun.load(ordering: .relaxed) }

    func view<Value>(_ body: (any LedgerView) throws(Fault) -> Value) throws(Fault) -> Value {
        begun.add(1, ordering: .relaxed)
        gate.wait()
        return try ledger.view(body)
    }

    func touch(_ token: TokenDigest, at instant: Instant) {}

    /// Lets one look-up through.
    func open() { gate.signal() }
}

/// No refusal is looked at here.
private struct NobodyCounts: UnauthenticatedLog {
    func note(_ refusal: UnauthenticatedRefusal) {}
}
