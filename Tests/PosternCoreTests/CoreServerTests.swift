import Dispatch
import PosternCore
import PosternCoreContract
import PosternListener
import PosternModel
import PosternPipeline
@_spi(Testing) import PosternStorage
import PosternTesting
import Synchronization
import Testing

/// The core over TLS, as a gateway meets it.
@Suite struct CoreServerTests {
    @Test func `a delivery is entrusted once, and asked about`() async throws {
        try await CoreBench.serving { core in
            let delivery = try CoreBench.text()
            let first = try await core.put("a.1", delivery)
            #expect(first.status == 201)
            #expect(first.fields["content-type"] == "application/json")
            #expect(first.fields["cache-control"] == "no-store")
            #expect(first.fields["x-request-id"]?.count == 32)
            #expect(
                String(decoding: first.body, as: UTF8.self)
                    == #"{"key":"a.1","state":"waiting","attempts":0}"#)
            let second = try await core.put("a.1", delivery)
            #expect(second.status == 200 && second.body == first.body)
            let asked = try await core.ask("GET", "/v1/deliveries/a.1")
            #expect(asked.status == 200 && asked.body == first.body)
            let other = try await core.put("a.1", CoreBench.text("Ten."))
            #expect(try other.problem.name == .otherContent)
            #expect(
                try await core.ask("GET", "/v1/deliveries/a.2").problem.name == .unknownDelivery)
            let rows = try await core.spool.due(
                .webhook, at: CoreBench.noon, limit: 9, lease: .seconds(9))
            #expect(rows.map(\.text) == ["See you at nine."])
            #expect(core.count(.entrust, "201") == 1 && core.count(.entrust, "200") == 1)
            #expect(core.count(.entrust, "other-content") == 1)
        }
    }

    @Test func `a withdrawal is answered with what it came to`() async throws {
        try await CoreBench.serving { core in
            for key in ["a", "b", "c"] { _ = try await core.put(key, CoreBench.mail()) }
            let rows = try await core.spool.due(
                .smtp, at: CoreBench.noon, limit: 2, lease: .seconds(600))
            try await core.spool.delivered([rows[0].id], at: CoreBench.noon)
            let states = try await ["a", "b", "c", "d"].asyncMap {
                let answer = try await core.ask("DELETE", "/v1/deliveries/\($0)")
                #expect(answer.status == 200)
                return try answer.state
            }
            #expect(states.map(\.standing) == [.delivered, .waiting, .withdrawn, .withdrawn])
            #expect(states.map(\.isWithdrawing) == [false, true, false, false])
            let late = try await core.put("d", CoreBench.mail())
            #expect(try late.status == 200 && late.state.standing == .withdrawn)
        }
    }

    @Test func `endings are told after a number, and acknowledged by asking on`() async throws {
        try await CoreBench.serving { core in
            for key in ["a", "b", "c"] { _ = try await core.put(key, CoreBench.mail()) }
            let rows = try await core.spool.due(
                .smtp, at: CoreBench.noon, limit: 3, lease: .seconds(600))
            try await core.spool.bury(rows[1].id, reason: "550 unknown", at: CoreBench.noon)
            try await core.spool.delivered([rows[0].id, rows[2].id], at: CoreBench.noon)
            let first = try await core.ask("GET", "/v1/endings?after=0&limit=2").page
            #expect(first.spool == core.spool.id && first.last == 3)
            #expect(first.endings.map(\.key.description) == ["b", "a"])
            #expect(first.endings.map(\.standing) == [.undelivered, .delivered])
            #expect(first.endings.map(\.reason) == ["550 unknown", nil])
            #expect(try core.spool.figures().untold == 3)
            let rest = try await core.ask("GET", "/v1/endings?after=2").page
            #expect(rest.endings.map(\.key.description) == ["c"])
            #expect(try core.spool.figures().untold == 1)
            let lost = try await core.ask("GET", "/v1/endings?after=99").page
            #expect(lost.last == 3 && lost.endings.isEmpty)
        }
    }

    @Test func `the description needs no key and can be asked for its head`() async throws {
        try await CoreBench.serving { core in
            let whole = try await core.ask("GET", "/openapi.json", fields: [])
            #expect(whole.status == 200 && whole.body == CoreDescription.document())
        }
    }

    // MARK: the key

    @Test(arguments: [
        [], ["Authorization: Bearer"], ["Authorization: Bearer guessed"],
        ["Authorization: Basic \(CoreBench.secret)"],
        ["Authorization: Bearer \(CoreBench.secret)x"],
        ["Authorization: \(CoreBench.secret)"], ["X-Authorization: Bearer \(CoreBench.secret)"],
    ]) func `without the key nothing is done, and nothing is told`(_ fields: [String]) async throws
    {
        try await CoreBench.serving { core in
            let body = try CoreBench.text().json
            for (method, target, content) in [
                ("PUT", "/v1/deliveries/a", body), ("PUT", "/v1/deliveries/a..b", body),
                ("GET", "/v1/deliveries/a", nil), ("DELETE", "/v1/deliveries/a", nil),
                ("GET", "/v1/endings", nil),
            ] {
                let answer = try await core.ask(method, target, content, fields: fields)
                #expect(try answer.problem.name == .keyRefused)
                #expect(answer.fields["www-authenticate"] == #"Bearer realm="postern core""#)
                #expect(!String(decoding: answer.body, as: UTF8.self).contains("guessed"))
            }
            #expect(try core.spool.figures() == .init(waiting: 0, untold: 0))
            #expect(core.count(nil, "key-refused") == 5)
        }
    }

    @Test func `a second key beside the right one is refused`() async throws {
        try await CoreBench.serving { core in
            let right = "Authorization: Bearer \(CoreBench.secret)"
            let answer = try await core.ask("GET", "/v1/endings", fields: [right, right])
            #expect(answer.status == 400 || answer.status == 401)
        }
    }

    @Test func `only who has the key may send what is large`() async throws {
        try await CoreBench.serving { core in
            let body = try CoreBench.text(String(repeating: "x", count: 200_000)).json
            let stranger = try await core.ask("PUT", "/v1/deliveries/a", body, fields: [])
            #expect(try stranger.problem.name == .tooLarge)
            #expect(try await core.ask("PUT", "/v1/deliveries/a", body).status == 201)
            let length = "Content-Length: \(EntrustedDelivery.largestBody + 1)"
            let larger = try await core.send(
                Array(
                    """
                    PUT /v1/deliveries/b HTTP/1.1\r
                    Host: localhost\r
                    Authorization: Bearer \(CoreBench.secret)\r
                    Content-Type: application/json\r
                    \(length)\r
                    \r

                    """.utf8))
            #expect(try larger.problem.name == .tooLarge)
        }
    }

    // MARK: bad input

    /// What is asked, and the problem it must be.
    struct Bad: Sendable, CustomTestStringConvertible {
        var method = "PUT"
        var target = "/v1/deliveries/a"
        var body: String?
        var type: String? = "application/json"
        var fields: [String] = []
        let name: CoreProblem.Name
        var says = ""

        var testDescription: String { "\(method) \(target) \(body ?? "") \(fields) is \(name)" }
    }

    static let good =
        #"{"courier":"webhook","message":"0123456789abcdef0123456789abcdef","acceptedAt":"2026-03-10T12:00:00Z","to":"+41791234567","from":"ann@hospital.example","text":"Nine."}"#

    static let badInput: [Bad] = [
        Bad(body: nil, name: .mediaType),
        Bad(body: "", name: .unreadable, says: "cannot be read as JSON"),
        Bad(body: "{}", name: .unreadable, says: "`courier`"),
        Bad(body: good + "x", name: .unreadable, says: "something follows"),
        Bad(
            body: good.replacing(#""text""#, with: #""Text""#), name: .unreadable,
            says: "`text` is missing"),
        Bad(
            body: good.replacing("}", with: #","TEXT":"Ten."}"#), name: .unreadable,
            says: "in two spellings"),
        Bad(
            body: good.replacing("}", with: #","text":"Ten."}"#), name: .unreadable,
            says: "comes twice"),
        Bad(
            body: good.replacing("}", with: #","priority":1}"#), name: .unreadable,
            says: "`priority`"),
        Bad(
            body: good.replacing(#""Nine.""#, with: "9"), name: .unreadable,
            says: "`text` must be a text"),
        Bad(
            body: good.replacing("+41791234567", with: "0791234567"), name: .unreadable,
            says: "`to`"),
        Bad(
            body: good.replacing("Nine.", with: #"\ud800"#), name: .unreadable,
            says: "surrogate"),
        Bad(
            body: String(repeating: "[", count: 50_000), name: .unreadable, says: "too deeply"),
        Bad(body: good, type: nil, name: .mediaType),
        Bad(body: good, type: "text/plain", name: .mediaType),
        Bad(body: good, type: "application/json; charset=latin1", name: .mediaType),
        Bad(body: good, fields: ["Content-Encoding: gzip"], name: .mediaType),
        Bad(target: "/v1/deliveries/a..b", body: good, name: .unreadable, says: "key"),
        Bad(target: "/v1/deliveries/", body: good, name: .unreadable, says: "key"),
        Bad(target: "/v1/deliveries/a%00b", body: good, name: .unreadable, says: "key"),
        Bad(target: "/v1/deliveries/a%2Fb", body: good, name: .unreadable, says: "key"),
        Bad(
            target: "/v1/deliveries/" + String(repeating: "k", count: 129), body: good,
            name: .unreadable, says: "128"),
        Bad(target: "/v1/deliveries/a?force=1", body: good, name: .unreadable, says: "no query"),
        Bad(target: "/v1/deliveries/a/b", body: good, name: .unknownRoute),
        Bad(target: "/v2/deliveries/a", body: good, name: .unknownRoute),
        Bad(target: "//v1/deliveries/a", body: good, name: .unknownRoute),
        Bad(method: "POST", body: good, name: .methodNotAllowed),
        Bad(method: "PATCH", target: "/v1/endings", body: "{}", name: .methodNotAllowed),
        Bad(method: "TRACE", target: "/v1/endings", name: .methodNotAllowed),
        Bad(method: "GET", body: "{}", name: .unreadable, says: "no body"),
        Bad(method: "DELETE", body: "{}", name: .unreadable, says: "no body"),
        Bad(method: "GET", target: "/v1/endings?after=-1", name: .unreadable, says: "`after`"),
        Bad(method: "GET", target: "/v1/endings?limit=0", name: .unreadable, says: "`limit`"),
        Bad(method: "GET", target: "/v1/endings?limit=9999", name: .unreadable, says: "`limit`"),
        Bad(method: "GET", target: "/v1/endings?since=1", name: .unreadable, says: "`since`"),
        Bad(
            method: "GET", target: "/v1/endings?after=1&After=2", name: .unreadable,
            says: "twice, or in two spellings"),
        Bad(
            method: "GET", target: "/" + String(repeating: "a", count: 9000), name: .targetTooLong),
        Bad(
            method: "GET", target: "/v1/endings",
            fields: ["X-Long: " + String(repeating: "a", count: 40_000)], name: .headTooLarge),
        Bad(
            method: "GET", target: "/v1/endings", fields: ["Expect: the-unexpected"],
            name: .expectationUnknown),
        Bad(
            method: "GET", target: "/v1/endings", fields: ["Content-Length: 1, 1"],
            name: .unreadable),
    ]

    @Test func `bad input is told what is wrong with it, and changes nothing`() async throws {
        try await CoreBench.serving { core in
            for bad in Self.badInput {
                let answer = try await core.ask(
                    bad.method, bad.target, bad.body.map { Array($0.utf8) },
                    fields: ["Authorization: Bearer \(CoreBench.secret)"] + bad.fields,
                    type: bad.type)
                let problem = try answer.problem
                #expect(problem.name == bad.name, "\(bad): \(problem)")
                #expect(problem.detail.contains(bad.says), "\(bad): \(problem)")
                #expect(!problem.detail.contains("Nine."))
                #expect(answer.fields["x-request-id"]?.count == 32)
                if bad.name == .methodNotAllowed { #expect(answer.fields["allow"] != nil) }
            }
            #expect(try core.spool.figures() == .init(waiting: 0, untold: 0))
            let good = try await core.ask(
                "PUT", "/v1/deliveries/a", Array(Self.good.utf8),
                type: "Application/JSON; charset=UTF-8")
            #expect(good.status == 201)
        }
    }

    @Test(arguments: TestClient.Delivery.allCases)
    func `a request may come in any pieces`(_ delivery: TestClient.Delivery) async throws {
        try await CoreBench.serving { core in
            let answer = try await core.ask(
                "PUT", "/v1/deliveries/a", Array(Self.good.utf8), delivery)
            #expect(answer.status == 201)
        }
    }

    @Test func `a courier that this core does not have is refused, and nothing is kept`()
        async throws
    {
        try await CoreBench.serving(couriers: [.smtp]) { core in
            let answer = try await core.put("a", CoreBench.text())
            #expect(answer.status == 422)
            #expect(try answer.problem.name == .noSuchCourier)
            #expect(try answer.problem.detail.contains("`webhook`"))
            #expect(try core.spool.state(of: #require(DeliveryKey("a"))) == nil)
            #expect(try await core.put("a", CoreBench.mail()).status == 201)
        }
    }

    // MARK: trouble

    @Test func `a spool that cannot write is a 503, and asking again does it once`() async throws {
        try await CoreBench.serving { core in
            let delivery = try CoreBench.text()
            core.plan([.failsUndone])
            let undone = try await core.put("a", delivery)
            #expect(try undone.problem.name == .unavailable)
            #expect(undone.fields["retry-after"] == "5")
            #expect(try await core.put("a", delivery).status == 201)
            // It happened, and the gateway was told it had not.
            core.plan([.failsDone])
            #expect(try await core.put("b", delivery).problem.name == .unavailable)
            #expect(try await core.put("b", delivery).status == 200)
            core.plan([.failsDone])
            let lost = try await core.ask("DELETE", "/v1/deliveries/b")
            #expect(try lost.problem.name == .unavailable)
            let again = try await core.ask("DELETE", "/v1/deliveries/b")
            #expect(try again.state.standing == .withdrawn)
            #expect(core.count(.entrust, "unavailable") == 2)
        }
    }

    @Test func `more requests than there are places for are told to come again`() async throws {
        let gate = DispatchSemaphore(value: 0)
        let isShut = Mutex(false)
        try await CoreBench.serving(
            inFlightLimit: 2, gate: { if isShut.withLock({ $0 }) { gate.wait() } }
        ) { core in
            isShut.withLock { $0 = true }
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<12 {
                    group.addTask { try await core.put("a.\(number)", CoreBench.text()).status }
                }
                // While the writer stands still, two wait for it; the others are turned away at once.
                var statuses: [Int] = []
                while statuses.count < 10, let status = try await group.next() {
                    statuses.append(status)
                }
                #expect(statuses == Array(repeating: 503, count: 10))
                // What needs no place is answered.
                #expect(try await core.ask("GET", "/openapi.json", fields: []).status == 200)
                isShut.withLock { $0 = false }
                for _ in 0..<12 { gate.signal() }
                return try await group.reduce(into: statuses) { $0.append($1) }
            }
            #expect(statuses.count { $0 == 201 } == 2)
            #expect(try core.spool.figures().waiting == 2)
            #expect(core.count(.entrust, "unavailable") == 10)
        }
    }

    @Test func `a core that is stopping says so`() async throws {
        try await CoreBench.serving { core in
            await core.spool.close()
            let answer = try await core.put("a", CoreBench.text())
            #expect(try answer.problem.name == .unavailable)
            #expect(answer.fields["retry-after"] == "5")
        }
    }
}

extension Sequence {
    func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
