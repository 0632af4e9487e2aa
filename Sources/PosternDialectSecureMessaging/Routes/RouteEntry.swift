import HTTPTypes
import PosternDialectKit
import PosternModel

/// One operation as clients address it: a row of ``RouteTable``.
struct RouteEntry: Sendable {
    /// What the request is read into.
    enum Making: Sendable {
        /// An operation of the corridor's.
        case operation(@Sendable (OperationReader) throws(BadRequest) -> Operation)
        /// An answer that needs nobody's leave.
        case answer(
            @Sendable (OperationReader, ServiceDescription) throws(BadRequest) -> ReplyObject)
    }

    /// What a body holds.
    enum Content: Sendable {
        /// Parameters, in JSON, XML or a form.
        case parameters
        /// A chunk of a file.
        case chunk
    }

    /// One segment of a path.
    enum Segment: Sendable {
        case word(String)
        /// Any segment, under this name.
        case value(String)
    }

    /// The vendor's name of the request, which `/json/reply` and XML bodies call it by.
    let name: String
    let method: HTTPRequest.Method
    /// The segments after `/api/v1` or `/api`.
    let path: [Segment]
    /// The vendor's name of the answer.
    let response: String
    let content: Content
    /// The largest body, in bytes; nil for the listener's standard limit.
    let bodyLimit: Int?
    let making: Making

    /// Makes a row.
    ///
    /// - Parameters:
    ///   - name: The vendor's name of the request.
    ///   - method: Its method.
    ///   - path: Its path, where `{name}` stands for a value.
    ///   - response: The vendor's name of the answer, where it is not the request's and `Response`.
    ///   - content: What a body holds.
    ///   - bodyLimit: The largest body, in bytes.
    ///   - making: What the request is read into.
    init(
        _ name: String, _ method: HTTPRequest.Method, _ path: String, response: String? = nil,
        content: Content = .parameters, bodyLimit: Int? = nil, _ making: Making
    ) {
        self.name = name
        self.method = method
        self.path = path.split(separator: "/").map { segment in
            segment.hasPrefix("{")
                ? .value(String(segment.dropFirst().dropLast())) : .word(String(segment))
        }
        self.response = response ?? "\(name)Response"
        self.content = content
        self.bodyLimit = bodyLimit
        self.making = making
    }

    /// The methods under `/json/reply`.
    var replyMethods: [HTTPRequest.Method] { method == .post ? [.post] : [.post, method] }

    private var subject: String? {
        if case .word(let word)? = path.first { word } else { nil }
    }

    /// Whether its answer is something somebody reads, which must not happen unseen.
    var isReading: Bool { method == .get && (subject == "messages" || subject == "attachments") }

    /// Whether the token may stand in the query, as it does in links to files.
    var takesTokenInQuery: Bool { method == .get && subject == "attachments" }

    /// Whether the answer holds a secret, though the request changes nothing to speak of.
    var givesSecret: Bool { name == "GetNewAuthenticationToken" }

    /// What the path gives where it fits, by name; nil where it does not.
    func values(in segments: [String?]) -> [String: String?]? {
        guard segments.count == path.count else { return nil }
        var values: [String: String?] = [:]
        for (part, segment) in zip(path, segments) {
            switch part {
            case .value(let name): values.updateValue(segment, forKey: name)
            case .word(let word):
                guard let segment, segment.equalsIgnoringCase(word) else { return nil }
            }
        }
        return values
    }
}

/// The rows of a path, and what it gives them.
struct RouteMatch {
    var entries: [RouteEntry]
    var values: [String: String?] = [:]
    /// The path names the request and not the thing: `/json/reply/GetMessage`.
    var isPredefined = false

    /// The methods the path takes.
    var methods: [HTTPRequest.Method] {
        isPredefined ? entries.flatMap(\.replyMethods) : entries.map(\.method)
    }

    /// The row a method picks.
    func entry(for method: HTTPRequest.Method) -> RouteEntry? {
        entries.first { isPredefined ? $0.replyMethods.contains(method) : $0.method == method }
    }
}
