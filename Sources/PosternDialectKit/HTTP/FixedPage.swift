import HTTPTypes

/// A page that is the same for everybody as long as the program runs: the description of an API, say.
public struct FixedPage: Sendable {
    private let segment: String
    private let whole: DialectResponse

    /// Makes a page.
    ///
    /// - Parameters:
    ///   - segment: Its name, directly under the root: `openapi.json`.
    ///   - mediaType: What it is written in.
    ///   - body: What it says.
    public init(_ segment: String, mediaType: String, body: [UInt8]) {
        self.segment = segment
        whole = DialectResponse(
            head: HTTPResponse(
                status: .ok,
                headerFields: [
                    .contentType: mediaType, .cacheControl: "max-age=300",
                    .xContentTypeOptions: "nosniff",
                ]), body: body)
    }

    /// Answers a request for the page.
    ///
    /// - Parameter request: Any request.
    /// - Returns: nil when the path is another's. HEAD gets the same as GET: the listener states its length and leaves it
    ///   out.
    public func response(to request: DialectRequest) -> DialectResponse? {
        guard request.target.segments == [segment] else { return nil }
        guard request.head.method == .get || request.head.method == .head else {
            let status = HTTPResponse.Status.methodNotAllowed
            return DialectResponse(
                head: HTTPResponse(
                    status: status,
                    headerFields: [
                        .contentType: ProblemDocument.mediaType, .allow: "GET, HEAD",
                        .xContentTypeOptions: "nosniff",
                    ]),
                body: ProblemDocument.badRequest(
                    status: status.code, title: status.reasonPhrase,
                    detail: "This page can only be read."))
        }
        return whole
    }
}
