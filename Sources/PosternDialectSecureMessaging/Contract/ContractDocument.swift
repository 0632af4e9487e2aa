import HTTPTypes
import PosternDialectKit
import PosternModel

/// The whole API in OpenAPI's words, made from the table of routes and what is said of each.
struct ContractDocument {
    let service: ServiceDescription

    /// A reply that every operation can get, and the shape it has.
    private struct Common {
        let name: String
        let status: Int
        let description: String
        var isWordedByDialect = true
        var isWordedByListener = false
        var fields: [String] = []
    }

    private static let common = [
        Common(
            name: "BadRequest", status: 400, description: "The request cannot be understood.",
            isWordedByListener: true),
        Common(
            name: "NoSession", status: 401,
            description: "`811` \(RefusalCode.sessionInvalid.wording.text)",
            fields: ["Postern-Decision", "Postern-Policy", "WWW-Authenticate"]),
        Common(
            name: "TooSlow", status: 408, description: "The request did not arrive in time.",
            isWordedByListener: true),
        Common(
            name: "TooLarge", status: 413, description: "The body is larger than it may be.",
            isWordedByListener: true),
        Common(
            name: "TargetTooLong", status: 414, description: "The target is longer than it may be.",
            isWordedByDialect: false, isWordedByListener: true),
        Common(
            name: "UnreadableBody", status: 415, description: "Nobody here reads such a body.",
            fields: ["Accept"]),
        Common(
            name: "HeadTooLarge", status: 431, description: "The head is larger than it may be.",
            isWordedByDialect: false, isWordedByListener: true),
        Common(
            name: "Unavailable", status: 503,
            description: "Postern cannot do it now, and has not done it.",
            isWordedByListener: true,
            fields: ["Postern-Decision", "Postern-Policy", "Retry-After"]),
    ]

    /// Headers of replies: what each is for, and whether it is always where it is named.
    private static let headers: [(name: String, description: String, isRequired: Bool)] = [
        ("X-Request-Id", "The request, as the log names it.", true),
        ("Postern-Decision", "The decision, as the audit log names it.", false),
        ("Postern-Policy", "The digest of the policy in force.", false),
        ("Postern-Policy-Drift", "`?1` while the policy in force is not that of its files.", false),
        ("RateLimit", "What is left of the sender's day.", false),
        ("RateLimit-Policy", "The limits of the sender's day.", false),
        ("Retry-After", "Seconds to wait, where waiting alone helps.", false),
        ("WWW-Authenticate", "How to show who one is.", true),
        ("Accept", "What bodies may be.", true),
        ("Set-Cookie", "The session, unless `cookieless` is true.", false),
        ("Content-Disposition", "The file's name.", true),
        ("X-sm-msgapi-version", "The API's version.", true),
        ("X-sm-service-settings-version", "The version of the portal's settings.", true),
        ("X-sm-user-settings-version", "The version of the caller's settings.", true),
    ]

    /// The document's bytes.
    var bytes: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("openapi", "3.1.1")
            writeInfo(&json)
            json.object("paths") { json in
                let places = Dictionary(grouping: ContractPlace.all, by: \.template)
                var written: Set<String> = []
                for place in ContractPlace.all where written.insert(place.template).inserted {
                    json.object(place.template) { json in
                        for place in places[place.template] ?? [] { write(place, to: &json) }
                    }
                }
            }
            json.object("components") { json in writeComponents(&json) }
        }
        return json.bytes
    }

    private func writeInfo(_ json: inout JSONWriter) {
        json.object("info") { json in
            json.member("title", "Secure Messaging")
            json.member("version", ServiceDescription.dialectVersion)
            json.member("description", Self.description)
        }
        json.array("servers", of: [service.baseURL]) { json, address in
            json.object { $0.member("url", String(address.dropLast())) }
        }
        json.object("externalDocs") { json in
            json.member("description", "What each code means, and who can do something about it.")
            json.member("url", service.baseURL + "errors")
        }
        json.array("tags", of: ContractSubject.all) { json, subject in
            json.object { json in
                json.member("name", subject.name)
                json.member("description", subject.description)
            }
        }
        Self.writeSecurity(["sessionToken", "sessionCookie"], to: &json)
    }

    private static let description = """
        The Secure Messaging API of Cirius and DeliverySlip, as Postern speaks it.

        Each operation is also found under `/api` in place of `/api/v1`; by the name of its request under \
        `/json/reply/{name}`, `/xml/reply/{name}` and `/api/{name}`, by POST or its own method, with what the path \
        gives among the parameters.

        Names of members are read in any case, and what is not known is passed over; null and an empty text count as \
        absent. What a query gives may stand in the body, and the reverse, but for secrets; a query with control \
        characters is refused. Bodies may be URL-encoded forms as well. Texts may stand for numbers and truth values; \
        GUIDs need no dashes.

        Replies are JSON, or XML where the request's body is, `Accept` prefers it or `format=xml` says so; \
        `callback=name` makes JSON a script. With `Accept: application/problem+json` refusals are RFC 9457 documents.
        """

    private static func writeSecurity(_ names: [String], to json: inout JSONWriter) {
        json.array("security", of: names) { json, name in
            json.object { $0.array(name, of: [String]()) { _, _ in } }
        }
    }
}

