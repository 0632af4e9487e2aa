import HTTPTypes

/// A request that cannot be understood, or that this gateway will not take.
struct BadRequest: Error, Equatable {
    /// What the client is told.
    var wording: Wording

    private init(_ status: HTTPResponse.Status, _ code: Int, _ text: String) {
        wording = Wording(status, code, text)
    }

    /// The body or the query cannot be read.
    static func unreadable(_ text: String) -> BadRequest { BadRequest(.badRequest, 4000, text) }
    /// A member of the body, named in the sentence, may not be what it is.
    static func member(_ text: String) -> BadRequest { BadRequest(.badRequest, 4001, text) }
    /// There are more entries than a request may have, or none.
    static func count(_ text: String) -> BadRequest { BadRequest(.badRequest, 4002, text) }
    /// A parameter of the query, named in the sentence, may not be what it is, or is not known.
    static func parameter(_ text: String) -> BadRequest { BadRequest(.badRequest, 4003, text) }
    /// The body is in a format nobody reads here.
    static func mediaType(_ text: String) -> BadRequest {
        BadRequest(.unsupportedMediaType, 4150, text)
    }

    /// Nothing is under the path.
    static let unknownPath = BadRequest(.notFound, 4042, "There is nothing under this path.")
    /// Dispatches that are made or listed by clients: no page says how.
    static let notOffered = BadRequest(
        .notImplemented, 5010, "Dispatches are made and listed by those who run this gateway.")
}
