import PosternModel
import Testing

@testable import PosternDelivery

@Suite struct NotificationMailTests {
    @Test(arguments: [
        "a\r\nBcc: eve@there.example", "a\nb", "a\rb", "a\u{0}b", "a\u{7F}", "a\u{85}b",
        "a\u{2028}b", "\t",
        String(repeating: "x", count: 5_000),
    ])
    func `a subject or name that could become another header is refused`(_ text: String) throws {
        let sender = try Samples.address("postern@here.example")
        #expect(throws: NotificationMail.Unwritable.subject) {
            try NotificationMail(row: Samples.row(1, subject: text), sender: sender, senderName: "")
        }
        #expect(throws: NotificationMail.Unwritable.senderName) {
            try NotificationMail(row: Samples.row(1), sender: sender, senderName: text)
        }
    }

    @Test(arguments: [
        ("", ""), ("plain", "plain"), ("a=b", "a=3Db"), ("ü", "=C3=BC"),
        ("a \nb\t", "a=20\r\nb=09"),
        ("a\rb\r\nc\n", "a\r\nb\r\nc\r\n"), ("From x", "=46rom x"), ("a\u{0}", "a=00"),
    ])
    func `quoted-printable is as written`(_ text: String, _ encoded: String) {
        #expect(String(decoding: QuotedPrintable.encode(text), as: UTF8.self) == encoded)
    }

    @Test(arguments: 70...80, ["x", "ü", "="])
    func `no quoted-printable line is longer than 76`(_ count: Int, _ character: String) {
        let encoded = QuotedPrintable.encode(String(repeating: character, count: count))
        let lines = String(decoding: encoded, as: UTF8.self).split(separator: "\r\n")
        #expect(lines.allSatisfy { $0.utf8.count <= 76 })
        #expect(lines.dropLast().allSatisfy { $0.hasSuffix("=") })
    }

    @Test(arguments: [
        "plain": "plain", "": "", "=?utf-8?Q?trick?=": "=?utf-8?B?PT91dGYtOD9RP3RyaWNrPz0=?=",
        "für": "=?utf-8?B?ZsO8cg==?=", " a": "=?utf-8?B?IGE=?=",
    ])
    func `a subject is literal or in encoded words`(_ text: String, _ rendered: String) {
        #expect(HeaderText.unstructured(text, indent: 9) == rendered)
    }

    @Test
    func `encoded words are at most 75 characters and lines at most 76`() throws {
        let rendered = try #require(
            HeaderText.unstructured(String(repeating: "ü🙂x", count: 300), indent: 9))
        for line in "Subject: \(rendered)".split(separator: "\r\n") {
            #expect(line.utf8.count <= 76)
        }
    }

    /// Found by fuzzing: the length was measured before quotation marks were escaped.
    @Test(arguments: 0...80)
    func `a sender's name keeps its line at most 76 long, escapes included`(_ count: Int) throws {
        let name = String(repeating: "\"", count: count)
        let rendered = try #require(HeaderText.phrase(name, indent: 6))
        for line in "From: \(rendered)".split(separator: "\r\n") {
            #expect(line.utf8.count <= 76)
        }
    }

    @Test(
        arguments: [
            (-1_000, "Wed, 31 Dec 1969 23:59:59 +0000"), (0, "Thu, 1 Jan 1970 00:00:00 +0000"),
            (951_782_400_000, "Tue, 29 Feb 2000 00:00:00 +0000"),
            (2_147_483_648_000, "Tue, 19 Jan 2038 03:14:08 +0000"),
            (4_107_542_400_000, "Mon, 1 Mar 2100 00:00:00 +0000"),
        ] as [(Int64, String)])
    func `dates are as mail spells them`(_ milliseconds: Int64, _ text: String) {
        #expect(MailDate.format(Instant(milliseconds: milliseconds)) == text)
    }

    @Test
    func `the same row gives the same bytes`() throws {
        let sender = try Samples.address("postern@here.example")
        let first = try NotificationMail(row: Samples.row(1), sender: sender, senderName: "x")
        let second = try NotificationMail(
            row: Samples.row(1, attempts: 7), sender: sender, senderName: "x")
        #expect(first == second)
    }

    @Test
    func `leading dots are doubled and the end is a lone dot`() throws {
        let mail = try NotificationMail(
            row: Samples.row(1, text: ".\n.a\nb.\n"),
            sender: Samples.address("postern@here.example"),
            senderName: "")
        let sent = String(decoding: mail.transmission, as: UTF8.self)
        #expect(sent.contains("\r\n..\r\n..a\r\nb.\r\n"))
        #expect(sent.hasSuffix("\r\n.\r\n"))
        #expect(sent.components(separatedBy: "\r\n.\r\n").count == 2)
    }
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [Substring] {
        split(separator: separator, omittingEmptySubsequences: false)
    }
}
