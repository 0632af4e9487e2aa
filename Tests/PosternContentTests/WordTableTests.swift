import PosternContent
import PosternModel
import Testing

/// Large lists, whose words are looked up rather than compiled.
@Suite struct WordTableTests {
    /// A list, a text and what is found in it.
    struct Case: CustomTestStringConvertible, Sendable {
        let words: [String]
        let text: String
        let found: [String]
        var testDescription: String { "\(words) in \(text.debugDescription)" }
    }

    private static let long = String(repeating: "x", count: 63)

    static let cases = [
        Case(words: ["bad"], text: "Bad, BAD\r\nbad", found: ["Bad", "BAD", "bad"]),
        Case(words: ["bad"], text: "badly 1bad bad2 bad_ _bad bad_x", found: ["bad", "bad"]),
        Case(words: ["bad"], text: "l'bad bad's bad't", found: ["bad", "bad"]),
        Case(words: ["bad"], text: "bäd «bad» 日bad ábad", found: ["bad", "bad"]),
        Case(words: ["very bad idea", "bad"], text: "very  bad\tidea", found: ["very  bad\tidea"]),
        Case(words: ["very bad", "very good"], text: "very goodly", found: []),
        Case(
            words: ["straße", "c++", ".net", "é"], text: "STRASSE c++ .NET é c",
            found: [
                "STRASSE", "c++", ".NET", "é",
            ]),
        Case(words: ["a", "i"], text: "a b i", found: ["a", "i"]),
        Case(
            words: [long, long + "y"], text: "\(long) \(long)y \(long)z", found: [long, long + "y"]),
        // More phrases with one first word than the table compares.
        Case(
            words: (0..<40).map { "same \($0)" }, text: "same 3, same 39, same 40",
            found: ["same 3", "same 39"]),
        // Tokens on both sides of every place where a block of the search may end.
        Case(
            words: ["bad"],
            text: (0..<64).map { String(repeating: "-", count: $0) + "bad" }.joined(),
            found: ["bad"] + [String](repeating: "bad", count: 15)),
    ]

    @Test(arguments: cases, [[], crowd])
    func `a word is found as in a small list`(_ one: Case, _ others: [String]) throws {
        let scanner = try scanner(one.words + others, threshold: 1000)
        #expect(covered(try scanner.scan(body: one.text), of: one.text) == one.found)
    }

    @Test func `every length of text before and after a word is searched`() throws {
        let scanner = try scanner(["bad", "badword"] + crowd)
        for before in 0..<140 {
            for after in [0, 1, 63, 64, 65] {
                let text =
                    String(repeating: ".", count: before) + "badword"
                    + String(repeating: " ", count: min(after, 1))
                    + String(repeating: "x", count: after)
                #expect(covered(try scanner.scan(subject: text), of: text) == ["badword"])
            }
        }
    }

    @Test func `a word of several lists counts in each`() throws {
        let lists = (0..<12).map { list(["bad", "other"], id: "list\($0)") } + [list(crowd)]
        let scanner = try ContentScanner(lists: lists, cache: nil)
        let hits = try scanner.scan(subject: "a bad one")
        #expect(hits.map(\.list) == (0..<12).map { "list\($0)" })
    }

    @Test func `white space in plain text is squeezed as in any other`() throws {
        let scanner = try scanner(["a b"], substrings: ["c d", "e"], threshold: 1000)
        var random = Seeded(state: 3)
        let pieces = ["a", "b", "c", "d", " ", " ", "\r\n", "\t", "xxxxxxxxxxxxxxx", "   ", "."]
        for _ in 0..<2000 {
            let plain = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }.joined()
            // A text with anything but ASCII is rewritten bit by bit.
            let other = plain + ".\u{E9}"
            let found = try scanner.scan(body: plain + ".").flatMap(\.spans)
            #expect(
                try scanner.scan(body: other).flatMap(\.spans) == found, "\(plain.debugDescription)"
            )
        }
    }
}
