import Testing

@testable import PosternDialectKit

@Suite struct MultipartTests {
    static let type = "multipart/form-data; boundary=b"

    /// `¶` is CR LF: these bodies are unreadable as they stand.
    static func read(_ body: String, _ type: String = type) throws(MultipartProblem)
        -> MultipartForm
    {
        try MultipartForm(strict: bytes(body), contentType: type)
    }

    static func bytes(_ body: String) -> [UInt8] {
        Array(
            body.split(separator: "¶", omittingEmptySubsequences: false).joined(separator: "\r\n")
                .utf8)
    }

    struct Sender: CustomTestStringConvertible {
        let name: String
        let type: String
        let body: String
        let fileName: String?
        let contentType: String?
        var testDescription: String { name }
    }

    /// What the clients of the contract put on the wire for the content `ab¶--c`.
    static let senders = [
        Sender(
            name: "Apache HttpClient, strict",
            type: "multipart/form-data; boundary=-_1234567890abcdefghijklmnopqrst",
            body: "---_1234567890abcdefghijklmnopqrst¶"
                + "Content-Disposition: form-data; name=\"upload\"; filename=\"scan 1.pdf\"¶"
                + "Content-Type: application/octet-stream¶Content-Transfer-Encoding: binary¶¶"
                + "ab¶--c¶---_1234567890abcdefghijklmnopqrst--¶",
            fileName: "scan 1.pdf", contentType: "application/octet-stream"),
        Sender(
            name: "Apache HttpClient, with a character set",
            type: "multipart/form-data; boundary=xyz; charset=ISO-8859-1",
            body: "--xyz¶Content-Disposition: form-data; name=\"upload\"¶"
                + "Content-Type: text/plain; charset=ISO-8859-1¶Content-Transfer-Encoding: 8bit¶¶"
                + "ab¶--c¶--xyz--¶",
            fileName: nil, contentType: "text/plain; charset=ISO-8859-1"),
        Sender(
            name: "C# HttpClient",
            type: "multipart/form-data; boundary=\"3f0b5e6c-1d1c-4a53-b5a8-0a2b8f1c3d4e\"",
            body: "--3f0b5e6c-1d1c-4a53-b5a8-0a2b8f1c3d4e¶"
                + "Content-Disposition: form-data; name=upload; filename=scan.pdf; filename*=utf-8''other.pdf¶"
                + "¶ab¶--c¶--3f0b5e6c-1d1c-4a53-b5a8-0a2b8f1c3d4e--¶",
            fileName: "scan.pdf", contentType: nil),
        Sender(
            name: "Python requests",
            type: "multipart/form-data; boundary=0123456789abcdef0123456789abcdef",
            body: "--0123456789abcdef0123456789abcdef¶"
                + "Content-Disposition: form-data; name=\"upload\"; filename=\"übung.txt\"¶¶"
                + "ab¶--c¶--0123456789abcdef0123456789abcdef--¶",
            fileName: "übung.txt", contentType: nil),
        Sender(
            name: "curl",
            type: "multipart/form-data; boundary=------------------------d74496d66958873e",
            body: "--------------------------d74496d66958873e¶"
                + "Content-Disposition: form-data; name=\"upload\"; filename=\"a\\\"b.txt\"¶"
                + "Content-Type: text/plain¶¶"
                + "ab¶--c¶--------------------------d74496d66958873e--¶",
            fileName: "a\"b.txt", contentType: "text/plain"),
    ]

    @Test(arguments: senders)
    func `real senders are understood`(_ sender: Sender) throws {
        let body = Self.bytes(sender.body)
        let form = try MultipartForm(strict: body, contentType: sender.type)
        #expect(form.parts.count == 1)
        let part = try #require(form["UPLOAD"])
        #expect(part.name == "upload")
        #expect(part.fileName == sender.fileName)
        #expect(part.contentType == sender.contentType)
        #expect(Array(part.content) == Array("ab\r\n--c".utf8))
        #expect(part.content == body[part.content.indices])
    }

