import PosternContent
import PosternModel
import Testing

@Suite struct ContentScannerTests {
    @Test(arguments: [
        ("anthrax", "some anthrax here", ["anthrax"]),
        ("anthrax", "l'anthrax, ANTHRAX's", ["anthrax", "ANTHRAX"]),
        ("c++", "I like C++ and c++17, not abc++", ["C++", "c++"]),
        ("$$$", "send $$$ now", ["$$$"]),
        (".net", "use .NET today", [".NET"]),
        ("straße", "In der STRASSE und Straße", ["STRASSE", "Straße"]),
        ("STRASSE", "straße", ["straße"]),
        ("file", "a ﬁle", ["ﬁle"]),
        ("istanbul", "İstanbul'da", []),
        ("istanbul", "İSTANBUL", ["İSTANBUL"]),
        ("ΣΊΣΥΦΟΣ", "σίσυφος", ["σίσυφος"]),
        ("caf\u{E9}", "cafe\u{301}", ["cafe\u{301}"]),
        ("cafe", "caf\u{E9} cafe\u{301}", []),
        ("麻薬", "これは麻薬です", ["麻薬"]),
        ("ยา", "ขายยาบ้า", ["ยา"]),
        ("secret   plan", "a SECRET\n\t plan", ["SECRET\n\t plan"]),
        ("foo_bar", "foo_bar foo_bar_baz", ["foo_bar"]),
        ("foo", "foo_bar", []),
        ("x", "x\u{301}", ["x\u{301}"]),
        ("e", "\u{E9}", []),
        ("한국", "한국 한국어", ["한국"]),
        ("bad", "x\u{301}bad \u{301}bad", ["bad"]),
        ("パス", "パスワード パス・ワード パスA", ["パス", "パス"]),
        ("a", "パa aパ パ_a", ["a", "a"]),
        ("x", "👍🏽x x🏽", ["x", "x"]),
        ("bad", "so \u{202E}dab dab\u{202C} dab", ["dab", "dab"]),
        ("bad", "b\u{202E}da\u{202C}. \u{202E}da\u{202C}b", ["b\u{202E}da\u{202C}"]),
        ("banned", "Banned™, ²banned, №banned and banned2", ["Banned", "banned", "banned"]),
        ("banned", "①banned㎏ banned⒈ x½banned℡", ["banned", "banned", "banned"]),
        ("secret plan", "secret²plan secret plan²", ["secret plan"]),
        ("co2", "CO₂ and co₂x", ["CO₂"]),
        ("ค", "คำ", []),
        ("한", "\u{1112}\u{1161}\u{11AB}", ["\u{1112}\u{1161}\u{11AB}"]),
    ])
    func `a word is found whole, in the sender's own spelling`(
        _ word: String, _ text: String, _ found: [String]
    ) throws {
        let scanner = try scanner([word])
        #expect(covered(try scanner.scan(subject: text), of: text) == found)
        #expect(covered(try scanner.scan(body: text), of: text) == found)
    }

