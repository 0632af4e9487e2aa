import Testing

@testable import PosternDialectKit

@Suite struct JSVTests {
    private static func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        var object = JSONObject()
        for (name, value) in members { _ = object.insert(name, value) }
        return .object(object)
    }

    private static func texts(_ texts: String...) -> JSONValue {
        .array(texts.map(JSONValue.string))
    }

    static let cases: [(String, JSONValue)] = [
        // What real clients send.
        (
            "{types:[Inbox,Sent],searchCriteria:hello}",
            object(["types": texts("Inbox", "Sent"), "searchCriteria": .string("hello")])
        ),
        (
            "{ \"types\":[Inbox], \"searchCriteria\": ''}",
            object(["types": texts("Inbox"), "searchCriteria": .string("")])
        ),
        (
            "{\"types\":[\"Inbox\"],\"page\":1,\"all\":true,\"none\":null,\"text\":\"a\\\"\\u00fc\"}",
            object([
                "types": texts("Inbox"), "page": .number("1"), "all": .boolean(true), "none": .null,
                "text": .string("a\"ü"),
            ])
        ),
        // Words.
        (
            "{a:1,b:true,c:null}",
            object(["a": .string("1"), "b": .string("true"), "c": .string("null")])
        ),
        ("{ a b : c  d , e : f }", object(["a b": .string("c  d"), "e": .string("f")])),
        ("{a:,b:}", object(["a": .string(""), "b": .string("")])),
        ("{from:2026-11-28T10:11:12Z}", object(["from": .string("2026-11-28T10:11:12Z")])),
        (
            "{a:O'Brien,b:C:\\temp,c:/Date(1)/}",
            object([
                "a": .string("O'Brien"), "b": .string("C:\\temp"), "c": .string("/Date(1)/"),
            ])
        ),
        ("[a, b c ,ü]", texts("a", "b c", "ü")), ("[1,2]", .array([.number("1"), .number("2")])),
        ("[1,x]", texts("1", "x")), ("hello", .string("hello")),
        ("Inbox,Sent", .string("Inbox,Sent")),
        ("  a: b  ", .string("a: b")), ("", .string("")), ("42", .string("42")),
        ("true", .string("true")),
        // Texts.
        ("{a:\"x, {y}: [z]\"}", object(["a": .string("x, {y}: [z]")])),
        ("{a:\"say \"\"hi\"\"\"}", object(["a": .string("say \"hi\"")])),
        ("{a:\"\",b:\"\"\"\"}", object(["a": .string(""), "b": .string("\"")])),
        ("{a:\"C:\\x\"}", object(["a": .string("C:\\x")])),
        (
            "{a:'it''s',\"b\" : 'say \"hi\"'}",
            object(["a": .string("it's"), "b": .string("say \"hi\"")])
        ),
        ("\"a\"\"b\"", .string("a\"b")), (" 'x' ", .string("x")), ("['',\"\"]", texts("", "")),
        // Nesting.
        ("{}", object([:])), ("[]", .array([])), (" { } ", object([:])), ("[ ]", .array([])),
        (
            "{a:{b:{c:[{d:e},{}]}}}",
            object([
                "a": object([
                    "b": object(["c": .array([object(["d": .string("e")]), object([:])])])
                ])
            ])
        ),
        ("[[a],[b,c]]", .array([texts("a"), texts("b", "c")])),
        (
            "[[[[[[[[x]]]]]]]]",
            .array([.array([.array([.array([.array([.array([.array([texts("x")])])])])])])])
        ),
        ("{\n\ta: b\r\n}", object(["a": .string("b")])),
    ]

    @Test(arguments: cases)
    func `what clients write is read`(_ text: String, _ value: JSONValue) throws {
        #expect(try JSONValue(jsv: text) == value)
    }

    @Test(
        arguments: [
            ("{", .endsEarly, 1), ("[", .endsEarly, 1), ("{a", .endsEarly, 2),
            ("{a:", .endsEarly, 3),
            ("{a:b", .endsEarly, 4), ("[a", .endsEarly, 2), ("[a,", .endsEarly, 3),
            ("\"a", .endsEarly, 2), ("'a", .endsEarly, 2), ("'tis", .endsEarly, 4),
            ("{a:\"b\"\"}", .endsEarly, 8), ("[,]", .unexpectedByte, 1),
            ("[a,]", .unexpectedByte, 3),
            ("[a,,b]", .unexpectedByte, 3), ("{:b}", .unexpectedByte, 1),
            ("{\"\":b}", .unexpectedByte, 3),
            ("{a}", .unexpectedByte, 2), ("{a:b,}", .unexpectedByte, 5),
            ("{a:b]", .unexpectedByte, 4),
            ("[a}", .unexpectedByte, 2), ("{a:b{}", .unexpectedByte, 4),
            ("[a\"b\"]", .unexpectedByte, 2),
            ("[\"a\"b]", .unexpectedByte, 4), ("{a:\"x\\\"y\"}", .unexpectedByte, 7),
            ("a]", .unexpectedByte, 1), ("a\u{0}", .unexpectedByte, 1),
            ("[\"a\nb\"]", .unexpectedByte, 3),
            ("{a:\u{7F}}", .unexpectedByte, 3), ("{a:b}}", .trailing, 5), ("[a] b", .trailing, 4),
            ("\"a\" b", .trailing, 4), ("{a:1,a:2}", .duplicateMember, 5),
            ("{a:1,b:2, A:3}", .duplicateMember, 9),
            ("{\"a\":1,\"\\u0041\":2}", .duplicateMember, 17),
            ("[[[[[[[[[x", .tooDeep, 8), ("{a:{a:{a:{a:{a:{a:{a:{a:{a:b}}}}}}}}}", .tooDeep, 24),
        ] as [(String, JSVProblem.Kind, Int)])
    func `a refusal says what and where`(_ text: String, _ kind: JSVProblem.Kind, _ offset: Int) {
        #expect(throws: JSVProblem(kind: kind, offset: offset)) { try JSONValue(jsv: text) }
    }

    @Test(arguments: ["x", "1", "\"x\""])
    func `items are bounded whether they are JSON or not`(_ item: String) throws {
        func list(_ count: Int) -> String {
            "[" + Array(repeating: item, count: count).joined(separator: ",") + "]"
        }
        _ = try JSONValue(jsv: list(256))
        for text in [list(257), "{a:\(list(256))}", "{\"a\":\(list(256))}"] {
            do throws(JSVProblem) {
                _ = try JSONValue(jsv: text)
                Issue.record("\(text.prefix(8)) was read.")
            } catch {
                #expect(error.kind == .tooManyItems)
            }
        }
        #expect(throws: JSVProblem.self) {
            try JSONValue(jsv: String(repeating: "[", count: 100_000))
        }
    }

    @Test(arguments: cases.map(\.0))
    func `a text cut anywhere or changed is another or none, and never a crash`(_ text: String) {
        let bytes = Array(text.utf8)
        for end in bytes.indices {
            if let cut = String(validating: bytes[..<end], as: UTF8.self) {
                _ = try? JSONValue(jsv: cut)
            }
            for byte: UInt8 in Array("\u{0}\"',:[]{}\\ x".utf8) {
                var changed = bytes
                changed[end] = byte
                _ = try? JSONValue(jsv: String(decoding: changed, as: UTF8.self))
            }
        }
    }

    @Test(arguments: JSVProblem.Kind.allCases)
    func `every problem has a clause with its place`(_ kind: JSVProblem.Kind) {
        #expect(JSVProblem(kind: kind, offset: 7).clause.contains("byte 7"))
    }
}
