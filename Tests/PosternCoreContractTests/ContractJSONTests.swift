import PosternCoreContract
import PosternModel
import Testing

@Suite struct ContractJSONTests {
    @Test func `a delivery reads back as it was written`() throws {
        for delivery in [
            try Samples.mail(), try Samples.text(), try Samples.text("<&>\n\u{0}é\u{2028}"),
        ] {
            #expect(try EntrustedDelivery(json: delivery.json) == delivery)
        }
    }

    @Test func `a delivery is written as the contract has it`() throws {
        #expect(
            String(decoding: try Samples.text().json, as: UTF8.self) == """
                {"courier":"webhook","message":"0123456789abcdef0123456789abcdef",\
                "acceptedAt":"2026-03-10T12:00:00.123Z","to":"+41791234567",\
                "from":"ann@hospital.example","text":"See you at nine."}
                """)
        #expect(
            String(decoding: try Samples.mail().json, as: UTF8.self) == """
                {"courier":"smtp","message":"0123456789abcdef0123456789abcdef",\
                "acceptedAt":"2026-03-10T12:00:00.123Z","to":"bob@hospital.example",\
                "notification":{"subject":"A message","text":"It waits.",\
                "html":"\\u003cp\\u003eIt waits.\\u003c/p\\u003e"}}
                """)
    }

    /// What stands in place of the good body's `"text":"Nine."`, or in place of all of it; and what is said of it.
    static let badBodies: [(String, String)] = [
        ("", "The body cannot be read as JSON: it ends early, at byte 0."),
        ("[]", "The body must be a JSON object."),
        ("null", "The body must be a JSON object."),
        ("{}", "The member `courier` is missing."),
        (#"{"courier":"fax"}"#, "The member `courier` is not what it must be."),
        (#"{"Courier":"smtp"}"#, "The member `courier` is missing."),
        (#"{"courier":null}"#, "The member `courier` must be a text."),
        (#"{"courier":["smtp"]}"#, "The member `courier` must be a text."),
        (
            #"{"courier":"smtp","courier":"smtp"}"#,
            "The body cannot be read as JSON: a member comes twice, or in two spellings, in the object that holds byte 34."
        ),
        (
            #"{"courier":"smtp","COURIER":"smtp"}"#,
            "The body cannot be read as JSON: a member comes twice, or in two spellings, in the object that holds byte 34."
        ),
        (#"{"courier":"smtp","message":"1"}"#, "The member `message` is not what it must be."),
        (with(#""acceptedAt":"2026-03-10""#), "The member `acceptedAt` is not what it must be."),
        (
            with(#""acceptedAt":"2026-03-10T12:00:00""#),
            "The member `acceptedAt` is not what it must be."
        ),
        (
            with(#""acceptedAt":"/Date(1)/""#), "The member `acceptedAt` is not what it must be."
        ),
        (with(#""acceptedAt":1773144000"#), "The member `acceptedAt` must be a text."),
        (with(#""to":"ann@hospital.example""#), "The member `to` is not what it must be."),
        (with(#""to":"0791234567""#), "The member `to` is not what it must be."),
        (with(#""from":"Ann""#), "The member `from` is not what it must be."),
        (with(#""text":9"#), "The member `text` must be a text."),
        (with(#""text":"Nine.","notification":{}"#), "There is no member `notification`."),
        (with(#""text":"Nine.","Text":"Ten.""#), duplicate),
        (with(#""text":"Nine.","te\u0078t":"Ten.""#), duplicate),
        (with(#""text":"Nine.","urgent":true"#), "There is no member `urgent`."),
        (with(#""text":"Nine.","a\nb`c":1"#), #"There is no member `a\u{a}b\u{60}c`."#),
        (
            #"{"courier":"smtp","message":"0123456789abcdef0123456789abcdef","acceptedAt":"2026-03-10T12:00:00Z","#
                + #""to":"bob@hospital.example","notification":{"subject":"S","text":"T"}}"#,
            "The member `notification.html` is missing."
        ),
        (
            #"{"courier":"smtp","message":"0123456789abcdef0123456789abcdef","acceptedAt":"2026-03-10T12:00:00Z","#
                + #""to":"bob@hospital.example","notification":{"subject":"S","text":"T","html":"H","x":1}}"#,
            "There is no member `notification.x`."
        ),
        (
            #"{"courier":"smtp","message":"0123456789abcdef0123456789abcdef","acceptedAt":"2026-03-10T12:00:00Z","#
                + #""to":"+41791234567","notification":{"subject":"S","text":"T","html":"H"}}"#,
            "The member `to` is not what it must be."
        ),
    ]

    private static let duplicate =
        "a member comes twice, or in two spellings"

    /// A good body, one member of which is replaced by what is given.
    private static func with(_ member: String) -> String {
        let name = member.dropFirst().prefix { $0 != "\"" }
        let members = [
            ("courier", #""courier":"webhook""#),
            ("message", #""message":"0123456789abcdef0123456789abcdef""#),
            ("acceptedAt", #""acceptedAt":"2026-03-10T12:00:00Z""#),
            ("to", #""to":"+41791234567""#),
            ("from", #""from":"ann@hospital.example""#), ("text", #""text":"Nine.""#),
        ]
        return "{" + members.map { $0.0 == name ? member : $0.1 }.joined(separator: ",") + "}"
    }

    @Test(arguments: badBodies) func `a body that is none is told why`(
        _ body: String, _ sentence: String
    ) throws {
        let problem = try #require(throws: ContractProblem.self) {
            try EntrustedDelivery(json: Array(body.utf8))
        }
        #expect(problem.sentence.contains(sentence), "\(problem.sentence)")
    }

    @Test func `what a problem says repeats no value`() throws {
        let canary = "canary-5d41402a"
        for (body, _) in Self.badBodies {
            let told = body.replacing("Nine.", with: canary).replacing("Ann", with: canary)
            guard told.contains(canary) else { continue }
            let problem = try #require(throws: ContractProblem.self) {
                try EntrustedDelivery(json: Array(told.utf8))
            }
            #expect(!problem.sentence.contains(canary))
        }
    }

    @Test func `however long a name is, what is said of it is short`() throws {
        let name = "e" + String(repeating: "\u{301}", count: 100_000)
        let problem = try #require(throws: ContractProblem.self) {
            try EntrustedDelivery(
                json: Array(#"{"\#(name)":1,"#.utf8) + Array(try Samples.text().json.dropFirst()))
        }
        #expect(problem.sentence.utf8.count < 1024)
    }

    @Test func `a delivery's size is bounded by what a message can be`() throws {
        let worst = try Samples.text(String(repeating: "<", count: 1 << 20)).json
        #expect(worst.count < EntrustedDelivery.largestBody)
    }

    @Test(arguments: [
        ("2026-03-10T12:00:00Z", 1_773_144_000_000),
        ("2026-03-10T12:00:00.123Z", 1_773_144_000_123),
        ("2026-03-10T12:00:00.1239999Z", 1_773_144_000_123),
        ("2026-03-10T13:00:00+01:00", 1_773_144_000_000),
        ("2026-03-10T08:30:00.5-03:30", 1_773_144_000_500),
    ]) func `an instant is read as RFC 3339 writes it`(_ text: String, _ milliseconds: Int64) throws
    {
        let instant = try #require(Instant(contractText: text))
        #expect(instant.milliseconds == milliseconds)
        #expect(Instant(contractText: instant.contractText) == instant)
    }

    @Test(arguments: [
        "", "2026-03-10", "2026-03-10T12:00:00", "2026-03-10T12:00:00+0100", "2026-03-10 12:00:00Z",
        "2026-02-30T12:00:00Z", "2026-03-10T24:00:00Z", "2026-03-10T12:00:60Z", "2026-03-10T12:00Z",
        "2026-03-10T12:00:00.Z", "/Date(1773144000000)/", "/Date(1773144000000+01:00)/",
        "2026-03-10T12:00:00ZZ",
    ]) func `no other text is an instant`(_ text: String) {
        #expect(Instant(contractText: text) == nil)
    }

    @Test func `a state reads back as it was written`() throws {
        let key = try Samples.key()
        let states = [
            DeliveryState(key: key, standing: .waiting),
            DeliveryState(
                key: key, standing: .waiting, isWithdrawing: true, attempts: 3, reason: "Busy."),
            DeliveryState(
                key: key, standing: .undelivered, attempts: 150, reason: "Gone.",
                endedAt: Samples.noon),
            DeliveryState(key: key, standing: .withdrawn, endedAt: Samples.noon),
        ]
        for state in states { #expect(try DeliveryState(json: state.json) == state) }
        #expect(
            String(decoding: states[2].json, as: UTF8.self) == """
                {"key":"0123456789abcdef0123456789abcdef.7","state":"undelivered","attempts":150,\
                "reason":"Gone.","endedAt":"2026-03-10T12:00:00.123Z"}
                """)
    }

    @Test func `a gateway reads the answers of a newer core`() throws {
        let text = #"{"key":"a.1","state":"delivered","attempts":1,"relay":"mx1"}"#
        #expect(try DeliveryState(json: Array(text.utf8)).standing == .delivered)
    }

    @Test func `a page of endings reads back as it was written`() throws {
        let spool = SpoolID.random()
        let page = EndingsPage(
            spool: spool, last: 9,
            endings: [
                DeliveryEnding(
                    number: 4, key: try Samples.key(), standing: .delivered, at: Samples.noon),
                DeliveryEnding(
                    number: 9, key: try Samples.key("b.2"), standing: .undelivered, reason: "Gone.",
                    at: Samples.noon),
            ])
        #expect(try EndingsPage(json: page.json) == page)
        let empty = EndingsPage(spool: spool, last: 0, endings: [])
        #expect(try EndingsPage(json: empty.json) == empty)
        #expect(
            String(decoding: empty.json, as: UTF8.self)
                == #"{"spool":"\#(spool)","last":0,"endings":[]}"#)
    }

    static let badPages = [
        #"{"spool":"1","last":0,"endings":[]}"#,
        #"{"spool":"00000000000000000000000000000000","last":-1,"endings":[]}"#,
        #"{"spool":"00000000000000000000000000000000","last":1.0,"endings":[]}"#,
        #"{"spool":"00000000000000000000000000000000","last":9,"endings":{}}"#,
        #"{"spool":"00000000000000000000000000000000","last":9,"endings":[1]}"#,
        // One that has not ended, one beyond the last, and two in the wrong order.
        page(ending(1, "waiting")), page(ending(10, "delivered")),
        page(ending(2, "delivered") + "," + ending(2, "delivered")),
        page(ending(3, "delivered") + "," + ending(2, "delivered")),
    ]

    private static func page(_ endings: String) -> String {
        #"{"spool":"00000000000000000000000000000000","last":9,"endings":[\#(endings)]}"#
    }

    private static func ending(_ number: Int, _ state: String) -> String {
        #"{"number":\#(number),"key":"a","state":"\#(state)","at":"2026-03-10T12:00:00Z"}"#
    }

    @Test(arguments: badPages) func `a page that cannot be is not believed`(_ text: String) {
        #expect(throws: ContractProblem.self) { try EndingsPage(json: Array(text.utf8)) }
    }

    @Test func `a problem reads back as it was written, and nothing else is one`() throws {
        for name in CoreProblem.Name.allCases {
            let problem = CoreProblem(name, "Ask again.")
            #expect(CoreProblem(json: problem.json) == problem)
        }
        #expect(
            String(decoding: CoreProblem(.keyRefused).json, as: UTF8.self) == """
                {"type":"urn:postern:core:key-refused","title":"The key is missing or wrong.",\
                "status":401,"detail":"The key is missing or wrong."}
                """)
        for text in ["", "{}", #"{"type":"about:blank"}"#, #"{"type":"urn:postern:core:new"}"#] {
            #expect(CoreProblem(json: Array(text.utf8)) == nil)
        }
        let loud =
            #"{"type":"urn:postern:core:failed","detail":"a\n\#(String(repeating: "b", count: 999))"}"#
        let detail = try #require(CoreProblem(json: Array(loud.utf8))).detail
        #expect(detail.hasPrefix(#"a\u{a}b"#) && detail.count < 600)
    }

    @Test func `a query names a number and how many`() throws {
        #expect(try EndingsQuery(query: nil) == EndingsQuery(after: 0, limit: 1000))
        #expect(try EndingsQuery(query: []) == EndingsQuery(after: 0, limit: 1000))
        let query = EndingsQuery(after: 7, limit: 50)
        #expect(try EndingsQuery(query: Array(query.text.utf8)[...]) == query)
    }

    @Test(arguments: [
        "after=-1", "after=", "after", "after=1.0", "after=+1", "after=9223372036854775808",
        "after=1&after=1", "after=1&After=1", "limit=0", "limit=1001", "limit=ten", "from=1",
        "After=1", "after=%zz", "after=%00",
    ]) func `a query that asks anything else is refused`(_ query: String) {
        #expect(throws: ContractProblem.self) { try EndingsQuery(query: Array(query.utf8)[...]) }
    }
}