    @Test func `a substring is found inside words`() throws {
        let text = "xxBADxx \u{FF42}ad"
        #expect(
            covered(try scanner(substrings: ["bad"]).scan(subject: text), of: text) == [
                "BAD", "\u{FF42}ad",
            ])
    }

    @Test(arguments: [
        (#"\d{4}-\d{4}"#, "call 1234-5678 now", ["1234-5678"]),
        (#"\bAB\d+\b"#, "ab12 xab13", ["ab12"]),
        (#"\p{L}t[É-Í]!"#, "été!", ["été!"]),
        (#"a.c"#, "a\nc", ["a\nc"]),
    ])
    func `a pattern runs on the normal form`(_ pattern: String, _ text: String, _ found: [String])
        throws
    {
        #expect(covered(try scanner(patterns: [pattern]).scan(subject: text), of: text) == found)
    }

    @Test(arguments: [
        ("x<b>y</b>bad", "bad"), ("<p>one</p>b<i>a</i>d", "b<i>a</i>d"),
        ("&lt;b&#97;d&gt;", "b&#97;d"),
        ("é&eacute; bad", "bad"), ("<!-- bad -->b<!-- -->ad", "b<!-- -->ad"),
        ("\u{1F600} ｂａｄ", "ｂａｄ"), ("x<bdo dir=rtl>dab</bdo>", "dab"),
        ("b<table><td>x</td>ad</table>", "b<table><td>x</td>ad"),
        ("<svg><![CDATA[<bad>]]>", "bad"), ("<textarea>&lt;bad</textarea>", "bad"),
    ])
    func `spans in HTML are ranges of the HTML`(_ html: String, _ span: String) throws {
        #expect(
            covered(try scanner(substrings: ["bad"]).scan(body: html, .html), of: html) == [span])
    }

    @Test func `attachment names count through the names joined by line feeds`() throws {
        let names = ["first.pdf", "secret_plan-Banned.docx", "secret", "plan"]
        let scanner = try scanner(["banned", "secret plan", "secret"])
        let hits = try scanner.scan(
            subject: "", body: "", format: .text, attachmentNames: names, lists: nil)
        #expect(covered(hits, of: names.joined(separator: "\n")) == ["secret", "Banned", "secret"])
        #expect(hits.map(\.distinct) == [2])
    }

    @Test(arguments: [
        (#"\.exe$"#, ["a.exe", "b.txt"], [".exe"]), ("^b", ["a", "b"], ["b"]),
        (#"ab\s+cd"#, ["ab", "cd", "ab cd"], ["ab cd"]),
        (#"[^x]+\.exe"#, ["a.pdf", "b.exe", "x.exe"], ["b.exe"]),
        (#"\W?plan"#, ["secret", "plan"], ["plan"]),
        (#"^bad\.exe$"#, ["", "b\u{430}d.exe", "c"], ["b\u{430}d.exe"]),
        (#"^bad\.exe$"#, ["a\u{202E}", "exe.dab\u{202E}", "\u{202E}exe.dab"], ["exe.dab"]),
    ])
    func `to a pattern each name is a text of its own`(
        _ pattern: String, _ names: [String], _ found: [String]
    ) throws {
        let scanner = try scanner(patterns: [pattern])
        let attached = try scanner.scan(
            subject: "", body: "", format: .text, attachmentNames: names, lists: nil)
        #expect(covered(attached, of: names.joined(separator: "\n")) == found)
        let shown = try scanner.scan(
            subject: "", body: "", format: .text, attachmentNames: [], words: names, lists: nil)
        #expect(covered(shown, of: ([""] + names).joined(separator: "\n")) == found)
    }

    @Test func `a name whose direction is forced is read as it is shown`() throws {
        let names = ["a-\u{202E}gpj.dennab\u{202C}.exe", "dennab.exe"]
        let hits = try scanner(["banned"]).scan(
            subject: "", body: "", format: .text, attachmentNames: names, lists: nil)
        #expect(covered(hits, of: names.joined(separator: "\n")) == ["dennab"])
    }

    @Test func `other words count as the subject, and through it and them joined by line feeds`()
        throws
    {
        let scanner = try scanner(["banned", "secret plan", "secret"])
        for (subject, found) in [
            ("A secret", ["secret", "secret", "Banned"]), ("", ["secret", "Banned"]),
        ] {
            let words = ["plan", "a_secret", "Banned"]
            let hits = try scanner.scan(
                subject: subject, body: "", format: .text, attachmentNames: [], words: words,
                lists: nil)
            #expect(covered(hits, of: ([subject] + words).joined(separator: "\n")) == found)
            #expect(hits.map(\.part) == [.subject])
            #expect(hits.map(\.distinct) == [2])
        }
    }

    @Test func `an entry counts once in a message, in the first part it is found in`() throws {
        let scanner = try ContentScanner(
            lists: [
                list(["bad", "worse"], threshold: 2, id: "all"),
                list(["bad", "worse"], parts: [.body, .attachmentNames], id: "some"),
            ], cache: nil)
        func scan(_ subject: String, _ body: String, _ name: String) throws -> [String] {
            try scanner.scan(
                subject: subject, body: body, format: .text, attachmentNames: [name], lists: nil
            ).map { "\($0.list) \($0.part.rawValue) \($0.distinct) of \($0.spans.count)" }
        }
        #expect(
            try scan("bad, bad", "BAD and worse, worse", "bad.pdf") == [
                "all subject 1 of 2", "all body 1 of 3", "some body 2 of 3",
                "all attachmentNames 0 of 1", "some attachmentNames 0 of 1",
            ])
        // Nothing of one message is left for the next.
        #expect(
            try scan("fine", "fine", "bad") == [
                "all attachmentNames 1 of 1", "some attachmentNames 1 of 1",
            ])
    }

    @Test func `distinct entries are counted, however often and however spelt`() throws {
        let scanner = try scanner(["one", "ONE", "two", "three"], threshold: 2)
        let hit = try #require(try scanner.scan(subject: "one One two one TWO").first)
        #expect(hit.distinct == 2)
        #expect(hit.spans.count == 5)
    }

    @Test func `what is found again with word ends kept counts once`() throws {
        let scanner = try scanner(["one", "two"], threshold: 3)
        let hit = try #require(try scanner.scan(subject: "one two² one™").first)
        #expect(hit.distinct == 2)
        #expect(hit.spans.count == 3)
    }

    @Test func `a count is exact up to the threshold, and spans are bounded`() throws {
        let words = (0..<40).map { "word\($0)" }
        let text =
            Array(repeating: "word0", count: 100).joined(separator: " ") + " "
            + words.joined(separator: " ")
        let hit = try #require(try scanner(words, threshold: 40).scan(subject: text).first)
        #expect(hit.distinct == 40)
        #expect(hit.spans.count == 16)
        #expect(hit.spans == hit.spans.sorted { $0.lowerBound < $1.lowerBound })
    }

    @Test func `lists apply to their parts, and only those asked for`() throws {
        let scanner = try ContentScanner(
            lists: [
                list(["alpha"], parts: [.subject], id: "a"),
                list(["alpha", "beta"], parts: [.body], id: "b"),
                list(["beta"], id: "c"),
            ], cache: nil)
        func found(_ lists: Set<String>?) throws -> [String] {
            try scanner.scan(
                subject: "alpha", body: "beta", format: .text, attachmentNames: ["beta"],
                lists: lists
            ).map { "\($0.list)/\($0.part.rawValue)" }
        }
        #expect(try found(nil) == ["a/subject", "b/body", "c/body", "c/attachmentNames"])
        #expect(try found(["a", "b"]) == ["a/subject", "b/body"])
        #expect(try found([]) == [])
    }

    @Test func `every faulty entry is named with its line`() throws {
        let faulty = list(
            ["fine", "\u{200B}\u{AD}", " "],
            patterns: ["a*", "(x)\\1", "ok\\d+", "(?=x)y", "(", "(?<!a)b", "a{1,99999}"])
        let error = try #require(throws: KeywordFaults.self) {
            try ContentScanner(lists: [list(["good"], id: "other"), faulty], cache: nil)
        }
        #expect(error.entries.map(\.line) == [2, 3, 4, 5, 7, 8, 9, 10])
        #expect(error.entries.allSatisfy { $0.list == "list" && !$0.message.isEmpty })
        #expect(error.entries[2].message == "The pattern matches the empty text.")
    }

    @Test func `HTML is followed far deeper than readers show it, and no further`() throws {
        let scanner = try scanner(["bad"])
        func scan(_ html: String) throws -> [ContentHit] {
            try scanner.scan(
                subject: "", body: html, format: .html, attachmentNames: [], lists: nil)
        }
        let deep = String(repeating: "<b>", count: 60_000) + "bad"
        #expect(try scan(deep).count == 1)
        #expect(throws: Fault(.contentTooTangled, note: "elements too deep inside each other")) {
            try scan(String(repeating: "<b>", count: 66_000) + "bad")
        }
        // As many tags, not inside each other.
        #expect(try scan(String(repeating: "<i></i>", count: 66_000) + "bad").count == 1)
    }

    @Test func `large HTML is read in as many ways as there is time for`() throws {
        let scanner = try scanner(["bad"])
        func scan(_ html: String) throws -> [ContentHit] {
            try scanner.scan(
                subject: "", body: html + String(repeating: "good ", count: 500_000), format: .html,
                attachmentNames: [], lists: nil)
        }
        let doubts = [
            "<p hidden>x</p>", "<p style=float:left>x</p>", "<table>x</table>",
            "<noscript>x</noscript>", "<select><p>x</p></select>",
        ]
        // Two and a half megabytes, sixteen times.
        #expect(try scan("bad " + doubts.dropLast().joined()).count == 1)
        #expect(throws: Fault(.contentTooTangled, note: "too large to be read in so many ways")) {
            try scan("bad " + doubts.joined())
        }
    }

    @Test func `no lists and empty texts find nothing`() throws {
        #expect(try ContentScanner(lists: [], cache: nil).scan(subject: "x").isEmpty)
        #expect(try scanner(["x"]).scan(subject: "").isEmpty)
    }

    @Test func `many threads scan with one scanner`() async throws {
        let scanner = try scanner(["banned", "b\u{430}d"], patterns: ["x\\d"])
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<32 {
                group.addTask {
                    var right = 0
                    for round in 0..<50 {
                        let text =
                            (round + task) % 3 == 0
                            ? "all fine" : "so b\u{430}nned x\(round % 10) \(task)"
                        let hits = try scanner.scan(body: text, round % 2 == 0 ? .html : .text)
                        if hits.first?.distinct == ((round + task) % 3 == 0 ? nil : 2) {
                            right += 1
                        }
                    }
                    return right
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(counts == 32 * 50)
    }
}
