import PosternContent
import PosternModel
import Testing

@Suite struct DisguiseTests {
    private let scanner: ContentScanner
    private static let crowded = Result {
        try PosternContentTests.scanner(["banned", "secret plan"] + crowd)
    }

    init() throws { scanner = try PosternContentTests.scanner(["banned", "secret plan"]) }

    @Test(arguments: Disguise.ofText, [false, true])
    func `a disguise is seen through in every part`(_ disguise: Disguise, _ isCrowded: Bool) throws
    {
        let scanner = try isCrowded ? Self.crowded.get() : scanner
        let text = "Please note \(disguise.text) today"
        let hits = try scanner.scan(
            subject: text, body: text, format: .text, attachmentNames: ["a.pdf", text], lists: nil)
        #expect(hits.map(\.part) == [.subject, .body, .attachmentNames])
        #expect(hits.map(\.distinct) == [1, 0, 0], "One word, wherever it stands.")
        #expect(hits.allSatisfy { $0.spans.count == 1 })
        let html = try scanner.scan(body: "<p>\(text)</p>", .html)
        #expect(html.count == 1)
        let alone = try scanner.scan(subject: disguise.text)
        #expect(alone.count == 1)
    }

    @Test(arguments: Disguise.ofHTML)
    func `a disguise in HTML is seen through`(_ disguise: Disguise) throws {
        let hits = try scanner.scan(body: "<html><body>Please note \(disguise.text) today", .html)
        #expect(hits.count == 1)
        #expect(hits.first?.distinct == 1)
    }

    @Test(arguments: [
        "<!-- banned --> fine", "<script>banned</script> fine", "<style>.banned{}</style>",
        "<a href='banned'>x</a>",
        "<p>ban</p>ned", "ban<br>ned", "ban<div>ned</div>", "fine <b title=banned",
        "fine <!-- banned",
        "&amp;#98;anned", "<script>banned", "secret<p>x</p>plan", "<img alt=x src=banned>",
        "<table><td>ban<td>ned", "ban<table></table>ned", "ban</p>ned", "ban</br>ned",
        "<div>ban</div>ned",
        "<svg><style>banned</style></svg>", "<svg><script>banned</script></svg>",
        "<svg><title><style/></title></svg>banned</style>",
        "<script><!--<script></script>banned--></script>",
        "<iframe style=display:block>banned</iframe>",
        "ban<b style=display:block>ned</b>", "<svg>ban<![CDATA[>]]>ned",
        "<span><legend>ban</span>ned", "<table><caption>ban</table>ned", "ban<svg><p>ned",
        "ban\u{202E}\n\u{202C}ned", "<bdo dir=ltr>dennab</bdo>",
        "<bdo dir=rtl>x</bdo>dennab", "\u{202E}x<br>dennab",
    ])
    func `what a reader does not see as the word is let through`(_ html: String) throws {
        #expect(try scanner.scan(body: html, .html).isEmpty)
    }

    @Test(arguments: [
        "display:none", " DISPLAY : None ; color:red", "display&#58;none", "display&colon;none",
        "display:/**/none",
        "/*;*/display:none", #"display:n\6fne"#, #"display:n\00006f ne"#, #"\64isplay:none"#,
        "display:inline;display:none", "display:none;display:bogus",
        "display:none!important;display:inline",
        "display:none ! Important;display:block", "display:none;;color",
        "background:url(a;b);display:none",
        "content:';';display:none", #"content:'\';';display:none"#, "visibility:hidden",
        "visibility:collapse",
        "font-size:0", "font-size:0px", "font-size:.01em", "font-size:1px", "opacity:0.0",
        "opacity:0%", "mso-hide:all",
    ])
    func `what a style hides does not part a word`(_ style: String) throws {
        #expect(try scanner.scan(body: "ban<i style=\"\(style)\">x</i>ned", .html).count == 1)
    }

    @Test(arguments: [
        "display:none;display:inline", "display:none;display:initial",
        "display:none!important;display:inline!important",
        "di/**/splay:none", "display:no/**/ne", "background:url(a;display:none",
        "content:';display:none'",
        "{display:none}", "color:none", "font-size:10px", "font-size:0.9em", "opacity:1",
        "opacity:0;opacity:.9",
        "display:none!", "display:'none'", "display&colonnone",
    ])
    func `what a style does not hide parts a word`(_ style: String) throws {
        #expect(try scanner.scan(body: "ban<i style=\"\(style)\">x</i>ned", .html).isEmpty)
    }

    @Test func `there are as many disguises and harmless texts as promised`() {
        #expect(Disguise.ofText.count >= 34)
        #expect(Disguise.ofHTML.count >= 34)
        #expect(Set(HarmlessTexts.texts).count >= 200)
    }

    @Test(arguments: [[], crowd])
    func `no harmless text is refused`(_ others: [String]) throws {
        let scanner = try PosternContentTests.scanner(
            HarmlessTexts.banned + HarmlessTexts.phrases + others)
        for text in HarmlessTexts.texts {
            #expect(covered(try scanner.scan(subject: text), of: text) == [], "\(text)")
            #expect(covered(try scanner.scan(body: text, .html), of: text) == [], "\(text)")
        }
    }

    @Test func `a Cyrillic keyword is found, disguised with Latin letters too`() throws {
        let scanner = try PosternContentTests.scanner(["наркотик"])
        for text in ["НАРКОТИК", "н\u{61}ркотик", "наp\u{43A}отик"] {
            #expect(
                covered(try scanner.scan(subject: "вот \(text) тут"), of: "вот \(text) тут") == [
                    text
                ])
        }
    }

    @Test func `a word wholly of look-alikes is judged by its neighbours`() throws {
        let scanner = try PosternContentTests.scanner(["cop", "bot"])
        #expect(try scanner.scan(subject: "the \u{441}\u{43E}\u{440} is here").count == 1)
        #expect(try scanner.scan(subject: "\u{441}\u{43E}\u{440}").count == 1)
        #expect(try scanner.scan(subject: "the \u{432}\u{43E}\u{442} is here").count == 1)
        #expect(try scanner.scan(subject: "вынеси \u{441}\u{43E}\u{440} из избы").isEmpty)
        #expect(try scanner.scan(subject: "\u{432}\u{43E}\u{442}").isEmpty)
        #expect(try scanner.scan(subject: "\u{432}\u{43E}\u{442} работает robot").isEmpty)
    }
}
