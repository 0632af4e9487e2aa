import HTTPTypes
import PosternDialectKit
import PosternDialectOSDI
import PosternDialectPersonium
import PosternDialectRevicom
import PosternDialectSecureMessaging
import PosternDialectSendHub
import PosternModel
import Testing

/// How each client API words each refusal: what `Dialects.md` shows, asked of the dialects themselves.
struct DialectTable {
    /// One API, a send in its language, and where its answer holds the code.
    private struct Column {
        let dialect: any Dialect
        let request: DialectRequest
        let code: [String]
    }

    private struct Clock: PosternModel.Clock {
        func now() -> Instant { Instant(milliseconds: 1_795_262_400_000) }
    }

    private static let columns: [Column] = {
        let mount = Mount(baseURL: "https://gateway.test")
        return [
            Column(
                dialect: SecureMessagingDialect(),
                request: request(
                    .put, "/api/v1/messages/00112233445566778899aabbccddeeff/send",
                    [.init("x-sm-session-token"): "t"], ""),
                code: ["responseStatus", "errorCode"]),
            Column(
                dialect: OSDIDialect(mount: mount),
                request: request(
                    .post, "/api/v1/messages/00112233-4455-6677-8899-aabbccddeeff/send",
                    [.init("OSDI-API-Token"): "t"], ""),
                code: ["osdi:error", "resource_status", "error_descriptions", "error_code"]),
            Column(
                dialect: PersoniumDialect(mount: mount),
                request: request(
                    .post, "/ann/__message/send", [.authorization: "Bearer t"],
                    #"{"To":"https://gateway.test/bob/"}"#),
                code: ["code"]),
            Column(
                dialect: RevicomDialect(mount: mount, clock: Clock()),
                request: request(
                    .post, "/api/v1/message", [.authorization: "Basic t"],
                    #"[{"channelType":"SMS","senderName":"a","destination":"41791234567","content":"b"}]"#
                ), code: ["error", "code"]),
            Column(
                dialect: SendHubDialect(mount: mount),
                request: request(
                    .post, "/v1/messages/?username=a&api_key=t", [:],
                    #"{"contacts":[1],"text":"b"}"#), code: ["code"]),
        ]
    }()

    private static func request(
        _ method: HTTPRequest.Method, _ path: String, _ fields: [HTTPField.Name?: String],
        _ body: String
    ) -> DialectRequest {
        var head = HTTPRequest(
            method: method, scheme: "https", authority: "gateway.test", path: path)
        head.headerFields[.contentType] = "application/json"
        for (name, value) in fields { if let name { head.headerFields[name] = value } }
        return DialectRequest(head: head, body: Array(body.utf8))
    }

    /// A row for each refusal code: the rules that give it, and the status and code of each API.
    static func make() throws -> String {
        let names = columns.map(\.dialect.name).joined(separator: " | ")
        var rows = ["| code | what it refuses | \(names) |", "|---|---|---|---|---|---|---|"]
        for code in RefusalCode.allCases {
            let cells = try columns.map { try cell(code, $0) }.joined(separator: " | ")
            let meaning = code.entry.meaning.prefix { $0 != "." }
            rows.append("| \(code.rawValue) | \(meaning). | \(cells) |")
        }
        return rows.joined(separator: "\n") + "\n"
    }

    private static func cell(_ code: RefusalCode, _ column: Column) throws -> String {
        let policy = try #require(PolicyDigest(String(repeating: "ab", count: 32)))
        let instant = Clock().now()
        let outcome = SendOutcome.refused(
            Refusal(
                stamp: DecisionStamp(decision: .make(at: instant), policy: policy),
                objections: [Objection(rule: "r.r", code: code, sentence: "No.")], remedies: nil,
                at: instant))
        let response =
            switch column.dialect.decode(column.request) {
            case .send(_, let manner): column.dialect.encode(outcome, in: manner)
            case .sends(_, let manner): column.dialect.encode([outcome], in: manner)
            default: throw Unsendable(dialect: column.dialect.name)
            }
        var value = try JSONValue(strict: response.body)
        for name in column.code {
            if case .array(let items) = value, let first = items.first { value = first }
            guard case .object(let object) = value, let inner = object[name] else {
                throw Unsendable(dialect: column.dialect.name)
            }
            value = inner
        }
        let text =
            switch value {
            case .string(let text), .number(let text): text
            default: throw Unsendable(dialect: column.dialect.name)
            }
        return "\(response.head.status.code) `\(text)`"
    }

    /// The sample is no send in this language, or its answer holds no code.
    private struct Unsendable: Error { let dialect: String }
}
