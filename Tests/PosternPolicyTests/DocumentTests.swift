import Foundation
import PosternModel
import PosternPolicy
import Testing

@Suite struct DocumentTests {
    /// The fenced blocks of the module's page whose fence says what they are.
    private func block(_ kind: String) throws -> [UInt8] {
        let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
            .appending(path: "Sources/PosternPolicy/PosternPolicy.docc/PosternPolicy.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let opening = try #require(text.range(of: "```\(kind)\n"))
        let closing = try #require(
            text.range(of: "\n```", range: opening.upperBound..<text.endIndex))
        return Array(text[opening.upperBound..<closing.lowerBound].utf8)
    }

    @Test func `the examples of the page load, and its cases pass`() throws {
        let files = [
            "policy.yaml": try block("yaml policy"),
            "keywords/secrets.txt": try block("text keywords"),
            "cases/page.yaml": try block("yaml cases"),
        ]
        let policy = try PolicyFolder.load(files: files).get()
        #expect(policy.keywordLists.first?.entries.count == 5)
        let report = try PolicyFolder.loadCases(files: files, for: policy).get()
            .run(policy) { _ in [] }
        #expect(report.passes, "\(report.lines)")
        #expect(report.results.count == 4)
    }
}
