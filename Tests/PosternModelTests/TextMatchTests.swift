import PosternModel
import Testing

@Suite struct TextMatchTests {
    static let cases: [(String, TextMatch.Relation, String, Bool)] = [
        ("Rounds", .equals, "Rounds", true), ("Rounds", .equals, "rounds", false),
        ("Rounds", .equals, "Round", false), ("", .equals, "", true),
        ("Rounds", .differs, "Rounds", false), ("Rounds", .differs, "rounds", true),
        ("", .differs, "", false), ("", .differs, "x", true),
        ("Rounds", .startsWith, "Rou", true), ("Rounds", .startsWith, "rou", false),
        ("Rounds", .startsWith, "Rounds!", false), ("Rounds", .startsWith, "", true),
        ("Re: Rounds", .contains, "Round", true), ("Re: Rounds", .contains, "round", false),
        ("Rounds", .contains, "Rounds", true), ("Rounds", .contains, "Rounds!", false),
        ("Rounds", .contains, "", true), ("", .contains, "", true), ("", .contains, "x", false),
        ("aabaaab", .contains, "aaab", true), ("abababac", .contains, "ababac", true),
        ("abcabcabd", .contains, "abcabd", true), ("aaaa", .contains, "aab", false),
        ("xyz", .contains, "z", true),
        // One letter in two spellings, and letters that Unicode holds to be equal.
        ("Café", .equals, "Cafe\u{301}", false), ("Café", .differs, "Cafe\u{301}", true),
        ("Cafe\u{301}", .startsWith, "Cafe", true), ("Café", .startsWith, "Cafe", false),
        ("Cafe\u{301} au lait", .contains, "\u{301} au", true), ("\u{212B}", .equals, "Å", false),
        ("Ward 🏥 seven", .contains, "🏥", true), ("Ward 🏥 seven", .contains, "🏠", false),
        ("a\u{0}b", .contains, "\u{0}", true),
    ]

    @Test(arguments: cases)
    func `texts are compared code point by code point`(
        _ text: String, _ relation: TextMatch.Relation, _ wanted: String, _ isFound: Bool
    ) {
        #expect(TextMatch(relation, wanted).accepts(text) == isFound)
    }

    /// Every part of a text that repeats itself, and every text of three letters of two kinds.
    @Test func `a part is found wherever it stands, and nothing else is`() {
        let text = "aabaacaabaadaabaacaabab"
        for start in text.indices {
            for end in text.indices where end > start {
                #expect(TextMatch(.contains, String(text[start..<end])).accepts(text))
            }
        }
        for number in 0..<64 {
            let letters = (0..<6).map { number >> $0 & 1 == 0 ? "a" : "b" }.joined()
            for part in ["aab", "aba", "abab", "bb", "aaaa", "babab"] {
                let places = letters.indices.contains { letters[$0...].hasPrefix(part) }
                #expect(TextMatch(.contains, part).accepts(letters) == places, "\(letters) \(part)")
            }
        }
    }

    @Test func `looking for a text that nearly stands everywhere takes no longer`() {
        let match = TextMatch(.contains, String(repeating: "a", count: 4_095) + "b")
        let text = String(repeating: "a", count: 500_000)
        // Byte by byte from each place this would be two thousand million steps.
        #expect(!match.accepts(text))
        #expect(match.accepts(text + "b"))
    }
}
