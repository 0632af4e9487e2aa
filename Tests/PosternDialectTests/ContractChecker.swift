import HTTPTypes
import PosternDialectKit
import PosternDialectSecureMessaging
import PosternModel
import Testing

/// The served document, with as much of JSON Schema as it uses; stricter in one thing: what is not declared is a fault.
struct ContractChecker {
    /// One operation as the document has it.
    struct Described: Sendable, CustomTestStringConvertible {
        let path: String
        let method: String
        let content: JSONObject
        var name: String { content.text("operationId") }
        var testDescription: String { name }
    }

    let document: JSONObject
    /// `Type.member` of everything that was checked.
    private(set) var seen: Set<String> = []

    init() throws {
        let head = HTTPRequest(
            method: .get, scheme: "https", authority: "gateway.test", path: "/openapi.json")
        let page = try #require(
            SecureMessagingDialect().openAPI.response(to: DialectRequest(head: head)))
        // Deeper than any request may be.
        document = try #require(JSONValue(strict: page.body, depthLimit: 64).object)
    }

    var schemas: JSONObject { document.object("components").object("schemas") }

    var operations: [Described] {
        document.object("paths").members.flatMap { path in
            (path.value.object ?? JSONObject()).members.map {
                Described(
                    path: path.name, method: $0.name, content: $0.value.object ?? JSONObject())
            }
        }
    }

    /// The type a reference leads to, with its name; the schema itself where it is none.
    func resolve(_ schema: JSONObject) -> (name: String?, schema: JSONObject) {
        guard case .string(let reference)? = schema["$ref"],
            let name = reference.split(separator: "/").last.map(String.init)
        else { return (nil, schema) }
        return (name, schemas.object(name))
    }

    /// What is wrong with a value.
    mutating func faults(
        of value: JSONValue, as given: JSONObject, at place: String = "$"
    ) -> [String] {
        let (name, schema) = resolve(given)
        if case .array(let choices)? = schema["anyOf"] {
            var all: [String] = []
            for choice in choices.compactMap(\.object) {
                let faults = faults(of: value, as: choice, at: place)
                if faults.isEmpty { return [] }
                all += faults
            }
            return all
        }
        switch (schema.text("type"), value) {
        case ("object", .object(let object)):
            return faults(of: object, as: schema, name: name, at: place)
        case ("array", .array(let items)):
            var all: [String] = []
            if let most = schema.number("maxItems"), items.count > most {
                all.append("\(place) has too many items")
            }
            for (index, item) in items.enumerated() {
                all += faults(of: item, as: schema.object("items"), at: "\(place)[\(index)]")
            }
            return all
        case ("string", .string(let text)): return faults(of: text, as: schema, at: place)
        case ("integer", .number(let text)):
            guard let number = Int(text) else { return ["\(place) is no whole number"] }
            let least = schema.number("minimum") ?? .min
            return number < least ? ["\(place) is below \(least)"] : []
        case ("boolean", .boolean), ("null", .null): return []
        default: return ["\(place) is \(value), which is no \(schema.text("type"))"]
        }
    }

    private mutating func faults(
        of object: JSONObject, as schema: JSONObject, name: String?, at place: String
    ) -> [String] {
        let properties = schema.object("properties")
        let others = schema["additionalProperties"]?.object
        var all = schema.texts("required").filter { object[$0] == nil }.map {
            "\(place).\($0) is missing"
        }
        for member in object.members {
            let declared = properties.members.first { $0.name == member.name }?.value.object
            guard let inner = declared ?? others else {
                all.append("\(place).\(member.name) is not declared")
                continue
            }
            if declared != nil, let name { seen.insert("\(name).\(member.name)") }
            all += faults(of: member.value, as: inner, at: "\(place).\(member.name)")
        }
        return all
    }

    private func faults(of text: String, as schema: JSONObject, at place: String) -> [String] {
        let words = schema.texts("enum")
        if !words.isEmpty, !words.contains(text) { return ["\(place) is another word: \(text)"] }
        if schema.text("format") == "date-time", Instant(clientText: text) == nil {
            return ["\(place) is no date"]
        }
        // The one pattern there is.
        if schema["pattern"] != nil, text.utf8.count != 32 || MessageGUID(text) == nil {
            return ["\(place) is no GUID"]
        }
        return []
    }
}

extension JSONValue {
    var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }
}

extension JSONObject {
    /// The object under a name; empty without one.
    func object(_ name: String) -> JSONObject { self[name]?.object ?? JSONObject() }

    /// The text under a name; empty without one.
    func text(_ name: String) -> String {
        if case .string(let text)? = self[name] { text } else { "" }
    }

    func number(_ name: String) -> Int? {
        if case .number(let text)? = self[name] { Int(text) } else { nil }
    }

    /// The texts of a list; none without one.
    func texts(_ name: String) -> [String] {
        guard case .array(let items)? = self[name] else { return [] }
        return items.compactMap { if case .string(let text) = $0 { text } else { nil } }
    }
}
