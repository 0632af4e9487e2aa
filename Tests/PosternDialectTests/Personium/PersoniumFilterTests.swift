import HTTPTypes
import PosternDialectKit
import PosternDialectPersonium
import PosternModel
import Testing

/// Which messages a list can be asked for, and how all else is refused.
@Suite struct PersoniumFilterTests {
    private static let dialect = PersoniumClient.dialect
    static let id = "00112233445566778899aabbccddeeff"

    private struct Unexpected: Error {}

    /// What a filter comes to: what is looked for, or the code it is refused with.
    private func found(_ filter: String, in set: String) throws -> String {
        var query = ""
        for byte in filter.utf8 {
            query += byte < 16 ? "%0\(String(byte, radix: 16))" : "%\(String(byte, radix: 16))"
        }
        let decoding = Self.dialect.decode(
            PersoniumClient.request(.get, "/alice/__ctl/\(set)?$filter=\(query)"))
        switch decoding {
        case .answer(let response):
            return PersoniumClient.error(in: response).prefix { $0 != ":" }.description
        case .operate(let asked, _):
            switch asked.operation {
            case .incoming(.listIncoming(let search)): return shown(search)
            case .dispatch(.listOutgoing(let search)): return shown(search)
            default: throw Unexpected()
            }
        default: throw Unexpected()
        }
    }

    private func shown(_ search: IncomingSearch) -> String {
        #expect(search.withBodies && !search.oldestFirst && search.window == Window(limit: 25))
        return shown(
            search.isRequest, search.isRead.map { $0 ? "read" : "unread" },
            search.answer?.rawValue, search.sender.map { "from \($0)" }, search.messages,
            search.subject)
    }

    private func shown(_ search: OutgoingSearch) -> String {
        #expect(search.stages == [.sending, .sent, .stopped] && search.window == Window(limit: 25))
        return shown(search.isRequest, nil, nil, nil, search.messages, search.subject)
    }

    private func shown(
        _ isRequest: Bool?, _ isRead: String?, _ answer: String?, _ sender: String?,
        _ messages: [MessageGUID], _ subject: [TextMatch]
    ) -> String {
        var parts = [isRequest.map { $0 ? "request" : "message" }, isRead, answer, sender]
            .compactMap(\.self)
        parts += messages.map { "\($0)" }
        parts += subject.map { "\($0)" }
        return parts.isEmpty ? "everything" : parts.joined(separator: ", ")
    }

    // MARK: what is answered