// MARK: operations

extension ContractDocument {
    private func write(_ place: ContractPlace, to json: inout JSONWriter) {
        json.object(place.method.rawValue.lowercased()) { json in
            json.member("operationId", place.operation.name)
            json.member("summary", place.operation.summary)
            json.array("tags", of: [place.subject]) { $0.string($1) }
            if !place.needsSession { Self.writeSecurity([], to: &json) }
            writeParameters(of: place, to: &json)
            writeBody(of: place, to: &json)
            json.object("responses") { json in writeResponses(of: place, to: &json) }
        }
    }

    private func writeParameters(of place: ContractPlace, to json: inout JSONWriter) {
        let inQuery = place.isGivenInQuery ? place.operation.given : []
        let parameters: [(String, ContractMember)] =
            place.values.map { name in
                let schema: ContractSchema =
                    name == "chunkNumber" ? .number(from: 1, to: 1 << 20) : .givenGUID
                return (
                    "path",
                    ContractMember(name: name, schema: schema, isRequired: true, note: nil)
                )
            } + inQuery.map { ("query", $0) }
            + (place.operation.takesPassword ? [("header", Self.password)] : [])
        guard !parameters.isEmpty else { return }
        json.array("parameters", of: parameters) { json, parameter in
            let (part, member) = parameter
            json.object { json in
                json.member("name", member.name)
                json.member("in", part)
                json.member("required", member.isRequired)
                if let note = member.note { json.member("description", note) }
                if member.schema.isObject {
                    json.object("content") { json in
                        json.object("application/json") { json in
                            json.object("schema") { member.schema.write(to: &$0) }
                        }
                    }
                } else {
                    json.object("schema") { member.schema.write(to: &$0) }
                }
            }
        }
    }

    private static let password = ContractMember(
        name: "x-sm-password", schema: .secretInBase64, isRequired: false,
        note: "The message's password, where it needs one: its UTF-8 in base64.")

    private func writeBody(of place: ContractPlace, to json: inout JSONWriter) {
        let given = place.operation.given
        guard place.content == .parameters else {
            json.object("requestBody") { json in
                json.member("required", true)
                json.object("content") { json in
                    json.object("multipart/form-data") { json in
                        json.object("schema") { json in
                            json.member("type", "object")
                            json.object("properties") { json in
                                json.object("upload") { json in
                                    json.member("type", "string")
                                    json.member("format", "binary")
                                }
                            }
                            json.array("required", of: ["upload"]) { $0.string($1) }
                        }
                    }
                    json.object("application/octet-stream") { json in
                        json.object("schema") { json in
                            json.member("type", "string")
                            json.member("format", "binary")
                        }
                    }
                }
            }
            return
        }
        guard !place.isGivenInQuery, !given.isEmpty else { return }
        json.object("requestBody") { json in
            json.member("required", given.contains(where: \.isRequired))
            Self.writeContent(
                ["application/json", "application/xml"], schema: place.operation.name, to: &json)
        }
    }

    private static func writeContent(
        _ types: [String], schema: String, to json: inout JSONWriter
    ) {
        json.object("content") { json in
            for type in types { write(type, schema: schema, to: &json) }
        }
    }

    private static func write(_ type: String, schema: String, to json: inout JSONWriter) {
        json.object(type) { json in
            json.object("schema") { ContractSchema.type(schema).write(to: &$0) }
        }
    }
}

// MARK: replies

