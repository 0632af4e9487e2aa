import HTTPTypes
import PosternDialectKit
import PosternModel
import Testing

@testable import PosternDialectSecureMessaging

/// `/openapi.json` beside what the dialect really reads and writes.
@Suite struct OpenAPITests {
    private typealias Described = ContractChecker.Described

    private func get(_ path: String, _ method: HTTPRequest.Method = .get) -> DialectResponse? {
        SecureMessagingDialect().openAPI.response(
            to: DialectRequest(
                head: HTTPRequest(
                    method: method, scheme: "https", authority: "gateway.test", path: path)))
    }

    @Test func `the page is there to be read`() throws {
        let page = try #require(get("/openapi.json"))
        #expect(page.head.status == .ok)
        #expect(page.head.headerFields[.contentType] == "application/json; charset=utf-8")
        #expect(get("/openapi.json?x", .head) == page)
        let posted = try #require(get("/openapi.json", .post))
        #expect(posted.head.status == .methodNotAllowed)
        #expect(posted.head.headerFields[.allow] == "GET, HEAD")
        #expect(get("/openapi") == nil)
        #expect(get("/openapi.json/more") == nil)
    }

    @Test func `every operation is described once, where it is`() throws {
        let checker = try ContractChecker()
        let described = checker.operations.map {
            "\($0.name) \($0.method.uppercased()) \($0.path)"
        }
        let rows = RouteTable.entries.map { entry in
            entry.path.reduce(into: "\(entry.name) \(entry.method.rawValue) /api/v1") {
                switch $1 {
                case .word(let word): $0 += "/\(word)"
                case .value(let name): $0 += "/{\(name)}"
                }
            }
        }
        #expect(
            described.sorted()
                == (rows + ["SendMessage PUT /api/v1/messages/{messageGuid}/send"]).sorted())
    }

    @Test func `every reference leads somewhere, and every type is referred to`() throws {
        let checker = try ContractChecker()
        var references: Set<String> = []
        func collect(_ value: JSONValue) {
            switch value {
            case .object(let object):
                if case .string(let reference)? = object["$ref"] { references.insert(reference) }
                for member in object.members { collect(member.value) }
            case .array(let items): for item in items { collect(item) }
            default: break
            }
        }
        collect(.object(checker.document))
        let parts = checker.document.object("components")
        var there: Set<String> = []
        for part in ["schemas", "responses", "headers"] {
            for member in parts.object(part).members {
                #expect(there.insert("#/components/\(part)/\(member.name)").inserted)
            }
        }
        #expect(references.subtracting(there) == [])
        #expect(there.subtracting(references) == [])
    }

    @Test func `every value of a path is a parameter`() throws {
        for operation in try ContractChecker().operations {
            let named = operation.path.split(separator: "/").filter { $0.hasPrefix("{") }
                .map { String($0.dropFirst().dropLast()) }
            #expect(parameters(operation, in: "path").map { $0.text("name") } == named)
        }
    }

    // MARK: replies

    /// What to pretend, so that together all that can be written is written.
    private static let outcomes = [
        "done", "done draft", "done reply sent group", "done recalled read", "done trash",
        "done none", "done mononym guest",
    ]

    @Test func `what is written is what is declared`() throws {
        var checker = try ContractChecker()
        for operation in checker.operations {
            let schema = operation.content.object("responses").object("200").object("content")
                .object("application/json").object("schema")
            for answer in try answers(to: operation) {
                if answer.content != nil {
                    #expect(
                        operation.content.object("responses").object("200").object("content")[
                            "application/octet-stream"] != nil)
                    continue
                }
                let value = try JSONValue(strict: answer.body)
                #expect(checker.faults(of: value, as: schema) == [], "\(operation.name)")
            }
        }
        let errors = try self.errors()
        for error in errors {
            let value = try JSONValue(strict: error.body)
            #expect(checker.faults(of: value, as: checker.schemas.object("ErrorResponse")) == [])
        }
        checkNothingIsIdle(checker)
    }

    /// What a reply's type declares is written by some answer.
    private func checkNothingIsIdle(_ checker: ContractChecker) {
        // Problem documents have members beyond those declared, and tests of their own.
        let types = ContractType.replies
        let declared = Set(types.flatMap { type in type.members.map { "\(type.name).\($0.name)" } })
        let unnamed = Set(["ErrorResponse.responseStatus", "ErrorResponse.notificationSent"])
        #expect(declared.subtracting(checker.seen).subtracting(unnamed) == [])
    }

    private func answers(to operation: Described) throws -> [DialectResponse] {
        let dialect = SecureMessagingDialect()
        let checker = try ContractChecker()
        let body = sample(of: given(operation, checker), checker)
        switch dialect.decode(request(operation, body: body)) {
        case .answer(let answer): return [answer]
        case .operate(let request, let manner):
            return try Self.outcomes.map { words in
                let outcome = OperationOutcome(
                    transcript: words, of: request.operation, in: dialect.name)
                return dialect.encode(try #require(outcome), in: manner)
            }
        case .send(_, let manner):
            return try ["accepted", "accepted text html notified", "would password"].map {
                dialect.encode(try #require(SendOutcome(transcript: $0)), in: manner)
            }
        case .sends, .notMine, .methodNotAllowed:
            Issue.record("\(operation.name) is not where it is said to be.")
            return []
        }
    }

    /// Refusals, faults and bad requests.
    private func errors() throws -> [DialectResponse] {
        let dialect = SecureMessagingDialect()
        let checker = try ContractChecker()
        return try checker.operations.flatMap { operation in
            let body = sample(of: given(operation, checker), checker)
            switch dialect.decode(request(operation, body: body)) {
            case .operate(let request, let manner):
                return try ["refused 811", "refused label.taken", "failed storage.unreadable"].map {
                    let outcome = OperationOutcome(
                        transcript: $0, of: request.operation, in: dialect.name)
                    return dialect.encode(try #require(outcome), in: manner)
                }
            case .send(_, let manner):
                return try ["refused 28", "failed storage.unreadable"].map {
                    dialect.encode(try #require(SendOutcome(transcript: $0)), in: manner)
                }
            case .answer, .sends, .notMine, .methodNotAllowed: return []
            }
        } + [
            dialect.encode(.tooSlow, for: DialectRequest(head: HTTPRequest(path: "/api/v1/login"))),
            badRequest(),
        ]
    }

    /// An answer that names the field at fault.
    private func badRequest() throws -> DialectResponse {
        let operation = try #require(
            try ContractChecker().operations.first { $0.name == "CreateLabel" })
        guard
            case .answer(let answer) = SecureMessagingDialect().decode(
                request(operation, body: #"{"name":{}}"#))
        else { throw Unanswered() }
        return answer
    }

    @Test func `a refusal has a status that is declared`() throws {
        for operation in try ContractChecker().operations {
            let declared = Set(operation.content.object("responses").members.map(\.name))
            let place = try #require(
                ContractPlace.all.first { $0.operation.name == operation.name })
            let statuses = place.wordings.map { "\($0.status)" }
            #expect(declared.isSuperset(of: statuses), "\(operation.name)")
            #expect(declared.contains("401") == place.needsSession, "\(operation.name)")
        }
    }

    // MARK: requests

    @Test func `a member that is declared is read`() throws {
        let checker = try ContractChecker()
        var count = 0
        for operation in checker.operations {
            let schema = given(operation, checker)
            for path in places(in: schema, checker) {
                count += 1
                let body = sample(of: schema, checker, spoiling: path[...])
                expect(
                    operation, request(operation, body: body),
                    refusedFor: path.joined(separator: "."))
            }
            for field in parameters(operation, in: "header") {
                let request = request(operation, body: sample(of: schema, checker))
                let name = field.text("name")
                var head = request.head
                head.headerFields[try #require(HTTPField.Name(name))] = "no base64!"
                expect(
                    operation, DialectRequest(head: head, body: request.body), refusedFor: name)
            }
        }
        #expect(count > 60)
    }

    private func expect(
        _ operation: Described, _ request: DialectRequest, refusedFor field: String
    ) {
        guard case .answer(let answer) = SecureMessagingDialect().decode(request) else {
            Issue.record("\(operation.name) does not read \(field).")
            return
        }
        let status = (try? JSONValue(strict: answer.body))?.object?.object("responseStatus")
        guard answer.head.status == .badRequest, case .array(let errors)? = status?["errors"] else {
            Issue.record("\(operation.name) answers \(answer.head.status) for \(field).")
            return
        }
        #expect(errors.compactMap(\.object).map { $0.text("fieldName") } == [field])
    }

    private func parameters(_ operation: Described, in part: String) -> [JSONObject] {
        guard case .array(let items)? = operation.content["parameters"] else { return [] }
        return items.compactMap(\.object).filter { $0.text("in") == part }
    }

    /// The schema of what an operation is given: of its body, or of an object with the query's parameters.
    private func given(_ operation: Described, _ checker: ContractChecker) -> JSONObject {
        let body = operation.content.object("requestBody").object("content")
            .object("application/json")
        if body["schema"] != nil { return body.object("schema") }
        var members = JSONObject()
        for parameter in parameters(operation, in: "query") {
            let content = parameter.object("content").object("application/json")
            let schema = content["schema"] ?? parameter["schema"]
            _ = members.insert(parameter.text("name"), schema ?? .null)
        }
        var schema = JSONObject()
        _ = schema.insert("type", .string("object"))
        _ = schema.insert("properties", .object(members))
        return schema
    }

    /// Where something stands in values of a schema.
    private func places(in given: JSONObject, _ checker: ContractChecker) -> [[String]] {
        let schema = present(checker.resolve(given).schema, checker)
        if schema.text("type") == "array" { return places(in: schema.object("items"), checker) }
        return schema.object("properties").members.flatMap { member in
            [[member.name]]
                + places(in: member.value.object ?? JSONObject(), checker).map {
                    [member.name] + $0
                }
        }
    }

    /// The schema of what is not null.
    private func present(_ schema: JSONObject, _ checker: ContractChecker) -> JSONObject {
        guard case .array(let choices)? = schema["anyOf"] else { return schema }
        return checker.resolve(choices.first?.object ?? JSONObject()).schema
    }

    /// A value as JSON has it; the member at `path` has a value of a type that it cannot have.
    private func sample(
        of given: JSONObject, _ checker: ContractChecker, spoiling path: ArraySlice<String>? = nil
    ) -> String {
        let schema = present(checker.resolve(given).schema, checker)
        let type = schema.text("type")
        if let path, path.isEmpty { return type == "array" || type == "object" ? "true" : "{}" }
        switch (type, schema.text("format")) {
        case ("object", _):
            let members = schema.object("properties").members.map { member in
                let inner = member.value.object ?? JSONObject()
                let rest = path?.first == member.name ? path?.dropFirst() : nil
                return "\"\(member.name)\":\(sample(of: inner, checker, spoiling: rest))"
            }
            return "{\(members.joined(separator: ","))}"
        case ("array", _): return "[\(sample(of: schema.object("items"), checker, spoiling: path))]"
        case ("integer", _): return "1"
        case ("boolean", _): return "true"
        case (_, "uuid"): return "\"00112233-4455-6677-8899-aabbccddeeff\""
        case (_, "email"): return "\"ann@example.com\""
        case (_, "date-time"): return "\"2026-11-28T10:11:12Z\""
        default: return "\"\(schema.texts("enum").first ?? "postern")\""
        }
    }

    private func request(_ operation: Described, body: String) -> DialectRequest {
        let path = operation.path.split(separator: "/").map {
            $0 == "{chunkNumber}"
                ? "1" : $0.hasPrefix("{") ? "00112233445566778899aabbccddeeff" : $0
        }
        let isChunk = operation.content.object("requestBody").object("content")[
            "application/octet-stream"]
        var head = HTTPRequest(path: "/" + path.joined(separator: "/"))
        head.method = HTTPRequest.Method(operation.method.uppercased()) ?? .get
        head.headerFields[.contentType] =
            isChunk == nil ? "application/json" : "application/octet-stream"
        return DialectRequest(head: head, body: Array(body.utf8))
    }
}

private struct Unanswered: Error {}

extension HTTPRequest {
    fileprivate init(path: String) {
        self.init(method: .get, scheme: "https", authority: "gateway.test", path: path)
    }
}
