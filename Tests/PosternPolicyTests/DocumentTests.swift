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
        #expect(report.results.count == 3)
    }

    @Test func `every remedy has a sentence`() {
        let at = Fixtures.noon
        let remedies: [Remedy] = [
            .signIn, .removeRecipients(count: 1), .removeDisabledRecipients(count: 2),
            .removeForbiddenRecipients(count: 1), .removeUninvitableRecipients(count: 1),
            .removeChallengedRecipients(count: 1), .askToInvite, .giveChallengeCode,
            .addressOnlyTheParentsSender, .startNewMessage, .changeFYEO(to: .disabled),
            .changeFYEO(to: .accountPassword), .changeFYEO(to: .uniquePassword), .clearExpiry,
            .setExpiry(notBefore: at, notAfter: nil), .setExpiry(notBefore: at, notAfter: at),
            .givePassword, .correctPassword, .removeBannedText(lists: ["secrets"]), .waitUntil(at),
        ]
        #expect(remedies.allSatisfy { $0.sentence.hasSuffix(".") })
        #expect(
            Remedy.waitUntil(at).sentence == "Send it again at 2026-03-02T12:00:00Z or later.")
        #expect(
            Remedy.removeDisabledRecipients(count: 2).sentence
                == "Remove the 2 recipients whose accounts are disabled.")
    }
}
