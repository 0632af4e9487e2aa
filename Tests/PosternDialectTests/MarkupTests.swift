import PosternDialectKit
import Testing

@Suite struct MarkupTests {
    private func read(_ text: String) throws(MarkupProblem) -> MarkupElement {
        try MarkupElement(strict: Array(text.utf8))
    }

    @Test(arguments: [
        "<a/>", "<a></a>", "<a b='1' c=\"2\"/>", " <a/> ", "<!-- x --><a/><!-- y -->",
        "<?xml version=\"1.0\"?><a/>", "<?xml version='1.0' encoding='UTF-8'?>\n<a/>",
        "\u{FEFF}<a/>", "<x:a xmlns:x='u'><x:b>1</x:b></x:a>", "<a>&lt;&gt;&amp;&apos;&quot;</a>",
        "<a>&#65;&#x1F600;</a>", "<a><![CDATA[<b>&x;]]></a>", "<é/>", "<a >x</a >",
        "<a b='&lt;'/>", "<a><b/>\n<c/></a>", "<a><!-- x --></a>",
    ])
    func `plain documents are read`(_ text: String) throws {
        _ = try read(text)
    }

    @Test(
        arguments: [
            ("", .endsEarly), ("<a>", .endsEarly), ("<a", .endsEarly), ("<a b='1", .endsEarly),
            ("<a><b></a>", .mismatchedEnd), ("<a/><b/>", .trailing), ("<a/>x", .trailing),
            ("x<a/>", .unexpectedByte), ("<a b=1/>", .unexpectedByte), ("<a b/>", .unexpectedByte),
            ("<a b='1' b='2'/>", .duplicateAttribute), ("<a b='<'/>", .unexpectedByte),
            ("<1a/>", .unexpectedByte), ("< a/>", .unexpectedByte),
            ("<a b='1'c='2'/>", .unexpectedByte),
            ("<!DOCTYPE a><a/>", .documentType),
            ("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", .documentType),
            ("<a><!ENTITY x 'y'></a>", .documentType), ("<?pi x?><a/>", .processingInstruction),
            ("<a><?pi x?></a>", .processingInstruction), ("<a>&x;</a>", .unknownEntity),
            ("<a>&lt</a>", .unknownEntity), ("<a>& b</a>", .unknownEntity),
            ("<a>&#0;</a>", .unknownEntity),
            ("<a>&#xD800;</a>", .unknownEntity), ("<a>&#x110000;</a>", .unknownEntity),
            ("<a>&#+65;</a>", .unknownEntity), ("<a>&#;</a>", .unknownEntity),
            ("<a>&#xFFFFFFFFFFF;</a>", .unknownEntity),
            ("<a>]]></a>", .unexpectedByte), ("<a>x<b/></a>", .mixedContent),
            ("<a>\u{1}</a>", .badCharacter),
            ("<a>\u{FFFF}</a>", .badCharacter), ("<a><!-- -- --></a>", .unexpectedByte),
            ("<?xml version='1.0' encoding='UTF-16'?><a/>", .badCharacter),
            ("<?xml version='1.0' encoding='ISO-8859-1'?><a/>", .badCharacter),
            ("<a><![CDATA[x", .endsEarly), ("<!-- x", .endsEarly),
        ] as [(String, MarkupProblem.Kind)])
    func `everything else is refused`(_ text: String, _ kind: MarkupProblem.Kind) {
        #expect {
            try read(text)
        } throws: { error in
            (error as? MarkupProblem)?.kind == kind
        }
    }

    @Test func `nesting is bounded`() throws {
        _ = try read(String(repeating: "<a>", count: 32) + String(repeating: "</a>", count: 32))
        #expect(throws: MarkupProblem.self) { try read(String(repeating: "<a>", count: 100_000)) }
    }

    @Test func `the billion laughs stay a document type`() {
        let laughs = """
            <?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol1 "&lol;&lol;&lol;">]>
            <lolz>&lol1;</lolz>
            """
        #expect {
            try read(laughs)
        } throws: { error in
            (error as? MarkupProblem)?.kind == .documentType
        }
    }

    @Test func `text that is not UTF-8 is refused`() {
        for bytes in [[0x3C, 0x61, 0x3E, 0xFF], [0xFF, 0xFE, 0x3C, 0x00]] as [[UInt8]] {
            #expect(throws: MarkupProblem.self) { try MarkupElement(strict: bytes) }
        }
    }

    @Test func `line ends become line feeds and references stay what they are`() throws {
        #expect(try read("<a>1\r\n2\r3&#13;</a>").text == "1\n2\n3\r")
    }

    @Test func `members are texts, lists and nulls`() throws {
        let root = try read(
            "<R xmlns:i='u'><A>x</A><B i:nil='true'/><C><d:s xmlns:d='v'>1</d:s><s>2</s></C><E/></R>"
        )
        let members = try #require(root.members)
        #expect(members["a"] == .string("x"))
        #expect(members["b"] == .null)
        #expect(members["c"] == .array([.string("1"), .string("2")]))
        #expect(members["e"] == .string(""))
        #expect(try read("<R><A/><a/></R>").members == nil)
    }

    @Test(arguments: ["a<b>&\"'", "\r\n\t", "ü😀", "]]>"])
    func `what is written is read back`(_ text: String) throws {
        var xml = MarkupWriter(prologue: "<?xml version=\"1.0\"?>")
        xml.element("a", [("b", text)]) { $0.text(text) }
        #expect(try MarkupElement(strict: xml.bytes).text == text)
    }

    @Test func `characters XML does not have are replaced`() throws {
        var xml = MarkupWriter(prologue: "")
        xml.element("a", "x\u{0}\u{1B}y")
        #expect(try MarkupElement(strict: xml.bytes).text == "x\u{FFFD}\u{FFFD}y")
    }
}
