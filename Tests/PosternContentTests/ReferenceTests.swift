import Foundation
import PosternContent
import PosternModel
import Testing

/// The scanner against a matcher written the slow and obvious way.
@Suite struct ReferenceTests {
    private static let pieces =
        [
            "a", "b", "A", "B", "ab", "ba", " ", " ", "  ", "\n", "\u{A0}", "\u{3000}", "\t",
            "\u{200D}", "\u{AD}",
            "\u{FEFF}", "\u{7}", "\u{FF41}", "\u{FF22}", "e\u{301}", "\u{E9}", "é", "É", "e", "1",
            "-", ".", "!",
            "\u{FB01}", "fi", "日", "ß", "ss", "ẞ", "😀", "0123456789abcdef", "b b b b b b b ",
        ]
    private static let words = [
        "a", "ab", "a b", "b a", "é", "eé", "fi", "ss", "1", "-", "b.", "日", "bab", "ÉA",
    ]

    /// One character of the normal form and the bytes it came from.
    private struct Unit {
        let character: Character
        let source: Range<Int>
    }

    private static func units(_ text: String) -> [Unit] {
        var units: [Unit] = []
        var offset = 0
        for character in text {
            // From the first byte to the last that is left of the character: what it drops is no
            // part of it.
            var source: Range<Int>?
            var scalars = String.UnicodeScalarView()
            for scalar in character.unicodeScalars {
                let length = String(scalar).utf8.count
                defer { offset += length }
                if scalar.properties.isDefaultIgnorableCodePoint
                    || (scalar.properties.generalCategory == .control
                        && !scalar.properties.isWhitespace)
                {
                    continue
                }
                scalars.append(scalar)
                source = (source?.lowerBound ?? offset)..<(offset + length)
            }
            guard let source else { continue }
            let plain = String(scalars).precomposedStringWithCompatibilityMapping
                .lowercased().replacingOccurrences(of: "ß", with: "ss")
            for one in plain {
                let white = one.isWhitespace
                if white, units.last?.character == " " { continue }
                units.append(Unit(character: white ? " " : one, source: source))
            }
        }
        return units
    }

    private static func joins(_ character: Character) -> Bool {
        (character.isLetter || character.isNumber) && character != "日"
    }

    /// The words found, and the bytes that belong to any match of any of them.
    private static func found(_ words: [String], in text: String, whole: Bool) -> (Int, Set<Int>) {
        let units = units(text)
        var distinct = 0
        var bytes: Set<Int> = []
        for word in words {
            let sought = Self.units(word).map(\.character)
            var isFound = false
            for start in units.indices where start + sought.count <= units.count {
                let end = start + sought.count
                guard units[start..<end].map(\.character) == sought else { continue }
                let before =
                    start > 0 && joins(units[start - 1].character) && joins(units[start].character)
                let after =
                    end < units.count && joins(units[end].character)
                    && joins(units[end - 1].character)
                if whole, before || after { continue }
                isFound = true
                bytes.formUnion(units[start].source.lowerBound..<units[end - 1].source.upperBound)
            }
            if isFound { distinct += 1 }
        }
        return (distinct, bytes)
    }

    @Test(arguments: [false, true], [[], crowd])
    func `random texts give what the slow matcher gives`(_ whole: Bool, _ others: [String]) throws {
        let scanner =
            try whole
            ? scanner(Self.words + others, threshold: 99)
            : scanner(others, substrings: Self.words, threshold: 99)
        var random = Seeded(state: 42)
        for _ in 0..<500 {
            // A space before each text keeps a mark from joining what is before it.
            let text = (0..<Int.random(in: 0...24, using: &random)).map { _ in
                Self.pieces.randomElement(using: &random) ?? ""
            }.joined()
            let hits = try scanner.scan(body: text)
            let expected = Self.found(Self.words, in: text, whole: whole)
            #expect(hits.first?.distinct ?? 0 == expected.0, "\(text.debugDescription)")
            let spans = hits.flatMap(\.spans)
            if spans.count < 16 {
                let covered = Set(spans.flatMap { Array($0) })
                #expect(covered == expected.1, "\(text.debugDescription) \(spans)")
            }
        }
    }

    /// Letters in the order in which a reader sees them, by the steps of UAX #9's rules X2 to X7 and L2.
    private static func seen(_ text: String) -> String {
        var levels = [0]
        var line: [(letter: Unicode.Scalar, level: Int)] = []
        for scalar in text.unicodeScalars {
            let level = levels[levels.count - 1]
            switch scalar {
            case "\u{202E}": levels.append(level % 2 == 0 ? level + 1 : level + 2)
            case "\u{202D}": levels.append(level % 2 == 0 ? level + 2 : level + 1)
            case "\u{202C}": if levels.count > 1 { levels.removeLast() }
            default: line.append((scalar, level))
            }
        }
        for level in (1...200).reversed() {
            var start = 0
            while start < line.count {
                var end = start
                while end < line.count, line[end].level >= level { end += 1 }
                line[start..<end].reverse()
                start = end + 1
            }
        }
        var seen = String.UnicodeScalarView()
        seen.append(contentsOf: line.map(\.letter))
        return String(seen)
    }

