import PosternModel
import Testing

@Suite struct TextTests {
    @Test(arguments: [
        ("plain Ünïcode", "plain Ünïcode"), ("a\nb", "a\\u{a}b"), ("\u{1b}[2J", "\\u{1b}[2J"),
        ("a\u{202e}b", "a\\u{202e}b"), ("`x`", "\\u{60}x\\u{60}"), ("\\", "\\u{5c}"),
        ("\u{2028}", "\\u{2028}"),
    ])
    func `text on a line cannot break it or hide`(text: String, expected: String) {
        #expect(text.escapedForLine == expected)
    }

    @Test func `text in a page stays text`() {
        #expect("<a href=\"x\">&'".escapedForHTML == "&lt;a href=&quot;x&quot;&gt;&amp;&#39;")
    }

    @Test(arguments: [
        ("listner.port", "listener.port"), ("LISTENER.PORT", "listener.port"),
        ("log.levle", "log.level"),
    ])
    func `a misspelt word finds the one that was meant`(word: String, meant: String) {
        #expect(Spelling.nearest(to: word, among: ["log.level", "listener.port"]) == meant)
    }

    @Test func `a word that resembles none finds none`() {
        #expect(Spelling.nearest(to: "zebra", among: ["log.level"]) == nil)
        #expect(
            Spelling.nearest(to: String(repeating: "x", count: 65), among: ["xxxxx"]) == nil)
    }
}
