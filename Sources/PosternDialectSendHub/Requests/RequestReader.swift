import HTTPTypes
import PosternDialectKit
import PosternModel

/// A request's parts, read; what they ask for is read by topic in the extensions.
struct RequestReader {
    /// The longest list that is shown at once of what may hold long texts.
    static let mostMessages = 100
    /// The longest list that is shown at once of anything else.
    static let mostContacts = 1000

    let query: Members
    let body: Members
    let credential: PresentedCredential?

    /// Reads query, body and credential.
    init(_ request: DialectRequest, query bytes: ArraySlice<UInt8>?) throws(Problem) {
        query = Members(try Self.query(bytes))
        let method = request.head.method
        // The Ruby client sends a body with a GET as well; what it says stands in the query too.
        body = Members(
            method == .post || method == .put ? try Self.body(of: request) : JSONObject())
        credential = try PresentedCredential(
            query: query, body: body, fields: request.head.headerFields)
    }

    private static func query(_ bytes: ArraySlice<UInt8>?) throws(Problem) -> JSONObject {
        guard let bytes else { return JSONObject() }
        do { return try JSONObject(parameters: bytes) } catch {
            switch error {
            case .badEncoding: throw .invalid("query", "The query is not percent-encoded UTF-8.")
            case .duplicate: throw .invalid("query", "The query names a parameter twice.")
            case .tooMany: throw .invalid("query", "The query has more than 64 parameters.")
            }
        }
    }

    private static func body(of request: DialectRequest) throws(Problem) -> JSONObject {
        let fields = request.head.headerFields
        let type = MediaType(fields.first(.contentType) ?? "application/json")
        guard !fields.repeats(.contentType), type.isJSON,
            type.charset == nil || type.charset == "utf-8" || type.charset == "us-ascii",
            fields[values: .contentEncoding].allSatisfy({ $0.equalsIgnoringCase("identity") })
        else {
            throw Problem(
                .unsupportedMediaType, "The body must be JSON in UTF-8, not compressed, and say so."
            )
        }
        let value: JSONValue
        do { value = try JSONValue(strict: request.body) } catch {
            throw .invalid("body", "The body is not readable JSON: \(error.clause).")
        }
        guard case .object(let object) = value else {
            throw .invalid("body", "The body is not a JSON object.")
        }
        return object
    }

    /// Which part of a list is asked for; 20 from the beginning where nothing is said.
    func window(atMost limit: Int) throws(Problem) -> Window {
        Window(
            offset: try query.count("offset", in: 0...999_999_999) ?? 0,
            limit: try query.count("limit", in: 1...limit) ?? 20)
    }
}
