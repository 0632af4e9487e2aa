import Foundation
import Logging
import NIOCore
import NIOPosix
import PosternListener
import PosternModel
import PosternPipeline
import PosternTesting
import Testing

@testable import PosternDelivery

/// Calls over TLS to a webhook in another process, which checks signatures with other people's code.
@Suite(.timeLimit(.minutes(2)))
final class WebhookCourierTests {
    private let pki: TestPKI
    private let clock = HandTimer()

    init() throws { pki = try TestPKI() }

    deinit { pki.remove() }

    private func endpoint(
        _ url: String, answerLimit: Duration = .seconds(15)
    ) throws -> HTTPEndpoint {
        HTTPEndpoint(
            url: try OutboundURL(url), authorityFile: pki.path("ca.pem"),
            answerLimit: answerLimit)
    }

    private func courier(_ endpoint: HTTPEndpoint) throws -> WebhookCourier {
        try WebhookCourier(
            endpoint: endpoint,
            secret: try #require(WebhookSecret(Secret(WebhookServer.secret))), clock: clock)
    }

    /// Carries rows over one courier, which is closed in the end.
    private func carry(_ rows: [OutboxRow], to endpoint: HTTPEndpoint) async throws -> [Carriage] {
        let courier = try courier(endpoint)
        var carriages: [Carriage] = []
        for row in rows { carriages.append(await courier.carry(row)) }
        await courier.close()
        return carriages
    }

    private func phone(
        _ id: Int64, to number: String = "+41791234567", text: String? = "See you at nine.",
        attempts: Int = 0
    ) throws -> OutboxRow {
        var row = try Samples.row(id, .webhook, attempts: attempts)
        row.recipient = .phone(try #require(PhoneNumber(number)))
        row.text = text
        row.sender = try Samples.address("ann@hospital.example")
        return row
    }

    private struct Body: Decodable, Equatable {
        var id: String
        var message: String
        var to: String
        var text: String
        var from: String
        var acceptedAt: String
        var attempt: Int
    }

    // MARK: - What arrives

    @Test(arguments: ["127.0.0.1", "localhost"])
    func `what arrives is signed, and says who, to whom and what`(_ host: String) async throws {
        let server = try WebhookServer(pki)
        let text = "Grüezi 字🙂\n\"quoted\" \\ <b>/"
        let carriages = try await carry(
            [try phone(7, text: text, attempts: 2), try phone(8)],
            to: endpoint("https://\(host):\(server.port)/sms/in?tenant=1"))
        #expect(carriages == [.taken, .taken])
        let seen = try server.seen()
        #expect(seen.connections == 1)
        #expect(seen.calls.count == 2)
        let call = try #require(seen.calls.first)
        #expect(call.method == "POST")
        #expect(call.path == "/sms/in?tenant=1")
        #expect(call.signed)
        #expect(call.headers["host"] == "\(host):\(server.port)")
        #expect(call.headers["content-type"] == "application/json")
        let name = "0123456789abcdef0123456789abcdef.7"
        #expect(call.headers["idempotency-key"] == name)
        #expect(call.headers["webhook-id"] == name)
        #expect(call.headers["webhook-timestamp"] == "\(Samples.start.milliseconds / 1000)")
        #expect(
            try JSONDecoder().decode(Body.self, from: Data(call.body.utf8))
                == Body(
                    id: name, message: "0123456789abcdef0123456789abcdef", to: "+41791234567",
                    text: text, from: "ann@hospital.example", acceptedAt: "2026-11-21T04:15:26Z",
                    attempt: 3))
        #expect(seen.calls.allSatisfy { $0.signed })
    }

    /// The page of the module shows this call.
    @Test func `a call is what the page shows`() throws {
        let page = try String(
            contentsOf: URL(filePath: #filePath).deletingLastPathComponent()
                .appending(
                    path: "../../../Sources/PosternDelivery/PosternDelivery.docc/PosternDelivery.md"
                ),
            encoding: .utf8)
        let call = try WebhookCall(row: phone(7))
        let secret = try #require(WebhookSecret(Secret(WebhookServer.secret)))
        let signature = secret.signature(id: call.id, timestamp: 1_795_234_526, body: call.body)
        #expect(page.contains("webhook-id: \(call.id)\n"))
        #expect(page.contains("webhook-signature: \(signature)\n"))
        let shown = page.replacing(",\n ", with: ",")
        #expect(shown.contains("\n" + String(decoding: call.body, as: UTF8.self) + "\n"))
    }

    @Test func `a webhook on this machine needs no TLS`() async throws {
        let server = try WebhookServer(nil)
        for host in ["127.0.0.1", "localhost"] {
            #expect(
                try await carry([phone(1)], to: endpoint("http://\(host):\(server.port)"))
                    .count == 1)
        }
        #expect(try server.seen().calls.map(\.path) == ["/", "/"])
    }

    // MARK: - What comes back

    @Test(arguments: [
        (200, Carriage.taken), (202, .taken), (204, .taken), (299, .taken), (409, .taken),
        (400, .refused("The webhook answered 400.")), (404, .refused("The webhook answered 404.")),
        (410, .refused("The webhook answered 410.")), (413, .refused("The webhook answered 413.")),
        (418, .refused("The webhook answered 418.")), (422, .refused("The webhook answered 422.")),
        (408, .delayed("The webhook answered 408.")), (425, .delayed("The webhook answered 425.")),
        (429, .delayed("The webhook answered 429.")), (500, .delayed("The webhook answered 500.")),
        (503, .delayed("The webhook answered 503.")), (599, .delayed("The webhook answered 599.")),
        (502, .uncertain("The webhook answered 502.")),
        (504, .uncertain("The webhook answered 504.")),
        (
            401,
            .unreachable(
                "The webhook answered 401. It does not accept our signature, or not from this machine."
            )
        ),
        (
            403,
            .unreachable(
                "The webhook answered 403. It does not accept our signature, or not from this machine."
            )
        ),
    ])
    func `each status means one thing`(_ status: Int, _ carriage: Carriage) async throws {
        let server = try WebhookServer(pki)
        // What it says besides may hold the message: it is not repeated.
        let body = status == 204 ? "" : "See you at nine, +41791234567."
        try server.plan(.answer(status, body: body))
        let carriages = try await carry(
            [phone(1)], to: endpoint("https://127.0.0.1:\(server.port)/"))
        #expect(carriages == [carriage])
        #expect(try server.seen().calls.count == 1)
    }

    @Test(arguments: [
        ("120", Carriage.deferred("The webhook answered 429.", by: .seconds(120))),
        ("0", .deferred("The webhook answered 429.", by: .zero)),
        ("Sat, 21 Nov 2026 04:15:26 GMT", .delayed("The webhook answered 429.")),
        ("-1", .delayed("The webhook answered 429.")),
        ("99999999999999999999", .delayed("The webhook answered 429.")),
    ])
    func `how long to wait is heeded when it is a number`(
        _ value: String, _ carriage: Carriage
    ) async throws {
        let server = try WebhookServer(pki)
        try server.plan(.answer(429, headers: ["Retry-After": value]))
        let url = "https://127.0.0.1:\(server.port)/"
        #expect(try await carry([phone(1)], to: endpoint(url)) == [carriage])
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func `a redirect is not followed`(_ status: Int) async throws {
        let server = try WebhookServer(pki)
        let other = try WebhookServer(pki)
        let elsewhere = "https://127.0.0.1:\(other.port)/elsewhere"
        try server.plan(.answer(status, headers: ["Location": elsewhere]))
        let carriages = try await carry(
            [phone(1)], to: endpoint("https://127.0.0.1:\(server.port)/here"))
        guard case .unreachable(let reason) = carriages.first else {
            Issue.record("\(carriages)")
            return
        }
        #expect(reason.hasPrefix("The webhook answered \(status). Redirects are not followed"))
        #expect(try server.seen().calls.map(\.path) == ["/here"])
        #expect(try other.seen().connections == 0)
    }

    // MARK: - What goes wrong

    /// How a carriage ended, without its words.
    enum Ending: Sendable { case taken, delayed, refused, uncertain, unreachable, another }

    private static func ending(_ carriage: Carriage) -> Ending {
        switch carriage {
        case .taken: .taken
        case .delayed, .deferred: .delayed
        case .refused: .refused
        case .uncertain: .uncertain
        case .unreachable: .unreachable
        case .failing, .entrusted: .another
        }
    }

    struct Misbehaviour: Sendable, CustomTestStringConvertible {
        let name: String
        let move: WebhookServer.Move
        let ending: Ending
        var testDescription: String { "\(name) ends \(ending)" }
    }

    private static let large = String(repeating: "x", count: 1 << 20)

    @Test(arguments: [
        Misbehaviour(name: "silence", move: .hang, ending: .uncertain),
        Misbehaviour(name: "a closed connection", move: .close(), ending: .uncertain),
        Misbehaviour(name: "half a head", move: .say("HTTP/1.1 200 O"), ending: .uncertain),
        Misbehaviour(
            name: "another protocol", move: .say("220 smtp ready\r\n"), ending: .uncertain),
        Misbehaviour(
            name: "a status out of range", move: .say("HTTP/1.1 99999 X\r\n\r\n"),
            ending: .uncertain),
        Misbehaviour(
            name: "an endless head",
            move: .say("HTTP/1.1 200 OK\r\n" + String(repeating: "a: b\r\n", count: 100_000)),
            ending: .uncertain),
        Misbehaviour(
            name: "only an interim answer", move: .say("HTTP/1.1 102 Processing\r\n\r\n"),
            ending: .uncertain),
        // The head is the answer: what is missing or too much behind it changes nothing.
        Misbehaviour(
            name: "a yes with half a body",
            move: .say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), ending: .taken),
        Misbehaviour(
            name: "a no with half a body",
            move: .say("HTTP/1.1 422 No\r\nContent-Length: 100\r\n\r\n{"), ending: .refused),
        Misbehaviour(name: "a long yes", move: .answer(200, body: large), ending: .taken),
        Misbehaviour(name: "a long later", move: .answer(503, body: large), ending: .delayed),
    ])
    func `the row, and the one after it`(_ case: Misbehaviour) async throws {
        let server = try WebhookServer(pki)
        try server.plan(`case`.move)
        let carriages = try await carry(
            [phone(1), phone(2)],
            to: endpoint(
                "https://127.0.0.1:\(server.port)/",
                answerLimit: `case`.name == "silence" ? .seconds(3) : .seconds(15)))
        #expect(carriages.map(Self.ending) == [`case`.ending, .taken])
        #expect(try server.seen().calls.count == 2)
    }

    @Test func `a message whose answer was lost is passed on once`() async throws {
        let server = try WebhookServer(pki)
        try server.plan(.close(delivers: true))
        let outbox = MemoryOutbox([try phone(1)])
        let courier = try courier(endpoint("https://127.0.0.1:\(server.port)/"))
        let core = DeliveryCore(
            outbox: outbox, mail: nil, webhook: courier,
            settings: DeliverySettings(mailboxGathering: .zero), clock: clock, timer: clock,
            chance: { 1 }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        async let run: Void = core.run()
        await outbox.until { if case .waiting(_, .some) = $0[1] { true } else { false } }
        clock.advance(by: .seconds(30))
        await outbox.until { $0[1] == .delivered }
        core.stop()
        await run
        let seen = try server.seen()
        #expect(seen.calls.count == 2)
        #expect(Set(seen.calls.map { $0.headers["webhook-id"] }).count == 1)
        #expect(
            seen.calls.map { $0.headers["idempotency-key"] }
                == seen.calls.map { $0.headers["webhook-id"] })
        #expect(seen.calls.allSatisfy { $0.signed })
        #expect(Set(seen.calls.map { $0.headers["webhook-timestamp"] }).count == 2)
        #expect(seen.delivered == ["0123456789abcdef0123456789abcdef.1"])
        #expect(core.gauges.webhook.uncertain == 1)
        #expect(core.gauges.webhook.delivered == 1)
        #expect(core.gauges.smtp == DeliveryGauges.Figures())
    }

    // MARK: - Who is believed

    enum Certificate: CaseIterable { case ofAnotherAuthority, ofAnotherName, ended }

    @Test(arguments: Certificate.allCases)
    func `a certificate that does not hold gets no message`(_ certificate: Certificate) async throws
    {
        let other = try TestPKI()
        defer { other.remove() }
        switch certificate {
        case .ofAnotherAuthority: try pki.install(other.serverCertificate())
        case .ofAnotherName:
            try pki.install(
                pki.issuer.issue(.server, commonName: "localhost", names: ["other.example"]))
        case .ended: try pki.install(pki.serverCertificate(lifetime: .seconds(-60)))
        }
        let server = try WebhookServer(pki)
        for host in ["127.0.0.1", "localhost"] {
            let carriages = try await carry(
                [phone(1)], to: endpoint("https://\(host):\(server.port)/"))
            #expect(carriages.map(Self.ending) == [.unreachable])
        }
        #expect(try server.seen().calls.isEmpty)
    }

    @Test func `authorities that cannot be read are refused at once`() throws {
        for file in ["none.pem", "server.key"] {
            var endpoint = try endpoint("https://127.0.0.1:1/")
            endpoint.authorityFile = pki.path(file)
            let problem = #expect(throws: HTTPEndpointProblem.self) {
                _ = try courier(endpoint)
            }
            let sentence = "The webhook's authorities cannot be read from `\(pki.path(file))`: "
            #expect(problem?.sentence.hasPrefix(sentence) == true)
        }
    }

