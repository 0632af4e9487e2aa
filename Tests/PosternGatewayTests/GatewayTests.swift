import HTTPTypes
import PosternListener
import PosternModel
import PosternPipeline
import PosternTesting
import Testing

@testable import PosternGateway

@Suite struct GatewayTests {
    @Test func `one send more than may be under way is turned away, and has its turn later`()
        async throws
    {
        let views = SlowViews()
        try await GatewayBench.run(sendsInFlight: 2, views: views) { bench in
            let (first, second) = (try await bench.connect(), try await bench.connect())
            first.send(GatewayBench.send())
            second.send(GatewayBench.send())
            while bench.metrics.inFlight < 2 { await Task.yield() }
            let third = try await bench.connect()
            third.send(GatewayBench.send())
            let turnedAway = try #require(try await third.receive(answers: 1).first)
            #expect(turnedAway.status == 503)
            #expect(turnedAway.fields["retry-after"] != nil)
            #expect(turnedAway.fields["postern-decision"]?.utf8.count == 32)
            // What needs no place is answered all the same.
            #expect(try await bench.ask(GatewayBench.send(token: nil)).status == 401)
            views.open()
            views.open()
            #expect(try await first.receive(answers: 1).first?.status == 401)
            #expect(try await second.receive(answers: 1).first?.status == 401)
            third.send(GatewayBench.send())
            views.open()
            #expect(try await third.receive(answers: 2).last?.status == 401)
            #expect(bench.metrics.inFlight == 0)
            var page = MetricsPage()
            bench.metrics.write(to: &page)
            #expect(page.text.contains(#"result="gateway.overloaded"} 1"#), "\(page.text)")
            #expect(!page.text.contains("postern_bad_requests_total{"))
        }
    }

    @Test func `while the ledger stands still who waits is answered, and who comes is turned away`()
        async throws
    {
        let views = SlowViews()
        try await GatewayBench.run(views: views, dialect: WitnessDialect()) { bench in
            let (first, several) = (try await bench.connect(), try await bench.connect())
            first.send(GatewayBench.send())
            several.send(
                GatewayBench.request("POST", "/witness/sends/3", ["authorization: token-of-ann"]))
            // The corridor has two threads.
            while views.lookups < 2 || bench.metrics.inFlight < 4 { await Task.yield() }
            let later = ContinuousClock.now + .seconds(2)
            bench.room.look(standstill: .milliseconds(1999), at: later)
            #expect(!bench.page.contains("storage.unanswered"))
            bench.room.look(standstill: .seconds(2), at: later)
            let answer = try #require(try await first.receive(answers: 1).first)
            #expect(answer.status == 503 && answer.fields["retry-after"] == nil)
            #expect(String(decoding: answer.body, as: UTF8.self).contains("may do so yet"))
            #expect(try await several.receive(answers: 1).map(\.status) == [503])
            #expect(bench.page.contains(#"dialect="witness",result="storage.unanswered"} 3"#))

            let refused = try await bench.ask(GatewayBench.send())
            #expect(refused.status == 503)
            #expect(String(decoding: refused.body, as: UTF8.self).contains("Nothing was sent"))
            let operation = GatewayBench.request(
                "POST", "/witness/operate", ["authorization: token-of-ann"])
            #expect(try await bench.ask(operation).status == 503)
            #expect(views.lookups == 2 && bench.metrics.inFlight == 4)

            // It gets further: what was begun ends unheard, and the connections are good for the next.
            bench.room.look(standstill: .zero, at: later)
            for _ in 0..<4 { views.open() }
            while bench.metrics.inFlight > 0 { await Task.yield() }
            first.send(GatewayBench.send())
            views.open()
            #expect(try await first.receive(answers: 2).map(\.status) == [503, 401])
        }
    }

