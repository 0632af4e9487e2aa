import HTTPTypes
import PosternDialectKit
import PosternDialectRevicom
import PosternModel

/// Requests of this API, as tests write them.
enum RevicomSample {
    static let dialect = RevicomDialect(
        mount: TranscriptTests.mount, clock: NoonClock(), callbackHosts: ["Hooks.example"])

    static func request(
        _ method: HTTPRequest.Method, _ path: String, body: String = "",
        fields: HTTPFields = [.authorization: "Basic a2V5"]
    ) -> DialectRequest {
        DialectRequest(
            head: HTTPRequest(
                method: method, scheme: "https", authority: "gateway.test", path: path,
                headerFields: fields), body: Array(body.utf8))
    }

    /// A send of one message that is good, but for the members given; an empty text leaves one out.
    static func send(_ members: [(String, String)]) -> DialectRequest {
        var all: [(String, String)] = [
            ("channelType", #""SMS""#), ("senderName", #""Clinic""#),
            ("destination", #""14085553911""#), ("content", #""Rounds are at 9.""#),
        ]
        for (name, value) in members {
            all.removeAll { $0.0 == name }
            if !value.isEmpty { all.append((name, value)) }
        }
        let body = all.map { #""\#($0.0)":\#($0.1)"# }.joined(separator: ",")
        return request(.post, "/api/v1/message", body: "[{\(body)}]")
    }

    /// What a request is told at once; nil where it is understood.
    static func answer(to request: DialectRequest) -> String? {
        guard case .answer(let response) = dialect.decode(request) else { return nil }
        return "\(response.head.status.code) \(String(decoding: response.body, as: UTF8.self))"
    }
}
