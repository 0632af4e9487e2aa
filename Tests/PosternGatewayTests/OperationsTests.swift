import PosternListener
import PosternModel
import PosternTesting
import Testing

@testable import PosternGateway

@Suite struct OperationsTests {
    static let healths: [([HealthState], String, Int)] = [
        ([.good, .good], "good", 200), ([.good, .degraded("old")], "degraded", 200),
        ([.down("disk"), .degraded("old")], "down", 503), ([], "good", 200),
    ]

    @Test(arguments: healths)
    func `the worst part is how the whole is, and only what cannot send is unready`(
        states: [HealthState], summary: String, ready: Int
    ) async throws {
        let board = HealthBoard(
            states.enumerated().map { index, state in ("part\(index)", { state }) })
        #expect(board.summary == summary)
        try await GatewayBench.run(health: board) { bench in
            for ofOperations in [true, false] {
                let answer = try await bench.ask(
                    GatewayBench.request("GET", "/health/ready"), ofOperations: ofOperations)
                #expect(answer.status == ready)
                let body = String(decoding: answer.body, as: UTF8.self)
                #expect(body.contains("\"status\":\"\(summary)\""))
                for state in states {
                    // Reasons quote paths and faults: they are for operators.
                    guard let reason = state.reason else { continue }
                    #expect(body.contains("\"\(reason)\"") == ofOperations)
                }
                let live = try await bench.ask(
                    GatewayBench.request("GET", "/health/live"), ofOperations: ofOperations)
                #expect(live.status == 200)
            }
        }
    }

    @Test func `the page counts what came of sends, and each family is described once`()
        async throws
    {
        try await GatewayBench.run { bench in
            for _ in 0..<2 { _ = try await bench.ask(GatewayBench.send()) }
            for _ in 0..<3 { _ = try await bench.ask(GatewayBench.send(token: nil)) }
            _ = try await bench.ask(GatewayBench.request("GET", "/nothing"))
            // Counted after the answer has left.
            while !bench.page.contains("postern_send_seconds_count 5\n") { await Task.yield() }
            let answer = try await bench.ask(
                GatewayBench.request("GET", "/metrics?x"), ofOperations: true)
            #expect(answer.fields["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            let lines = String(decoding: answer.body, as: UTF8.self).split(separator: "\n")
            for line in [
                "postern_sends_total{dialect=\"secure-messaging\",result=\"accepted\"} 1",
                "postern_sends_total{dialect=\"secure-messaging\",result=\"replayed\"} 1",
                "postern_sends_total{dialect=\"secure-messaging\",result=\"811\"} 3",
                "postern_bad_requests_total{dialect=\"secure-messaging\"} 1",
                "postern_sends_in_flight 0", "postern_send_seconds_bucket{le=\"+Inf\"} 5",
            ] {
                #expect(lines.contains(line[...]))
            }
            let described = lines.filter { $0.hasPrefix("# TYPE ") }
            #expect(Set(described).count == described.count)
        }
    }

    @Test func `operators' pages are for reading only`() async throws {
        try await GatewayBench.run { bench in
            for (request, status) in [
                (GatewayBench.request("POST", "/metrics"), 405),
                (GatewayBench.request("GET", "/"), 404), (GatewayBench.send(), 405),
            ] {
                let answer = try await bench.ask(request, ofOperations: true)
                #expect(answer.status == status)
            }
        }
    }
}
