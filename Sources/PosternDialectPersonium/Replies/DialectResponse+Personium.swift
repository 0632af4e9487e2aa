import HTTPTypes
import PosternDialectKit
import PosternModel

extension DialectResponse {
    /// The server version that clients are told: the newest of the dialect spoken here.
    private static let version = "1.5.7"

    private static let reasons = Dictionary(
        uniqueKeysWithValues: [
            HTTPResponse.Status.badRequest, .unauthorized, .forbidden, .notFound,
            .methodNotAllowed, .requestTimeout, .conflict, .preconditionFailed, .contentTooLarge,
            .internalServerError, .notImplemented, .serviceUnavailable,
        ].map { ($0.code, $0.reasonPhrase) })

    /// A success.
    ///
    /// - Parameters:
    ///   - status: Its status.
    ///   - json: The body; nil for none.
    ///   - fields: Fields of its own.
    ///   - manner: How it is framed.
    /// - Returns: The whole answer.
    static func success(
        _ status: HTTPResponse.Status, _ json: JSONWriter? = nil, _ fields: HTTPFields = [:],
        in manner: PersoniumManner
    ) -> DialectResponse {
        var fields = fields
        fields[.dataServiceVersion] = "2.0"
        return make(status, json?.bytes, fields, in: manner)
    }

    /// An error.
    ///
    /// - Parameters:
    ///   - problem: How it is worded.
    ///   - manner: How it is framed.
    ///   - document: The problem document to give where one is wanted; nil for one of the error's own words.
    /// - Returns: The whole answer.
    static func error(
        _ problem: PersoniumProblem, in manner: PersoniumManner, document: (() -> [UInt8])? = nil
    ) -> DialectResponse {
        let status = HTTPResponse.Status(
            code: problem.status, reasonPhrase: reasons[problem.status] ?? "")
        var fields: HTTPFields = [:]
        if problem.status == 401 {
            fields[.wwwAuthenticate] = "Bearer realm=\"\(manner.cellURL)\""
        }
        if manner.wantsProblem {
            fields[.contentType] = ProblemDocument.mediaType
            let body =
                document?()
                ?? ProblemDocument.badRequest(
                    status: problem.status, title: problem.code, detail: problem.text)
            return framed(status, body, fields, in: manner)
        }
        var json = JSONWriter()
        json.object { json in
            json.member("code", problem.code)
            json.object("message") {
                $0.member("lang", "en")
                $0.member("value", problem.text)
            }
        }
        return make(status, json.bytes, fields, in: manner)
    }

    /// The answer to OPTIONS.
    static func options(
        _ methods: String?, isPreflight: Bool, in manner: PersoniumManner
    ) -> DialectResponse {
        guard let methods else { return framed(.noContent, [], [:], in: manner) }
        var fields: HTTPFields = [.allow: methods]
        if isPreflight { fields[.accessControlAllowMethods] = methods }
        return framed(.ok, [], fields, in: manner)
    }

    private static func make(
        _ status: HTTPResponse.Status, _ json: [UInt8]?, _ fields: HTTPFields,
        in manner: PersoniumManner
    ) -> DialectResponse {
        guard let json else { return framed(status, [], fields, in: manner) }
        var fields = fields
        fields[.contentType] = "application/json"
        return framed(status, escapingSlashes(in: json), fields, in: manner)
    }

    private static func framed(
        _ status: HTTPResponse.Status, _ body: [UInt8], _ fields: HTTPFields,
        in manner: PersoniumManner
    ) -> DialectResponse {
        var fields = fields
        fields[.accessControlAllowOrigin] = "*"
        fields[.accessControlAllowHeaders] = manner.requestedFields
        fields[.personiumVersion] = version
        fields[.cacheControl] = "no-store"
        fields[.xContentTypeOptions] = "nosniff"
        return DialectResponse(head: HTTPResponse(status: status, headerFields: fields), body: body)
    }

    /// Writes `/` as `\/`, as Personium does: some clients look for `\/Date(` in the raw text.
    ///
    /// A slash stands in texts only, and the writer never escapes one itself, so that what precedes it is no escape's
    /// beginning.
    private static func escapingSlashes(in json: [UInt8]) -> [UInt8] {
        var escaped: [UInt8] = []
        escaped.reserveCapacity(json.count + 64)
        for byte in json {
            if byte == UInt8(ascii: "/") { escaped.append(UInt8(ascii: "\\")) }
            escaped.append(byte)
        }
        return escaped
    }
}

extension HTTPField.Name {
    static let dataServiceVersion = known("DataServiceVersion")
    static let personiumVersion = known("X-Personium-Version")
}
