import Foundation
import PosternListener
import PosternModel
import PosternTesting
import Testing

@testable import PosternDelivery

/// Calls over TLS to a receiver in another process.
@Suite(.timeLimit(.minutes(2)))
final class CallbackCourierTests {
    private let pki: TestPKI
    private static let here: Set = ["127.0.0.1", "localhost"]

    init() throws { pki = try TestPKI() }

    deinit { pki.remove() }

    /// Calls addresses over one courier, which is closed in the end.
    private func call(
        _ urls: [String], hosts: Set<String> = here, answerLimit: Duration = .seconds(15)
    ) async throws -> [Carriage] {
        let courier = try CallbackCourier(
            hosts: hosts, authorityFile: pki.path("ca.pem"), answerLimit: answerLimit)
        var carriages: [Carriage] = []
        for (index, url) in urls.enumerated() {
            let url = try #require(CallbackURL(url))
            carriages.append(
                await courier.call(url, under: "m.callback.\(index)", saying: Array("[{}]".utf8)))
        }
        await courier.close()
        return carriages
    }

    @Test(arguments: ["127.0.0.1", "localhost"])
    func `what arrives has a name, and the login of its address and no other`(
        _ host: String
    ) async throws {
        let server = try WebhookServer(pki)
        let place = "\(host):\(server.port)/in/ä".replacing("ä", with: "%C3%A4") + "?to=1"
        let carriages = try await call(["https://ann:p%40ss%C3%BC@\(place)", "https://\(place)"])
        #expect(carriages == [.taken, .taken])
        let calls = try server.seen().calls
        #expect(calls.map(\.method) == ["POST", "POST"])
        #expect(calls.map(\.path) == ["/in/%C3%A4?to=1", "/in/%C3%A4?to=1"])
        #expect(calls.map(\.body) == ["[{}]", "[{}]"])
        #expect(
            calls.map { $0.headers["host"] } == [
                "\(host):\(server.port)", "\(host):\(server.port)",
            ])
        #expect(
            calls.map { $0.headers["content-type"] } == ["application/json", "application/json"])
        #expect(calls.map { $0.headers["idempotency-key"] } == ["m.callback.0", "m.callback.1"])
        let login = "Basic " + Data("ann:p@ssü".utf8).base64EncodedString()
        #expect(calls.map { $0.headers["authorization"] } == [login, nil])
        // The other webhook's key has no business here.
        #expect(calls.allSatisfy { $0.headers["webhook-signature"] == nil })
    }

    @Test func `a host that is not listed is never called`() async throws {
        let server = try WebhookServer(pki)
        let refused = Carriage.refused("Its host is not among those that may be called back.")
        let urls = ["https://127.0.0.1:\(server.port)/", "https://localhost:\(server.port)/"]
        #expect(try await call(urls, hosts: []) == [refused, refused])
        #expect(try await call(urls, hosts: ["localhost"]) == [refused, .taken])
        #expect(
            try await call(["https://localhost@127.0.0.1:\(server.port)/"], hosts: ["localhost"])
                == [refused])
        #expect(try server.seen().calls.count == 1)
    }

    @Test(arguments: [
        (200, Carriage.taken), (204, .taken), (299, .taken), (409, .taken),
        (400, .delayed("It answered 400.")), (401, .delayed("It answered 401.")),
        (404, .delayed("It answered 404.")), (410, .delayed("It answered 410.")),
        (429, .delayed("It answered 429.")), (500, .delayed("It answered 500.")),
    ])
    func `each status means yes or later`(_ status: Int, _ carriage: Carriage) async throws {
        let server = try WebhookServer(pki)
        try server.plan(.answer(status))
        #expect(try await call(["https://127.0.0.1:\(server.port)/"]) == [carriage])
    }

    @Test func `how long to wait is heeded`() async throws {
        let server = try WebhookServer(pki)
        try server.plan(.answer(503, headers: ["Retry-After": "120"]))
        #expect(
            try await call(["https://127.0.0.1:\(server.port)/"])
                == [.deferred("It answered 503.", by: .seconds(120))])
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func `a redirect is not followed, not even to a host that is listed`(_ status: Int) async throws
    {
        let server = try WebhookServer(pki)
        let other = try WebhookServer(pki)
        let elsewhere = "https://127.0.0.1:\(other.port)/elsewhere"
        try server.plan(.answer(status, headers: ["Location": elsewhere]))
        #expect(
            try await call(["https://127.0.0.1:\(server.port)/here"])
                == [.delayed("It answered \(status).")])
        #expect(try other.seen().connections == 0)
    }

    @Test func `silence and a closed connection may have been heard`() async throws {
        let server = try WebhookServer(pki)
        try server.plan(.hang, .close())
        let url = "https://ann:canary-79@127.0.0.1:\(server.port)/canary-80"
        let carriages = try await call([url, url], answerLimit: .seconds(3))
        for carriage in carriages {
            guard case .uncertain(let reason) = carriage else {
                Issue.record("\(carriage)")
                continue
            }
            #expect(!reason.contains("canary"))
        }
    }

    @Test func `a certificate that does not hold gets no call`() async throws {
        let other = try TestPKI()
        defer { other.remove() }
        try pki.install(other.serverCertificate())
        let server = try WebhookServer(pki)
        for host in ["127.0.0.1", "localhost"] {
            let url = "https://ann:canary-79@\(host):\(server.port)/canary-80"
            guard case .unreachable(let reason)? = try await call([url]).first else {
                Issue.record("It was called.")
                continue
            }
            #expect(reason.hasPrefix("No connection to \(host):\(server.port): "))
            #expect(!reason.contains("canary"))
        }
        #expect(try server.seen().calls.isEmpty)
    }

    @Test func `authorities that cannot be read are refused at once`() {
        let problem = #expect(throws: HTTPEndpointProblem.self) {
            _ = try CallbackCourier(hosts: Self.here, authorityFile: pki.path("none.pem"))
        }
        let sentence =
            "The authorities for callbacks cannot be read from `\(pki.path("none.pem"))`: "
        #expect(problem?.sentence.hasPrefix(sentence) == true)
    }
}
