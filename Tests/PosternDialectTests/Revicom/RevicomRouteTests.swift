import HTTPTypes
import PosternDialectKit
import PosternDialectRevicom
import PosternModel
import Testing

@testable import PosternDialectSecureMessaging

/// Revicom's paths and Secure Messaging's share a root, and nothing else.
@Suite struct RevicomRouteTests {
    @Test(
        arguments: [
            "/api/v1/message", "/api/v1/message/stop", "/api/v1/message/cascade",
            "/api/v1/message/2a28d557-22a1-4be6-8908-1481723043dd", "/api/v1/balance",
            "/api/v1/ping", "/api/v1/dispatch", "/api/v1/dispatch/17/start",
            "/api/v1/dispatch/17/messages", "/api/v1/message/x/y",
        ])
    func `a path of this API is not the first dialect's`(_ path: String) {
        for method in [HTTPRequest.Method.get, .post] {
            let request = RevicomSample.request(method, path)
            guard case .notMine = SecureMessagingDialect().decode(request) else {
                Issue.record("\(path) is both APIs'.")
                continue
            }
            if case .notMine = RevicomSample.dialect.decode(request) {
                Issue.record("\(path) is nobody's.")
            }
        }
    }

    @Test func `no path of the first dialect is this API's`() {
        let names = RouteTable.entries.map(\.name) + ["SendMessage"]
        let paths =
            RouteTable.entries.map { entry in
                "/api/v1/"
                    + entry.path.map { if case .word(let word) = $0 { word } else { "1" } }
                    .joined(separator: "/")
            } + names.flatMap { ["/api/\($0)", "/api/json/reply/\($0)", "/json/reply/\($0)"] }
            + ["/api/v1/messages/1/send", "/api/messages/1/send"]
        for path in paths {
            for method in [HTTPRequest.Method.get, .post, .put, .delete] {
                guard
                    case .notMine = RevicomSample.dialect.decode(
                        RevicomSample.request(method, path))
                else {
                    Issue.record("\(path) is both APIs'.")
                    continue
                }
            }
        }
    }

    @Test(
        arguments: [
            ("/", HTTPRequest.Method.get), ("*", .options), ("/api/v1", .get), ("/api", .post),
            ("/api/v1/%zz", .get), ("/v1/message", .post), ("/api/v2/message", .post),
        ])
    func `what is nowhere near is not this API's`(path: String, method: HTTPRequest.Method) {
        guard
            case .notMine = RevicomSample.dialect.decode(RevicomSample.request(method, path))
        else {
            Issue.record("\(path) was taken.")
            return
        }
    }

    /// A path, a method and the limit a body has there.
    static let limits: [(String, HTTPRequest.Method, Int?)] = [
        ("/api/v1/message", .post, 2 << 20), ("/api/v1/message/stop?x=1", .post, 512 << 10),
        ("/api/v1/message", .get, nil), ("/api/v1/message/cascade", .post, 4 << 20),
        ("/api/v1/dispatch/1/messages", .post, 256 << 10),
        ("/api/v1/dispatch/1/messages/2", .post, nil), ("/api/v1/dispatch/1/start", .post, nil),
        ("/api/v1/messages", .post, nil),
    ]

    @Test(arguments: limits)
    func `only lists may be large`(path: String, method: HTTPRequest.Method, limit: Int?) {
        #expect(
            RevicomSample.dialect.bodyLimit(for: RevicomSample.request(method, path).head) == limit)
    }
}
