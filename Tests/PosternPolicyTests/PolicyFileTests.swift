import Foundation
import PosternModel
import PosternPolicy
import Testing

@Suite struct PolicyFileTests {
    /// One slip of the pen each: what is replaced, what stands there instead, where the fault must be,
    /// a piece of its sentence, and what it suggests.
    struct Slip: Sendable, CustomTestStringConvertible {
        var old: String
        var new: String
        var place: String
        var says: String
        var suggests: String?
        var testDescription: String { new.isEmpty ? "without \(old)" : new }
    }

    static let slips: [Slip] = [
        Slip(old: "version: 1", new: "version: 2", place: "1:10", says: "from 1 to 1"),
        Slip(
            old: "version: 1", new: "verison: 1", place: "1:1", says: "not a key",
            suggests: "version"),
        Slip(
            old: "Europe/Zurich", new: "Europe/Zürich", place: "2:11", says: "IANA",
            suggests: "Europe/Zurich"),
        Slip(old: "Europe/Zurich", new: "GMT+1", place: "2:11", says: "IANA", suggests: nil),
        Slip(
            old: "Europe/Zurich", new: "Europe/Zuric", place: "2:11", says: "IANA",
            suggests: "Europe/Zurich"),
        Slip(
            old: "Europe/Zurich", new: "../etc/passwd", place: "2:11", says: "IANA", suggests: nil),
        Slip(
            old: "Group: guests", new: "Group: guest", place: "3:15", says: "no group",
            suggests: "guests"),
        Slip(old: "warnAfter: 3", new: "warnAfter: 6", place: "4:24", says: "comes after"),
        Slip(old: "burnAfter: never", new: "burnAfter: 4", place: "4:52", says: "comes before"),
        Slip(old: ", burnAfter: never", new: "", place: "4:11", says: "missing"),
        Slip(old: "week: 1w", new: "week: 1 week", place: "5:23", says: "duration"),
        Slip(old: "week: 1w", new: "week: 0d", place: "5:23", says: "longer than nothing"),
        Slip(
            old: "file: keywords/", new: "file: ../", place: "8:11",
            says: "inside the policy folder"),
        Slip(old: "/secrets.txt", new: "/secret.txt", place: "8:11", says: "does not exist"),
        Slip(old: "threshold: 2", new: "threshold: 4", place: "9:5", says: "only 3 entries"),
        Slip(old: "threshold: 2", new: "threshold: 0", place: "9:16", says: "from 1"),
        Slip(
            old: "threshold: 2", new: "parts: [boddy]", place: "9:13", says: "may name",
            suggests: "body"),
        Slip(old: "keywordLists: all", new: "keywordLists: []", place: "7:3", says: "never used"),
        Slip(
            old: "keywordLists: all", new: "keywordLists: [secret]", place: "24:20",
            says: "no keyword list", suggests: "secrets"),
        Slip(
            old: "keywordLists: all", new: #"keywordLists: ["se\Lcrets"]"#, place: "24:20",
            says: "`se\u{FFFD}crets`", suggests: "secrets"),
        Slip(
            old: "dailyMessages: 10", new: "dailyMessages: ten", place: "12:20",
            says: "whole number"),
        Slip(old: "dailyMessages: 10", new: "dailyMessages: -1", place: "12:20", says: "from 0"),
        Slip(old: "dailyMessages: 10", new: "dailyMessages:", place: "12:19", says: "no value"),
        Slip(
            old: "dailyInvites: 3", new: "dailyMessages: 3", place: "12:5", says: "more than once"),
        Slip(
            old: "confidential: yes", new: "confidential: no\n    !x confidential: yes",
            place: "17:5", says: "`confidential` stands more than once"),
        Slip(
            old: "guests:", new: "!x staff: { inherits: guests }\n  guests:", place: "25:3",
            says: "`staff` stands more than once"),
        // What the reader writes over a key that it has reported, in a file's own keys.
        Slip(top: "\u{E000}nother: 1", place: "10:1", says: "not a key of the policy"),
        Slip(staff: "\u{E0FF}nother: 1", place: "20:5", says: "not a key of"),
        Slip(
            old: "version: 1", new: "version: 1\nversion: 1\n\u{E000}nother: 1", place: "3:1",
            says: "not a key of the policy"),
        Slip(old: "recipientLimit: 5", new: "recipientLimit: 0", place: "14:21", says: "from 1"),
        Slip(old: "fyeo: yes", new: "fyeo: maybe", place: "15:11", says: "`yes` or `no`"),
        Slip(old: "    confidential: yes\n", new: "", place: "11:3", says: "`confidential`"),
        Slip(
            old: "mayWriteTo: anyone", new: "mayWriteTo: anybody", place: "20:5",
            says: "must be `anyone`"),
        Slip(
            old: "contacts: no, groups: [staff]", new: "contacts: no", place: "28:5", says: "nobody"
        ),
        Slip(
            old: "groups: [staff]", new: "groups: [stuff]", place: "28:42", says: "no group",
            suggests: "staff"),
        Slip(
            old: "minimum: 1h", new: "minimum: 31d", place: "21:38", says: "longer than the longest"
        ),
        Slip(old: "default: 7d", new: "default: 31d", place: "21:65", says: "outside"),
        Slip(old: "maximum: 30d", new: "maximum: 99999d", place: "21:51", says: "at most 36500d"),
        Slip(old: "[bad.example]", new: "[bad_example]", place: "22:47", says: "not a domain"),
        Slip(
            old: "\"*.hospital.example\"", new: "\"a.*.example\"", place: "23:49",
            says: "not a domain"),
        Slip(
            old: "exemptDomains: [\"*.hospital.example\"]", new: "exemptAddresses: [nobody]",
            place: "23:51", says: "not an email address"),
        Slip(
            old: "inherits: staff", new: "inherits: stafff", place: "26:15", says: "not defined",
            suggests: "staff"),
        Slip(
            old: "inherits: staff", new: "inherits: guests", place: "26:15", says: "guests → guests"
        ),
        Slip(old: "  guests:", new: "  gue sts:", place: "25:3", says: "cannot name a group"),
        Slip(
            top: "rules: { recipients.limits: { mode: shadow } }", place: "10:10", says: "no rule",
            suggests: "recipients.limit"),
        Slip(
            top: "rules: { password.right: { mode: shadow } }", place: "10:10", says: "always holds"
        ),
        Slip(
            top: "rules: { recipients.limit: { mode: shado } }", place: "10:36", says: "one of",
            suggests: "shadow"),
        Slip(
            top:
                "rules: { quota.daily: { exceptions: [{ groups: [stuff], until: 2026-02-30, owner: a }] } }",
            place: "10:38", says: "`ticket` is missing"),
        Slip(top: "login: { lockAfter: 0 }", place: "10:21", says: "from 1 to 1000"),
        Slip(top: "login: { lockAfter: 1001 }", place: "10:21", says: "from 1 to 1000"),
        Slip(top: "login: { lockFor: 15 }", place: "10:19", says: "duration"),
        Slip(top: "login: { lockFor: 0m }", place: "10:19", says: "longer than nothing"),
        Slip(top: "login: { lockFor: never }", place: "10:19", says: "duration"),
        Slip(top: "login: { passwordMaximumAge: -1d }", place: "10:30", says: "or `never`"),
        Slip(top: "login: { passwordMaximumAge: 0d }", place: "10:30", says: "longer than nothing"),
        Slip(
            top: "login: { lockafter: 3 }", place: "10:10", says: "not a key of `login`",
            suggests: "lockAfter"),
        Slip(
            top: "login: { hideAccount: yes }", place: "10:10", says: "not a key of `login`",
            suggests: "hideAccounts"),
        Slip(top: "login: { hideAccounts: perhaps }", place: "10:24", says: "`yes` or `no`"),
        Slip(top: "login: { deniedDomains: [a_b] }", place: "10:26", says: "not a domain"),
        Slip(top: "login: { deniedDomains: bad.example }", place: "10:25", says: "must be a list"),
        Slip(
            top: "login: { deniedAddresses: [nobody] }", place: "10:28",
            says: "not an email address"),
        Slip(
            top: "login: { deniedAddresses: [a@b.example, a@b.example] }", place: "10:41",
            says: "stands twice"),
        Slip(top: "login: []", place: "10:8", says: "is expected"),
        Slip(staff: "recall: maybe", place: "20:13", says: "`yes` or `no`"),
        Slip(staff: "recal: yes", place: "20:5", says: "not a key", suggests: "recall"),
        Slip(staff: "retention: 60", place: "20:16", says: "or `forever`"),
        Slip(staff: "retention: never", place: "20:16", says: "or `forever`"),
        Slip(staff: "retention: -1d", place: "20:16", says: "duration"),
        Slip(staff: "retention: 0d", place: "20:16", says: "longer than nothing"),
        Slip(staff: "retention: 59m", place: "20:16", says: "sooner than the shortest expiry, 1h"),
        Slip(staff: "attachments: no", place: "20:18", says: "is expected"),
        Slip(
            staff: "attachments: { allow: no }", place: "20:20", says: "not a key of `attachments`",
            suggests: "allowed"),
        Slip(
            staff: "attachments: { maxSize: 1 }", place: "20:20", says: "not a key of `attachments`"
        ),
        Slip(staff: "attachments: { maximumCount: 0 }", place: "20:34", says: "from 1 to 10000"),
        Slip(
            staff: "attachments: { maximumSize: 25MB }", place: "20:33", says: "must be a size",
            suggests: "25MiB"),
        Slip(staff: "attachments: { maximumSize: -1 }", place: "20:33", says: "must be a size"),
        Slip(
            staff: "attachments: { maximumSize: 3GiB }", place: "20:33",
            says: "more than all files of a message together, 2GiB"),
        Slip(
            staff: "attachments: { maximumSize: 2MiB, maximumTotal: 1MiB }", place: "20:33",
            says: "together, 1MiB"),
        Slip(staff: "attachments: { deniedTypes: exe }", place: "20:33", says: "must be a list"),
        Slip(
            staff: "attachments: { deniedTypes: [.exe] }", place: "20:34", says: "without a dot",
            suggests: "exe"),
        Slip(
            staff: "attachments: { deniedTypes: [\"*.exe\"] }", place: "20:34",
            says: "without a dot", suggests: "exe"),
        Slip(
            staff: "attachments: { deniedTypes: [tar.gz] }", place: "20:34", says: "without a dot"),
        Slip(
            staff: "attachments: { deniedTypes: [js, a/b] }", place: "20:38",
            says: "file name extension"),
        Slip(
            staff: "attachments: { deniedTypes: [exe, exe] }", place: "20:39", says: "stands twice"),
        Slip(
            staff: "attachments: { deniedTypes: [exe, EXE] }", place: "20:39",
            says: "without regard to case"),
        Slip(
            staff: "cells: { alowed: yes }", place: "20:14", says: "not a key of `cells`",
            suggests: "allowed"),
        Slip(staff: "cells: { units: [] }", place: "20:21", says: "leaves no cell to write to"),
        Slip(
            staff: "cells: { units: https://a.example/ }", place: "20:21",
            says: "must be `any` or a list", suggests: "[https://a.example/]"),
        Slip(
            staff: "cells: { units: [https://a.example] }", place: "20:22",
            says: "not the address of a unit", suggests: "https://a.example/"),
        Slip(
            staff: "phones: { alowed: yes }", place: "20:15", says: "not a key of `phones`",
            suggests: "allowed"),
        Slip(
            staff: "phone: { allowed: yes }", place: "20:5", says: "not a key of",
            suggests: "phones"),
        Slip(staff: "phones: { allowed: some }", place: "20:24", says: "`yes` or `no`"),
        Slip(
            staff: "phones: { prefixes: [] }", place: "20:25", says: "leaves no number to write to"),
        Slip(
            staff: "phones: { prefixes: +41 }", place: "20:25", says: "must be `any` or a list",
            suggests: "[+41]"),
        Slip(staff: "phones: { prefixes: all }", place: "20:25", says: "must be `any` or a list"),
        Slip(
            staff: "phones: { prefixes: [+41, 41] }", place: "20:31",
            says: "the beginning of an international", suggests: "+41"),
        Slip(
            staff: "phones: { prefixes: [0041] }", place: "20:26",
            says: "the first of which is not 0", suggests: "+41"),
        Slip(
            staff: "phones: { prefixes: [\"+1 (650)\"] }", place: "20:26",
            says: "the beginning of an international", suggests: "+1650"),
        Slip(
            staff: "phones: { prefixes: [+041] }", place: "20:26",
            says: "the first of which is not 0"),
        Slip(
            staff: "phones: { prefixes: [+1234567890123456] }", place: "20:26",
            says: "1 to 15 digits"),
        Slip(staff: "phones: { prefixes: [+41, +41] }", place: "20:31", says: "stands twice"),
        Slip(old: "version: 1", new: "version: [1", place: "2:9", says: "not well-formed"),
        Slip(
            old: "version: 1", new: "version: 1\n---\nb: 1", place: "2:1", says: "another document"),
    ]