    static let answered: [(String, String)] = [
        ("Type eq 'message'", "message"), ("Type ne 'message'", "request"),
        ("Type  eq  'message'", "message"), ("  Type eq 'message' ", "message"),
        ("Type eq 'message' and Type eq 'message'", "message"),
        ("Title eq 'MyBoard'", #"equals "MyBoard""#), ("Title ne ''", #"differs """#),
        ("startswith(Title,'MyBoard')", #"startsWith "MyBoard""#),
        ("startswith ( Title , 'MyBoard' )", #"startsWith "MyBoard""#),
        ("startswith(Title,'My') eq true", #"startsWith "My""#),
        ("substringof('Board',Title)", #"contains "Board""#),
        (
            "substringof('Board', Title) eq true and Type eq 'message'",
            #"message, contains "Board""#
        ),
        ("startswith(Title,'')", #"startsWith """#),
        (
            "Title ne 'a' and startswith(Title,'b') and substringof('c',Title)",
            #"differs "a", startsWith "b", contains "c""#
        ),
        // What a text says divides nothing.
        ("Title eq 'now and then'", #"equals "now and then""#),
        ("Title eq 'a' and Title ne ' and Type eq '", #"equals "a", differs " and Type eq ""#),
        ("Title eq 'Ann''s'", #"equals "Ann's""#), ("Title eq ''''", #"equals "'""#),
        ("Title eq ''' and Type eq '''", #"equals "' and Type eq '""#),
        ("Title eq '(,)+%'", #"equals "(,)+%""#),
        ("Title eq 'Übergabe 🏥'", #"equals "Übergabe 🏥""#),
        ("Title eq '\u{301}'", "equals \"\u{301}\""),
        // Escapes of a script, as the original reads them.
        (#"Title eq 'a\\b'"#, #"equals "a\b""#),
        (#"Title eq 'a\b\t\n\f\rc'"#, "equals \"a\u{8}\t\n\u{C}\rc\""),
        (#"Title eq '\u00e9\uD83C\uDFE5'"#, #"equals "é🏥""#),
        (#"Title eq 'a\qb\'"#, #"equals "aqb\""#),
        (#"Title eq '\\u00e9'"#, #"equals "\u00e9""#), (#"Title eq '\'''"#, #"equals "'""#),
        ("__id eq '\(id)'", id),
        ("__id eq '00112233-4455-6677-8899-AABBCCDDEEFF'", id),
        ("__id eq '\(id)' and Title ne 'x' and __id eq '\(id)'", #"\#(id), differs "x""#),
    ]

    @Test(arguments: answered)
    func `a filter asks for what the ledger can find, of either set`(
        _ filter: String, _ expected: String
    ) throws {
        #expect(try found(filter, in: "ReceivedMessage") == expected)
        #expect(try found(filter, in: "SentMessage") == expected)
    }

    static let unit = "https://gateway.test"

    static let received: [(String, String)] = [
        ("Status eq 'unread'", "message, unread"), ("Status eq 'read'", "message, read"),
        ("Status eq 'none'", "request, none"), ("Status eq 'approved'", "request, approved"),
        ("Status eq 'rejected'", "request, rejected"),
        ("Type eq 'message' and Status eq 'unread'", "message, unread"),
        ("Status eq 'none' and Type ne 'message'", "request, none"),
        ("From eq '\(unit)/bob/'", "from bob"), ("From eq '\(unit)/bob'", "from bob"),
        ("From eq '\(unit)/Bob/' and From eq '\(unit)/bob/'", "from bob"),
        (
            "From eq '\(unit)/bob/' and Type eq 'message' and Title eq 'Rounds'",
            #"message, from bob, equals "Rounds""#
        ),
    ]

    @Test(arguments: received)
    func `of what was received more can be asked`(_ filter: String, _ expected: String) throws {
        #expect(try found(filter, in: "ReceivedMessage") == expected)
        #expect(try found(filter, in: "SentMessage") == "PR400-OD-0045")
    }

    // MARK: what is not

    static let refused: [(String, [String])] = [
        (
            "PR400-OD-0003",
            [
                "", " ", "Type", "Type eq", "eq", "Type eq 'message' and", "Type eq 'message' and ",
                "and Type eq 'message'", "Type eq 'message' or", "Type eq 'message' Title",
                "Type eq 'message' xor Title eq 'a'", "Type is 'message'",
                "Type eq 'message'and Title eq 'a'",
                "Typeeq'message'", "Type eq'message'", "Title eq 'a'b'", "Title eq 'a",
                "Title eq '",
                "Title eq '''", "Title eq a'b'", "'a' eq Title", "'a' eq 'a'",
                "1 eq 1", "Title eq 'a')", "(Title eq 'a'", "startswith(Title,'a'",
                "startswith(Title,'a'))",
                "startswith Title,'a')", "startswith(Title 'a')", "startswith()",
                "startswith(Title)",
                "startswith(Title,)", "startswith(,'a')", "startswith(Title,'a',)",
                "startswith(Title,'a','b')", "startswith('a',Title)", "startswith('a','a')",
                "substringof(Title,'a')", "substringof('a')", "startswith(Title,'a') eq",
                "startswith(Title,'a')eq true", "startswith(Title,'a') true",
                "length(Title) gt 3", "tolower(Title) eq 'a'", "Startswith(Title,'a')",
                "endswith(Title)",
                "contains(Title,'a')", "Title eq \"a\"", "Title = 'a'", "Title eq 'a';", "*",
                "Title eq -",
                "Title\u{a0}eq\u{a0}'a'", "Ti\u{301}tle eq 'a'", "_Box.Name eq 'a'",
                "Title add 1 eq 'a'", "Title eq 'a' desc", "Title)(eq 'a'",
                "Title eq 'a' and and Title eq 'b'",
                "datetime'2026-11-28' eq Title", "Title eq ,",
            ]
        ),
        (
            "PR400-OD-0042",
            [
                "Type eq 'message' or Type ne 'message'", "(Type eq 'message')",
                "Type eq 'message' and (Title eq 'a')", "Title eq ('a')", "Title gt 'a'",
                "Title le 'a'",
                "Title eq null", "Title ne null", "Type eq 'req.relation.build'",
                "Type eq 'MESSAGE'",
                "Type eq 'message' and Type ne 'message'", "Priority eq 3", "Priority lt -1",
                "Body eq 'a'", "startswith(Body,'a')", "substringof('a',Body)", "InReplyTo eq 'a'",
                "__published gt datetime'2026-11-28T00:00:00'", "__updated eq 1795262400000",
                "__id eq 'x'", "__id eq ''", "__id ne '\(id)'", "startswith(__id,'0')",
                "__id eq '\(id)' and __id eq 'ff112233445566778899aabbccddeeff'",
                "startswith(Title,'a') eq false", "startswith(Title,'a') ne true",
                "startswith(Title,'a') eq 'true'", "RequestRelation eq 'friend'",
                "Title eq '\(String(repeating: "é", count: 4097))'",
                Array(repeating: "Title ne 'a'", count: 17).joined(separator: " and "),
            ]
        ),
        (
            "PR400-OD-0043",
            [
                "not startswith(Title,'a')", "not (Title eq 'a')",
                "Title eq 'a' and not Title eq 'b'",
            ]
        ),
        (
            "PR400-OD-0044",
            ["endswith(Title,'a')", "Title eq tolower('a')", "startswith(tolower(Title),'a')"]
        ),
        (
            "PR400-OD-0045",
            [
                "Colour eq 'red'", "title eq 'a'", "startswith(Colour,'a')", "Schema eq 'a'",
                "and eq 'a'",
            ]
        ),
        (
            "PR400-OD-0046",
            [
                "Title eq 3", "Title eq true", "Title eq Body", "Type eq message",
                "Title eq guid'a'",
                "startswith(Title,3)", "startswith(Title,Body)", "startswith(Title,null)",
                "startswith(Priority,'3')", "substringof('3',Priority)", "Priority eq '3'",
                "Priority eq true", "__published eq 'now'",
            ]
        ),
        (
            "PR400-OD-0048",
            [
                #"Title eq '\u12'"#, #"Title eq '\uZZZZ'"#, #"Title eq '\uD800'"#,
                #"Title eq 'a\u'"#,
                #"startswith(Title,'\uDC00\uD800')"#,
            ]
        ),
    ]

    @Test(arguments: refused)
    func `any other filter is refused`(_ code: String, _ filters: [String]) throws {
        for filter in filters {
            #expect(try found(filter, in: "ReceivedMessage") == code, "\(filter)")
            #expect(try found(filter, in: "SentMessage") == code, "\(filter)")
        }
    }

    @Test(arguments: [
        "Status ne 'read'", "Status eq 'done'", "Status eq ''",
        "Type eq 'message' and Status eq 'none'",
        "Status eq 'read' and Status eq 'unread'", "Status eq 'none' and Status eq 'approved'",
        "Status eq 'read' and Type ne 'message'", "MulticastTo eq 'a'",
        // Only cells of this unit can be asked for, whose URL says which account that is.
        "From eq 'https://partner.test/bob/'", "From eq 'https://elsewhere.example/bob/'",
        "From eq 'mailto:bob@example.org'", "From eq '\(unit)/na.me/'", "From eq '\(unit)/'",
        "From eq '\(unit)/bob/x'", "From eq '\(unit)/bob/?a'", "From eq 'bob'", "From eq ''",
        "From ne '\(unit)/bob/'", "startswith(From,'\(unit)/b')",
        "From eq '\(unit)/bob/' and From eq '\(unit)/carol/'",
    ])
    func `so is what cannot be asked of what was received`(_ filter: String) throws {
        #expect(try found(filter, in: "ReceivedMessage") == "PR400-OD-0042", "\(filter)")
    }

    @Test(arguments: [
        ("Result eq 'a'", "PR400-OD-0003"), ("BoxBound eq true", "PR400-OD-0042"),
        ("BoxBound eq 'true'", "PR400-OD-0046"), ("ToRelation eq 'wards'", "PR400-OD-0042"),
    ])
    func `and what cannot be asked of what was sent`(_ filter: String, _ code: String) throws {
        #expect(try found(filter, in: "SentMessage") == code)
        #expect(try found(filter, in: "ReceivedMessage") == "PR400-OD-0045")
    }

    @Test func `a filter has its bounds`() throws {
        let longest = String(repeating: "é", count: 4096)
        #expect(
            try found("startswith(Title,'\(longest)')", in: "SentMessage")
                == "startsWith \"\(longest)\"")
        let most = Array(repeating: "Title ne 'a'", count: 16)
        #expect(
            try found(most.joined(separator: " and "), in: "SentMessage")
                == Array(repeating: #"differs "a""#, count: 16).joined(separator: ", "))
        // However deep, nothing is read within.
        let deep = String(repeating: "(", count: 5000) + String(repeating: ")", count: 5000)
        #expect(try found(deep, in: "SentMessage") == "PR400-OD-0042")
    }

    @Test func `a filter cut anywhere is refused or understood`() throws {
        let filter =
            #"startswith(Title,'a''b\u00e9') eq true and Type eq 'message' and __id eq '\#(Self.id)'"#
        for count in 0..<filter.utf8.count {
            let cut = String(decoding: filter.utf8.prefix(count), as: UTF8.self)
            let found = try found(cut, in: "ReceivedMessage")
            #expect(found.hasPrefix("PR400-OD-00") || found.contains("startsWith"), "\(cut)")
        }
    }

    /// The order in which the original reads options, and only then looks at what a filter is about.
    @Test(arguments: [
        ("$filter=Colour%20eq%20'a'&$select=", "PR400-OD-0017"),
        ("$filter=Colour&$select=", "PR400-OD-0003"),
        ("$select=&$expand=x", "PR400-OD-0017"), ("$filter=Colour%20eq%20'a'&q=x", "PR400-OD-0042"),
        ("$filter=Colour%20eq%20'a'&$orderby=x", "PR400-OD-0015"),
    ])
    func `the first thing wrong is told`(_ query: String, _ code: String) {
        let decoding = Self.dialect.decode(
            PersoniumClient.request(.get, "/alice/__ctl/SentMessage?\(query)"))
        guard case .answer(let response) = decoding else {
            Issue.record("not refused")
            return
        }
        #expect(PersoniumClient.error(in: response).hasPrefix(code + ":"))
    }

    /// A query is decoded once: `+` is a space, and `%2B` is none.
    @Test func `escapes of the query are read once`() throws {
        for (query, title) in [
            ("Title+eq+%27a%2Bb%27", "a+b"), ("Title%20eq%20'a+b'", "a b"),
            ("Title+eq+'%2541'", "%41"),
        ] {
            let decoding = Self.dialect.decode(
                PersoniumClient.request(.get, "/alice/__ctl/SentMessage?%24filter=\(query)"))
            guard case .operate(let asked, _) = decoding,
                case .dispatch(.listOutgoing(let search)) = asked.operation
            else { throw Unexpected() }
            #expect(search.subject == [TextMatch(.equals, title)])
        }
    }
}
