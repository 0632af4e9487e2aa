import Testing

@testable import PosternDelivery

@Suite struct SMTPReplyTests {
    private func parse(_ bytes: [UInt8]) throws -> [SMTPReply] {
        var parser = SMTPReplyParser()
        return try bytes.compactMap { try parser.consume($0) }
    }

    @Test(arguments: [
        ("250\r\n", 250, ""), ("250 \r\n", 250, ""), ("354 go on\r\n", 354, "go on"),
        ("571 no\r\n", 571, "no"),
    ])
    func `a reply is its digits and its words`(_ text: String, _ code: Int, _ words: String) throws
    {
        let replies = try parse(Array(text.utf8))
        #expect(replies == [SMTPReply(code: code, lines: [Array(words.utf8)])])
    }

    @Test(arguments: [
        "25\r\n", "2500\r\n", "250_x\r\n", "150 x\r\n", "650 x\r\n", "abc\r\n", "\r\n", "250 a\n",
        "250 a\rb\r\n", "250 \u{0}\r\n", "250-a\r\n251 b\r\n", " 250 a\r\n",
    ])
    func `what is not a reply is not taken for one`(_ text: String) {
        #expect(throws: SMTPReplyParser.Malformed.notAReply) { try parse(Array(text.utf8)) }
    }

    @Test
    func `a line may be 2048 bytes long and no longer`() throws {
        let longest = "250 " + String(repeating: "x", count: 2_042) + "\r\n"
        #expect(try parse(Array(longest.utf8)).count == 1)
        #expect(throws: SMTPReplyParser.Malformed.lineTooLong) {
            try parse(Array("x\(longest)".utf8))
        }
    }

    @Test
    func `a reply may have 100 lines and no more`() throws {
        let lines = String(repeating: "250-x\r\n", count: 99)
        #expect(try parse(Array("\(lines)250 x\r\n".utf8)).first?.lines.count == 100)
        #expect(throws: SMTPReplyParser.Malformed.tooManyLines) {
            try parse(Array("250-x\r\n\(lines)250 x\r\n".utf8))
        }
    }

    @Test(arguments: [
        ("550 5.1.1 nobody", "5.1.1"), ("450 4.20.300 later", "4.20.300"), ("550 4.1.1 x", nil),
        ("550 5.1 x", nil), ("550 5.1.1234 x", nil), ("550 x", nil), ("550", nil),
    ])
    func `an enhanced status is one that agrees with its reply`(_ text: String, _ status: String?)
        throws
    {
        #expect(try parse(Array("\(text)\r\n".utf8)).first?.enhancedStatus == status)
    }

    @Test(arguments: [
        (
            "5.1.1 <pat@patients.example>: Recipient address rejected",
            "550 5.1.1 <‹address›>: Recipient address rejected"
        ),
        ("unknown: \"p.r+x\"@patients.example, ask help@relay.example.", nil),
        ("no address @ all", "550 no address ‹address› all"),
    ])
    func `addresses that a relay repeats are left out`(_ words: String, _ summary: String?) {
        let found = SMTPReply(code: 550, lines: [Array(words.utf8)]).summary
        if let summary { #expect(found == summary) }
        #expect(!found.contains("patients") && !found.contains("help"))
    }

    @Test
    func `a relay's words are escaped and shortened`() {
        let words: [UInt8] =
            [0x1B, 0x5B, 0xFF, UInt8(ascii: "\\")] + Array(repeating: 0x61, count: 999)
        let summary = SMTPReply(code: 550, lines: [words]).summary
        #expect(summary.hasPrefix("550 \\x1B[\\xFF\\\\aaa"))
        #expect(summary.count == 300)
        #expect(summary.hasSuffix("…"))
    }
}
