import HTTPTypes
import PosternDialectKit
import PosternModel

/// A request's parameters: query before body, as ServiceStack binds them (contract section 7).
struct Parameters {
    let query: JSONObject
    private let body: JSONObject
    /// What precedes the names of these in the name of a field at fault: `filter.`, say.
    private let prefix: String

    init(query: JSONObject, body: JSONObject, prefix: String = "") {
        self.query = query
        self.body = body
        self.prefix = prefix
    }

    /// Reads a query; a list may come as one parameter or, where the route says so, as several of its name.
    static func query(_ bytes: ArraySlice<UInt8>?, repeating: String? = nil) throws(BadRequest)
        -> JSONObject
    {
        guard let bytes else { return JSONObject() }
        guard let repeating else { return try parameters(bytes, in: "query") }
        var rest: [UInt8] = []
        var repeated: [JSONValue] = []
        for pair in bytes.split(separator: UInt8(ascii: "&")) {
            let single = try parameters(pair, in: "query")
            if let value = single[repeating] {
                repeated.append(value)
            } else {
                rest += [UInt8(ascii: "&")] + pair
            }
        }
        var object = try parameters(rest[...], in: "query")
        if !repeated.isEmpty {
            guard repeated.count <= 64 else {
                throw BadRequest(.serialization, "The query has more than 64 parameters.")
            }
            _ = object.insert(repeating, repeated.count == 1 ? repeated[0] : .array(repeated))
        }
        return object
    }

    /// Reads a body in the format its `Content-Type` names; an empty one has no parameters.
    ///
    /// Without a `Content-Type`, a body is what the path says, or JSON.
    ///
    /// - Parameters:
    ///   - request: The whole request.
    ///   - route: Where it goes.
    ///   - root: The operation's name, which XML has as its root element.
    /// - Returns: The parameters.
    /// - Throws: A body that cannot be read.
    static func body(
        of request: DialectRequest, route: Route, root: String
    ) throws(BadRequest) -> JSONObject {
        guard !request.body.isEmpty else { return JSONObject() }
        let implied =
            route.format == .xml && route.isPredefined ? "application/xml" : "application/json"
        let type = MediaType(try contentType(of: request) ?? implied)
        guard type.charset == nil || type.charset == "utf-8" || type.charset == "us-ascii" else {
            throw BadRequest(.mediaType, "The body is not declared as UTF-8.")
        }
        if type.isJSON { return try json(request.body) }
        if type.isXML { return try xml(request.body, root: root) }
        if type.isForm { return try parameters(request.body[...], in: "form") }
        throw BadRequest(
            .mediaType, "The body must be JSON, XML or a URL-encoded form, and say so.")
    }

    /// The body's declared type; nil when it says nothing.
    ///
    /// - Throws: A body that is compressed, or declared to be several things; `kind` says what would be read instead.
    static func contentType(
        of request: DialectRequest, orThrow kind: BadRequest.Kind = .mediaType
    ) throws(BadRequest) -> String? {
        let fields = request.head.headerFields
        guard
            fields.first(.contentEncoding) == nil
                || fields[values: .contentEncoding].allSatisfy({
                    $0.equalsIgnoringCase("identity")
                })
        else { throw BadRequest(kind, "The body is compressed; send it as it is.") }
        guard !fields.repeats(.contentType) else {
            throw BadRequest(kind, "The body is declared to be several things at once.")
        }
        return fields.first(.contentType)
    }

    private static func json(_ bytes: [UInt8]) throws(BadRequest) -> JSONObject {
        let value: JSONValue
        do { value = try JSONValue(strict: bytes) } catch {
            throw BadRequest(.serialization, "The body is not readable JSON: \(error.clause).")
        }
        guard case .object(let object) = value else {
            throw BadRequest(.serialization, "The body is not a JSON object.")
        }
        return object
    }

