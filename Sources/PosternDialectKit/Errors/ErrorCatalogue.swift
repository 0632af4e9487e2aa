import HTTPTypes
public import PosternModel

/// The pages `/errors` and `/errors/{code}`: what each code means, who can fix it, when to try again.
///
/// Problem documents point here with their `type`.
public struct ErrorCatalogue: Sendable {
    /// One code.
    public struct Row: Sendable, Equatable {
        /// What clients compare with: a number or a word, or a fault's name.
        public var code: String
        /// The stable name of a code that only operations other than a send get: two of those may share what clients
        /// compare with, and no two share a name.
        public var name: String?
        /// The HTTP status.
        public var status: Int
        /// The text clients get, to the letter.
        public var text: String
        /// What happened.
        public var meaning: String
        /// Who can do something about it, the likeliest first.
        public var fixers: [String]
        /// Whether the same request may pass later, as a word.
        public var retry: String
        /// When and how to retry.
        public var advice: String
        /// What a sender might read in one case.
        public var example: String

        /// A refusal, as one dialect answers with it.
        public init(_ code: RefusalCode, status: Int, text: String) {
            let entry = code.entry
            self.code = "\(code.rawValue)"
            self.status = status
            self.text = text
            meaning = entry.meaning
            fixers = entry.fixers.map(\.rawValue)
            retry = entry.retry.rawValue
            advice = entry.advice
            example = entry.example
        }

        /// A refusal only operations other than a send get, as one dialect answers with it.
        public init(
            _ code: OperationCode.OwnCode, errorCode: String, status: Int, text: String
        ) {
            let entry = code.entry
            self.code = errorCode
            name = code.rawValue
            self.status = status
            self.text = text
            meaning = entry.meaning
            fixers = entry.fixers.map(\.rawValue)
            retry = entry.retry.rawValue
            advice = entry.advice
            example = entry.example
        }

        /// A fault, as one dialect answers with it.
        public init(_ code: FaultCode, status: Int) {
            let entry = code.entry
            self.code = code.rawValue
            self.status = status
            text = entry.clientSentence
            meaning = "Postern could not finish. This is no answer of the policy."
            fixers = [entry.turn.rawValue]
            example = entry.clientSentence
            switch entry.retry {
            case .never:
                retry = "never"
                advice = "Do not repeat the request as it is: it would fail again."
            case .later:
                retry = "later"
                advice = "Repeat the request after the seconds in Retry-After."
            case .afterAsking:
                retry = "afterAsking"
                advice = "Find out whether the message got through before sending it again."
            }
        }
    }

    private let rows: [Row]

    /// Makes a catalogue of the rows given, in that order.
    public init(rows: [Row]) { self.rows = rows }

    /// Answers a request for the catalogue.
    ///
    /// - Parameter request: Any request.
    /// - Returns: nil when the path is not the catalogue's; otherwise JSON, or HTML for those who like it
    ///   better. HEAD gets the same, whose length the listener states and whose body it leaves out.
    public func response(to request: DialectRequest) -> DialectResponse? {
        let segments = request.target.segments
        guard segments.first == "errors", segments.count <= 2 else { return nil }
        let accept = AcceptList(request.head.headerFields[values: .accept])
        let asHTML = accept.quality(of: "text/html") > accept.quality(of: "application/json")
        guard request.head.method == .get || request.head.method == .head else {
            var response = page(.methodNotAllowed, asHTML, "This page can only be read.")
            response.head.headerFields[.allow] = "GET, HEAD"
            return response
        }
        if segments.count == 1 { return asHTML ? htmlList() : jsonList() }
        // A number two codes share is the send's, which stands first; the other is found by its name.
        if let code = segments[1],
            let row = rows.first(where: { $0.code == code || $0.name == code })
        {
            return asHTML ? html(row) : json(row)
        }
        return page(.notFound, asHTML, "There is no error with this code.")
    }

    private func jsonList() -> DialectResponse {
        var json = JSONWriter()
        json.object { json in
            json.array("errors", of: rows) { json, row in json.object { row.write(to: &$0) } }
        }
        return Self.response(.ok, "application/json; charset=utf-8", json.bytes)
    }

    private func json(_ row: Row) -> DialectResponse {
        var json = JSONWriter()
        json.object { row.write(to: &$0) }
        return Self.response(.ok, "application/json; charset=utf-8", json.bytes)
    }

    private func htmlList() -> DialectResponse {
        html(.ok, title: "Errors") { html in
            html.element("table") { html in
                html.element("tr") { html in
                    for heading in ["Code", "Status", "Text", "Meaning"] {
                        html.element("th", heading)
                    }
                }
                for row in rows {
                    html.element("tr") { html in
                        html.element("td") {
                            $0.element("a", [("href", row.href)]) { $0.text(row.code) }
                        }
                        html.element("td", "\(row.status)")
                        html.element("td", row.text)
                        html.element("td", row.meaning)
                    }
                }
            }
        }
    }

    private func html(_ row: Row) -> DialectResponse {
        html(.ok, title: "Error \(row.code)") { html in
            html.element("dl") { html in
                let parts = [
                    ("HTTP status", "\(row.status)"), ("Text", row.text), ("Meaning", row.meaning),
                    ("Who can fix it", row.fixers.joined(separator: ", ")),
                    ("When to try again", row.advice), ("For example", row.example),
                ]
                for (term, description) in parts {
                    html.element("dt", term)
                    html.element("dd", description)
                }
            }
            html.element("p") { $0.element("a", [("href", "/errors")]) { $0.text("All errors") } }
        }
    }

    private func page(
        _ status: HTTPResponse.Status, _ asHTML: Bool, _ sentence: String
    ) -> DialectResponse {
        if asHTML {
            return html(status, title: status.reasonPhrase) { $0.element("p", sentence) }
        }
        let document = ProblemDocument.badRequest(
            status: status.code, title: status.reasonPhrase, detail: sentence)
        return Self.response(status, ProblemDocument.mediaType, document)
    }

    private func html(
        _ status: HTTPResponse.Status, title: String, _ content: (inout MarkupWriter) -> Void
    ) -> DialectResponse {
        var html = MarkupWriter(prologue: "<!DOCTYPE html>")
        html.element("html", [("lang", "en")]) { html in
            html.element("head") { html in
                html.empty("meta", [("charset", "utf-8")])
                html.element("title", title)
            }
            html.element("body") { html in
                html.element("h1", title)
                content(&html)
            }
        }
        return Self.response(status, "text/html; charset=utf-8", html.bytes)
    }

    private static func response(
        _ status: HTTPResponse.Status, _ type: String, _ body: [UInt8]
    ) -> DialectResponse {
        let fields: HTTPFields = [
            .contentType: type, .vary: "Accept", .xContentTypeOptions: "nosniff",
            // Plain pages: nothing to run, nothing to load, no frame to sit in.
            .contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'",
        ]
        return DialectResponse(head: HTTPResponse(status: status, headerFields: fields), body: body)
    }
}

extension ErrorCatalogue.Row {
    fileprivate var href: String { "/errors/\(name ?? code)" }

    fileprivate func write(to json: inout JSONWriter) {
        json.member("code", code)
        json.member("name", ifPresent: name)
        json.member("href", href)
        json.member("status", status)
        json.member("text", text)
        json.member("meaning", meaning)
        json.array("fixableBy", of: fixers) { $0.string($1) }
        json.member("retry", retry)
        json.member("advice", advice)
        json.member("example", example)
    }
}
