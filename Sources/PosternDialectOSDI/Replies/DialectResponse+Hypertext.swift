import HTTPTypes
import PosternDialectKit

extension DialectResponse {
    /// An answer as every one of this API's is: an object of HAL, never cached by others, and never 204.
    ///
    /// One of OSDI's clients fails on an answer without a `Content-Type`, another on one without a body.
    static func hypertext(
        _ status: HTTPResponse.Status = .ok, _ fields: HTTPFields = [:],
        _ members: (inout JSONWriter) -> Void
    ) -> DialectResponse {
        var json = JSONWriter()
        json.object(members)
        return make(status, "application/hal+json", json.bytes, fields)
    }

    /// A helper's success.
    static func notice(
        _ sentence: String, _ more: (inout JSONWriter) -> Void = { _ in }
    ) -> DialectResponse {
        hypertext { json in
            json.member("notice", sentence)
            more(&json)
        }
    }

    /// A response with the fields every answer of this API carries.
    static func make(
        _ status: HTTPResponse.Status, _ type: String, _ body: [UInt8], _ fields: HTTPFields
    ) -> DialectResponse {
        var all = fields
        all[.contentType] = type
        all[.cacheControl] = "max-age=0, private, must-revalidate"
        all[.vary] = "Accept"
        all[.xContentTypeOptions] = "nosniff"
        return DialectResponse(head: HTTPResponse(status: status, headerFields: all), body: body)
    }
}
