import Foundation
import PosternDialectKit
import Testing

/// What holds for every answer, read from the transcripts.
@Suite struct RevicomAnswerTests {
    @Test(arguments: try Transcript.all(of: "revicom"))
    func `an answer can be read by our own strict reader, and holds no credential`(
        _ transcript: Transcript
    ) throws {
        let start = try #require(transcript.response.range(of: "\n\n"))
        let body = Array(transcript.response[start.upperBound...].utf8)
        if transcript.response.contains("content-type: application/") {
            #expect(throws: Never.self) { try JSONValue(strict: body) }
        }
        for secret in ["a2V5OnBhc3N3b3Jk", "login", "secret"] {
            #expect(!transcript.response.contains(secret))
        }
    }

    @Test func `every documentation of a divergence names transcripts that are there`() throws {
        let names = try Set(Transcript.all(of: "revicom").map(\.name))
        let folder = try #require(Transcript.all(of: "revicom").first).url
            .deletingLastPathComponent().appending(
                path: "../../../../Sources/PosternDialectRevicom/PosternDialectRevicom.docc")
        for page in ["Divergences.md", "PosternDialectRevicom.md"] {
            let text = try String(contentsOf: folder.appending(path: page), encoding: .utf8)
            let named = text.matches(
                of: /`((?:stop|send|get|list|credential|cascade|dispatch|route)-[a-z0-9-]+)`/)
            #expect(named.count > 5)
            for match in named {
                #expect(names.contains(String(match.1)), "\(page) names `\(match.1)`.")
            }
        }
    }
}