    private static func xml(_ bytes: [UInt8], root name: String) throws(BadRequest) -> JSONObject {
        let root: MarkupElement
        do { root = try MarkupElement(strict: bytes) } catch {
            throw BadRequest(.serialization, "The body is not readable XML: \(error.clause).")
        }
        guard root.name.equalsIgnoringCase(name) else {
            throw BadRequest(.serialization, "The body's root element is not \(name).")
        }
        // Taken for an empty one, such a body would have whatever its sender meant to say passed over.
        guard root.text.utf8.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) else {
            throw BadRequest(.serialization, "The body's root element holds a text.")
        }
        guard let members = root.members(lists: lists) else {
            throw BadRequest(
                .serialization, "The body names a parameter twice, or in two spellings.")
        }
        return members
    }

    /// Every member of every operation that is a list.
    private static let lists: Set<String> = [
        "notificationFormats", "to", "cc", "bcc", "additionalTo", "additionalCc", "additionalBcc",
        "recipients", "attachmentPlaceholders", "attachmentGuids", "messageGuids", "types",
        "senderGuids", "recipientGuids", "labelGuids",
    ]

    private static func parameters(
        _ bytes: ArraySlice<UInt8>, in part: String
    ) throws(BadRequest) -> JSONObject {
        do { return try JSONObject(parameters: bytes) } catch {
            switch error {
            case .badEncoding:
                throw BadRequest(
                    .serialization, "The \(part) is not percent-encoded UTF-8 without controls.")
            case .duplicate:
                throw BadRequest(
                    .serialization, "The \(part) names a parameter twice, or in two spellings.")
            case .tooMany:
                throw BadRequest(.serialization, "The \(part) has more than 64 parameters.")
            }
        }
    }

    /// Refuses parameters that must not stand in a query: queries end up in the logs of proxies.
    func refuseInQuery(_ names: [String]) throws(BadRequest) {
        for name in names where query[name] != nil {
            throw BadRequest(
                .argument, "\(name) may not stand in the query, where logs would keep it.",
                field: name)
        }
    }

    /// The value that binds: the query's, else the body's; nil when absent, null or an empty text.
    func value(_ name: String) -> JSONValue? {
        Self.present(query[name]) ?? Self.present(body[name])
    }

    /// Both values, for parameters that must not contradict each other.
    func values(_ name: String) -> [JSONValue] {
        [query[name], body[name]].compactMap(Self.present)
    }

    /// The name of the two under which the parameter comes; both at once are one parameter in two
    /// spellings.
    func name(_ name: String, alias: String) throws(BadRequest) -> String {
        guard value(alias) != nil else { return name }
        guard value(name) == nil else {
            throw BadRequest(
                .serialization, "\(name) and \(alias) are two spellings of one parameter.",
                field: name)
        }
        return alias
    }

    private static func present(_ value: JSONValue?) -> JSONValue? {
        switch value {
        case nil, .null?, .string("")?: nil
        case let value?: value
        }
    }

    /// A text; a number counts as the text it was written as, as ServiceStack has it.
    func text(_ name: String) throws(BadRequest) -> String? {
        switch value(name) {
        case nil: nil
        case .string(let text)?, .number(let text)?: text
        default: throw wrongType(name, "a text")
        }
    }

    /// Whether a send is only tried; no parameter of the original, and never guessed at.
    ///
    /// An empty one, or one that the query and the body have differently, is refused: a try must never become a send.
    func dryRun() throws(BadRequest) -> Bool {
        let name = "dryRun"
        var found: [Bool] = []
        for given in [query[name], body[name]].compactMap(\.self) {
            guard let truth = try truth(name, given) else {
                throw wrongType(name, "true or false")
            }
            found.append(truth)
        }
        guard Set(found).count < 2 else {
            throw BadRequest(
                .serialization, "\(name) differs between the query and the body.", field: name)
        }
        return found.first ?? false
    }

    /// A truth value, or one written as a text or number.
    func truth(_ name: String) throws(BadRequest) -> Bool? { try truth(name, value(name)) }

    private func truth(_ name: String, _ value: JSONValue?) throws(BadRequest) -> Bool? {
        switch Self.present(value) {
        case nil: return nil
        case .boolean(let truth)?: return truth
        case .string(let text)?, .number(let text)?:
            if text == "1" || text.equalsIgnoringCase("true") { return true }
            if text == "0" || text.equalsIgnoringCase("false") { return false }
            throw wrongType(name, "true or false")
        default: throw wrongType(name, "true or false")
        }
    }

    /// The notification formats: a list of texts, or one text in JSV, `Text,Html` or `[Text,Html]`.
    func formats(_ name: String) throws(BadRequest) -> Set<BodyFormat> {
        let names: [String]
        switch value(name) {
        case nil: return []
        case .array(let values)?:
            names = values.map { if case .string(let text) = $0 { text } else { "" } }
        case .string(let text)?:
            let inner =
                text.hasPrefix("[") && text.hasSuffix("]") ? text.dropFirst().dropLast() : text[...]
            names =
                inner.isEmpty
                ? []
                : inner.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        default: throw wrongType(name, "a list of Text and Html")
        }
        var formats: Set<BodyFormat> = []
        for item in names {
            if item.equalsIgnoringCase("Text") {
                formats.insert(.text)
            } else if item.equalsIgnoringCase("Html") {
                formats.insert(.html)
            } else {
                throw wrongType(name, "a list of Text and Html")
            }
        }
        return formats
    }

    /// The parameter's whole name: `filter.types`, say.
    func fullName(_ name: String) -> String { prefix + name }

    /// The complaint about a value of another type.
    func wrongType(_ name: String, _ wanted: String) -> BadRequest {
        let name = fullName(name)
        return BadRequest(.serialization, "\(name) must be \(wanted).", field: name)
    }

    /// The complaint about a value of the right type that is out of place.
    func wrongValue(_ name: String, _ sentence: String) -> BadRequest {
        BadRequest(.argument, sentence, field: fullName(name))
    }
}
