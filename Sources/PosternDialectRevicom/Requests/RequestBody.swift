import HTTPTypes
import PosternDialectKit

/// The bodies of requests that have one.
enum RequestBody {
    /// Messages in one request.
    static let mostMessages = 1000

    /// The messages of a send, unread.
    static func messages(_ request: DialectRequest) throws(BadRequest) -> [JSONValue] {
        guard case .array(let values) = try value(request) else {
            throw .unreadable("The body must be a list of messages.")
        }
        guard (1...mostMessages).contains(values.count) else {
            throw .count("The body must list 1 to \(mostMessages) messages.")
        }
        return values
    }

    /// A body that is one object.
    static func object(_ request: DialectRequest) throws(BadRequest) -> JSONObject {
        guard case .object(let object) = try value(request) else {
            throw .unreadable("The body must be an object.")
        }
        return object
    }

    private static func value(_ request: DialectRequest) throws(BadRequest) -> JSONValue {
        let fields = request.head.headerFields
        guard fields[values: .contentEncoding].allSatisfy({ $0.equalsIgnoringCase("identity") })
        else { throw .mediaType("The body is compressed; send it as it is.") }
        guard !fields.repeats(.contentType) else {
            throw .mediaType("The body is declared to be several things at once.")
        }
        let type = MediaType(fields.first(.contentType) ?? "application/json")
        guard type.isJSON, type.charset == nil || type.charset == "utf-8" else {
            throw .mediaType("The body must be JSON in UTF-8, and say so.")
        }
        do { return try JSONValue(strict: request.body) } catch {
            throw .unreadable("The body is not readable JSON: \(error.clause).")
        }
    }
}
