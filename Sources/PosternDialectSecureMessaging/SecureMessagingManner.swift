import HTTPTypes
import PosternDialectKit
import PosternModel

/// How a client of this API wants its answer.
struct SecureMessagingManner: ResponseManner, Equatable {
    /// JSON or XML.
    var format: ReplyFormat = .json
    /// Refusals as problem documents; never together with a callback or XML.
    var wantsProblem = false
    /// The function a JSON answer is passed to.
    var callback: JSONPCallback?

    /// JSON, plainly: for requests whose wishes cannot be read.
    init() {}

    /// Reads the wishes in ServiceStack's order (contract section 7): `callback`, `format`, path, suffix,
    /// `Accept`, `Content-Type`.
    ///
    /// DIVERGENCE: ServiceStack writes any `callback` into its answer; here only the name of a function
    /// is one. See `callback` in `Divergences.md`.
    ///
    /// - Parameters:
    ///   - query: The parameters; nil when they cannot be read.
    ///   - named: The format the path or its suffix names.
    ///   - fields: The request's fields.
    /// - Throws: A bad callback.
    init(query: JSONObject?, named: ReplyFormat?, fields: HTTPFields) throws(BadRequest) {
        if let value = query?["callback"] {
            guard case .string(let text) = value, let callback = JSONPCallback(text) else {
                throw BadRequest(
                    .argument, "The callback is not the name of a JavaScript function.",
                    field: "callback")
            }
            self.callback = callback
            return
        }
        let negotiated = Negotiation(fields)
        var format = named
        if case .string(let name)? = query?["format"] {
            format = ReplyFormat(serviceStackName: name) ?? format
        }
        self.format = format ?? negotiated.format
        wantsProblem = negotiated.wantsProblem && self.format == .json
    }
}
