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

    private static func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        var object = JSONObject()
        for (name, value) in members { _ = object.insert(name, value) }
        return .object(object)
    }

    @Test(
        arguments: [
            ("<A>x</A>", object(["A": .string("x")])), ("<A/>", object(["A": .string("")])),
            ("<A i:nil='true'/>", object(["A": .null])), ("", object([:])),
            // Lists by the names of their items.
            ("<A><string>1</string></A>", object(["A": .array([.string("1")])])),
            (
                "<A><d:s xmlns:d='v'>1</d:s><s>2</s></A>",
                object(["A": .array([.string("1"), .string("2")])])
            ),
            (
                "<A><guid>1</guid><guid i:nil='true'/></A>",
                object(["A": .array([.string("1"), .null])])
            ),
            (
                "<A><U><B>1</B></U><U/></A>",
                object(["A": .array([object(["B": .string("1")]), .string("")])])
            ),
            // Objects.
            (
                "<A><AllowReply>true</AllowReply></A>",
                object(["A": object(["AllowReply": .string("true")])])
            ),
            (
                "<A><B>1</B><C><D>2</D></C></A>",
                object(["A": object(["B": .string("1"), "C": object(["D": .string("2")])])])
            ),
            ("<A><String>1</String></A>", object(["A": object(["String": .string("1")])])),
            (
                "<A><string>1</string><B/></A>",
                object(["A": object(["string": .string("1"), "B": .string("")])])
            ),
            // Lists by what the caller says, at whatever depth.
            ("<LIST/>", object(["LIST": .array([])])),
            ("<List> \n</List>", object(["List": .array([])])),
            ("<List>Text,Html</List>", object(["List": .string("Text,Html")])),
            ("<List i:nil='1'/>", object(["List": .null])),
            ("<List><B>1</B></List>", object(["List": .array([.string("1")])])),
            (
                "<List><B>1</B><C>2</C></List>",
                object(["List": .array([.string("1"), .string("2")])])
            ),
            (
                "<List><P><FileName>f</FileName><List><Q><R>1</R></Q></List></P></List>",
                object([
                    "List": .array([
                        object([
                            "FileName": .string("f"), "List": .array([object(["R": .string("1")])]),
                        ])
                    ])
                ])
            ),
            (
                "<List><List><B>1</B></List></List>",
                object(["List": .array([object(["B": .string("1")])])])
            ),
        ] as [(String, JSONValue)])
    func `members are texts, lists, objects and nulls`(_ text: String, _ expected: JSONValue) throws
    {
        let root = try read("<R xmlns:i='u'>\(text)</R>")
        #expect(root.members(lists: ["list"]).map(JSONValue.object) == expected)
    }

    @Test(arguments: [
        "<A/><a/>", "<A><B/><b/></A>", "<A><B/><C/><B/></A>", "<List><P><B/><C/><b/></P></List>",
        "<A><B><C/><D/><c/></B></A>",
    ])
    func `members that come twice or in two spellings are refused at any depth`(_ text: String)
        throws
    {
        #expect(try read("<R>\(text)</R>").members(lists: ["list"]) == nil)
    }

    @Test func `numbers, truth and nil are written as DataContract writes them`() {
        var xml = MarkupWriter(prologue: "")
        xml.element("A", [("xmlns:i", "u")]) {
            $0.element("B", Int64.max)
            $0.element("C", true)
            $0.element("D", false)
            $0.element("E", orNil: nil)
            $0.element("F", orNil: "<")
        }
        #expect(
            String(decoding: xml.bytes, as: UTF8.self)
                == "<A xmlns:i=\"u\"><B>9223372036854775807</B><C>true</C><D>false</D><E i:nil=\"true\"/><F>&lt;</F></A>"
        )
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