extension ContractDocument {
    private func writeResponses(of place: ContractPlace, to json: inout JSONWriter) {
        json.object("200") { json in writeSuccess(of: place, to: &json) }
        let refusals = place.refusals
        for (status, description) in refusals {
            json.object("\(status)") { json in
                json.member("description", description)
                Self.writeHeaders(
                    ["X-Request-Id", "Postern-Decision", "Postern-Policy", "Retry-After"], to: &json
                )
                Self.writeErrorContent(
                    byDialect: true, byListener: status == 400, to: &json)
            }
        }
        for common in Self.common where !refusals.contains(where: { $0.status == common.status }) {
            if common.status == 401, !place.needsSession { continue }
            if common.status == 503, place.isAnsweredAtOnce { continue }
            json.object("\(common.status)") { json in
                json.member("$ref", "#/components/responses/\(common.name)")
            }
        }
    }

    private func writeSuccess(of place: ContractPlace, to json: inout JSONWriter) {
        let decided = place.isAnsweredAtOnce ? [] : ["Postern-Decision", "Postern-Policy"]
        if place.isDownload {
            json.member("description", "The content.")
            Self.writeHeaders(
                ["X-Request-Id", "Content-Disposition"] + decided, to: &json)
            json.object("content") { json in
                json.object("application/octet-stream") { _ in }
            }
            return
        }
        json.member("description", "Done.")
        let versions = [
            "Set-Cookie", "X-sm-msgapi-version", "X-sm-service-settings-version",
            "X-sm-user-settings-version",
        ]
        Self.writeHeaders(
            ["X-Request-Id"] + decided + (place.setsCookie ? versions : [])
                + (place.operation.name == "SendMessage"
                    ? ["RateLimit", "RateLimit-Policy", "Postern-Policy-Drift"] : []),
            to: &json)
        Self.writeContent(
            ["application/json", "application/xml"], schema: place.response, to: &json)
    }

    private static func writeHeaders(_ names: [String], to json: inout JSONWriter) {
        json.object("headers") { json in
            for name in names {
                json.object(name) { $0.member("$ref", "#/components/headers/\(name)") }
            }
        }
    }

    private static func writeErrorContent(
        byDialect: Bool, byListener: Bool, to json: inout JSONWriter
    ) {
        json.object("content") { json in
            if byDialect {
                write("application/json", schema: "ErrorResponse", to: &json)
                write("application/xml", schema: "ErrorResponse", to: &json)
                write(ProblemDocument.mediaType, schema: "Problem", to: &json)
            }
            if byListener {
                json.object("text/plain") { json in
                    json.object("schema") { $0.member("type", "string") }
                }
            }
        }
    }
}

// MARK: components

extension ContractDocument {
    private func writeComponents(_ json: inout JSONWriter) {
        json.object("schemas") { json in
            for type in Self.replies { type.write(to: &json, isGiven: false) }
            for type in ContractType.given { type.write(to: &json, isGiven: true) }
            for place in ContractPlace.all
            where !place.isGivenInQuery && !place.operation.given.isEmpty {
                ContractType(place.operation.name, place.operation.given)
                    .write(to: &json, isGiven: true)
            }
        }
        json.object("responses") { json in
            for common in Self.common {
                json.object(common.name) { json in
                    json.member("description", common.description)
                    Self.writeHeaders(["X-Request-Id"] + common.fields, to: &json)
                    Self.writeErrorContent(
                        byDialect: common.isWordedByDialect,
                        byListener: common.isWordedByListener, to: &json)
                }
            }
        }
        json.object("headers") { json in
            for header in Self.headers {
                json.object(header.name) { json in
                    json.member("description", header.description)
                    json.member("required", header.isRequired)
                    json.object("schema") { $0.member("type", "string") }
                }
            }
        }
        json.object("securitySchemes") { json in
            json.object("sessionToken") { json in
                json.member("type", "apiKey")
                json.member("in", "header")
                json.member("name", HTTPField.Name.sessionToken.canonicalName)
                json.member("description", "What Login and Authenticate answer.")
            }
            json.object("sessionCookie") { json in
                json.member("type", "apiKey")
                json.member("in", "cookie")
                json.member("name", PresentedCredential.cookie)
                json.member("description", "What Login and Authenticate set.")
            }
        }
    }

    /// The types of replies: those described, and one without members for each operation that has nothing to tell.
    private static var replies: [ContractType] {
        let described = Set(ContractType.replies.map(\.name))
        return ContractType.replies
            + ContractPlace.all.filter { !$0.isDownload }.map(\.response)
            .filter { !described.contains($0) }.map { ContractType($0) } + [problem]
    }

    private static let problem = ContractType(
        "Problem", .always(.text(), "type", "title", "detail"), .always(.number(), "status"),
        .sometimes(.text(), "instance", note: "The decision."), .sometimes(.text(), "code"),
        .sometimes(.date, "retryAt"))
}
