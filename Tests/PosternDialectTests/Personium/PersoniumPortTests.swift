import HTTPTypes
import PosternDialectKit
import PosternDialectPersonium
import PosternModel
import Testing

/// Messages that cross from one unit to another: what a foreign cell may hand over, and what it is handed.
@Suite struct PersoniumPortTests {
    private static let good = [
        "__id": "\"00112233445566778899aabbccddeeff\"",
        "From": "\"https://partner.test/bob/\"", "Type": "\"message\"", "Title": "\"T\"",
        "Body": "\"B\"", "Priority": "3", "Status": "\"unread\"",
    ]

    /// A body with a change; an empty value takes a member away.
    private static func body(_ changes: [String: String]) -> String {
        let members = good.merging(changes) { $1 }.filter { !$0.value.isEmpty }
        return "{"
            + members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }
            .joined(separator: ",") + "}"
    }

    private static func decode(
        _ body: String, to cell: String = "alice",
        by dialect: PersoniumDialect = PersoniumClient.dialect
    ) -> Decoding {
        dialect.decode(
            PersoniumClient.request(
                .post, "/\(cell)/__message/port", fields: [.authorization: "Bearer x"], body: body))
    }

    private static func said(_ body: String) -> String {
        switch decode(body) {
        case .send: "taken"
        case .answer(let response): PersoniumClient.error(in: response)
        default: "something else"
        }
    }

    private static func intent(_ body: String, to cell: String = "alice") -> SendIntent? {
        if case .send(let intent, _) = decode(body, to: cell) { intent } else { nil }
    }

    private static func composition(_ body: String, to cell: String = "alice") -> Composition? {
        if case .composed(let composition)? = intent(body, to: cell)?.subject {
            composition
        } else {
            nil
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let changes: [String: String]
        let error: String
        var testDescription: String { "\(changes.mapValues { $0.prefix(40) }) \(error)" }

        init(_ changes: [String: String], _ error: String = "taken") {
            self.changes = changes
            self.error = error
        }

        static func field(_ name: String, _ value: String, _ said: String? = nil) -> Row {
            Row(
                [name: value], "PR400-OD-0006: request body format error. field [\(said ?? name)]")
        }

        static func missing(_ name: String, _ value: String = "") -> Row {
            Row([name: value], "PR400-OD-0009: [\(name)] is required.")
        }
    }

    private static func text(_ character: String, _ count: Int) -> String {
        "\"" + String(repeating: character, count: count) + "\""
    }

    static let rows: [Row] =
        good.keys.sorted().flatMap { [Row.missing($0), .missing($0, "null")] }
        + [
            Row([:]),
            Row(["__id": text("語", 32)]), .field("__id", text("x", 31)),
            .field("__id", text("x", 33)), .field("__id", "\"\""), .field("__id", "[]"),
            .field("__id", "\"0011223344556677889900112233445\\n\""),

            .field("From", "\"\""), .field("From", "\"bob\""),
            .field("From", "\"https://partner.test/\""),
            .field("From", "\"http://partner.test/bob/\""),
            .field("From", "\"https://x@partner.test/bob/\""),
            .field("From", "\"https://partner.test/bob/?x\""),
            .field("From", "\"https://partner.test/../bob/\""),
            .field("From", "\"https://PARTNER.test/bob/\""),
            Row(["From": "\"https://partner.test/bob\""]),

            Row(["InReplyTo": text("x", 32)]), Row(["InReplyTo": "null"]),
            .field("InReplyTo", text("x", 31)),

            Row(["MulticastTo": "\"https://a.test/x,urn:b\""]), Row(["MulticastTo": "null"]),
            .field("MulticastTo", "\"\"", ""), .field("MulticastTo", "\"x\"", "x"),
            .field("MulticastTo", "\"x,https://a.test/\""),

            .field("Type", "\"request\""), .field("Type", "\"\""),
            Row(["Title": "\"\""]), .field("Title", text("x", 257)), .field("Title", "\"a\\nb\""),
            Row(["Body": "\"\""]), Row(["Body": text("x", 51_200)]),
            .field("Body", text("x", 51_201)),
            Row(["Priority": "\"5\""]), .field("Priority", "0"), .field("Priority", "6"),
            .field("Priority", "\"x\""), .field("Priority", "1.5"),
            .field("Status", "\"read\""), .field("Status", "\"none\""), .field("Status", "\"\""),

            Row(["Schema": "\"\""]), Row(["Schema": "null"]),
            Row(
                ["Schema": "\"https://app.test/\""],
                "PR400-RM-0002: Box corresponding to the schema can not be found. Schema [https://app.test/]."
            ),
            Row(
                ["To": "\"x\""], "PR400-OD-0007: [unknown property To for ReceivedMessage]"),
            Row(
                ["__published": "1"],
                "PR400-OD-0007: [__published is management information name. Cannot request.]"),
            Row(["_Box.Name": "\"x\""]),

            Row([
                "Type": "\"req.role.grant\"", "Status": "\"none\"", "RequestRelation": "\"admin\"",
                "RequestRelationTarget": "\"https://partner.test/bob/\"",
            ]),
            Row(
                ["Type": "\"req.role.grant\"", "Status": "\"unread\""],
                "PR400-OD-0006: request body format error. field [Status]"),
            Row(
                ["Type": "\"req.relation.build\"", "Status": "\"none\""],
                "PR400-OD-0006: request body format error. field [RequestRelation,RequestRelationTarget]"
            ),
            Row(
                [
                    "Type": "\"req.role.grant\"", "Status": "\"none\"",
                    "RequestRelation": "\"a:b\"", "RequestRelationTarget": "\"https://a.test/b/\"",
                ], "PR400-OD-0006: request body format error. field [RequestRelation]"),
            .field("RequestRelation", "\"a b\""), .field("RequestRelationTarget", "\"bob\""),
        ]

    @Test(arguments: rows)
    func `what a foreign cell says is checked property by property`(_ row: Row) {
        #expect(Self.said(Self.body(row.changes)) == row.error)
    }

    @Test
    func `the first fault in the schema's order is told, and what cannot be read comes before`() {
        #expect(Self.said("{}") == "PR400-OD-0009: [__id] is required.")
        #expect(Self.said("[]") == "PR400-OD-0001: JSON parse error.")
        #expect(
            Self.said(Self.body(["__id": "\"x\"", "From": "7", "Status": "[]"]))
                == "PR400-OD-0006: request body format error. field [Status]")
        #expect(
            Self.said(Self.body(["From": "\"x\"", "Type": "\"x\""]))
                == "PR400-OD-0006: request body format error. field [From]")
    }

    @Test
    func
        `a token is shown for one crossing, from the cell that is named to the cell that is asked`()
        throws
    {
        let credential = try #require(Self.intent(Self.body([:]))?.credential)
        #expect(credential.claimedUser == nil)
        #expect(credential.crossing?.from.description == "https://partner.test/bob/")
        #expect(credential.crossing?.to.description == "https://gateway.test/alice/")
        let upper = try #require(Self.intent(Self.body([:]), to: "ALICE")?.credential)
        #expect(upper.crossing?.to.description == "https://gateway.test/alice/")
        // A place that no other unit could name is no unit.
        let dialect = PersoniumDialect(mount: Mount(baseURL: "https://gateway.test:443"))
        guard case .answer(let response) = Self.decode(Self.body([:]), by: dialect) else {
            Issue.record("it was taken")
            return
        }
        #expect(response.head.status.code == 501)
    }

    @Test func `a message's name is its sender's, its own there and the cell's, and nothing else`()
        throws
    {
        func name(_ changes: [String: String] = [:], to cell: String = "alice") throws
            -> MessageGUID
        {
            let composition = try #require(Self.composition(Self.body(changes), to: cell))
            #expect(composition.mayRepeat && !composition.passesOverUnknownHandles)
            return composition.guid
        }
        let first = try name()
        #expect(try name(["Title": "\"Other\"", "Body": "\"Other\""]) == first)
        #expect(try name(["From": "\"https://partner.test/bob\""]) == first)
        #expect(try name(to: "Alice") == first)
        let others = [
            try name(["__id": Self.text("0", 32)]), try name(to: "carol"),
            try name(["From": "\"https://partner.test/eve/\""]),
            try name(["From": "\"https://partner.test:8443/bob/\""]),
            try name(["From": "\"https://partner.test/a/bob/\""]),
        ]
        #expect(Set(others + [first]).count == 6)
        #expect(first.description != "00112233445566778899aabbccddeeff")
    }

    // MARK: - The other way

    struct Lookup: Error {}

    @Test func `what is handed to a cell is what its own port takes`() throws {
        let unit = try #require(UnitURL("https://gateway.test/"))
        let cell = try #require(CellURL("https://partner.test/bob/"))
        let guid = try #require(MessageGUID("00112233445566778899aabbccddeeff"))
        let request = """
            {"To":"https://partner.test/bob/","Title":"T","Body":"B / \\"x\\"","Priority":1,\
            "InReplyTo":"aabbccddeeff00112233445566778899","Type":"req.relation.build",\
            "RequestRelation":"friend","RequestRelationTarget":"https://gateway.test/alice/"}
            """
        let content = try #require(PersoniumClient.composition(request)?.content)
        #expect(content.targets == [.address(.cell(cell))])
        func handed(_ annex: Annex?, asked: inout [MessageGUID]) throws -> [String: JSONValue] {
            let letter = CellMessage(
                guid: guid, sender: AccountID(rawValue: 1),
                senderHandle: try #require(Handle("alice")), subject: content.subject,
                body: content.body, annex: content.annex)
            var names: [MessageGUID] = []
            let bytes = try PersoniumDialect.port(letter, to: cell, from: unit) {
                names.append($0)
                return annex
            }
            asked = names
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(
                Self.said(
                    text.replacing(
                        "https://gateway.test/alice/\",\"Mul",
                        with: "https://partner.test/x/\",\"Mul"))
                    == "taken")
            guard case .object(let object)? = try? JSONValue(strict: bytes) else { throw Lookup() }
            return Dictionary(uniqueKeysWithValues: object.members.map { ($0.name, $0.value) })
        }
        var asked: [MessageGUID] = []
        let plain = try handed(nil, asked: &asked)
        #expect(asked.map(\.description) == ["aabbccddeeff00112233445566778899"])
        #expect(plain["InReplyTo"] == .string("aabbccddeeff00112233445566778899"))
        #expect(plain["From"] == .string("https://gateway.test/alice/"))
        #expect(plain["MulticastTo"] == .null && plain["Status"] == .string("none"))
        #expect(plain["__id"] == .string(guid.description))
        #expect(plain["Body"] == .string("B / \"x\""))
        // What came from that unit goes by its own name there, and by no other unit's.
        for (from, id) in [
            ("https://partner.test/eve/", "00000000000000000000000000000000"),
            ("https://other.test/eve/", "aabbccddeeff00112233445566778899"),
        ] {
            let body = Self.body([
                "From": "\"\(from)\"", "__id": Self.text("0", 32),
            ])
            let annex = try #require(Self.composition(body)?.content.annex)
            #expect(try handed(annex, asked: &asked)["InReplyTo"] == .string(id))
        }
    }

    /// Who is written to by a `To`, or that nobody is.
    @Test(
        arguments: [
            ("https://partner.test/bob", "https://partner.test/bob/"),
            ("https://partner.test/Bob/", "https://partner.test/Bob/"),
            ("https://partner.test/bob/?x", nil), ("https://partner.test/bob/#x", nil),
            ("https://partner.test/bob//", nil), ("https://partner.test//bob", nil),
            ("https://partner.test/a/bob", nil), ("https://partner.test/../bob", nil),
            ("https://partner.test/%62ob", nil), ("https://partner.test/", nil),
            ("https://partner.test:443/bob", nil), ("https://partner.test:8443/bob", nil),
            ("https://PARTNER.test/bob", nil), ("http://partner.test/bob", nil),
            ("https://x@partner.test/bob", nil), ("https://x:y@partner.test/bob", nil),
            ("https://partner.test@evil.test/bob", nil),
            ("https://partner.test.evil.test/bob", nil),
            ("https://partner.test./bob", nil), ("https://partner.test:/bob", nil),
            ("https://127.0.0.1/bob", nil), ("https://[::1]/bob", nil),
            ("https://other.test/bob", nil), ("personium-localunit:/bob/", nil),
        ] as [(String, String?)])
    func `only a listed unit's own spelling is written to`(_ to: String, _ cell: String?) {
        let targets = PersoniumClient.composition(#"{"To":"\#(to)"}"#)?.content.targets
        #expect(targets == cell.flatMap { CellURL($0) }.map { [.address(.cell($0))] })
    }
}
