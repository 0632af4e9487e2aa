public import HTTPTypes

/// Why the listener itself answers a request, without asking the handler to handle it.
public enum ListenerProblem: Error, Sendable, Hashable {
    /// Not HTTP as RFC 9112 and RFC 9113 have it, or HTTP two readers could read differently.
    case malformed(Malformation)
    /// The head is larger than the limit, in bytes.
    case headTooLarge(limit: Int)
    /// More fields than the limit.
    case tooManyFields(limit: Int)
    /// The target is longer than the limit, in bytes.
    case targetTooLong(limit: Int)
    /// The body is larger than the limit, in bytes.
    case bodyTooLarge(limit: Int)
    /// The body may be larger than others', and all places for such requests are taken.
    case tooManyLargeBodies
    /// The head did not arrive whole in time.
    case headTooSlow
    /// The body did not arrive whole in time.
    case bodyTooSlow
    /// TRACE or CONNECT.
    case methodRefused
    /// Over HTTP/1, a method that is neither RFC 9110's nor PATCH.
    case methodUnknown
    /// A transfer coding other than chunked.
    case codingUnknown
    /// An `Expect` other than `100-continue`.
    case expectationUnknown
    /// A protocol version other than 1.0, 1.1 and 2.
    case versionUnknown
    /// The handler let its reply go without an answer.
    case unanswered

    /// The rules a malformed request breaks.
    public enum Malformation: String, Sendable, CaseIterable {
        /// The bytes do not parse.
        case syntax
        /// `Host` is missing, double or not a host.
        case host
        /// The authority and `Host`, or an absolute target and `Host`, differ.
        case authority
        /// The target is in no form a server takes.
        case target
        /// `Content-Length` and `Transfer-Encoding` together, or either of them wrong.
        case framing
        /// A field's name or value.
        case field
        /// A field that may appear once appears twice.
        case duplicateField
        /// A pseudo-header of HTTP/2.
        case pseudoHeader
    }

    /// The status to answer with.
    public var status: HTTPResponse.Status {
        switch self {
        // 501 and 505 would blame the server for what is mostly noise; monitors count them as faults.
        case .malformed, .methodUnknown, .codingUnknown, .versionUnknown: .badRequest
        case .headTooLarge, .tooManyFields: .requestHeaderFieldsTooLarge
        case .targetTooLong: .uriTooLong
        case .bodyTooLarge: .contentTooLarge
        case .tooManyLargeBodies: .serviceUnavailable
        case .headTooSlow, .bodyTooSlow: .requestTimeout
        case .methodRefused: .methodNotAllowed
        case .expectationUnknown: .expectationFailed
        case .unanswered: .internalServerError
        }
    }

    /// The fields that go with the status: RFC 9110 section 15.5.6 wants the methods there are beside one that is not.
    ///
    /// Which of them the target takes is not known yet; these are those a request can get through with.
    public var fields: HTTPFields {
        self == .methodRefused ? [.allow: "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH"] : [:]
    }

    /// A stable name for counters and logs.
    public var name: String {
        switch self {
        case .malformed(let rule): "malformed-" + rule.rawValue
        case .headTooLarge: "head-too-large"
        case .tooManyFields: "too-many-fields"
        case .targetTooLong: "target-too-long"
        case .bodyTooLarge: "body-too-large"
        case .tooManyLargeBodies: "too-many-large-bodies"
        case .headTooSlow: "head-too-slow"
        case .bodyTooSlow: "body-too-slow"
        case .methodRefused: "method-refused"
        case .methodUnknown: "method-unknown"
        case .codingUnknown: "coding-unknown"
        case .expectationUnknown: "expectation-unknown"
        case .versionUnknown: "version-unknown"
        case .unanswered: "unanswered"
        }
    }

    /// A whole sentence for the client.
    public var sentence: String {
        switch self {
        case .malformed(.syntax): "The request is not well-formed HTTP."
        case .malformed(.host): "The request needs one valid Host field."
        case .malformed(.authority): "The request names two different hosts."
        case .malformed(.target): "The request's target is not well formed."
        case .malformed(.framing): "The request's length is not stated clearly."
        case .malformed(.field): "A field of the request is not well formed."
        case .malformed(.duplicateField): "A field that may be sent once was sent twice."
        case .malformed(.pseudoHeader): "The request's pseudo-headers are not well formed."
        case .headTooLarge(let limit): "The request's head may have at most \(limit) bytes."
        case .tooManyFields(let limit): "The request may have at most \(limit) fields."
        case .targetTooLong(let limit): "The request's target may have at most \(limit) bytes."
        case .bodyTooLarge(let limit): "The request's body may have at most \(limit) bytes."
        case .tooManyLargeBodies: "Too many large requests are under way."
        case .headTooSlow: "The request's head did not arrive in time."
        case .bodyTooSlow: "The request's body did not arrive in time."
        case .methodRefused, .methodUnknown: "The request's method is not supported."
        case .codingUnknown: "The only transfer coding supported is chunked."
        case .expectationUnknown: "The only expectation supported is 100-continue."
        case .versionUnknown: "The supported versions of HTTP are 1.0, 1.1 and 2."
        case .unanswered: "The service could not answer the request."
        }
    }
}
