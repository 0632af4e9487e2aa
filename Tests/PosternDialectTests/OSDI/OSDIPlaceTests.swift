import Foundation
import HTTPTypes
import PosternDialectKit
import PosternDialectOSDI
import PosternModel
import Testing

/// Which requests are this dialect's, alone at its place and among others.
@Suite struct OSDIPlaceTests {
    static let shared = OSDIDialect(mount: Mount(baseURL: OSDI.base))
    static let paths = [
        "messages", "messages/1", "messages/1/send", "messages/1/schedule", "people", "people/1",
        "lists", "lists/1", "lists/1/items", "lists/1/items/1", "petitions", "messages/1/2/3", "",
    ]
    static let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .delete, .patch]

    private func decodings(_ path: String, hasKey: Bool, _ dialect: OSDIDialect) -> [Decoding] {
        Self.methods.map {
            dialect.decode(OSDI.request("\($0.rawValue) /api/v1/\(path)", hasKey: hasKey))
        }
    }

    @Test(arguments: paths)
    func `among others, nothing without the key is its own but the entry point`(_ path: String) {
        let decodings = decodings(path, hasKey: false, Self.shared)
        for (method, decoding) in zip(Self.methods, decodings) {
            let isEntry = path.isEmpty && (method == .get || method == .head)
            if case .notMine = decoding {
                #expect(!isEntry, "\(method)")
            } else {
                #expect(isEntry, "\(method)")
            }
        }
    }

    @Test(arguments: paths)
    func `alone, everything below its root is its own`(_ path: String) {
        for decoding in decodings(path, hasKey: false, OSDI.alone) {
            if case .notMine = decoding { Issue.record("not mine") }
        }
    }

    @Test(arguments: paths)
    func `a method it refuses is none that it lists`(_ path: String) {
        for dialect in [OSDI.alone, Self.shared] {
            for (method, decoding) in zip(Self.methods, decodings(path, hasKey: true, dialect)) {
                guard case .methodNotAllowed(let allowed) = decoding else { continue }
                #expect(!allowed.contains(method) && !allowed.isEmpty)
            }
        }
    }

    @Test func `alone, what is not there is 404 in its own words`() throws {
        guard case .answer(let response) = OSDI.alone.decode(OSDI.request("GET /api/v1/petitions"))
        else { throw OSDI.Unexpected() }
        #expect(response.head.status == .notFound)
        _ = try OSDI.error(in: response)
    }

    @Test func `nothing outside its root is its own`() {
        for path in ["/", "/api", "/api/v2/messages", "/v1/messages", "/API/v1/messages", "*"] {
            if case .notMine = OSDI.alone.decode(OSDI.request("GET \(path)")) { continue }
            Issue.record("\(path)")
        }
    }

    @Test func `every answer is readable, says what it is, and is no 204 or 500`() throws {
        for transcript in try Transcript.all(of: "osdi") {
            let parts = transcript.response.components(separatedBy: "\n\n")
            #expect(parts.count == 2, "\(transcript.name)")
            #expect(parts[0].contains("\ncontent-type: application/"), "\(transcript.name)")
            #expect(
                !parts[0].hasPrefix("204") && !parts[0].hasPrefix("500"), "\(transcript.name)")
            _ = try JSONValue(strict: Array(parts[1].utf8))
        }
    }

    @Test func `links begin with the place, whatever it is`() throws {
        let dialect = OSDIDialect(mount: Mount(baseURL: "https://a.example:8443/x"))
        guard case .answer(let response) = dialect.decode(OSDI.request("GET /api/v1"))
        else { throw OSDI.Unexpected() }
        let body = String(decoding: response.body, as: UTF8.self)
        #expect(body.contains("\"https://a.example:8443/x/api/v1/messages\""))
        #expect(!body.contains("gateway.test"))
    }

    @Test func `a message may be a mebibyte, and nothing else is larger than usual`() {
        let message = OSDI.request("PUT /api/v1/messages/1").head
        #expect(Self.shared.bodyLimit(for: message) == 1 << 20)
        for line in ["POST /api/v1/people", "POST /api/v1/messages/1/send", "GET /api/v1/messages"]
        {
            #expect(Self.shared.bodyLimit(for: OSDI.request(line).head) == nil)
        }
        let foreign = OSDI.request("POST /api/v1/messages", hasKey: false).head
        #expect(Self.shared.bodyLimit(for: foreign) == nil)
        #expect(OSDI.alone.bodyLimit(for: foreign) == 1 << 20)
    }
}