    @Test func `nobody there, or nobody who speaks TLS, is out of reach`() async throws {
        let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(silent.localAddress?.port)
        var endpoint = try endpoint("https://127.0.0.1:\(port)/")
        endpoint.connectLimit = .milliseconds(300)
        #expect(try await carry([phone(1)], to: endpoint).map(Self.ending) == [.unreachable])
        try await silent.close()
        #expect(try await carry([phone(1)], to: endpoint).map(Self.ending) == [.unreachable])
        let plain = try WebhookServer(nil)
        endpoint.url = try OutboundURL("https://127.0.0.1:\(plain.port)/")
        #expect(try await carry([phone(1)], to: endpoint).map(Self.ending) == [.unreachable])
        #expect(try plain.seen().calls.isEmpty)
    }

    // MARK: - Rows

    @Test func `a row that cannot be posted is refused, and nobody is called`() async throws {
        let server = try WebhookServer(pki)
        var withheld = try phone(1)
        withheld.withheld = "The message has expired."
        var nobody = try phone(2)
        nobody.sender = nil
        var person = try phone(3)
        person.recipient = .email(try Samples.address("pat@there.example"))
        let carriages = try await carry(
            [withheld, nobody, phone(4, text: nil), person],
            to: endpoint("https://127.0.0.1:\(server.port)/"))
        #expect(
            carriages == [
                .refused("The message has expired."), .refused("The outbox row carries no text."),
                .refused("The outbox row carries no text."),
                .refused("The recipient is no telephone number."),
            ])
        #expect(try server.seen().connections == 0)
    }

    @Test func `a courier that is closed calls nobody`() async throws {
        let server = try WebhookServer(pki)
        let courier = try courier(endpoint("https://127.0.0.1:\(server.port)/"))
        await courier.close()
        #expect(await Self.ending(courier.carry(try phone(1))) == .unreachable)
        await courier.close()
        #expect(try server.seen().connections == 0)
    }
}

@Suite struct WebhookSecretTests {
    @Test func `a signature is that of the standard's own example`() throws {
        let secret = try #require(WebhookSecret(Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")))
        #expect(
            secret.signature(
                id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330,
                body: Array(#"{"test": 2432232314}"#.utf8))
                == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        #expect("\(secret)" == "‹hidden›")
    }

    @Test(arguments: [
        (String(repeating: "A", count: 32), true), (String(repeating: "A", count: 28), false),
        (String(repeating: "A", count: 84) + "AA==", true),
        (String(repeating: "A", count: 84) + "AAA=", false),
        (String(repeating: "A", count: 84) + "A===", false), ("", false), ("whsec_", false),
        ("whsec_" + String(repeating: "A", count: 32) + "\n", true),
        (" " + String(repeating: "A", count: 84) + "A" + "\n", false),
        (String(repeating: "-", count: 32), false),
    ])
    func `a secret has 24 to 64 bytes in base64`(_ text: String, _ holds: Bool) {
        #expect((WebhookSecret(Secret(text)) != nil) == holds)
    }
}
