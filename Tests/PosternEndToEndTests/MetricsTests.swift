import Foundation
import PosternModel
import Testing

extension EndToEndTests {
    /// The metrics page under hostile input.
    @Suite struct Metrics {
        @Test func `labels come from closed sets, whatever clients send`() async throws {
            let world = try await World()
            try await world.load(People.annAndBob(drafts: 1...2))
            try await world.serving { gateway in
                for round in 0..<2 { try await Self.hostilities(gateway, round) }
                let before = Set(try await gateway.metrics().keys)
                for round in 2..<12 { try await Self.hostilities(gateway, round) }
                let metrics = try await gateway.metrics()
                #expect(Set(metrics.keys) == before)
                #expect(!metrics.keys.contains { $0.contains("hostile") })
                let results = Set(
                    RefusalCode.allCases.map { "\($0.rawValue)" }
                        + FaultCode.allCases.map(\.rawValue)
                        + ["accepted", "replayed", "would-accept"])
                for name in metrics.keys where name.hasPrefix("postern_sends_total") {
                    let match = try #require(
                        name.firstMatch(of: #/\{dialect="secure-messaging",result="([^"]+)"\}$/#))
                    #expect(results.contains(String(match.1)))
                }
                #expect(
                    (metrics["postern_bad_requests_total{dialect=\"secure-messaging\"}"] ?? 0) > 50)
            }
        }

        @Test func `the page has each metric in one piece, described once`() async throws {
            let world = try await World()
            try await world.load(People.annAndBob(drafts: 1...2))
            try await world.serving { gateway in
                for round in 0..<2 { try await Self.hostilities(gateway, round) }
                let page = try await gateway.metricsPage()
                var families: [Substring] = []
                for line in page.split(separator: "\n") {
                    let name =
                        line.hasPrefix("#")
                        ? line.split(separator: " ")[2] : line.prefix { $0 != "{" && $0 != " " }
                    if families.last.map({ name.hasPrefix($0) }) != true { families.append(name) }
                }
                #expect(families.count == Set(families).count, "\(families)")
            }
        }

        private static func hostilities(_ gateway: Gateway, _ round: Int) async throws {
            let word = "hostile\(round)\(UInt32.random(in: 0...UInt32.max))"
            let requests: [Request] = [
                .ann(1), .ann(2, query: "?dryRun=1"), .send(word, "token-ann"),
                .send(People.guid(1), word), .ann(1, "{\"\(word)"),
                .ann(1, query: "?callback=\(word)("),
                .ann(1, query: "?format=\(word)"), Request(word.uppercased(), "/\(word)"),
                Request("GET", "/api/v1/messages/\(word)/send"), Request("GET", "/errors/\(word)"),
                Request("POST", "/json/reply/\(word)", body: "{}"),
                Request("GET", "/\(word)\"} 1\\n"),
                Request("GET", "/", [("x-\(word)", word), ("traceparent", word)]),
            ]
            for version in HTTPVersion.allCases {
                for request in requests { _ = try? await gateway.ask(request, over: version) }
            }
        }
    }
}
