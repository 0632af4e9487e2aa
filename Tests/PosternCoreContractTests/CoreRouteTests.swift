import HTTPTypes
import PosternCoreContract
import PosternDialectKit
import Testing

@Suite struct CoreRouteTests {
    private func match(_ method: HTTPRequest.Method, _ target: String) -> CoreRoute.Match {
        CoreRoute.match(method, target)
    }

    @Test func `every route is found where a gateway asks for it`() throws {
        let key = try Samples.key()
        for route in CoreRoute.all {
            let hasKey = route.path.contains(.key)
            let target = route.target(hasKey ? key : nil)
            #expect(match(route.method, target) == .route(route, hasKey ? key : nil))
            #expect(match(route.method, target + "?x=1") == .route(route, hasKey ? key : nil))
        }
        #expect(Set(CoreRoute.all.map(\.name)).count == CoreRoute.Name.allCases.count)
        let target = CoreRoute.named(.listEndings).target(query: EndingsQuery(after: 3, limit: 9))
        #expect(target == "/v1/endings?after=3&limit=9")
        #expect(CoreRoute.named(.entrust).target(key) == "/v1/deliveries/\(key)")
    }

    @Test func `what can be got can be asked for its head`() {
        #expect(match(.head, "/openapi.json") == match(.get, "/openapi.json"))
        #expect(match(.head, "/v1/endings") == match(.get, "/v1/endings"))
    }

    @Test func `a path without its method names the methods there are`() {
        #expect(
            match(.post, "/v1/deliveries/a") == .methodNotAllowed([.put, .get, .head, .delete]))
        #expect(match(.delete, "/v1/endings") == .methodNotAllowed([.get, .head]))
        #expect(match(.options, "/openapi.json") == .methodNotAllowed([.get, .head]))
    }

    @Test(arguments: [
        "", "*", "/", "/v1", "/v1/", "/v1/deliveries", "/v1/endings/", "//v1/endings",
        "/V1/endings",
        "/v1//endings", "/v1/deliveries/a/b", "/v2/endings", "/v1/deliveries/a/", "/openapi.json/",
        "/v1/%zz", "https://core.example/v1/endings",
    ]) func `a path is taken as it is written`(_ target: String) {
        #expect(match(.get, target) == .unknown)
    }

    @Test(arguments: ["", "a%2Fb", "a%20b", ".", "..", "%2e%2e", "a%", "a%00", "é"])
    func `a key that is none is told from a path there is not`(_ key: String) {
        guard case .malformedKey = match(.get, "/v1/deliveries/\(key)") else {
            Issue.record("\(key)")
            return
        }
    }

    @Test func `an escaped key is the key`() throws {
        #expect(
            match(.get, "/v1/deliveries/%61%2E1")
                == .route(.named(.readState), try Samples.key("a.1")))
    }

    @Test func `the description names every route, its problems and nothing that is not there`()
        throws
    {
        let document = try JSONValue(strict: CoreDescription.document(), depthLimit: 32)
        guard case .object(let root) = document, case .object(let paths)? = root["paths"] else {
            Issue.record("no paths")
            return
        }
        var described: [String] = []
        for path in paths.members {
            guard case .object(let methods) = path.value else { continue }
            for method in methods.members {
                guard case .object(let operation) = method.value,
                    case .string(let name)? = operation["operationId"],
                    case .object(let answers)? = operation["responses"],
                    let route = CoreRoute.all.first(where: { $0.name.rawValue == name })
                else {
                    Issue.record("\(path.name) \(method.name)")
                    continue
                }
                described.append("\(method.name.uppercased()) \(path.name)")
                let statuses =
                    route.successes.map { "\($0.status)" }
                    + route.problems.map { "\($0.status.code)" }
                #expect(answers.members.map(\.name) == statuses)
            }
        }
        #expect(
            described.sorted()
                == CoreRoute.all.map { "\($0.method.rawValue) \($0.template)" }.sorted())
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
        collect(document)
        #expect(references.count > 10)
        for reference in references {
            var value: JSONValue? = document
            for name in reference.dropFirst(2).split(separator: "/") {
                guard case .object(let object)? = value else { break }
                value = object[String(name)]
            }
            #expect(value != nil, "\(reference)")
        }
    }
}
