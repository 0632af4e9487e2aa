import Foundation
import PosternModel
import Testing

extension EndToEndTests {
    /// Every file under `Transcripts` is a test, over HTTP/1.1 and over HTTP/2.
    ///
    /// With `POSTERN_RECORD_TRANSCRIPTS=1` the files are rewritten with what comes out, for a human to read
    /// before they are committed. Each protocol has a gateway of its own that all files share: a file that
    /// changes something uses drafts of its own, from `Transcripts/world.yaml`.
    @Suite(ServedTranscripts()) struct TranscriptTests {
        @Test(arguments: try Transcript.all(), HTTPVersion.allCases)
        func `a request gets its whole response`(_ transcript: Transcript, _ version: HTTPVersion)
            async throws
        {
            let gateway = try #require(ServedTranscripts.gateways[version])
            let connection = try await gateway.connect(version)
            var answers: [Answer] = []
            var bindings = Bindings()
            let isRecording =
                ProcessInfo.processInfo.environment["POSTERN_RECORD_TRANSCRIPTS"] == "1"
            for turn in transcript.turns {
                let answer = try await connection.ask(try turn.request(bindings))
                answers.append(answer)
                let difference = bindings.difference(between: answer.transcript, and: turn.response)
                #expect(
                    difference == nil || isRecording,
                    "\(turn.requestText)\n\n\(difference ?? "")")
            }
            await connection.close()
            if isRecording, version == .http2 {
                try transcript.recorded(answers, naming: bindings)
                    .write(to: transcript.url, atomically: true, encoding: .utf8)
            }
        }

        @Test func `every refusal code has a transcript`() throws {
            let responses = try Transcript.all().flatMap { $0.turns.map(\.response) }
            for code in RefusalCode.allCases {
                #expect(
                    responses.contains { $0.contains(#""errorCode":"\#(code.rawValue)""#) },
                    "Nothing is refused with \(code.rawValue).")
            }
        }

        @Test(arguments: ["osdi", "personium", "revicom", "sendhub"])
        func `every API has its transcripts of what it refuses`(_ api: String) throws {
            let names = try Transcript.all().map(\.name)
            for what in [
                "accepted", "dry-run", "code-811", "code-17", "code-28", "bad-json",
                "route-unknown",
                "method", "foreign",
            ] {
                #expect(names.contains("\(api)/\(what)"), "\(what)")
            }
        }
    }
}

/// The gateways of the transcripts, for as long as the suite lasts.
struct ServedTranscripts: SuiteTrait, TestScoping {
    @TaskLocal static var gateways: [HTTPVersion: Gateway] = [:]

    func provideScope(
        for test: Test, testCase: Test.Case?,
        performing function: @concurrent () async throws -> Void
    ) async throws {
        let webhook = try await Webhook()
        let worlds = try await [Self.world(webhook), Self.world(webhook)]
        try await worlds[0].serving { first in
            try await worlds[1].serving { second in
                try await Self.$gateways.withValue([.http1: first, .http2: second]) {
                    try await function()
                }
            }
        }
        try await webhook.end()
    }

    private static func world(_ webhook: Webhook) async throws -> World {
        let world = try await World(policy: nil, settings: webhook.settings)
        try await world.load(Demonstration.world())
        try await world.load(
            Demonstration.today(
                String(contentsOf: Transcript.folder.appending(path: "world.yaml"), encoding: .utf8)
            )
        )
        return world
    }
}

/// The people and drafts of the demonstration.
enum Demonstration {
    /// The load file, with the policy's present day in it.
    static func world() throws -> String {
        let url = Program.checkout.appending(path: "Tests/Demo/world.yaml")
        return try today(String(contentsOf: url, encoding: .utf8))
    }

    /// A load file with the policy's present day in the place of `TODAY`.
    static func today(_ text: String) throws -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "Europe/Zurich"))
        let day = calendar.dateComponents([.year, .month, .day], from: Date())
        let today = String(
            format: "%04d-%02d-%02d", day.year ?? 0, day.month ?? 0, day.day ?? 0)
        return text.replacing("TODAY", with: today)
    }
}
