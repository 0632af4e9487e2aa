import HTTPTypes
import PosternDialectKit
import PosternDialectSecureMessaging
import PosternModel
import Testing

@Suite struct ErrorCatalogueTests {
    /// What each page is found by.
    static let codes =
        RefusalCode.allCases.map { "\($0.rawValue)" }
        + OperationCode.OwnCode.allCases.map(\.rawValue) + FaultCode.allCases.map(\.rawValue)

    private func get(
        _ path: String, accept: String? = nil, method: HTTPRequest.Method = .get
    ) -> DialectResponse? {
        var head = HTTPRequest(
            method: method, scheme: "https", authority: "gateway.test", path: path)
        head.headerFields[.accept] = accept
        return SecureMessagingDialect.errorCatalogue.response(to: DialectRequest(head: head))
    }

    private func object(_ response: DialectResponse?) throws -> JSONObject {
        let value = try JSONValue(strict: try #require(response).body)
        let object: JSONObject? = if case .object(let object) = value { object } else { nil }
        return try #require(object)
    }

    @Test(arguments: codes)
    func `every code has a page in JSON and HTML`(_ code: String) throws {
        let page = try object(get("/errors/\(code)"))
        #expect((page["name"] ?? page["code"]) == .string(code))
        for member in ["text", "meaning", "advice", "example", "retry", "href"] {
            guard case .string(let text)? = page[member] else {
                Issue.record("\(member) is missing.")
                continue
            }
            #expect(!text.isEmpty)
        }
        guard case .array(let fixers)? = page["fixableBy"] else {
            Issue.record("fixableBy is missing.")
            return
        }
        #expect(!fixers.isEmpty)
        let html = try #require(get("/errors/\(code)", accept: "text/html"))
        let tree = try MarkupElement(
            strict: Array(html.body.dropFirst("<!DOCTYPE html>".utf8.count)))
        guard case .string(let number)? = page["code"] else {
            Issue.record("code is missing.")
            return
        }
        #expect(tree.children.last?.children.first?.text == "Error \(number)")
    }

    @Test func `the list holds every code once, in check order`() throws {
        guard case .array(let rows)? = try object(get("/errors/"))["errors"] else {
            Issue.record("There is no list.")
            return
        }
        let listed = rows.map {
            if case .object(let row) = $0 { row["name"] ?? row["code"] } else { JSONValue?.none }
        }
        #expect(listed == Self.codes.map { .string($0) })
    }

    @Test func `a browser gets HTML and a script gets JSON`() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        for (accept, type) in [
            (browser, "text/html; charset=utf-8"), ("*/*", "application/json; charset=utf-8"),
            ("text/html;q=0.1, application/json", "application/json; charset=utf-8"),
        ] {
            #expect(get("/errors", accept: accept)?.head.headerFields[.contentType] == type)
        }
    }

    @Test func `908 and 77 share a text and are told apart`() throws {
        let (first, second) = (try object(get("/errors/908")), try object(get("/errors/77")))
        #expect(first["text"] == second["text"])
        #expect(first["meaning"] != second["meaning"])
    }

    @Test(arguments: [("810", "user.unknown"), ("AttachmentNotFound", "attachment.missing")])
    func `a code of operations is found by what clients see and by its name`(
        _ code: String, _ name: String
    ) throws {
        #expect(try object(get("/errors/\(code)")) == object(get("/errors/\(name)")))
    }

    @Test func `929 is a send's, and a missing parent has a page of its own`() throws {
        let (first, second) = (
            try object(get("/errors/929")), try object(get("/errors/parent.missing"))
        )
        #expect(first["name"] == nil)
        #expect(first["code"] == second["code"])
        #expect(first["meaning"] != second["meaning"])
    }

    @Test func `an unknown code is not found in either format`() {
        #expect(get("/errors/1")?.head.status == .notFound)
        #expect(get("/errors/1", accept: "text/html")?.head.status == .notFound)
        #expect(
            get("/errors/%3Cscript%3E", accept: "text/html")?.body.contains(UInt8(ascii: "%"))
                == false)
    }

    @Test func `other paths and methods are not its business`() {
        #expect(get("/error") == nil)
        #expect(get("/errors/17/more") == nil)
        #expect(get("/errors", method: .post)?.head.status == .methodNotAllowed)
        #expect(get("/errors", method: .post)?.head.headerFields[.allow] == "GET, HEAD")
    }

    @Test func `HEAD is answered like GET, so that the length stated is the one GET would send`() {
        for path in ["/errors", "/errors/17", "/errors/1"] {
            #expect(get(path, method: .head) == get(path))
        }
    }
}
