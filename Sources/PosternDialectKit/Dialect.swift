public import HTTPTypes
public import PosternModel

/// One client API: it translates requests into intents and outcomes into responses, and does nothing else.
public protocol Dialect: Sendable {
    /// The API's name in logs, metrics and audit entries, for example `secure-messaging`.
    var name: String { get }

    /// Reads a request.
    func decode(_ request: DialectRequest) -> Decoding

    /// Words an outcome the way this API's clients expect.
    ///
    /// - Parameters:
    ///   - outcome: How the send ended.
    ///   - manner: What `decode` made of the request's wishes; handed back unchanged.
    /// - Returns: The reply, without the fields of ``ReplyHeaders``, which the gateway adds.
    func encode(_ outcome: SendOutcome, in manner: any ResponseManner) -> DialectResponse

    /// Words the outcomes of sends that one request asked for, in their order.
    func encode(_ outcomes: [SendOutcome], in manner: any ResponseManner) -> DialectResponse

    /// Words how an operation ended.
    ///
    /// - Parameters:
    ///   - outcome: How it ended.
    ///   - manner: What `decode` made of the request's wishes; handed back unchanged.
    /// - Returns: The reply, without the fields of ``ReplyHeaders``, which the gateway adds. A file's content is not in
    ///   its body but is named by ``DialectResponse/content``.
    func encode(_ outcome: OperationOutcome, in manner: any ResponseManner) -> DialectResponse

    /// Words a fault met before any decision, a body too large or a gateway too busy, say.
    func encode(_ problem: RequestProblem, for request: DialectRequest) -> DialectResponse

    /// The largest body this API takes for a request, in bytes; nil for the listener's standard limit.
    ///
    /// Asked before the body is read, on an event loop: it must be quick, and judges by method and path alone.
    func bodyLimit(for head: HTTPRequest) -> Int?
}

extension Dialect {
    /// The listener's standard limit, whatever is asked for.
    public func bodyLimit(for head: HTTPRequest) -> Int? { nil }

    /// For dialects whose requests ask for one send at most: nobody hands them several outcomes.
    public func encode(
        _ outcomes: [SendOutcome], in manner: any ResponseManner
    ) -> DialectResponse {
        outcomes.first.map { encode($0, in: manner) }
            ?? DialectResponse(head: HTTPResponse(status: .internalServerError))
    }
}

/// How a client wants its answer: a dialect's own type, opaque to the gateway.
public protocol ResponseManner: Sendable {}

/// A whole request, within the listener's limits.
public struct DialectRequest: Sendable {
    /// Method, target and fields.
    public let head: HTTPRequest
    /// The head's target, taken apart once for all who ask whose the request is.
    public let target: RequestTarget
    /// The body, whole.
    public var body: [UInt8]

    /// Makes a request.
    public init(head: HTTPRequest, body: [UInt8] = []) {
        self.head = head
        target = RequestTarget(head.path ?? "")
        self.body = body
    }
}

/// A response: whole, or the head of a file that is streamed.
public struct DialectResponse: Sendable, Equatable {
    /// Status and fields; the gateway adds those that every reply carries.
    public var head: HTTPResponse
    /// The body, whole; empty when ``content`` is set.
    public var body: [UInt8]
    /// What is streamed in the body's place; the gateway sets `Content-Length` from its length.
    public var content: FileContent?

    /// Makes a response.
    public init(head: HTTPResponse, body: [UInt8] = [], content: FileContent? = nil) {
        self.head = head
        self.body = body
        self.content = content
    }

    /// Equal when heads and bodies are; files that are streamed count as equal by name and length, since what they
    /// would give has not been read.
    public static func == (left: DialectResponse, right: DialectResponse) -> Bool {
        left.head == right.head && left.body == right.body
            && left.content?.name == right.content?.name
            && left.content?.length == right.content?.length
    }
}

/// What a dialect makes of a request.
public enum Decoding: Sendable {
    /// Not a route of this API.
    case notMine
    /// A send.
    case send(SendIntent, any ResponseManner)
    /// Several sends by whoever shows the one credential of all, each judged and settled for itself, answered together; at
    /// least one.
    case sends([SendIntent], any ResponseManner)
    /// Anything else in a message's life.
    case operate(OperationRequest, any ResponseManner)
    /// A route of this API, but not by this method; `allowed` lists the methods it takes.
    ///
    /// Two APIs may share a path and differ in the method, so the gateway asks the others before it
    /// answers with ``RequestProblem/methodNotAllowed(_:)``.
    case methodNotAllowed(_ allowed: [HTTPRequest.Method])
    /// An answer that needs no decision: a bad request, say.
    case answer(DialectResponse)
}

/// What can be wrong before a dialect has read the request.
public enum RequestProblem: Sendable, Equatable {
    /// The body is larger than the limit, in bytes.
    case bodyTooLarge(limit: Int)
    /// The request did not arrive whole in time.
    case tooSlow
    /// No API has such a route.
    case unknownRoute
    /// The route takes other methods only, those given.
    case methodNotAllowed(_ allowed: [HTTPRequest.Method])
    /// The gateway cannot take it now.
    case fault(Fault, DecisionID)
}
