import HTTPTypes
import NIOCore
import NIOHPACK
import Testing

@testable import PosternListener

@Suite struct `The judge of fields` {
    struct Row: Sendable, CustomTestStringConvertible {
        var fields: [(String, String)]
        /// The fields handed on, or what is wrong.
        var outcome: Result<[String], ListenerProblem>
        var testDescription: String { fields.map { "\($0.0): \($0.1)" }.joined(separator: ", ") }
    }

    static let rows = [
        Row(
            fields: [("x-a", "1"), ("accept", "a"), ("x-a", "2")],
            outcome: .success(["x-a: 1", "accept: a", "x-a: 2"])),
        Row(
            fields: [("cookie", "a=1"), ("accept", "b"), ("cookie", "c=2"), ("cookie", "d=3")],
            outcome: .success(["cookie: a=1; c=2; d=3", "accept: b"])),
        Row(fields: [("content-length", "0"), ("trailer", "x")], outcome: .success([])),
        Row(fields: [("host", "a.example")], outcome: .failure(.malformed(.host))),
        Row(
            fields: [("content-length", "0"), ("content-length", "0")],
            outcome: .failure(.malformed(.framing))),
        Row(fields: [("content-length", "+1")], outcome: .failure(.malformed(.framing))),
        Row(
            fields: [("authorization", "a"), ("authorization", "a")],
            outcome: .failure(.malformed(.duplicateField))),
        Row(fields: [("expect", "more")], outcome: .failure(.expectationUnknown)),
        Row(fields: [("content_length", "1")], outcome: .failure(.malformed(.field))),
    ]

    @Test(arguments: rows) func `judges alike over HTTP/1 and HTTP/2`(_ row: Row) {
        let lines = ([("host", "a.example")] + row.fields).map { "\($0.0): \($0.1)\r\n" }.joined()
        var reader = HTTP1Reader(limits: ListenerLimits(), secure: true)
        reader.feed(ByteBuffer(string: "GET / HTTP/1.1\r\n\(lines)\r\n"))
        switch reader.next({ _, _ in 0 }) {
        case .request(let head, _):
            #expect(row.outcome == .success(Self.texts(head.request.headerFields)))
        case .problem(let problem, _): #expect(row.outcome == .failure(problem))
        case .wait, .head: Issue.record("not read to its end")
        }
        let block =
            [(":method", "GET"), (":scheme", "https"), (":path", "/"), (":authority", "a.example")]
            + [("host", "a.example")] + row.fields
        do throws(ListenerProblem) {
            let head = try HTTP2Head.check(HPACKHeaders(block), limits: ListenerLimits())
            #expect(row.outcome == .success(Self.texts(head.request.headerFields)))
        } catch {
            #expect(row.outcome == .failure(error))
        }
    }

    private static func texts(_ fields: HTTPFields) -> [String] {
        fields.map { "\($0.name.canonicalName): \($0.value)" }
    }
}
