import Foundation
import PosternDialectKit
import PosternDialectOSDI
import PosternDialectPersonium
import PosternDialectRevicom
import PosternDialectSecureMessaging
import PosternDialectSendHub
import PosternModel
import Testing

/// Every file under `Transcripts` is a test.
///
/// With `POSTERN_RECORD_TRANSCRIPTS=1` the files are rewritten with
/// what comes out, for a human to read before they are committed.
@Suite struct TranscriptTests {
    static let mount = Mount(baseURL: "https://gateway.test")

    /// Every dialect, by the name of its folder.
    static let dialects: [any Dialect] = [
        SecureMessagingDialect(
            service: ServiceDescription(
                name: "Example Mail", code: "example", baseURL: "https://portal.example",
                administrator: EmailAddress("help@portal.example"))),
        OSDIDialect(mount: mount), PersoniumDialect(mount: mount, units: SampleUnits()),
        RevicomDialect(
            mount: mount, clock: NoonClock(), callbackHosts: ["hooks.example"]),
        SendHubDialect(mount: mount),
    ]

    @Test(arguments: try dialects.flatMap { try Transcript.all(of: $0.name) })
    func `a request becomes its intent and an outcome its response`(_ transcript: Transcript) throws
    {
        let name = transcript.url.deletingLastPathComponent().lastPathComponent
        let dialect = try #require(Self.dialects.first { $0.name == name })
        let decoding = dialect.decode(transcript.request)
        let response = try Self.response(to: transcript, decoding, of: dialect)
        if ProcessInfo.processInfo.environment["POSTERN_RECORD_TRANSCRIPTS"] == "1" {
            try transcript.recorded(intent: decoding.transcript, response: response)
                .write(to: transcript.url, atomically: true, encoding: .utf8)
        }
        #expect(decoding.transcript == transcript.intent)
        #expect(response == transcript.response)
    }

    private static func response(
        to transcript: Transcript, _ decoding: Decoding, of dialect: any Dialect
    ) throws -> String {
        switch decoding {
        case .answer(let response): return response.transcript
        case .notMine:
            return dialect.encode(.unknownRoute, for: transcript.request).transcript
        case .methodNotAllowed(let methods):
            return dialect.encode(.methodNotAllowed(methods), for: transcript.request).transcript
        case .send(_, let manner):
            let outcome = try #require(
                SendOutcome(transcript: transcript.outcome), "An outcome is needed.")
            return dialect.encode(outcome, in: manner).transcript
        case .sends(let intents, let manner):
            let outcomes = transcript.outcome.split(separator: "\n").compactMap {
                SendOutcome(transcript: String($0))
            }
            try #require(outcomes.count == intents.count, "Each send needs its line.")
            return dialect.encode(outcomes, in: manner).transcript
        case .operate(let request, let manner):
            let outcome = try #require(
                OperationOutcome(
                    transcript: transcript.outcome, of: request.operation, in: dialect.name),
                "An outcome is needed.")
            return dialect.encode(outcome, in: manner).transcript
        }
    }

    @Test(arguments: try Transcript.all(of: "secure-messaging"))
    func `an answer can be read by our own strict readers`(_ transcript: Transcript) throws {
        guard let start = transcript.response.range(of: "\n\n") else { return }
        let body = Array(transcript.response[start.upperBound...].utf8)
        if transcript.response.contains("content-type: application/xml") {
            _ = try MarkupElement(strict: body)
        } else if transcript.response.contains("content-type: application/json") {
            _ = try JSONValue(strict: body)
        }
    }

    @Test func `every refusal code has a transcript`() throws {
        let outcomes = try Transcript.all(of: "secure-messaging").map(\.outcome)
        for code in RefusalCode.allCases {
            #expect(
                outcomes.contains("refused \(code.rawValue)"),
                "Nothing refuses with \(code.rawValue).")
        }
    }

    @Test func `every code of an operation has a transcript`() throws {
        let outcomes = try Transcript.all(of: "secure-messaging").map(\.outcome)
        // The others answer operations this dialect does not ask for.
        let codes = OperationCode.OwnCode.allCases.prefix { $0 != .accessForbidden }
        for code in codes + [.accessForbidden, .messageClosed] {
            #expect(
                outcomes.contains { $0.hasPrefix("refused \(code.rawValue)") },
                "Nothing refuses with \(code.rawValue).")
        }
    }
}
