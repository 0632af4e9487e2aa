import HTTPTypes
import PosternDialectKit
import PosternDialectPersonium
import PosternModel

/// Asks the dialect what a client would, and reads its answers.
enum PersoniumClient {
    static let dialect = PersoniumDialect(
        mount: Mount(baseURL: "https://gateway.test"), units: SampleUnits())

    static func request(
        _ method: HTTPRequest.Method = .post, _ path: String = "/alice/__message/send",
        fields: HTTPFields = [.authorization: "Bearer token-of-alice"], body: String = ""
    ) -> DialectRequest {
        DialectRequest(
            head: HTTPRequest(
                method: method, scheme: "https", authority: "gateway.test", path: path,
                headerFields: fields),
            body: Array(body.utf8))
    }

    /// What a send's body comes to: `sent`, or the error's code and text.
    static func send(_ body: String) -> String {
        switch dialect.decode(request(body: body)) {
        case .send: "sent"
        case .answer(let response): error(in: response)
        default: "something else"
        }
    }

    /// What a send's body becomes; nil where it is refused.
    static func composition(_ body: String) -> Composition? {
        guard case .send(let intent, _) = dialect.decode(request(body: body)),
            case .composed(let composition) = intent.subject
        else { return nil }
        return composition
    }

    /// An answer's code and text, `PR400-OD-0006: request body…`; what it lacks is left out.
    static func error(in response: DialectResponse) -> String {
        guard case .object(let object)? = try? JSONValue(strict: response.body),
            case .string(let code)? = object["code"],
            case .object(let message)? = object["message"],
            case .string(let text)? = message["value"], message["lang"] == .string("en")
        else { return "\(response.head.status.code)" }
        let status = code.dropFirst(2).prefix(3)
        return status == "\(response.head.status.code)"
            ? "\(code): \(text)" : "\(response.head.status.code) with \(code)"
    }
}
