import Foundation
import HTTPTypes
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import PosternCore
import PosternCoreContract
import PosternListener
import PosternModel
@_spi(Testing) import PosternStorage
import PosternTesting
import Synchronization
import Testing

/// A core on loopback, with TLS and a spool on the disk, and somebody who asks it.
struct CoreBench {
    static let secret = "gxAJPZrP3ufvLHWrs4oaWYBQOlCf58qiV2lxiHZtLXQ="
    static let noon = HandClock().now()

    let spool: DeliverySpool
    private let counted: CoreFigures
    private let interference: Interference
    private let address: SocketAddress
    private let tls: NIOSSLContext

    /// How commits go, one after the other; later ones go well.
    final class Interference: Sendable {
        private let turns = Mutex<[CommitInterference]>([])
        func plan(_ next: [CommitInterference]) { turns.withLock { $0 = next } }
        func next() -> CommitInterference {
            turns.withLock { $0.isEmpty ? .well : $0.removeFirst() }
        }
    }

    /// Serves while a test asks.
    static func serving(
        couriers: Set<EntrustedDelivery.Courier> = [.smtp, .webhook], inFlightLimit: Int = 64,
        gate: (@Sendable () -> Void)? = nil, _ body: (CoreBench) async throws -> Void
    ) async throws {
        let pki = try TestPKI()
        defer { pki.remove() }
        let interference = Interference()
        var options = DeliverySpool.Options()
        options.interfereForTests {
            gate?()
            return interference.next()
        }
        let spool = try DeliverySpool(folder: pki.path("data"), options: options)
        let figures = CoreFigures()
        let server = CoreServer(
            trust: spool, key: try #require(CoreKey(Secret(secret))),
            options: CoreServer.Options(couriers: couriers, inFlightLimit: inFlightLimit),
            executor: globalConcurrentExecutor, figures: figures, clock: HandClock(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let listener = try Listener(
            configuration: ListenerConfiguration(
                host: "127.0.0.1", port: 0,
                tls: ListenerConfiguration.TLS(
                    certificateChain: pki.path("server.pem"), privateKey: pki.path("server.key"))),
            handler: server, group: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let address = try await listener.start()
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file(pki.path("ca.pem"))
        tls.applicationProtocols = ["http/1.1"]
        let bench = CoreBench(
            spool: spool, figures: figures, interference: interference, address: address,
            tls: try NIOSSLContext(configuration: tls))
        do { try await body(bench) } catch {
            await listener.shutdown(grace: .zero)
            await spool.close()
            throw error
        }
        await listener.shutdown(grace: .milliseconds(200))
        await spool.close()
    }

    private init(
        spool: DeliverySpool, figures: CoreFigures, interference: Interference,
        address: SocketAddress, tls: NIOSSLContext
    ) {
        self.spool = spool
        self.counted = figures
        self.interference = interference
        self.address = address
        self.tls = tls
    }

    /// How often an answer was given.
    func count(_ route: CoreRoute.Name?, _ result: String) -> Int {
        counted.counts.first { $0.key.route == route && $0.key.result == result }?.value ?? 0
    }

    func plan(_ next: [CommitInterference]) { interference.plan(next) }

    /// Sends bytes on a connection of its own and waits for one answer.
    func send(_ bytes: [UInt8], _ delivery: TestClient.Delivery = .whole) async throws -> TestAnswer
    {
        let client = try await TestClient.connect(to: address, tls: tls)
        client.send(bytes, delivery)
        let answer = try await client.receive(answers: 1)
        await client.close()
        return try #require(answer.first)
    }

    /// Asks for something; with the key unless other fields are given.
    func ask(
        _ method: String, _ target: String, _ body: [UInt8]? = nil,
        fields: [String] = ["Authorization: Bearer \(secret)"],
        type: String? = "application/json", _ delivery: TestClient.Delivery = .whole
    ) async throws -> TestAnswer {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: localhost"] + fields
        if let body {
            if let type { lines.append("Content-Type: \(type)") }
            lines.append("Content-Length: \(body.count)")
        }
        let head = lines.joined(separator: "\r\n") + "\r\n\r\n"
        return try await send(Array(head.utf8) + (body ?? []), delivery)
    }

    func put(_ key: String, _ delivery: EntrustedDelivery) async throws -> TestAnswer {
        try await ask("PUT", "/v1/deliveries/\(key)", delivery.json)
    }

    static func text(_ text: String = "See you at nine.") throws -> EntrustedDelivery {
        EntrustedDelivery(
            message: try #require(MessageGUID("0123456789abcdef0123456789abcdef")),
            acceptedAt: noon,
            content: .text(
                text, to: try #require(PhoneNumber("+41791234567")),
                from: try #require(EmailAddress("ann@hospital.example"))))
    }

    static func mail() throws -> EntrustedDelivery {
        EntrustedDelivery(
            message: try #require(MessageGUID("0123456789abcdef0123456789abcdef")),
            acceptedAt: noon,
            content: .mail(
                EntrustedMail(subject: "A message", text: "It waits.", html: "<p>It waits.</p>"),
                to: try #require(EmailAddress("bob@hospital.example"))))
    }
}

extension TestAnswer {
    var state: DeliveryState { get throws { try DeliveryState(json: body) } }
    var page: EndingsPage { get throws { try EndingsPage(json: body) } }

    /// The problem, which must be whole.
    var problem: CoreProblem {
        get throws {
            #expect(fields["content-type"] == "application/problem+json")
            let problem = try #require(CoreProblem(json: body))
            #expect(problem.name.status.code == status)
            return problem
        }
    }
}
