import HTTPTypes
import PosternDialectKit
import PosternDialectOSDI
import PosternModel
import Testing

/// What the tables of this dialect's tests are written with.
enum OSDI {
    static let base = "https://gateway.test"
    /// The dialect where nothing else is reached at its place.
    static let alone = OSDIDialect(mount: Mount(baseURL: base, isShared: false))

    /// A request from its first line, `POST /api/v1/messages`; with the key unless it is to have none.
    static func request(
        _ line: String, body: String = "", hasKey: Bool = true
    ) -> DialectRequest {
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        return DialectRequest(
            head: HTTPRequest(
                method: HTTPRequest.Method(words[0]) ?? .get, scheme: "https",
                authority: "gateway.test", path: words[1],
                headerFields: hasKey ? [.known("OSDI-API-Token"): "key-of-alice"] : [:]),
            body: Array(body.utf8))
    }

    /// The dialect, and the manner it makes of a request.
    static func manner(of line: String) throws -> (any Dialect, any ResponseManner) {
        switch alone.decode(request(line)) {
        case .operate(_, let manner), .send(_, let manner): return (alone, manner)
        default: throw Unexpected()
        }
    }

    /// What a request makes of a new message.
    static func composed(_ body: String) throws -> DraftContent {
        let decoding = alone.decode(request("POST /api/v1/messages", body: body))
        guard case .operate(let asked, _) = decoding,
            case .dispatch(.compose(let composition)) = asked.operation
        else { throw Unexpected() }
        return composition.content
    }

    /// What a request makes of what a message said.
    static func amended(_ content: DraftContent, by body: String) throws -> DraftContent {
        let decoding = alone.decode(
            request("PUT /api/v1/messages/00112233445566778899aabbccddeeff", body: body))
        guard case .operate(let asked, _) = decoding,
            case .dispatch(.amendDraft(_, let amendment)) = asked.operation
        else { throw Unexpected() }
        var amended = content
        amendment(&amended)
        return amended
    }

    /// The one resource's status in an error.
    static func error(in response: DialectResponse) throws -> JSONObject {
        guard case .object(let body) = try JSONValue(strict: response.body),
            case .object(let error)? = body["osdi:error"],
            error["request_type"] == .string("atomic"),
            case .array(let resources)? = error["resource_status"],
            case .object(let resource)? = resources.first
        else { throw Unexpected() }
        return resource
    }

    struct Unexpected: Error {}
}
