import Foundation
import Testing

extension EndToEndTests {
    /// The gateway's log, as whoever collects it reads it.
    @Suite struct Logs {
        private static let trace = "0af7651916cd43dd8448eb211c80319c"
        private static let traceparent = (
            name: "traceparent", value: "00-\(trace)-b7ad6b7169203331-01"
        )

        @Test(arguments: HTTPVersion.allCases)
        func `a send's line names the request, the decision and the trace that its reply names`(
            _ version: HTTPVersion
        ) async throws {
            let world = try await World()
            try await world.load(People.annAndBob(drafts: [1]))
            try await world.serving { gateway in
                var request = Request.ann(1)
                request.fields.append(Self.traceparent)
                let answer = try await gateway.ask(request, over: version)
                let line = try await gateway.logged("send answered")
                #expect(line["level"] == "debug")
                #expect(line["result"] == "accepted")
                try Self.expect(line, toName: answer)
                #expect(answer.fields["traceresponse"]?.contains(Self.trace) == true)
            }
        }

        @Test func `so does the line of a request that is no send`() async throws {
            let world = try await World()
            try await world.load(People.annAndBob(drafts: [1]))
            try await world.serving { gateway in
                let answer = try await gateway.ask(
                    Request(
                        "GET", "/api/v1/messages/\(People.guid(1))",
                        [("x-sm-session-token", "token-ann"), Self.traceparent]))
                #expect(answer.status == 200)
                try Self.expect(try await gateway.logged("request answered"), toName: answer)
            }
        }

        @Test func `at the usual level a send that failed is logged, and one that did not is not`()
            async throws
        {
            let world = try await World(settings: ["log.level": "info"])
            try await world.load(People.annAndBob(drafts: 1...3))
            try await world.serving { gateway in
                #expect(try await gateway.ask(.ann(1)).status == 200)
                try FileManager.default.moveItem(
                    at: world.path("audit"), to: world.path("audit.kept"))
                var request = Request.ann(2)
                request.fields.append(Self.traceparent)
                let failed = try await gateway.ask(request)
                #expect(failed.status == 503)
                try FileManager.default.moveItem(
                    at: world.path("audit.kept"), to: world.path("audit"))
                try await gateway.becomes("good", within: .seconds(10))
                #expect(try await gateway.ask(.ann(3)).status == 200)
                let line = try await gateway.logged("send answered")
                #expect(line["level"] == "error")
                #expect(line["fault"] != nil && line["hint"] != nil)
                try Self.expect(line, toName: failed)
                #expect(try gateway.log().count { $0["message"] == "send answered" } == 1)
            }
        }

        @Test func `names of several lines and with control characters make no line of their own`()
            async throws
        {
            let world = try await World()
            try await world.load(People.annAndBob(drafts: [1]))
            try await world.serving { gateway in
                try world.write(
                    World.smallPolicy + #""bell\a\e[2J\n{}": 1"# + "\n"
                        + #""line\r\nend\u0085\u2028": 2"# + "\n",
                    to: "policies/policy.yaml")
                let line = try await gateway.logged(
                    "policy refused; the last good one stays in force")
                let faults = try #require(line["faults"])
                #expect(faults.contains("bell") && faults.contains("line"), "\(faults)")
                #expect(!faults.contains("\u{7}") && !faults.contains("\u{1b}"), "\(faults)")
                // As bytes too: nothing that a terminal would obey.
                let bytes = gateway.child.errors.unicodeScalars
                #expect(
                    bytes.allSatisfy {
                        $0 == "\n" || $0.properties.generalCategory != .control
                    })
            }
        }

        @Test func `a log that nobody reads holds nobody up, and tells later what is missing`()
            async throws
        {
            let world = try await World()
            try await world.load(People.annAndBob(drafts: [1]))
            let pipe = try UnreadPipe(at: world.path("unread.log"))
            let gateway = try await world.start(
                ["serve", "--settings", "settings.yaml"], saying: "unread.log")
            func lost() async throws -> Int {
                Int(try await gateway.metrics()["postern_log_lines_lost_total"] ?? -1)
            }
            #expect(try await lost() == 0)
            // Each answer is a line at this level, until neither pipe nor gateway has room for another.
            var asked = 0
            let rehearsals = Array(repeating: Request.ann(1, query: "?dryRun=1"), count: 25)
            while try await lost() == 0, asked < 20_000 {
                let answers = try await gateway.ask(atOnce: rehearsals, over: .http2)
                #expect(answers.allSatisfy { $0.status == 200 })
                asked += rehearsals.count
            }
            #expect(try await gateway.ask(.ann(1)).status == 200)
            #expect(try await gateway.health().status == "good")

            let notice = "Lines of this log were lost: nobody took them."
            var told = 0
            try await eventually("the log says what is missing") {
                told = try pipe.lines().map { try LogLine($0) }
                    .filter { $0["message"] == notice }
                    .reduce(0) { $0 + (Int($1["count"] ?? "") ?? 0) }
                return try await told == lost()
            }
            let lines = try pipe.lines().map { try LogLine($0) }
            let answered = lines.count { $0["message"] == "send answered" }
            #expect(told > 0 && answered <= asked && answered + told > asked)

            // Nor does a stop wait for whoever reads: the pipe is full again.
            for _ in 0..<20 { _ = try await gateway.ask(atOnce: rehearsals, over: .http2) }
            #expect(try await gateway.stop() == .exit(0))
            world.remove()
        }

        /// Checks that a line names the request and the decision that a reply names, and the trace.
        private static func expect(_ line: LogLine, toName answer: Answer) throws {
            let request: String = try #require(answer.fields["x-request-id"])
            let decision: String = try #require(answer.decision)
            #expect(line["request"] == request)
            #expect(line["decision"] == decision)
            #expect(line["trace"] == trace)
        }
    }
}

/// A line of a log: an object of texts, with a time, a level and a message.
private struct LogLine {
    private let fields: [String: String]

    /// Reads a line, and checks that it is one.
    init(_ line: some StringProtocol) throws {
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
        fields = try #require(object as? [String: String], "\(line)")
        let time = try #require(fields["time"])
        _ = try Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(time)
        #expect(["debug", "info", "notice", "warning", "error"].contains(fields["level"]))
        #expect(fields["message"]?.isEmpty == false, "\(line)")
    }

    subscript(_ name: String) -> String? { fields[name] }
}

extension Gateway {
    /// What has been logged.
    fileprivate func log() throws -> [LogLine] {
        // A line that is being written has no end yet.
        let lines = child.errors.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        return try lines.map { try LogLine($0) }
    }

    /// Waits for a line with a message, which may come after the reply it is about.
    fileprivate func logged(_ message: String) async throws -> LogLine {
        var found: LogLine?
        try await eventually("\"\(message)\" is logged") {
            found = try log().first { $0["message"] == message }
            return found != nil
        }
        return try #require(found)
    }
}
