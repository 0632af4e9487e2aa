import HTTPTypes

/// A request that cannot be understood, or that this API will not take.
struct BadRequest: Error, Equatable {
    /// The HTTP status.
    var status: HTTPResponse.Status = .badRequest
    /// A word for programs.
    var code = "request.invalid"
    /// A whole sentence that repeats nothing the client sent.
    var sentence: String
    /// The members or parameters at fault.
    var properties: [String] = []

    /// Something that was read and will not do.
    init(_ sentence: String, at property: String? = nil) {
        self.sentence = sentence
        properties = property.map { [$0] } ?? []
    }

    /// Something that cannot be read.
    static func unreadable(_ sentence: String) -> BadRequest {
        var bad = BadRequest(sentence)
        bad.code = "request.unreadable"
        return bad
    }

    /// A body in a form nobody reads here.
    static func encoded(_ sentence: String) -> BadRequest {
        var bad = BadRequest.unreadable(sentence)
        bad.status = .unsupportedMediaType
        return bad
    }
}
