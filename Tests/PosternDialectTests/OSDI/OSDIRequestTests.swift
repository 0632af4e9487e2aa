import HTTPTypes
import PosternDialectKit
import PosternDialectOSDI
import PosternModel
import Testing

/// What is taken and what is refused of what clients send.
@Suite struct OSDIRequestTests {
    struct Bad: Sendable, CustomTestStringConvertible {
        let line: String
        let body: String
        let property: String?
        var testDescription: String { "\(line) \(body.prefix(80))" }

        init(_ line: String, _ body: String, _ property: String?) {
            self.line = line
            self.body = body
            self.property = property
        }

        /// A bad member of a message.
        init(_ body: String, at property: String?) {
            self.init("POST /api/v1/messages", body, property)
        }
    }

    private static func long(_ count: Int) -> String { String(repeating: "a", count: count) }

    private static func many(_ count: Int, _ item: String) -> String {
        Array(repeating: item, count: count).joined(separator: ",")
    }

    static let bad: [Bad] = [
        // unreadable
        Bad("[]", at: nil), Bad("\"a\"", at: nil), Bad("7", at: nil), Bad("{", at: nil),
        Bad("{'subject':'a'}", at: nil), Bad("{\"subject\":\"a\"} x", at: nil),
        Bad("{\"subject\":\"a\",\"Subject\":\"b\"}", at: nil), Bad("subject=a", at: nil),
        Bad("{\"subject\":\"\\ud800\"}", at: nil),
        // of the wrong type
        Bad("{\"subject\":7}", at: "subject"), Bad("{\"body\":[]}", at: "body"),
        Bad("{\"name\":{}}", at: "name"), Bad("{\"from\":true}", at: "from"),
        Bad("{\"reply_to\":1}", at: "reply_to"), Bad("{\"origin_system\":1}", at: "origin_system"),
        Bad("{\"administrative_url\":1}", at: "administrative_url"),
        Bad("{\"browser_url\":1}", at: "browser_url"),
        Bad("{\"identifiers\":\"a:1\"}", at: "identifiers"),
        Bad("{\"identifiers\":[1]}", at: "identifiers"),
        Bad("{\"identifiers\":[\"\"]}", at: "identifiers"),
        Bad("{\"sections\":{}}", at: "sections"), Bad("{\"sections\":[1]}", at: "sections"),
        Bad("{\"sections\":[{\"keyword\":1}]}", at: "keyword"),
        Bad("{\"sections\":[{\"auto_reply\":1}]}", at: "auto_reply"),
        Bad("{\"targets\":{}}", at: "targets"), Bad("{\"targets\":[\"x\"]}", at: "targets"),
        Bad("{\"targets\":[{\"href\":1}]}", at: "href"),
        Bad("{\"daily_start_hour\":\"9\"}", at: "daily_start_hour"),
        Bad("{\"daily_start_hour\":25}", at: "daily_start_hour"),
        Bad("{\"daily_stop_hour\":-1}", at: "daily_stop_hour"),
        Bad("{\"daily_stop_hour\":1.5}", at: "daily_stop_hour"),
        Bad("{\"daily_stop_hour\":99999999999999999999}", at: "daily_stop_hour"),
        Bad("{\"type\":\"fax\"}", at: "type"), Bad("{\"type\":1}", at: "type"),
        Bad("{\"osdi:control\":true}", at: "osdi:control"),
        Bad("{\"osdi:control\":{\"return_response\":\"no\"}}", at: "return_response"),
        // beyond a bound
        Bad("{\"subject\":\"\(long(1001))\"}", at: "subject"),
        Bad("{\"subject\":\"a\\nBcc: b\"}", at: "subject"),
        Bad("{\"name\":\"\(long(321))\"}", at: "name"),
        Bad("{\"origin_system\":\"\(long(201))\"}", at: "origin_system"),
        Bad("{\"from\":\"\(long(201))\"}", at: "from"),
        Bad("{\"reply_to\":\"\(long(321))\"}", at: "reply_to"),
        Bad("{\"browser_url\":\"\(long(1001))\"}", at: "browser_url"),
        Bad("{\"administrative_url\":\"a\\u0000\"}", at: "administrative_url"),
        Bad("{\"identifiers\":[\(many(17, "\"a:1\""))]}", at: "identifiers"),
        Bad("{\"identifiers\":[\"\(long(129))\"]}", at: "identifiers"),
        Bad("{\"sections\":[\(many(17, "{}"))]}", at: "sections"),
        Bad("{\"sections\":[{\"keyword\":\"\(long(41))\"}]}", at: "keyword"),
        Bad("{\"sections\":[{\"auto_reply\":\"\(long(501))\"}]}", at: "auto_reply"),
        Bad(
            "{\"targets\":[\(many(101, "{\"href\":\"\(OSDI.base)/api/v1/lists/3\"}"))]}",
            at: "targets"),
        // elsewhere
        Bad("PUT /api/v1/messages/1", "{\"subject\":7}", "subject"),
        Bad("POST /api/v1/people", "{\"given_name\":7}", "given_name"),
        Bad("POST /api/v1/people", "{\"email_addresses\":{}}", "email_addresses"),
        Bad("POST /api/v1/people", "{\"email_addresses\":[7]}", "email_addresses"),
        Bad("POST /api/v1/people", "{\"email_addresses\":[{}]}", "email_addresses"),
        Bad("POST /api/v1/people", "{\"phone_numbers\":[{\"number\":1}]}", "number"),
        Bad(
            "POST /api/v1/people",
            "{\"given_name\":\"\(long(201))\",\"email_addresses\":[{\"address\":\"a@b.c\"}]}",
            "given_name"),
        Bad("POST /api/v1/lists", "{\"name\":\" \"}", "name"),
        Bad("POST /api/v1/lists", "{\"name\":\"\(long(201))\"}", "name"),
        Bad("POST /api/v1/lists/3/items", "{\"_links\":7}", "_links"),
        Bad("POST /api/v1/lists/3/items", "{\"person_id\":0}", "_links"),
        Bad("POST /api/v1/messages/1/send", "[]", nil),
        Bad(
            "POST /api/v1/messages/1/schedule", "{\"scheduled_start_date\":\"/Date(0)/\"}",
            "scheduled_start_date"),
        Bad("GET /api/v1/messages?per_page=-1", "", "per_page"),
        Bad("GET /api/v1/messages?page=99999999999999999999", "", "page"),
        Bad("GET /api/v1/messages?filter=\(long(1001))", "", "filter"),
    ]

    @Test(arguments: bad)
    func `a bad request is 400 and says where`(_ bad: Bad) throws {
        guard case .answer(let response) = OSDI.alone.decode(OSDI.request(bad.line, body: bad.body))
        else { throw OSDI.Unexpected() }
        #expect(response.head.status == .badRequest)
        let error = try OSDI.error(in: response)
        guard case .array(let descriptions)? = error["error_descriptions"],
            case .object(let description)? = descriptions.first
        else { throw OSDI.Unexpected() }
        #expect(description["properties"] == bad.property.map { .array([.string($0)]) })
        let code = bad.property == nil ? "request.unreadable" : "request.invalid"
        #expect(description["error_code"] == .string(code))
    }

    @Test(arguments: [
        "https://gateway.test/api/v1/lists/3", "https://gateway.test/api/v1/lists/3/",
        "https://gateway.test/api/v1//lists/3",
    ])
    func `a target is a list of this place`(_ href: String) throws {
        let content = try OSDI.composed("{\"targets\":[{\"href\":\"\(href)\"}]}")
        #expect(content.targets == [.list(ContactListID(rawValue: 3))])
    }

    @Test(arguments: [
        "", "3", "/api/v1/lists/3", "lists/3", "//gateway.test/api/v1/lists/3",
        "http://gateway.test/api/v1/lists/3", "https://gateway.test:8443/api/v1/lists/3",
        "https://gateway.test.elsewhere.test/api/v1/lists/3",
        "https://gateway.test@elsewhere.test/api/v1/lists/3",
        "https://elsewhere.test/api/v1/lists/3", "https://gateway.test/api/v2/lists/3",
        "https://gateway.test/api/v1/lists", "https://gateway.test/api/v1/lists/",
        "https://gateway.test/api/v1/lists/0", "https://gateway.test/api/v1/lists/03",
        "https://gateway.test/api/v1/lists/-3", "https://gateway.test/api/v1/lists/3?x=1",
        "https://gateway.test/api/v1/lists/3/items", "https://gateway.test/api/v1/queries/3",
        "https://gateway.test/api/v1/people/3", "https://gateway.test/api/v1/lists/%33",
        "https://gateway.test/api/v1/lists/٣", "https://gateway.test/api/v1/messages/../lists/3",
        "https://gateway.test/api/v1/lists/99999999999999999999",
    ])
    func `a target anywhere else is refused, and never fetched`(_ href: String) throws {
        let body = "{\"targets\":[{\"href\":\"\(href)\"}]}"
        guard
            case .answer(let response) = OSDI.alone.decode(
                OSDI.request("POST /api/v1/messages", body: body))
        else { throw OSDI.Unexpected() }
        #expect(response.head.status == .badRequest)
        #expect(!String(decoding: response.body, as: UTF8.self).contains("elsewhere"))
    }

    @Test(arguments: [
        ("", false), ("Rounds are at 9.", false), ("a < b and b > c", false), ("I <3 you >", false),
        ("Write to <bob@example.com>.", false), ("1 <2> 3", false), ("<p", false), ("<p ", false),
        ("Fish &amp; chips", false), ("< p>", false), ("<\u{0}p>", false), ("<p>", true),
        ("<P>Hello</P>", true), ("Hello<br/>", true), ("Hello</p>", true),
        ("<a href='x'>y</a>", true), ("<!DOCTYPE html>", true), ("a <!-- b --> c", true),
        ("<\(String(repeating: "a", count: 40))>", false), ("<<b>", true), ("<a\nb>", true),
    ])
    func `a body is HTML where it has a tag`(_ body: String, _ isHTML: Bool) throws {
        var json = JSONWriter()
        json.object { $0.member("body", body) }
        let content = try OSDI.composed(String(decoding: json.bytes, as: UTF8.self))
        #expect(content.body == body)
        #expect(content.bodyFormat == (isHTML ? .html : .text))
    }

    @Test func `an annex of the longest members, each byte escaped, still fits`() throws {
        func text(_ count: Int) -> String { String(repeating: "\\\"", count: count) }
        let section = "{\"keyword\":\"\(text(40))\",\"auto_reply\":\"\(text(500))\"}"
        let body =
            "{\"identifiers\":[\(Self.many(16, "\"\(text(128))\""))],"
            + "\"sections\":[\(Self.many(16, section))],\"origin_system\":\"\(text(200))\","
            + "\"name\":\"\(text(320))\",\"from\":\"\(text(200))\",\"reply_to\":\"\(text(320))\","
            + "\"administrative_url\":\"\(text(1000))\",\"browser_url\":\"\(text(1000))\","
            + "\"type\":\"email\",\"daily_start_hour\":10,\"daily_stop_hour\":20}"
        let content = try OSDI.composed(body)
        let annex = try #require(content.annex)
        #expect(annex.bytes.count > Annex.largest / 2 && annex.bytes.count <= Annex.largest)
        // What is put back is what was kept.
        #expect(try OSDI.composed(String(decoding: annex.bytes, as: UTF8.self)).annex == annex)
    }

    @Test func `null clears, and an empty list has nobody on it`() throws {
        for nothing in ["null", "[]"] {
            let content = try OSDI.amended(
                DraftContent(subject: "a", body: "b", targets: [.list(ContactListID(rawValue: 3))]),
                by: "{\"subject\":null,\"body\":null,\"targets\":\(nothing)}")
            #expect(content == DraftContent())
        }
    }

    @Test func `a message that is put back as it was got stays as it was`() throws {
        let text =
            "{\"identifiers\":[\"foreign:1\"],\"origin_system\":\"OpenSupporter\",\"name\":\"a\","
            + "\"from\":\"b\",\"type\":\"sms\",\"sections\":[{\"keyword\":\"YES\",\"auto_reply\":\"c\"}],"
            + "\"daily_start_hour\":9}"
        var message = try #require(
            Sample.outgoing(["annex": text, "state": "scheduled"], of: "osdi"))
        message.content.targets = [.list(ContactListID(rawValue: 3))]
        let (dialect, manner) = try OSDI.manner(of: "GET /api/v1/messages/1")
        let stamp = OperationStamp(decision: Sample.stamp.decision, policy: Sample.stamp.policy)
        let got = dialect.encode(.done(.outgoing(message), stamp), in: manner)
        let back = String(decoding: got.body, as: UTF8.self)
        #expect(try OSDI.amended(message.content, by: back) == message.content)
    }

    @Test func `another dialect's annex is left alone until this one has something to keep`() throws
    {
        func amended(_ body: String) throws -> DraftContent {
            try OSDI.amended(
                DraftContent(
                    body: "<b>", bodyFormat: .text, annex: Annex(dialect: "sendhub", bytes: [1])),
                by: body)
        }
        let untouched = try amended("{\"subject\":\"a\"}")
        #expect(untouched.annex == Annex(dialect: "sendhub", bytes: [1]))
        #expect(untouched.bodyFormat == .text)
        let named = try amended("{\"name\":\"a\"}")
        #expect(named.annex == Annex(dialect: "osdi", bytes: Array("{\"name\":\"a\"}".utf8)))
        #expect(named.bodyFormat == .text)
        #expect(try amended("{\"name\":null}").annex == nil)
        #expect(try amended("{\"body\":\"<b>\"}").bodyFormat == .html)
    }
}
