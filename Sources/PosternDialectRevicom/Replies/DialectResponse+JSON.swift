import HTTPTypes
import PosternDialectKit

extension DialectResponse {
    /// Makes an answer in JSON.
    static func json(
        _ status: HTTPResponse.Status, _ body: [UInt8], as type: String = "application/json",
        _ fields: HTTPFields = [:]
    ) -> DialectResponse {
        var all = fields
        all[.contentType] = type
        all[.vary] = "Accept"
        all[.cacheControl] = "no-store"
        all[.xContentTypeOptions] = "nosniff"
        return DialectResponse(head: HTTPResponse(status: status, headerFields: all), body: body)
    }

    /// A 200 with nothing to say.
    static let nothing = DialectResponse(
        head: HTTPResponse(
            status: .ok,
            headerFields: [.cacheControl: "no-store", .xContentTypeOptions: "nosniff"]))

    /// The answer to a connection check.
    static let pong = DialectResponse(
        head: HTTPResponse(
            status: .ok,
            headerFields: [
                .contentType: "text/plain; charset=utf-8", .cacheControl: "no-store",
                .xContentTypeOptions: "nosniff",
            ]), body: Array("PONG".utf8))
}
