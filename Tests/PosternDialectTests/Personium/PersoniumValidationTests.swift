import HTTPTypes
import PosternDialectKit
import PosternDialectPersonium
import PosternModel
import Testing

/// The contract's table of a message's properties, each row of it and its edges.
@Suite struct PersoniumValidationTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let member: String
        let value: String
        /// nil where the value is taken.
        let error: String?
        let testDescription: String

        init(_ member: String, _ value: String, _ field: String?) {
            self.member = member
            self.value = value
            error = field.map { "PR400-OD-0006: request body format error. field [\($0)]" }
            testDescription = "\(member) \(value.prefix(60))"
        }
    }

    private static func text(_ character: String, _ count: Int) -> String {
        "\"" + String(repeating: character, count: count) + "\""
    }

    static let unit = "https://gateway.test"
    static let rows: [Row] =
        [
            Row("__id", "\"00112233445566778899aabbccddeeff\"", nil),
            Row("__id", "\"00112233-4455-6677-8899-aabbccddeeff\"", nil),
            Row("__id", "null", nil), Row("__id", "\"\"", "__id"), Row("__id", "1", "__id"),
            Row("__id", "\"00112233445566778899aabbccddeefg\"", "__id"),
            Row("__id", "[]", "__id"),

            Row("BoxBound", "false", nil), Row("BoxBound", "\"false\"", nil),
            Row("BoxBound", "null", nil), Row("BoxBound", "\"False\"", "BoxBound"),
            Row("BoxBound", "0", "BoxBound"), Row("BoxBound", "\"\"", "BoxBound"),

            Row("InReplyTo", text("x", 32), nil), Row("InReplyTo", text("語", 32), nil),
            Row("InReplyTo", text("x", 31), "InReplyTo"),
            Row("InReplyTo", text("x", 33), "InReplyTo"), Row("InReplyTo", "\"\"", "InReplyTo"),
            Row("InReplyTo", "\"hnKXm44TTZCw-bfSEw4f0A\"", "InReplyTo"),
            Row("InReplyTo", "12345678901234567890123456789012", nil),
            Row("InReplyTo", "{}", "InReplyTo"),
        ] + lineEnds("InReplyTo", padding: 31)
        + [
            Row("To", "\"\(unit)/bob\"", nil), Row("To", "\"\(unit)/bob/\"", nil),
            Row("To", "\"\(unit)/bob,\(unit)/carol/\"", nil), Row("To", "\",\"", nil),
            Row("To", "\"\(unit)/bob,,\"", nil), Row("To", "\"\"", ""),
            Row("To", "\"\(unit)/no.handle/\"", nil),
            // The element stands for the field where it is alone.
            Row("To", "\"bob\"", "bob"), Row("To", "\"ftp://x/bob\"", "ftp://x/bob"),
            Row("To", "\"HTTPS://gateway.test/bob\"", "HTTPS://gateway.test/bob"),
            Row("To", "\" \(unit)/bob\"", " \(unit)/bob"),
            Row("To", "\"\(unit)/b%zzb\"", "\(unit)/b%zzb"),
            Row("To", "\"\(unit)/b%4\"", "\(unit)/b%4"), Row("To", "\"https:\"", "https:"),
            Row("To", "\"https://\"", "https://"), Row("To", "\"\(unit)/#a#b\"", "\(unit)/#a#b"),
            Row("To", "\"\(unit)/\\u0001\"", "\(unit)/\\u0001"),
            Row("To", "\"\(unit)/bob, \(unit)/carol\"", "To"),
            Row("To", "\"bob,carol\"", "To"), Row("To", "3", "3"), Row("To", "[]", "To"),
            // What lies elsewhere never does.
            Row("To", "\"urn:x:bob\"", "To"), Row("To", "\"personium-localunit:/bob/\"", "To"),
            Row("To", "\"http://gateway.test/bob/\"", "To"),
            Row("To", "\"https://gateway.test:443/bob/\"", "To"),
            Row("To", "\"https://GATEWAY.test/bob/\"", "To"),
            Row("To", "\"https://gateway.test.evil.example/bob/\"", "To"),
            Row("To", "\"https://user@gateway.test/bob/\"", "To"),
            Row("To", "\"\(unit)\"", "To"), Row("To", "\"\(unit)/\"", "To"),
            Row("To", "\"\(unit)//\"", "To"), Row("To", "\"\(unit)/bob/box\"", "To"),
            Row("To", "\"\(unit)/bob//\"", "To"), Row("To", "\"\(unit)/bob?x\"", "To"),
            Row("To", "\"\(unit)/bob#x\"", "To"), Row("To", "\",\(unit)/bob\"", "To"),
            Row("To", "\"\(unit)/bob,,\(unit)/carol\"", "To"),
            // A URI has at most 1024 characters.
            Row("To", text("\(unit)/" + String(repeating: "x", count: 1003), 1), nil),
            Row(
                "To", text("\(unit)/" + String(repeating: "x", count: 1004) + ",", 2),
                "To"),

            Row("ToRelation", "\"friend\"", nil), Row("ToRelation", "\"-+_:a9\"", nil),
            Row("ToRelation", text("x", 128), nil), Row("ToRelation", "12", nil),
            Row("ToRelation", text("x", 129), "ToRelation"),
            Row("ToRelation", "\"\"", "ToRelation"), Row("ToRelation", "\"_a\"", "ToRelation"),
            Row("ToRelation", "\":a\"", "ToRelation"), Row("ToRelation", "\"a b\"", "ToRelation"),
            Row("ToRelation", "\"a\\n\"", "ToRelation"), Row("ToRelation", "\"é\"", "ToRelation"),

            Row("Type", "\"message\"", nil), Row("Type", "\"Message\"", "Type"),
            Row("Type", "\"\"", "Type"), Row("Type", "\"request\"", "Type"),
            Row("Type", "\"message \"", "Type"),

            Row("Title", "\"\"", nil), Row("Title", text("x", 256), nil),
            Row("Title", text("語", 256), nil), Row("Title", text("\\ud83d\\ude00", 256), nil),
            Row("Title", "\"a\\tb\\u0000\"", nil), Row("Title", text("x", 257), "Title"),
            Row("Title", "{\"a\":1}", "Title"),
        ] + lineEnds("Title", padding: 3)
        + [
            Row("Body", "\"\"", nil), Row("Body", text("x", 51_200), nil),
            Row("Body", text("語", 17_066), nil), Row("Body", text("x", 51_201), "Body"),
            Row("Body", text("語", 17_067), "Body"), Row("Body", "\"a\\nb\"", nil),
            Row("Body", "[\"a\"]", "Body"),

            Row("Priority", "1", nil), Row("Priority", "5", nil), Row("Priority", "\"3\"", nil),
            Row("Priority", "0", "Priority"), Row("Priority", "6", "Priority"),
            Row("Priority", "-1", "Priority"), Row("Priority", "3.0", "Priority"),
            Row("Priority", "3e0", "Priority"), Row("Priority", "\"\"", "Priority"),
            Row("Priority", "\"high\"", "Priority"), Row("Priority", "99999999999", "Priority"),
            Row("Priority", "true", "Priority"), Row("Priority", "[3]", "Priority"),

            Row("RequestRelation", "\"friend\"", nil), Row("RequestRelation", "\"+f:1\"", nil),
            Row("RequestRelation", "\"role_1\"", nil),
            Row("RequestRelation", "\"https://x/app/__relation/__/f\"", nil),
            Row("RequestRelation", "\"https://x/app/__role/__/f/\"", nil),
            Row("RequestRelation", "\"personium-localunit:/app/__role/__/f\"", nil),
            Row("RequestRelation", "\"\"", "RequestRelation"),
            Row("RequestRelation", "\"_f\"", "RequestRelation"),
            Row("RequestRelation", text("x", 129), "RequestRelation"),
            Row("RequestRelation", "\"urn:x:app/__relation/__/f\"", "RequestRelation"),
            Row(
                "RequestRelation", "\"https://x/app/__ctl/Relation('f')\"", "RequestRelation"),
            Row("RequestRelation", "\"https://x/app/__relation/__/\"", "RequestRelation"),
            Row("RequestRelation", "\"https://x/app/__relation/__/f//\"", "RequestRelation"),
            Row("RequestRelation", "\"https://x/app/__relation/box/f\"", "RequestRelation"),
            Row("RequestRelation", "\"__relation/__/f\"", "RequestRelation"),
            Row(
                "RequestRelation",
                text("https://x/" + String(repeating: "x", count: 1024) + "/__relation/__/f", 1),
                "RequestRelation"),

            Row("RequestRelationTarget", "\"https://x/bob\"", nil),
            Row("RequestRelationTarget", "\"http://x\"", nil),
            Row("RequestRelationTarget", "\"urn:x:y\"", nil),
            Row("RequestRelationTarget", "\"personium-localunit:/bob\"", nil),
            Row("RequestRelationTarget", "\"https://[::1]:8080/b%20b/?q=é#f\"", nil),
            Row("RequestRelationTarget", "\"bob\"", "RequestRelationTarget"),
            Row("RequestRelationTarget", "\"mailto:bob@example.com\"", "RequestRelationTarget"),
            Row("RequestRelationTarget", "\"https://x/a b\"", "RequestRelationTarget"),
            Row("RequestRelationTarget", "\"https://x/{a}\"", "RequestRelationTarget"),
            Row("RequestRelationTarget", "\"https://x/\\u3000\"", "RequestRelationTarget"),
            Row(
                "RequestRelationTarget",
                text("https://x/" + String(repeating: "x", count: 1015), 1),
                "RequestRelationTarget"),

            Row("_Box.Name", "\"x\"", nil), Row("_Box.Name", "[]", "_Box.Name"),
            Row("Result", "[]", nil), Row("Result", "null", nil), Row("Result", "\"x\"", "Result"),
            Row("Result", "{}", "Result"),
        ]

    private static func lineEnds(_ member: String, padding: Int) -> [Row] {
        ["\\n", "\\r", "\\u0085", "\\u2028", "\\u2029"].map {
            Row(
                member, "\"" + String(repeating: "x", count: padding) + $0 + "\"", member)
        }
    }

    @Test(arguments: rows)
    func `a property is taken or complained of by its name`(_ row: Row) {
        var members = ["To": "\"\(Self.unit)/bob\""]
        members[row.member] = row.value
        let body = members.map { "\"\($0)\":\($1)" }.joined(separator: ",")
        #expect(PersoniumClient.send("{\(body)}") == row.error ?? "sent")
    }

    /// What types and relations go together.
    @Test(arguments: [
        ("req.relation.build", "friend", true), ("req.relation.build", "+f:", true),
        ("req.relation.build", "https://x/app/__relation/__/+f", true),
        ("req.relation.build", "https://x/app/__role/__/f", false),
        ("req.relation.break", "friend", true),
        ("req.relation.break", "https://x/app/__role/__/f", false),
        ("req.role.grant", "nurse_3", true), ("req.role.grant", "+nurse", false),
        ("req.role.grant", "-nurse", false),
        ("req.role.grant", "https://x/app/__role/__/f/", true),
        ("req.role.grant", "https://x/app/__relation/__/f", false),
        ("req.role.revoke", "nurse", true),
        ("req.role.revoke", "https://x/app/__relation/__/f", false),
    ])
    func `a request asks for something of its kind`(
        _ type: String, _ relation: String, _ fits: Bool
    ) {
        let body = """
            {"To":"\(Self.unit)/bob","Type":"\(type)","RequestRelation":"\(relation)",
            "RequestRelationTarget":"\(Self.unit)/alice/"}
            """
        #expect(
            PersoniumClient.send(body)
                == (fits
                    ? "sent"
                    : "PR400-OD-0006: request body format error. field [RequestRelation]"))
    }

    @Test(
        arguments: [
            "", #","RequestRelation":"friend""#,
            #","RequestRelationTarget":"https://gateway.test/alice/""#,
        ],
        ["req.relation.build", "req.relation.break", "req.role.grant", "req.role.revoke"])
    func `a request needs both of what it asks for`(_ members: String, _ type: String) {
        #expect(
            PersoniumClient.send(
                #"{"To":"https://gateway.test/bob","Type":"\#(type)"\#(members)}"#)
                == "PR400-OD-0006: request body format error. field [RequestRelation,RequestRelationTarget]"
        )
    }

    /// Of two faults the one of the earlier step, and in one step of the earlier property, is complained of.
    @Test(arguments: [
        (#"{"X":1,"Priority":"x"}"#, "PR400-OD-0007: [unknown property X for SentMessage]"),
        (#"{"Priority":"x","X":1}"#, "PR400-OD-0006: request body format error. field [Priority]"),
        (
            #"{"Title":"a\nb","Body":[]}"#,
            "PR400-OD-0006: request body format error. field [Body]"
        ),
        (
            #"{"Priority":9,"Title":"a\nb","Type":"x","ToRelation":"_","InReplyTo":"","__id":""}"#,
            "PR400-OD-0006: request body format error. field [__id]"
        ),
        (
            #"{"Priority":9,"Title":"a\nb","Type":"x","ToRelation":"_","InReplyTo":""}"#,
            "PR400-OD-0006: request body format error. field [InReplyTo]"
        ),
        (
            #"{"Priority":9,"Title":"a\nb","Type":"x","ToRelation":"_","To":"ftp:"}"#,
            "PR400-OD-0006: request body format error. field [ToRelation]"
        ),
        (
            #"{"Priority":9,"Title":"a\nb","Type":"x"}"#,
            "PR400-OD-0006: request body format error. field [Type]"
        ),
        (
            #"{"Priority":9,"Title":"a\nb"}"#,
            "PR400-OD-0006: request body format error. field [Title]"
        ),
        (
            #"{"RequestRelationTarget":"x","RequestRelation":"","Priority":9}"#,
            "PR400-OD-0006: request body format error. field [Priority]"
        ),
        (
            #"{"RequestRelationTarget":"x","RequestRelation":""}"#,
            "PR400-OD-0006: request body format error. field [RequestRelation]"
        ),
        (
            #"{"BoxBound":true,"Priority":9}"#,
            "PR400-OD-0006: request body format error. field [Priority]"
        ),
        (
            #"{"BoxBound":true,"To":"ftp:x"}"#,
            "PR400-SM-0004: Box corresponding to the schema can not be found from the schema-authenticated token. Schema[null]."
        ),
        (
            #"{"To":"ftp:x","Type":"req.role.grant"}"#,
            "PR400-OD-0006: request body format error. field [ftp:x]"
        ),
        (
            #"{"Type":"req.role.grant"}"#,
            "PR400-OD-0006: request body format error. field [To,ToRelation]"
        ),
        (
            #"{"To":"https://elsewhere.test/bob/","Type":"req.role.grant"}"#,
            "PR400-OD-0006: request body format error. field [To]"
        ),
    ])
    func `faults are met in the order of the original`(_ body: String, _ error: String) {
        #expect(PersoniumClient.send(body) == error)
    }

    @Test func `a thousand cells are taken and no more`() throws {
        func to(_ count: Int) -> String {
            (0..<count).map { "\(Self.unit)/c\($0)" }.joined(separator: ",")
        }
        let most = try #require(PersoniumClient.composition(#"{"To":"\#(to(1000))"}"#))
        #expect(most.content.targets.count == 1000)
        // The same cell twice counts once.
        #expect(PersoniumClient.send(#"{"To":"\#(to(1000)),\#(to(1))/"}"#) == "sent")
        #expect(
            PersoniumClient.send(#"{"To":"\#(to(1001))"}"#)
                == "PR400-SM-0003: The maximum number of destinations was exceeded.")
    }

    @Test func `a name of the client's own is the message's name`() throws {
        let composition = try #require(
            PersoniumClient.composition(
                #"{"__id":"00112233-4455-6677-8899-AABBCCDDEEFF","ToRelation":"x"}"#))
        #expect(composition.guid.description == "00112233445566778899aabbccddeeff")
        #expect(composition.passesOverUnknownHandles)
    }

    @Test func `what is kept with a message is bounded`() throws {
        let name = String(repeating: "x", count: 1000)
        let to = (0..<50).map { "\(Self.unit)/\(name)\($0)" }.joined(separator: ",")
        let long = try #require(PersoniumClient.composition(#"{"To":"\#(to)"}"#))
        let annex = try #require(long.content.annex)
        #expect(annex.bytes.count <= Annex.largest)
        #expect(!String(decoding: annex.bytes, as: UTF8.self).contains("To"))
    }

    @Test func `every body that can be taken is within the limit`() throws {
        let limit = try #require(
            PersoniumClient.dialect.bodyLimit(for: PersoniumClient.request().head))
        let body = text(#"\u000a"#, 51_200)
        #expect(2 * body.utf8.count + 16 * 1024 <= limit)
        #expect(PersoniumClient.send(#"{"ToRelation":"x","Body":\#(body)}"#) == "sent")
        for (path, method) in [
            ("/alice/__message/received/x", "POST"), ("/alice/__message/send", "GET"),
            ("/", "POST"),
        ] {
            let head = PersoniumClient.request(.init(method) ?? .get, path).head
            #expect(PersoniumClient.dialect.bodyLimit(for: head) == nil)
        }
    }

    private func text(_ character: String, _ count: Int) -> String {
        "\"" + String(repeating: character, count: count) + "\""
    }
}