    @Test func `a body that waits to be read while the ledger stands still is turned away`()
        async throws
    {
        let views = SlowViews()
        try await GatewayBench.run(views: views, dialect: WitnessDialect()) { bench in
            let (first, second) = (try await bench.connect(), try await bench.connect())
            for sender in [first, second] { sender.send(GatewayBench.send()) }
            // There are two threads, for sends and for all else.
            while views.lookups < 2 { await Task.yield() }
            func operate(_ size: Int) -> String {
                GatewayBench.request(
                    "POST", "/witness/operate", ["authorization: token-of-ann"],
                    body: String(repeating: "0", count: size))
            }
            let client = try await bench.connect()
            client.send(operate(65537))
            while !bench.operationsPage.contains("in_flight 1\n") { await Task.yield() }
            let later = ContinuousClock.now + .seconds(2)
            bench.room.look(standstill: .seconds(2), at: later)
            #expect(try await client.receive(answers: 1).map(\.status) == [503])
            #expect(try await bench.ask(operate(65537)).status == 503)

            bench.room.look(standstill: .zero, at: later)
            for _ in 0..<2 { views.open() }
            while !bench.operationsPage.contains("in_flight 0\n") { await Task.yield() }
            client.send(operate(1))
            #expect(try await client.receive(answers: 2).map(\.status) == [503, 201])
            while !bench.operationsPage.contains("operations_total{") { await Task.yield() }
            #expect(bench.operationsPage.contains("} 1\n"), "\(bench.operationsPage)")
        }
    }

    @Test func `an accepted send is answered with its decision and what is left of the day`()
        async throws
    {
        try await GatewayBench.run { bench in
            let answer = try await bench.ask(GatewayBench.send())
            #expect(answer.status == 200)
            #expect(answer.fields["postern-decision"]?.utf8.count == 32)
            #expect(answer.fields["ratelimit"]?.hasPrefix("\"daily\";r=9;") == true)
            #expect(answer.fields["postern-policy-drift"] == nil)
            #expect(bench.ledger.snapshot.entries.count == 1)
            bench.policies.keepDespite(trouble: "policy.yaml: cannot be read")
            let again = try await bench.ask(GatewayBench.send())
            #expect(again.fields["postern-policy-drift"] == "?1")
        }
    }