    @Test(arguments: senders)
    func `a body cut anywhere ends early, and no byte of it can be a crash`(_ sender: Sender) {
        let body = Self.bytes(sender.body)
        // The last line end belongs to what is passed over.
        for end in 0..<(body.count - 2) {
            #expect(throws: MultipartProblem.self) {
                try MultipartForm(strict: Array(body[..<end]), contentType: sender.type)
            }
        }
        for index in body.indices {
            for byte: UInt8 in [0x00, 0x0A, 0x0D, 0x20, 0x22, 0x2D, 0x3A, 0x3B, 0x5C, 0xFF] {
                var changed = body
                changed[index] = byte
                _ = try? MultipartForm(strict: changed, contentType: sender.type)
            }
        }
        for end in sender.type.indices {
            _ = try? MultipartForm(strict: body, contentType: String(sender.type[..<end]))
        }
    }

    @Test(
        arguments: [
            ("--b--", []), ("--b--¶", []), ("before¶--b--¶after¶--b¶more", []), ("¶--b--", []),
            ("--b¶Content-Disposition: form-data; name=a¶¶x¶--b--", ["x"]),
            ("--b  ¶content-disposition:Form-Data;name=\"a\"¶¶x¶--b-- \t¶", ["x"]),
            // An empty content, with its own line end and with the delimiter's.
            ("--b¶Content-Disposition: form-data; name=a¶¶¶--b--", [""]),
            ("--b¶Content-Disposition: form-data; name=a¶¶--b--", [""]),
            ("--b¶Content-Disposition: form-data; name=a¶¶¶¶--b--", ["\r\n"]),
            (
                "--b¶Content-Disposition: form-data; name=a¶¶1¶--b¶X: y¶Content-Disposition: form-data; name=b;¶¶2¶--b--",
                ["1", "2"]
            ),
            // What only looks like a boundary is content.
            ("--b¶Content-Disposition: form-data; name=a¶¶--b¶ --b¶-b\n--b¶--¶--b--", nil),
            (
                "--b¶Content-Disposition: form-data; name=a¶¶x--b\n--b¶ --b¶-b¶--¶--b--",
                [
                    "x--b\n--b\r\n --b\r\n-b\r\n--"
                ]
            ),
        ] as [(String, [String]?)])
    func `contents are what stands between boundaries`(_ body: String, _ contents: [String]?) {
        let form = try? Self.read(body)
        #expect(form?.parts.map { String(decoding: $0.content, as: UTF8.self) } == contents)
    }

    @Test(
        arguments: [
            ("b", true), ("\"b\"", true), ("b ; charset=utf-8", true), ("\"b\" ;", true),
            ("b; note=\"a;b\"", true), ("", false), ("\"\"", false), ("\"b", false),
            ("b; boundary=b", false), ("b; BOUNDARY=c", false), ("a b", false), ("\"b \"", false),
            ("b;;", true), ("\"\\b\"", true), ("b\u{0}", false), ("é", false), ("\"b\"c", false),
            ("b; charset", false), ("b; =x", false), ("b\"", false),
        ] as [(String, Bool)])
    func `the boundary is read strictly`(_ value: String, _ isGood: Bool) {
        let form = try? Self.read("--b--", "Multipart/Form-Data; Boundary=\(value)")
        #expect((form != nil) == isGood)
    }

    @Test func `every legal character may stand in a boundary of at most seventy`() throws {
        let legal = "0123456789abcXYZ'()+_,-./:=? z"
        _ = try Self.read("--\(legal)--", "multipart/form-data; boundary=\"\(legal)\"")
        let long = String(repeating: "x", count: 70)
        _ = try Self.read("--\(long)--", "multipart/form-data; boundary=\(long)")
        for bad in [long + "x", "a*b", "a@b", "a<b", "a[b", "a\\\\b", "a;b", "a\\\"b"] {
            #expect(throws: MultipartProblem.self, "\(bad)") {
                try Self.read("--\(bad)--", "multipart/form-data; boundary=\"\(bad)\"")
            }
        }
        for other in [
            "multipart/mixed; boundary=b", "application/json; boundary=b", "; boundary=b", "",
            "multipart/form-data", "multipart/form-data, x; boundary=b",
        ] {
            #expect(throws: MultipartProblem(kind: .noBoundary, offset: 0), "\(other)") {
                try Self.read("--b--", other)
            }
        }
    }

    @Test(
        arguments: [
            ("", .endsEarly, 0), ("--b", .endsEarly, 3), ("--b¶", .endsEarly, 5),
            ("--c--", .endsEarly, 5), ("--bc¶", .badBoundary, 0), ("--b--x", .badBoundary, 0),
            ("x¶--b-¶", .badBoundary, 3),
            ("--b¶Content-Disposition: form-data; name=a¶¶x¶--bc¶--b--", .badBoundary, 50),
            ("--b¶Content-Disposition: form-data; name=a¶¶x", .endsEarly, 48),
            ("--b¶Content-Disposition: form-data; name=a\n\nx\n--b--", .endsEarly, 52),
            ("--b¶¶x¶--b--", .noName, 5), ("--b¶X: y¶¶x¶--b--", .noName, 5),
            ("--b¶Content-Disposition: form-data¶¶x¶--b--", .noName, 5),
            ("--b¶Content-Disposition: form-data; name=\"\"¶¶x¶--b--", .noName, 5),
            ("--b¶Content-Disposition: form-data; filename=a¶¶x¶--b--", .noName, 5),
            ("--b¶Content-Disposition: attachment; name=a¶¶x¶--b--", .noName, 5),
            (
                "--b¶Content-Disposition: form-data; name=a¶Content-Disposition: form-data; name=b¶¶x¶--b--",
                .noName, 5
            ),
            ("--b¶Content-Disposition: form-data; name=a; NAME=b¶¶x¶--b--", .badHead, 5),
            ("--b¶Content-Disposition: form-data; name=\"a¶¶x¶--b--", .badHead, 5),
            ("--b¶Content-Disposition: form-data;¶ name=a¶¶x¶--b--", .badHead, 38),
            ("--b¶Content-Disposition: form-data; name=\"a\u{0}\"¶¶x¶--b--", .badHead, 5),
            ("--b¶no field¶¶x¶--b--", .badHead, 5), ("--b¶a : b¶¶x¶--b--", .badHead, 5),
            ("--b¶: b¶¶x¶--b--", .badHead, 5), ("--b¶a: b\rc: d¶¶x¶--b--", .badHead, 5),
            ("--b¶Content-Type: a/b¶content-type: a/b¶¶x¶--b--", .badHead, 24),
            ("--b¶Content-Type: Multipart/mixed; boundary=c¶¶x¶--b--", .nested, 5),
            ("--b¶Content-Transfer-Encoding: base64¶¶x¶--b--", .encoded, 5),
            (
                "--b¶Content-Disposition: form-data; name=a¶¶x¶--b¶Content-Disposition: form-data; name=A¶¶x¶--b--",
                .duplicateName, 55
            ),
        ] as [(String, MultipartProblem.Kind, Int)])
    func `a refusal says what and where, and repeats nothing`(
        _ body: String, _ kind: MultipartProblem.Kind, _ offset: Int
    ) {
        #expect(throws: MultipartProblem(kind: kind, offset: offset)) { try Self.read(body) }
    }

    @Test func `a head that is not UTF-8 is refused and a content that is not is taken`() throws {
        let start = Self.bytes("--b¶Content-Disposition: form-data; name=a")
        let end = Self.bytes("¶--b--")
        let form = try MultipartForm(
            strict: start + Self.bytes("¶¶") + [0xFF, 0x00] + end, contentType: Self.type)
        #expect(form.parts.first.map { Array($0.content) } == [0xFF, 0x00])
        #expect(throws: MultipartProblem(kind: .badHead, offset: 5)) {
            try MultipartForm(
                strict: start + [0xFF] + Self.bytes("¶¶x") + end, contentType: Self.type)
        }
    }

    @Test func `parts and heads are bounded`() throws {
        func parts(_ count: Int) -> String {
            (0..<count).map { "--b¶Content-Disposition: form-data; name=n\($0)¶¶x¶" }.joined()
                + "--b--"
        }
        #expect(try Self.read(parts(8)).parts.count == 8)
        #expect(throws: MultipartProblem.self) { try Self.read(parts(9)) }

        func head(_ count: Int) -> String {
            let field = "Content-Disposition: form-data; name=a¶X: "
            let rest = count - Self.bytes(field).count - 4
            return "--b¶\(field)\(String(repeating: "x", count: rest))¶¶y¶--b--"
        }
        #expect(try Self.read(head(4096)).parts.count == 1)
        #expect(throws: MultipartProblem(kind: .headTooLong, offset: 5)) {
            try Self.read(head(4099))
        }
    }

    @Test(arguments: MultipartProblem.Kind.allCases)
    func `every problem has a clause of its own`(_ kind: MultipartProblem.Kind) {
        let clause = MultipartProblem(kind: kind, offset: 7).clause
        #expect(kind == .noBoundary || clause.contains("byte 7"))
        let others = MultipartProblem.Kind.allCases.filter { $0 != kind }
        #expect(!others.contains { MultipartProblem(kind: $0, offset: 7).clause == clause })
    }
}
