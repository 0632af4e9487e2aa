import Foundation
import HTTPTypes
import PosternCoreContract
import PosternModel
import PosternPipeline
import PosternTesting
import Testing

@testable import PosternDelivery

/// What is asked of a delivery core over TLS, and what its answers are taken for.
@Suite(.serialized, .timeLimit(.minutes(2)))
final class RemoteCoreLineTests {
    private static let keyText = "canary-0123456789abcdefghijklmnopqrstuvwxyz"
    private let pki: TestPKI

    init() throws { pki = try TestPKI() }

    deinit { pki.remove() }

    private func line(
        _ url: String, answerLimit: Duration = .seconds(15)
    ) throws -> RemoteCoreLine {
        try RemoteCoreLine(
            endpoint: HTTPEndpoint(
                url: try OutboundURL(url), authorityFile: pki.path("ca.pem"),
                answerLimit: answerLimit),
            key: try #require(CoreKey(Secret(Self.keyText))))
    }

    private var key: DeliveryKey {
        get throws { try #require(DeliveryKey("0123456789abcdef0123456789abcdef.7")) }
    }

    private func delivery() throws -> EntrustedDelivery {
        EntrustedDelivery(
            message: try #require(MessageGUID("0123456789abcdef0123456789abcdef")),
            acceptedAt: Samples.start,
            content: .text(
                "At nine.", to: try #require(PhoneNumber("+41791234567")),
                from: try Samples.address("ann@hospital.example")))
    }

    private func body(_ json: [UInt8]) -> String { String(decoding: json, as: UTF8.self) }

    // MARK: what is asked

    @Test func `every call is made where and as the contract says`() async throws {
        let server = try WebhookServer(pki)
        let state = DeliveryState(key: try key, standing: .waiting, attempts: 2)
        let page = EndingsPage(
            spool: .random(), last: 9,
            endings: [
                DeliveryEnding(number: 9, key: try key, standing: .delivered, at: Samples.start)
            ])
        try server.plan(
            .answer(201, body: body(state.json)), .answer(200, body: body(state.json)),
            .answer(200, body: body(state.json)), .answer(200, body: body(page.json)))
        let line = try line("https://127.0.0.1:\(server.port)/behind/")
        let delivery = try delivery()
        #expect(await line.entrust(delivery, under: try key) == .said(state))
        #expect(await line.state(of: try key) == .said(state))
        #expect(await line.withdraw(try key) == .said(state))
        #expect(await line.endings(EndingsQuery(after: 8, limit: 5)) == .said(page))
        await line.close()
        let seen = try server.seen()
        #expect(seen.connections == 1)
        let place = "/behind/v1/deliveries/0123456789abcdef0123456789abcdef.7"
        #expect(
            seen.calls.map { "\($0.method) \($0.path)" } == [
                "PUT \(place)", "GET \(place)", "DELETE \(place)",
                "GET /behind/v1/endings?after=8&limit=5",
            ])
        #expect(
            seen.calls.allSatisfy { $0.headers["authorization"] == "Bearer \(Self.keyText)" })
        #expect(
            seen.calls.map { $0.headers["content-type"] } == ["application/json", nil, nil, nil])
        let arrived = try EntrustedDelivery(json: Array(seen.calls[0].body.utf8))
        #expect(arrived == delivery)
        #expect(seen.calls.dropFirst().allSatisfy { $0.body.isEmpty })
    }

    // MARK: what answers are taken for

    private struct Answer {
        enum Taken: Equatable { case said, objected, unreachable, unclear }
        let name: String
        let move: WebhookServer.Move
        let taken: Taken
    }

    private static func problem(_ name: CoreProblem.Name) -> String {
        String(decoding: CoreProblem(name).json, as: UTF8.self)
    }

    private static let waiting = #"""
        {"key":"0123456789abcdef0123456789abcdef.7","state":"waiting","attempts":0}
        """#

    private static let answers: [Answer] = [
        Answer(name: "200", move: .answer(200, body: waiting), taken: .said),
        Answer(
            name: "members of a newer core",
            move: .answer(200, body: waiting.replacingOccurrences(of: "}", with: ",\"new\":1}")),
            taken: .said),
        Answer(name: "nothing readable", move: .answer(200, body: "{}"), taken: .unclear),
        Answer(name: "HTML", move: .answer(200, body: "<html>"), taken: .unclear),
        Answer(
            name: "half a body",
            move: .say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"key\":"), taken: .unclear),
        Answer(
            name: "an endless body",
            move: .answer(200, body: String(repeating: " ", count: 5 << 20)), taken: .unclear),
        Answer(name: "nonsense", move: .say("SSH-2.0-OpenSSH\r\n"), taken: .unclear),
        Answer(name: "no word", move: .close(), taken: .unclear),
        Answer(name: "silence", move: .hang, taken: .unclear),
        Answer(name: "404", move: .answer(404, body: problem(.unknownDelivery)), taken: .objected),
        Answer(name: "409", move: .answer(409, body: problem(.otherContent)), taken: .objected),
        Answer(name: "422", move: .answer(422, body: problem(.noSuchCourier)), taken: .objected),
        Answer(name: "400", move: .answer(400, body: problem(.unreadable)), taken: .objected),
        // Somebody else answers: nothing was kept, and nothing is to be given up for it.
        Answer(name: "another's 404", move: .answer(404, body: "Not found"), taken: .unreachable),
        Answer(name: "another's 400", move: .answer(400), taken: .unreachable),
        Answer(
            name: "a problem of another status", move: .answer(404, body: problem(.otherContent)),
            taken: .unreachable),
        Answer(
            name: "a redirect", move: .answer(302, headers: ["Location": "https://localhost/"]),
            taken: .unreachable),
        Answer(name: "401", move: .answer(401, body: problem(.keyRefused)), taken: .unreachable),
        Answer(name: "403", move: .answer(403), taken: .unreachable),
        // Whether it was done is found out by asking again.
        Answer(name: "500", move: .answer(500, body: problem(.failed)), taken: .unclear),
        Answer(name: "502", move: .answer(502, body: "Bad gateway"), taken: .unclear),
        Answer(name: "503", move: .answer(503, body: problem(.unavailable)), taken: .unclear),
        Answer(name: "408", move: .answer(408), taken: .unclear),
        Answer(name: "429", move: .answer(429), taken: .unclear),
    ]

    /// One server for all of them: a process for each would take the time that other tests count on.
    @Test func `an answer is believed as far as it goes`() async throws {
        let server = try WebhookServer(pki)
        for answer in Self.answers {
            try server.plan(answer.move)
            let line = try line(
                "https://127.0.0.1:\(server.port)/",
                answerLimit: answer.name == "silence" ? .seconds(3) : .seconds(15))
            let reply = await line.entrust(try delivery(), under: try key)
            await line.close()
            switch reply {
            case .said: #expect(answer.taken == .said, "\(answer.name)")
            case .objected(let problem):
                #expect(answer.taken == .objected, "\(answer.name)")
                #expect(problem.name.status.code == Int(answer.name), "\(answer.name)")
            case .unreachable(let reason):
                #expect(answer.taken == .unreachable, "\(answer.name): \(reason)")
                #expect(reason.hasSuffix(".") && !reason.contains("canary"))
            case .unclear(let reason):
                #expect(answer.taken == .unclear, "\(answer.name): \(reason)")
                #expect(reason.hasSuffix(".") && !reason.contains("canary"))
                #expect(!reason.contains("At nine") && !reason.contains("\n"))
            }
        }
        #expect(try server.seen().calls.count == Self.answers.count)
    }

    // MARK: who is believed

    @Test func `nobody there, or nobody who can be trusted, hears nothing`() async throws {
        let other = try TestPKI()
        defer { other.remove() }
        try pki.install(other.serverCertificate())
        let server = try WebhookServer(pki)
        for port in [server.port, 1] {
            let line = try line("https://127.0.0.1:\(port)/")
            let reply = await line.entrust(try delivery(), under: try key)
            await line.close()
            guard case .unreachable(let reason) = reply else {
                Issue.record("\(reply)")
                continue
            }
            #expect(reason.hasPrefix("No connection to the delivery core at 127.0.0.1:\(port): "))
        }
        #expect(try server.seen().calls.isEmpty)
    }

    @Test func `authorities that cannot be read are refused at once`() throws {
        let problem = #expect(throws: HTTPEndpointProblem.self) {
            _ = try RemoteCoreLine(
                endpoint: HTTPEndpoint(
                    url: try OutboundURL("https://localhost/"),
                    authorityFile: self.pki.path("none.pem")),
                key: try #require(CoreKey(Secret(Self.keyText))))
        }
        let sentence = "The core's authorities cannot be read from `\(pki.path("none.pem"))`: "
        #expect(problem?.sentence.hasPrefix(sentence) == true)
    }

    @Test func `an address that leaves no room for what is asked is refused at once`() throws {
        let url = "https://localhost/" + String(repeating: "a", count: 2020)
        let problem = #expect(throws: HTTPEndpointProblem.self) { _ = try self.line(url) }
        #expect(problem?.sentence == "The core's address cannot be called.")
    }

    @Test func `a line that is closed asks nobody`() async throws {
        let server = try WebhookServer(pki)
        let line = try line("https://127.0.0.1:\(server.port)/")
        await line.close()
        #expect(
            await line.withdraw(try key)
                == .unreachable("The line to the delivery core has been closed."))
        #expect(try server.seen().connections == 0)
    }

    // MARK: rows as deliveries

    @Test func `a row is entrusted with all that its courier says, and nothing else`() throws {
        let mail = try EntrustedDelivery(try Samples.row(3, text: "Come."))
        #expect(
            mail.content
                == .mail(
                    EntrustedMail(
                        subject: "A message waits for you", text: "Come.",
                        html: "<p>Read it in <b>Postern</b>.</p>\n"),
                    to: try Samples.address("pat@there.example")))
        #expect(mail.acceptedAt == Samples.start)
        #expect(throws: WebhookCall.Unwritable.recipient) {
            _ = try EntrustedDelivery(try Samples.row(1, .mailbox))
        }
        #expect(throws: WebhookCall.Unwritable.recipient) {
            _ = try EntrustedDelivery(try Samples.row(1, .webhook))
        }
        var silent = try Samples.row(1)
        silent.notification = nil
        #expect(throws: WebhookCall.Unwritable.nothingToSay) { _ = try EntrustedDelivery(silent) }
    }
}