    @Test(arguments: [
        (GatewayBench.request("GET", "/api/v1/messages/\(GatewayBench.guid)/send"), 405),
        (GatewayBench.request("GET", "/nothing/here"), 404),
        (GatewayBench.request("GET", "/errors/811"), 200),
        (GatewayBench.request("GET", "/errors/%FF"), 404),
        (GatewayBench.request("GET", "/openapi.json"), 200),
        (GatewayBench.request("GET", "/health/live?now"), 200),
        (GatewayBench.request("POST", "/health/live"), 404),
        (GatewayBench.request("GET", "/metrics"), 404),
        (GatewayBench.request("PUT", "/api/v1/messages/x/send", body: "{"), 400),
    ])
    func `what is no send is answered on the spot`(request: String, status: Int) async throws {
        try await GatewayBench.run(sendsInFlight: 0) { bench in
            bench.policies.keepDespite(trouble: "policy.yaml: cannot be read")
            let answer = try await bench.ask(request)
            #expect(answer.status == status)
            #expect(answer.fields["x-request-id"]?.utf8.count == 32)
            #expect(
                answer.fields["postern-policy"] == "sha-256=\(bench.policies.current.digest)")
            #expect(answer.fields["postern-policy-drift"] == "?1")
            #expect(bench.ledger.snapshot.entries.isEmpty)
        }
    }

    @Test func `a method that no page takes hears of those there are`() async throws {
        try await GatewayBench.run { bench in
            for answer in [
                try await bench.ask(GatewayBench.request("TRACE", "/api/v1/login")),
                try await bench.ask(GatewayBench.request("TRACE", "/nothing/here")),
            ] {
                #expect(answer.status == 405)
                #expect(answer.fields["allow"]?.contains("POST") == true)
            }
        }
    }

    @Test(arguments: [(65536, true), (65537, false)])
    func `a large body is read where it holds nobody up, and a usual one at once`(
        _ size: Int, _ onEventLoop: Bool
    ) async throws {
        let witness = WitnessDialect()
        try await GatewayBench.run(dialect: witness) { bench in
            for (path, status) in [("answer", 202), ("operate", 201), ("sends/3", 200)] {
                let answer = try await bench.ask(
                    GatewayBench.request(
                        "POST", "/witness/\(path)", ["authorization: token-of-ann"],
                        body: String(repeating: "0", count: size)))
                #expect(answer.status == status)
            }
            #expect(witness.readOnEventLoop == [onEventLoop, onEventLoop, onEventLoop])
        }
    }

    @Test func `a large body has no place while the side door is full, and a usual one needs none`()
        async throws
    {
        let witness = WitnessDialect()
        try await GatewayBench.run(operationsInFlight: 0, dialect: witness) { bench in
            for (size, status) in [(65537, 503), (65536, 202)] {
                let answer = try await bench.ask(
                    GatewayBench.request(
                        "POST", "/witness/answer", body: String(repeating: "0", count: size)))
                #expect(answer.status == status)
            }
            #expect(witness.readOnEventLoop == [true])
        }
    }

    @Test func `several sends of one request take a place each while they are under way`()
        async throws
    {
        let views = SlowViews()
        try await GatewayBench.run(sendsInFlight: 6, views: views, dialect: WitnessDialect()) {
            bench in
            let four = GatewayBench.request(
                "POST", "/witness/sends/4", ["authorization: token-of-ann"])
            let (first, second) = (try await bench.connect(), try await bench.connect())
            first.send(four)
            while bench.metrics.inFlight == 0 { await Task.yield() }
            #expect(bench.metrics.inFlight == 4)
            second.send(four)
            #expect(try await second.receive(answers: 1).map(\.status) == [503])
            for _ in 0..<4 { views.open() }
            #expect(try await first.receive(answers: 1).first?.body == Array("....".utf8))
            #expect(bench.metrics.inFlight == 0)
        }
    }

    @Test func `more sends than there are places walk after one another, each timed for itself`()
        async throws
    {
        try await GatewayBench.run(sendsInFlight: 1, dialect: WitnessDialect()) { bench in
            let clock = ContinuousClock()
            let whole = try await clock.measure {
                let answer = try await bench.ask(
                    GatewayBench.request(
                        "POST", "/witness/sends/200", ["authorization: token-of-ann"]))
                #expect(answer.body.count == 200)
            }
            while !bench.page.contains("postern_send_seconds_count 200\n") { await Task.yield() }
            let sum = bench.page.split(separator: "\n").first {
                $0.hasPrefix("postern_send_seconds_sum ")
            }
            let seconds = try #require(sum.flatMap { Double($0.split(separator: " ")[1]) })
            // One after the other, they took no longer together than the request did.
            #expect(seconds > 0)
            #expect(seconds <= whole / .seconds(1))
        }
    }

    @Test func `several sends without a token need no place, and hear of a drift as one does`()
        async throws
    {
        try await GatewayBench.run(sendsInFlight: 0, dialect: WitnessDialect()) { bench in
            bench.policies.keepDespite(trouble: "policy.yaml: cannot be read")
            let answer = try await bench.ask(GatewayBench.request("POST", "/witness/sends/3"))
            #expect(answer.status == 409)
            #expect(answer.body.count == 3)
            #expect(answer.fields["postern-decision"]?.utf8.count == 32)
            #expect(answer.fields["postern-policy-drift"] == "?1")
            while !bench.page.contains("result=\"811\"} 3\n") { await Task.yield() }
        }
    }

    @Test func `a trace is answered with a span that the log can be searched for`() async throws {
        try await GatewayBench.run { bench in
            let trace = "0af7651916cd43dd8448eb211c80319c"
            let answer = try await bench.ask(
                GatewayBench.send(["traceparent: 00-\(trace)-b7ad6b7169203331-01"], token: nil))
            let span = try #require(answer.fields["x-request-id"]).prefix(16)
            #expect(answer.fields["traceresponse"] == "00-\(trace)-\(span)-01")
            let none = try await bench.ask(
                GatewayBench.send(["traceparent: 00-x-y-01"], token: nil))
            #expect(none.fields["traceresponse"] == nil)
        }
    }
}
