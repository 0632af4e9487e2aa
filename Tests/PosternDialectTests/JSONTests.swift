import Foundation
import PosternDialectKit
import Testing

@Suite struct JSONTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var kind: Character
        var name: String
        var bytes: [UInt8]
        var testDescription: String { "\(kind) \(name)" }
    }

    /// `json.cases`, in the manner of JSONTestSuite.
    static func cases() throws -> [Case] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "json.cases")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            .filter { !$0.hasPrefix("#") }
            .map { line in
                let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
                return Case(
                    kind: try #require(parts[0].first), name: String(parts[1]),
                    bytes: decoded(parts[2]))
            }
    }

    private static func decoded(_ text: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                bytes.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
                rest.removeFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }

    @Test func `there are more than two hundred cases`() throws {
        #expect(try Self.cases().count > 200)
    }

    @Test(arguments: try cases())
    func `good texts are read and bad ones refused`(_ json: Case) {
        let value = try? JSONValue(strict: json.bytes)
        switch json.kind {
        case "y": #expect(value != nil)
        case "n": #expect(value == nil)
        default: break
        }
    }

    @Test(arguments: try cases().filter { $0.kind == "y" })
    func `a good text cut anywhere is refused or another good text, and never a crash`(_ json: Case)
    {
        for end in 0..<min(json.bytes.count, 400) {
            _ = try? JSONValue(strict: Array(json.bytes[..<end]))
        }
        // Every byte in turn replaced: the parser must survive what nobody wrote on purpose.
        for index in 0..<min(json.bytes.count, 100) {
            for byte: UInt8 in [0x00, 0x22, 0x5C, 0x7B, 0x80, 0xED, 0xFF] {
                var bytes = json.bytes
                bytes[index] = byte
                _ = try? JSONValue(strict: bytes)
            }
        }
    }

    @Test(arguments: [
        ("{\"a\":1,}", JSONProblem.Kind.unexpectedByte, 7), ("[1", .endsEarly, 2),
        ("[01]", .badNumber, 2), ("1 1", .trailing, 2), ("\"\\uD800\"", .loneSurrogate, 3),
        ("{\"a\":1,\"A\":2}", .duplicateMember, 12), ("[\"\\x\"]", .badEscape, 3),
    ])
    func `a refusal says what and where`(_ text: String, _ kind: JSONProblem.Kind, _ offset: Int) {
        #expect {
            try JSONValue(strict: Array(text.utf8))
        } throws: { error in
            let problem = error as? JSONProblem
            return problem?.kind == kind && problem?.offset == offset
        }
    }

    @Test func `values come out as written`() throws {
        let text = #"{"s":"a\u00fc\ud83d\ude00\/","n":-1.50e+3,"t":true,"z":null,"l":[1,"2"]}"#
        guard case .object(let object) = try JSONValue(strict: Array(text.utf8)) else {
            Issue.record("Not an object.")
            return
        }
        #expect(object["S"] == .string("aü😀/"))
        #expect(object["n"] == .number("-1.50e+3"))
        #expect(object["t"] == .boolean(true))
        #expect(object["z"] == .null)
        #expect(object["l"] == .array([.number("1"), .string("2")]))
        #expect(object["missing"] == nil)
    }

    @Test(arguments: [
        "", "plain", "\"\\/", "</script><!--", "\u{2028}\u{2029}", "\u{0}\u{1F}\u{7F}\r\n\t",
        "ü€😀", "\u{A8}\u{A9}\u{20A8}", "a&b",
    ])
    func `what is written is read back, and no browser is misled by it`(_ text: String) throws {
        var json = JSONWriter()
        json.object { $0.member(text, text) }
        var expected = JSONObject()
        _ = expected.insert(text, .string(text))
        #expect(try JSONValue(strict: json.bytes) == .object(expected))
        let written = String(decoding: json.bytes, as: UTF8.self)
        for dangerous in ["<", ">", "&", "\u{2028}", "\u{2029}"] {
            #expect(!written.contains(dangerous))
        }
    }

    @Test func `objects, lists, nulls and large numbers nest in any order`() {
        var json = JSONWriter()
        json.object {
            $0.array("users", of: ["a", "b"]) { json, name in
                json.object {
                    $0.member("name", name)
                    $0.array("sizes", of: [Int64.min, .max]) { $0.number($1) }
                    $0.object("options") { _ in }
                }
            }
            $0.array("none", of: [Int]()) { $0.number($1) }
            $0.null("guid")
            $0.member("left", ifPresent: nil)
            $0.member("right", ifPresent: "x")
            $0.member("bytes", UInt64.max)
            $0.member("page", 1)
        }
        #expect(
            String(decoding: json.bytes, as: UTF8.self)
                == #"{"users":[{"name":"a","sizes":[-9223372036854775808,9223372036854775807],"options":{}},"#
                + #"{"name":"b","sizes":[-9223372036854775808,9223372036854775807],"options":{}}],"none":[],"#
                + #""guid":null,"right":"x","bytes":18446744073709551615,"page":1}"#)
    }
}
