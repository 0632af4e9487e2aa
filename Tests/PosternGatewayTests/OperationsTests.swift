import Dispatch
import PosternListener
import PosternModel
import PosternTesting
import Synchronization
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
        #expect(HealthBoard.summary(of: board.states) == summary)
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

    @Test func `every part is asked once for an answer, and never on an event loop`() async throws {
        let asked = Mutex<[Bool]>([])
        let board = HealthBoard([
            (
                "part",
                {
                    asked.withLock { $0.append(GatewayBench.isOnEventLoop) }
                    return .good
                }
            )
        ])
        try await GatewayBench.run(health: board) { bench in
            for ofOperations in [true, false] {
                _ = try await bench.ask(
                    GatewayBench.request("GET", "/health/ready"), ofOperations: ofOperations)
            }
            #expect(asked.withLock { $0 } == [false, false])
            let page = try await bench.ask(
                GatewayBench.request("GET", "/metrics"), ofOperations: true)
            #expect(String(decoding: page.body, as: UTF8.self).contains("test_on_event_loop 0\n"))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `health and metrics are told while every thread and every place of requests is taken`()
        async throws
    {
        let views = SlowViews()
        try await GatewayBench.run(sendsInFlight: 2, operationsInFlight: 0, views: views) { bench in
            let clients = [try await bench.connect(), try await bench.connect()]
            for client in clients { client.send(GatewayBench.send()) }
            // There are two threads, for sends and for all else.
            while views.lookups < 2 { await Task.yield() }
            let ready = GatewayBench.request("GET", "/health/ready")
            for ofOperations in [true, false] {
                #expect(try await bench.ask(ready, ofOperations: ofOperations).status == 200)
            }
            let metrics = GatewayBench.request("GET", "/metrics")
            #expect(try await bench.ask(metrics, ofOperations: true).status == 200)
            for _ in clients { views.open() }
            for client in clients { #expect(try await client.receive(answers: 1).count == 1) }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `whoever asks while the parts are being asked hears what they say`() async {
        let gate = DispatchSemaphore(value: 0)
        let asked = Mutex(0)
        let board = HealthBoard([
            (
                "part",
                {
                    asked.withLock { $0 += 1 }
                    gate.wait()
                    return .degraded("slow")
                }
            )
        ])
        let executor = CorridorExecutor(threads: 1)
        let desk = HealthDesk(board, executor: executor)
        let told = Mutex<[[UInt8]]>([])
        let tell: @Sendable (OutgoingResponse) -> Void = { answer in
            told.withLock { $0.append(answer.body) }
        }
        #expect(desk.answer("/health/ready", to: .clients, by: tell))
        while asked.withLock({ $0 }) == 0 { await Task.yield() }
        for _ in 1..<100 { #expect(desk.answer("/health/ready", to: .clients, by: tell)) }
        gate.signal()
        while told.withLock({ $0.count }) < 100 { await Task.yield() }
        #expect(Set(told.withLock { $0 }) == [Array(#"{"status":"degraded"}"#.utf8)])
        #expect(asked.withLock { $0 } == 1)
        await executor.shutdown()
    }

    @Test func `who asks for metrics too often at once is told so`() async throws {
        let gate = DispatchSemaphore(value: 0)
        try await GatewayBench.run(scrape: { gate.wait() }) { bench in
            var clients: [TestClient] = []
            for _ in 0..<17 {
                clients.append(try await bench.connect(toOperations: true))
                clients.last?.send(GatewayBench.request("GET", "/metrics"))
            }
            // Whichever comes last; the others wait for their page.
            let statuses = await withTaskGroup(of: Int?.self) { tasks in
                for client in clients {
                    tasks.addTask { try? await client.receive(answers: 1).first?.status }
                }
                var statuses: [Int?] = []
                for await status in tasks {
                    statuses.append(status)
                    if statuses.count == 1 { for _ in 0..<16 { gate.signal() } }
                }
                return statuses
            }
            #expect(statuses.first == 503)
            #expect(statuses.dropFirst().allSatisfy { $0 == 200 })
            let live = try await bench.ask(
                GatewayBench.request("GET", "/health/live"), ofOperations: true)
            #expect(live.status == 200)
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