    @Test func `overrides are put in the order that reversing level by level gives`() throws {
        let signs = ["\u{202E}", "\u{202E}", "\u{202D}", "\u{202C}", "\u{202C}"]
        var random = Seeded(state: 9)
        for _ in 0..<300 {
            // No letter twice, so there is one order to find them in.
            var text = ""
            for letter in "abcdefghijklmnopqrst".prefix(Int.random(in: 1...20, using: &random)) {
                for _ in 0..<Int.random(in: 0...3, using: &random) {
                    text += signs.randomElement(using: &random) ?? ""
                }
                text.unicodeScalars.append(contentsOf: letter.unicodeScalars)
            }
            let hits = try scanner(substrings: [Self.seen(text)]).scan(subject: text)
            #expect(!hits.isEmpty, "\(text.debugDescription)")
        }
    }

    /// A letter as deep in overrides as any can be.
    static let deepest = String(repeating: "\u{202D}\u{202E}", count: 62) + "a"

    @Test func `any mixture of markup is scanned without harm, and finds are in bounds`() throws {
        let scanner = try scanner(["a", "b"], substrings: ["ab"], patterns: ["a.b"])
        let pieces = [
            "<", ">", "</", "/>", "&", "#", "x", ";", "&#", "&#x", "&am", "&amp;", "<!--", "-->",
            "--!>", "<!", "<?", "]]>",
            "<b", "<p ", "style=", "'", "\"", "display:none", "hidden", "<script", "</script",
            "<style>", "a", "b", " ", "\u{301}",
            "é", "\u{430}", "😀", "\u{FDFA}", "=", "\n", "<template>", "</template>", "9999999999",
            "\u{1F1E6}", "<svg>", "</svg>", "<desc>", "<table>", "<td>", "</table>", "<b hidden>",
            "</b>", "<p>", "</p>",
            "<select>", "<noscript>", "</noscript>", "<rt>", "<![CDATA[", "<title>", "</title>",
            "<bdo dir=rtl>", "</bdo>",
            "<b style='float:left;display:n\\6fne'>", "\u{202E}", "\u{202D}", "\u{2067}",
            "\u{2069}", "\u{202C}",
        ]
        var random = Seeded(state: 7)
        for _ in 0..<1500 {
            let html = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }.joined()
            for format in BodyFormat.allCases {
                for span in try scanner.scan(body: html, format).flatMap(\.spans) {
                    #expect(span.lowerBound < span.upperBound && span.upperBound <= html.utf8.count)
                    #expect(String(bytes: Array(html.utf8)[span], encoding: .utf8) != nil)
                }
            }
        }
    }

    @Test(arguments: [
        "\u{301}", "\u{301}\u{316}", "a\u{301}", "<", "&", "&a", "&#", "&#0",
        "&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "<a ", "<a b='",
        "<!--", "</script", "<script>", "<p>", "<i hidden>", "<i style='", "\u{FDFA}", "\u{200D}",
        "a\u{200D}", "\u{AD}", " ", "\u{A0}",
        "_", "a_", "a'", "\u{1F1E6}", "\u{430}", "\u{430} ", "\u{432} ", "b\u{430} ", "\u{13AA}",
        "𝐛", "\u{1100}", "\u{1161}", "a",
        "\u{0}", "<template>", "&nbsp;", "\u{336}", "n\u{336}", "]]>", "a a ",
        "<svg>", "<math><mi>", "<svg><![CDATA[", "<table>", "<table><td>", "<table>a<td>b", "<b>",
        "<b></p>", "<p><b>a</p>",
        "<p><b hidden>a", "<b><div>", "</b><b><div>", "<a>", "<form></form>",
        "<select><option><b>a", "<noscript>a",
        "<textarea>", "<script><!--<script>", "<ruby><rt>a", "<bdo dir=rtl>a",
        "<bdo dir=rtl>a</bdo><br>", "\u{202E}",
        "\u{202E}a", "\u{202E}a\u{202D}", "\u{2067}\u{202E}a", "\u{202E}a\n", " \u{301}a",
        "<i style='\\6f/*;",
        "<noscript>a<select><b>a<rt>b<i hidden>a</i></select><table>a",
        "²", "a™", "a²\u{301}", deepest, "\u{202E}a²\u{430}",
    ])
    func `64 KiB of one thing take linear time`(_ piece: String) throws {
        let scanner = try scanner(["a", "n", "banned", "b"], substrings: ["aa"], threshold: 1000)
        func time(_ bytes: Int) throws -> Duration {
            let body = String(repeating: piece, count: bytes / piece.utf8.count)
            return try (0..<2).map { _ in
                try ContinuousClock().measure {
                    _ = try scanner.scan(body: body, .html)
                    _ = try scanner.scan(subject: body)
                }
            }.min() ?? .zero
        }
        // Eight times the text: quadratic work would take 64 times as long, every time. One try on a
        // busy machine proves nothing.
        var tries: [(Duration, Duration)] = []
        repeat {
            tries.append((try time(8 * 1024), try time(64 * 1024)))
        } while tries.count < 5 && tries.allSatisfy { $1 > max($0 * 30, .milliseconds(200)) }
        #expect(tries.contains { $1 <= max($0 * 30, .milliseconds(200)) }, "\(tries)")
    }
}