    @Test(arguments: slips)
    func `a slip is refused at its place`(_ slip: Slip) throws {
        let faults = Fixtures.faults(Fixtures.files((slip.old, slip.new)))
        let there = faults.filter { "\($0.line):\($0.column)" == slip.place }
        let found = there.first { $0.message.contains(slip.says) && $0.suggestion == slip.suggests }
        #expect(found != nil, "\(faults.map(\.description).joined(separator: "\n"))")
        #expect(faults.allSatisfy { $0.message.hasSuffix(".") })
        #expect(faults == faults.sorted())
    }

    @Test func `all faults are found in one pass, behind duplicate keys too`() {
        let faults = Fixtures.faults(
            Fixtures.files(
                ("dailyInvites: 3", "dailyMessages: 3"), ("fyeo: yes", "fyeo: maybe"),
                ("version: 1", "version: 1\nversion: 1"), ("inherits: staff", "inherits: none")))
        let texts = faults.map(\.message)
        #expect(texts.count { $0.contains("more than once") } == 2)
        #expect(texts.contains { $0.contains("`yes` or `no`") })
        #expect(texts.contains { $0.contains("not defined") })
    }

    @Test func `everything a group lacks is named at once`() {
        let faults = Fixtures.faults(
            Fixtures.files(("groups:\n", "groups:\n  bare: { expiry: { minimum: 1h } }\n")))
        let keys = [
            "challenge.required", "confidential", "dailyInvites", "dailyMessages", "expiry.allowed",
            "forward", "fyeo", "inviting.allowed", "keywordLists", "mayWriteTo", "recipientLimit",
            "replyAll", "reply",
        ]
        #expect(
            faults.map(\.description)
                == keys.map {
                    "policy.yaml:11:3: Neither the group `bare` nor a group it inherits from says `\($0)`."
                })
    }

    @Test(arguments: [
        ("fyeo: yes", "fyeo: maybe"), ("dailyMessages: 10", "dailyMessages: ten"),
        ("required: yes", "required: often"),
        ("expiry: { allowed: yes, minimum", "expiry: { allowed: 1, minimum"),
        ("inviting: { allowed: yes, deniedDomains: [bad.example] }", "inviting: yes"),
    ])
    func `what is written and cannot be read is not called missing`(_ old: String, _ new: String) {
        let faults = Fixtures.faults(Fixtures.files((old, new)))
        #expect(faults.count == 1, "\(faults.map(\.description).joined(separator: "\n"))")
    }

    @Test func `a ring of groups is reported at every group in it, and nowhere else`() {
        let ring = """
            groups:
              a: { inherits: b }
              b: { inherits: a }
              c: { inherits: a }

            """
        let faults = Fixtures.faults(Fixtures.files(("groups:\n", ring)))
        #expect(
            faults.filter { $0.message.contains("inherits from itself") }.map(\.line) == [11, 12])
    }

    static let impossibleKeywords: [(String, [UInt8], String, Int)] = [
        ("an empty entry", Array("ok\nsubstring:\n".utf8), "empty", 2),
        ("invalid UTF-8", Array("ok\nab".utf8) + [0xC3, 0x28], "UTF-8", 2),
        ("too long an entry", Array("ok\n".utf8) + Array(repeating: 97, count: 1025), "1024", 2),
        ("nothing", Array("# only a comment\n".utf8), "no entries", 1),
        ("a control character", Array("ok\na\u{1}b\n".utf8), "control", 2),
        ("a control character beyond ASCII", Array("ok\na\u{85}b\n".utf8), "control", 2),
        ("an entry twice", Array("ok\nfine\nok\n".utf8), "line 1", 3),
        ("signs as a word", Array("ok\n--\n".utf8), "substring:", 2),
    ]

    @Test(arguments: impossibleKeywords)
    func `an impossible keyword file is refused`(
        _ what: String, _ bytes: [UInt8], _ says: String, _ line: Int
    ) {
        var files = Fixtures.files()
        files["keywords/secrets.txt"] = bytes
        let faults = Fixtures.faults(files).filter { $0.file == "keywords/secrets.txt" }
        #expect(faults.contains { $0.message.contains(says) && $0.line == line }, "\(faults)")
    }

    // Not among the arguments above: a failing test prints its arguments.
    @Test func `a keyword file with too many entries is refused`() {
        let bytes = Array((0...200_000).map { "w\($0)\n" }.joined().utf8)
        var files = Fixtures.files()
        files["keywords/secrets.txt"] = bytes
        let fault = Fixtures.faults(files).first { $0.file == "keywords/secrets.txt" }
        #expect(fault?.message.contains("200000") == true)
        #expect(fault?.line == 200_001)
    }

    @Test func `keyword files know words, substrings, patterns and comments`() throws {
        var files = Fixtures.files()
        files["keywords/secrets.txt"] = Array(
            "\u{FEFF}# title\r\nfirst word  # why\r\n\r\nsubstring: a#b\r\npattern:[#] x #y\nword:pattern:z"
                .utf8)
        let list = try #require(PolicyFolder.load(files: files).get().keywordLists.first)
        #expect(
            list.entries == [
                KeywordList.Entry(text: "first word", kind: .word, line: 2, column: 1),
                KeywordList.Entry(text: "a#b", kind: .substring, line: 4, column: 12),
                KeywordList.Entry(text: "[#] x #y", kind: .pattern, line: 5, column: 9),
                KeywordList.Entry(text: "pattern:z", kind: .word, line: 6, column: 6),
            ])
        #expect(list.threshold == 2)
        #expect(list.parts == Set(MessagePart.allCases))
    }

    @Test func `aliases are refused before anybody follows them`() {
        var bomb = "a0: &a0 [x, x]\n"
        for level in 1...60 { bomb += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        bomb += "? *a60\n: 1\n"
        let faults = Fixtures.faults(["policy.yaml": Array(bomb.utf8)])
        #expect(faults.count == 1)
        #expect(faults.first?.message.contains("Aliases") == true)
        #expect(faults.first?.line == 2)
    }

    @Test(arguments: ["[", "{", "- ", "? ", "{a: ", "[[{"])
    func `deep nesting is refused, not fallen into`(_ opening: String) {
        for depth in [100, 990, 1001, 60_000] {
            let bytes = Array(String(repeating: opening, count: depth).utf8)
            #expect(!Fixtures.faults(["policy.yaml": bytes]).isEmpty)
            let closed = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            #expect(!Fixtures.faults(["policy.yaml": Array(closed.utf8)]).isEmpty)
        }
    }

    @Test func `size is bounded, and nothing at all is a fault too`() {
        #expect(Fixtures.faults([:]).map(\.message) == ["The policy's main file does not exist."])
        #expect(Fixtures.faults(["policy.yaml": []]).count == 1)
        let large = Array(repeating: UInt8(ascii: "#"), count: (1 << 20) + 1)
        #expect(Fixtures.faults(["policy.yaml": large]).first?.message.contains("larger") == true)
        #expect(Fixtures.faults(["policy.yaml": [0x61, 0x0A, 0xFF]]).first?.line == 2)
    }

    @Test func `any bytes load or are refused with a place`() {
        var random = Seeded(state: 11)
        let whole = Fixtures.files()
        let seed = Array(Fixtures.text.utf8)
        let odd: [UInt8] =
            Array("{}[]:,&*#?|>-!%@`'\"\n\t \\\0".utf8) + [0xFF, 0xC3, 0xE2, 0x80, 0xA8]
        for _ in 0..<1500 {
            var bytes = seed
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes[place] = odd.randomElement(using: &random) ?? 0
                case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 2: bytes.remove(at: place)
                case 3: bytes.insert(odd.randomElement(using: &random) ?? 0, at: place)
                default:
                    let end = min(bytes.count, place + Int.random(in: 1..<60, using: &random))
                    bytes.insert(
                        contentsOf: bytes[place..<end],
                        at: Int.random(in: 0..<bytes.count, using: &random))
                }
            }
            var files = whole
            files["policy.yaml"] = bytes
            switch PolicyFolder.load(files: files) {
            case .success(let policy):
                _ = policy.decide(Fixtures.facts(Fixtures.send()), at: Fixtures.noon)
                _ = PolicyFolder.loadCases(files: ["cases/a.yaml": bytes], for: policy)
            case .failure(let faults):
                #expect(!faults.faults.isEmpty)
                #expect(
                    faults.faults.allSatisfy { $0.line > 0 && $0.column > 0 && !$0.file.isEmpty })
            }
        }
    }

    @Test func `the digest covers the policy and its keywords, and nothing else`() throws {
        func digest(_ files: [String: [UInt8]]) throws -> PolicyDigest {
            try PolicyFolder.load(files: files).get().digest
        }
        let files = Fixtures.files()
        let first = try digest(files)
        var other = files
        other["cases/a.yaml"] = Array("anything".utf8)
        other["keywords/unused.txt"] = Array("anything".utf8)
        #expect(try digest(other) == first)
        other["keywords/secrets.txt"]?.append(contentsOf: Array("delta\n".utf8))
        #expect(try digest(other) != first)
        other = files
        other["policy.yaml"]?.append(UInt8(ascii: "\n"))
        #expect(try digest(other) != first)
    }

    @Test func `a folder on disk loads like files in memory, and its fingerprint follows edits`()
        throws
    {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "postern-policy-\(UInt64.random(in: 0 ... .max))").path()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(
            atPath: "\(folder)/keywords", withIntermediateDirectories: true)
        for (name, bytes) in Fixtures.files() {
            try Data(bytes).write(to: URL(filePath: "\(folder)/\(name)"))
        }
        let loaded = try PolicyFolder.load(at: folder).get()
        #expect(try loaded.digest == Fixtures.policy().digest)

        let before = PolicyFolder.fingerprint(at: folder)
        #expect(PolicyFolder.fingerprint(at: folder) == before)
        try Data("alpha\nbeta phrase\ndelta\n".utf8)
            .write(to: URL(filePath: "\(folder)/keywords/secrets.txt"))
        #expect(PolicyFolder.fingerprint(at: folder) != before)
        #expect(PolicyFolder.fingerprint(at: "\(folder)/none") != before)
    }

    @Test func `a keyword file that is a folder or unreadable is refused at its name`() throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "postern-policy-\(UInt64.random(in: 0 ... .max))").path()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(
            atPath: "\(folder)/keywords/secrets.txt", withIntermediateDirectories: true)
        try Data(Fixtures.text.utf8).write(to: URL(filePath: "\(folder)/policy.yaml"))
        guard case .failure(let faults) = PolicyFolder.load(at: folder) else {
            Issue.record("it loaded")
            return
        }
        #expect(faults.faults.map(\.line) == [8])
        #expect(faults.description.contains("is not a regular file"))
    }

    @Test func `a contradiction with what is inherited stands at the group's own value`() {
        let faults = Fixtures.faults(
            Fixtures.files(
                (
                    "forward: yes\n",
                    "forward: yes\n    retention: 60d\n    attachments: { maximumSize: 25MiB }\n"
                ),
                (
                    "inviting: { allowed: no }",
                    "attachments: { maximumTotal: 10MiB }\n    expiry: { minimum: 61d, maximum: never, default: never }"
                )))
        #expect(faults.map { "\($0.line):\($0.column)" } == ["31:34", "32:24"])
        #expect(faults.allSatisfy { $0.message.hasPrefix("In the group `guests`") })
    }

    @Test func `an unreadable total makes no second fault of a size`() {
        let faults = Fixtures.faults(
            Fixtures.files(
                (
                    "forward: yes\n",
                    "forward: yes\n    attachments: { maximumSize: 3GiB, maximumTotal: 4GB }\n"
                )))
        #expect(faults.map(\.suggestion) == ["4GiB"])
    }

    @Test func `the values of attachments, recall and retention are inherited one by one`() throws {
        let policy = try Fixtures.policy(
            (
                "forward: yes\n",
                "forward: yes\n    retention: 60d\n    attachments: { maximumTotal: 512MiB, deniedTypes: [EXE, js] }\n"
            ),
            (
                "inviting: { allowed: no }",
                "attachments: { allowed: no, deniedTypes: [] }\n    recall: no\n    retention: forever"
            ))
        func lines(_ group: String) -> [String] {
            policy.effective(group)
                .filter { $0.name.hasPrefix("attachments") || $0.name.hasPrefix("re") }
                .map { "\($0.name): \($0.value) (\($0.provenance))" }
                .filter { !$0.hasPrefix("reply") && !$0.hasPrefix("recipient") }
        }
        #expect(
            lines("staff") == [
                "recall: yes (built in)", "retention: 60d (policy.yaml:20)",
                "attachments.allowed: yes (built in)",
                "attachments.maximumSize: 512MiB (built in)",
                "attachments.maximumTotal: 512MiB (policy.yaml:21)",
                "attachments.maximumCount: 100 (built in)",
                "attachments.deniedTypes: [exe, js] (policy.yaml:21)",
            ])
        #expect(
            lines("guests") == [
                "recall: no (policy.yaml:32)", "retention: forever (policy.yaml:33)",
                "attachments.allowed: no (policy.yaml:31)",
                "attachments.maximumSize: 512MiB (built in)",
                "attachments.maximumTotal: 512MiB (policy.yaml:21, inherited from staff)",
                "attachments.maximumCount: 100 (built in)",
                "attachments.deniedTypes: [] (policy.yaml:31)",
            ])
        #expect(policy.attachmentRules(for: "guests").deniedTypes == [])
        #expect(!policy.attachmentRules(for: "guests").allowed)
        #expect(policy.attachmentRules(for: "staff").deniedTypes == ["exe", "js"])
    }

    @Test func `every effective value says where it comes from`() throws {
        let policy = try Fixtures.policy()
        let values = Dictionary(
            uniqueKeysWithValues: policy.effective("guests").map { ($0.name, $0) })
        #expect(values["dailyMessages"]?.value == "2")
        #expect(values["dailyMessages"]?.provenance == "policy.yaml:27")
        #expect(values["recipientLimit"]?.provenance == "policy.yaml:14, inherited from staff")
        #expect(values["mayWriteTo"]?.value == "contacts: no, groups: [staff]")
        #expect(values["inviting.domains"]?.provenance == "built in")
        #expect(values["expiry.maximum"]?.value == "30d")
        #expect(values["keywordLists"]?.value == "all")
        #expect(policy.effective("no such group") == policy.effective("guests"))
    }
}

extension PolicyFileTests.Slip {
    /// A line more for staff, the fixture's twentieth.
    init(staff line: String, place: String, says: String, suggests: String? = nil) {
        self.init(
            old: "forward: yes\n", new: "forward: yes\n    \(line)\n", place: place, says: says,
            suggests: suggests)
    }

    /// A line more for the whole policy, the fixture's tenth.
    init(top line: String, place: String, says: String, suggests: String? = nil) {
        self.init(
            old: "groups:\n", new: "\(line)\ngroups:\n", place: place, says: says,
            suggests: suggests)
    }
}
