import PosternPolicy
import Testing

@Suite struct AttachmentRulesTests {
    private static func rules(_ attachments: String) throws -> AttachmentRules {
        try Fixtures.policy(("forward: yes", "forward: yes\n    attachments: \(attachments)"))
            .attachmentRules(for: "staff")
    }

    @Test(arguments: [
        "a.exe", "A.EXE", "a.exe ", "a.exe.", "a.exe. . ", "a.exe\u{A0}", "a. exe", ".exe",
        "invoice.pdf.exe", "a.exe.pdf", "a.exe .pdf", "a.exe::$DATA", "a.exe:stream.txt",
        "notes.txt:b.exe", "a.exe/", "a.b/c.exe", "a.exe;.jpg", "a.exe\0.pdf", "a.exe\0pdf",
        "a.exe\n.pdf", "a.exe\r\npdf", "invoice\u{202E}fdp.exe", "a.\u{202E}exe", "a.e\u{200B}xe",
        "a.ex\u{AD}e", "a.exe\u{FEFF}", "a.exe\u{FE0F}", "a.e\u{1}xe", "a.exe\u{2028}",
        "a\u{FF0E}exe", "a\u{2024}exe", "a.\u{FF45}\u{FF58}\u{FF45}", "a\u{301}.exe", "a..exe",
        "a.7Z", "a.\u{FB01}l",
    ])
    func `a denied type is found however it is written`(_ name: String) throws {
        let rules = try Self.rules("{ deniedTypes: [EXE, 7z, fil] }")
        #expect(rules.denies(fileName: name))
    }

    @Test(arguments: [
        "exe", "a", "", ".", "...", "a.pdf", "exe.pdf", "a.exe2", "a.xexe", "a exe", "a:exe",
        "a.\u{301}exe", "a.e xe", "a.pdf exe", "\u{202E}exe",
    ])
    func `other names pass`(_ name: String) throws {
        let rules = try Self.rules("{ deniedTypes: [exe] }")
        #expect(!rules.denies(fileName: name))
    }

    @Test func `nothing is denied where no type is`() throws {
        let policy = try Fixtures.policy()
        #expect(!policy.attachmentRules(for: "staff").denies(fileName: "a.exe"))
    }

    @Test func `what is not written has a value all the same`() throws {
        let rules = try Fixtures.policy().attachmentRules(for: "guests")
        #expect(rules.allowed)
        #expect(rules.maximumSize == 1 << 30)
        #expect(rules.maximumTotal == 2 << 30)
        #expect(rules.maximumCount == 100)
        #expect(rules.deniedTypes == [])
    }

    @Test func `a limit nobody wrote gives way to one that somebody did`() throws {
        let rules = try Self.rules("{ maximumTotal: 500MiB }")
        #expect(rules.maximumSize == 500 << 20)
        #expect(rules.maximumTotal == 500 << 20)
    }

    static let sizes: [(text: String, shift: Int, count: Int64)] = [
        ("1", 0, 1), ("1024", 10, 1), ("500KiB", 10, 500), ("25MiB", 20, 25), ("2GiB", 30, 2),
        ("1TiB", 40, 1), ("1099511627776", 40, 1), ("007KiB", 10, 7),
    ]

    @Test(arguments: sizes)
    func `sizes are read to the byte`(_ text: String, _ shift: Int, _ count: Int64) throws {
        let rules = try Self.rules("{ maximumSize: \(text), maximumTotal: 1TiB }")
        #expect(rules.maximumSize == count << shift)
    }

    static let slips: [(text: String, meant: String?)] = [
        ("25MB", "25MiB"), ("25M", "25MiB"), ("25mib", "25MiB"), ("25 MiB", "25MiB"),
        ("1gb", "1GiB"), ("2TiB", nil), ("1025GiB", nil), ("0", nil), ("0MiB", nil), ("0MB", nil),
        ("-1", nil), ("+1", nil), ("-5MiB", nil), ("1.5GiB", nil), ("25X", nil), ("25 b", nil),
        ("MiB", nil), ("ten", nil), ("1e3", nil), ("0x10", nil), ("1_000", nil),
        ("1\u{212A}iB", "1KiB"),
        ("9223372036854775808", nil), ("9223372036854775807", nil), ("9223372036854TiB", nil),
        ("\u{0661}MiB", nil), ("99999999999999999999999MB", nil),
    ]

    @Test(arguments: slips)
    func `what is no size is refused, with the one that was meant`(
        _ text: String, _ meant: String?
    ) {
        let faults = Fixtures.faults(
            Fixtures.files(
                ("forward: yes", "forward: yes\n    attachments: { maximumTotal: \"\(text)\" }")))
        #expect(faults.count == 1)
        #expect(faults.first?.line == 20 && faults.first?.column == 34)
        #expect(faults.first?.message.contains("must be a size") == true)
        #expect(faults.first?.suggestion == meant)
    }
}
