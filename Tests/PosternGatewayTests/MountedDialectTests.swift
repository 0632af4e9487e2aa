import HTTPTypes
import PosternDialectKit
import PosternDialectSecureMessaging
import PosternGateway
import Testing

/// A dialect answers at its place and nowhere else.
@Suite struct MountedDialectTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var host: String?
        var prefix = ""
        var authority: String?
        var path: String
        var isMine: Bool
        var testDescription: String {
            "\(authority ?? "-")\(path) at \(host ?? "any")\(prefix)"
        }
    }

    static let send = "/api/v1/messages/00112233445566778899aabbccddeeff/send"
    static let rows = [
        Row(authority: "a.example", path: send, isMine: true),
        Row(host: "a.example", authority: "a.example", path: send, isMine: true),
        Row(host: "a.example", authority: "A.Example:8443", path: send, isMine: true),
        Row(host: "a.example", authority: "a.example.:8443", path: send, isMine: true),
        Row(host: "a.example", authority: "b.example", path: send, isMine: false),
        Row(host: "a.example", authority: "xa.example", path: send, isMine: false),
        Row(host: "a.example", authority: nil, path: send, isMine: false),
        Row(host: "::1", authority: "[::1]", path: send, isMine: false),
        Row(prefix: "/sm", authority: "a.example", path: "/sm" + send, isMine: true),
        Row(prefix: "/sm", authority: "a.example", path: "/sm" + send + "?dryRun=1", isMine: true),
        Row(prefix: "/sm", authority: "a.example", path: send, isMine: false),
        Row(prefix: "/sm", authority: "a.example", path: "/smx" + send, isMine: false),
        Row(prefix: "/sm", authority: "a.example", path: "/sm", isMine: false),
        Row(prefix: "/sm", authority: "a.example", path: "/sm?x", isMine: false),
        Row(
            host: "a.example", prefix: "/sm/v2", authority: "a.example", path: "/sm/v2" + send,
            isMine: true),
        Row(
            host: "a.example", prefix: "/sm", authority: "b.example", path: "/sm" + send,
            isMine: false),
    ]

    @Test(arguments: rows) func `a dialect answers at its place alone`(_ row: Row) {
        let mounted = MountedDialect(
            SecureMessagingDialect(), host: row.host, prefix: row.prefix)
        let head = HTTPRequest(
            method: .put, scheme: "https", authority: row.authority, path: row.path)
        let request = DialectRequest(head: head, body: Array("{}".utf8))
        if case .notMine = mounted.decode(request) {
            #expect(!row.isMine)
        } else {
            #expect(row.isMine)
        }
        #expect(mounted.name == "secure-messaging")
        #expect(mounted.encode(.unknownRoute, for: request).head.status == .notFound)
    }

    @Test(arguments: ["/sm/nothing", "/sm", "/sm?x"])
    func `what is at a dialect's place and is no route of its is its to answer`(path: String) {
        let mounted = MountedDialect(SecureMessagingDialect(), host: "a.example", prefix: "/sm")
        func head(_ authority: String, _ path: String) -> HTTPRequest {
            HTTPRequest(method: .get, scheme: "https", authority: authority, path: path)
        }
        #expect(mounted.covers(head("a.example", path)))
        #expect(!mounted.covers(head("b.example", path)))
        #expect(!mounted.covers(head("a.example", "/other" + path)))
    }

    @Test func `a larger body is for the place where the dialect is`() {
        let mounted = MountedDialect(SecureMessagingDialect(), host: nil, prefix: "/sm")
        let path = "/api/v1/messages/00112233445566778899aabbccddeeff/save"
        let there = HTTPRequest(
            method: .put, scheme: "https", authority: "a", path: "/sm" + path)
        let elsewhere = HTTPRequest(method: .put, scheme: "https", authority: "a", path: path)
        #expect(mounted.bodyLimit(for: there) != nil)
        #expect(mounted.bodyLimit(for: elsewhere) == nil)
    }
}
