import Foundation
import Testing

/// A page of prose: the README, or one in a `.docc` folder.
struct Page: CustomTestStringConvertible {
    /// A fenced block: what stands behind the fence, and the text.
    struct Block {
        let kind: String
        let text: String
    }

    /// The path from the checkout's top.
    let path: String
    let text: String

    var testDescription: String { path }

    init(_ path: String) throws {
        self.path = path
        text = try String(contentsOf: House.root.appending(path: path), encoding: .utf8)
    }

    /// Every page of the checkout.
    static func all() throws -> [Page] {
        let sources = FileManager.default.enumerator(
            atPath: House.root.appending(path: "Sources").path)
        let pages = (sources?.allObjects as? [String] ?? [])
            .filter { $0.contains(".docc/") && $0.hasSuffix(".md") }
        return try ["README.md", "certs/README.md"].map(Page.init)
            + pages.sorted().map { try Page("Sources/\($0)") }
    }

    /// The fenced blocks, in order.
    var blocks: [Block] {
        text.matches(of: /(?m)^```([^\n`]*)\n((?s:.*?))^```$/)
            .map { Block(kind: String($0.1), text: String($0.2)) }
    }

    /// The text outside fenced blocks.
    var prose: String { text.replacing(/(?m)^```[^\n`]*\n(?s:.*?)^```$/, with: "") }

    /// The shell commands of its `sh` blocks, continued lines joined, comments cut.
    var commands: [String] {
        blocks.filter { $0.kind == "sh" }.flatMap { block in
            block.text.replacing("\\\n", with: " ").split(separator: "\n")
                .map { String($0.replacing(/\s+#.*$/, with: "")) }
        }
    }

    /// What stands between a table's markers.
    func table(_ name: String) throws -> String {
        let (begin, end) = try markers(of: name)
        return String(text[begin..<end])
    }

    /// Writes a table between its markers.
    func write(_ table: String, as name: String) throws {
        let (begin, end) = try markers(of: name)
        var changed = text
        changed.replaceSubrange(begin..<end, with: table)
        try Data(changed.utf8).write(to: House.root.appending(path: path))
    }

    private func markers(of name: String) throws -> (String.Index, String.Index) {
        let opening = try #require(text.range(of: "<!-- table: \(name) -->\n"), "\(path)")
        let closing = try #require(
            text.range(of: "<!-- end of table -->", range: opening.upperBound..<text.endIndex))
        return (opening.upperBound, closing.lowerBound)
    }
}
