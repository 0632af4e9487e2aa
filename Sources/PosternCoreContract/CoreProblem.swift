public import HTTPTypes
import PosternDialectKit
import PosternModel

/// Why a core does not do what it was asked: a name, and a sentence about this one request.
public struct CoreProblem: Error, Sendable, Equatable {
    /// The problems there are; the raw values keep their meaning for ever.
    public enum Name: String, Sendable, CaseIterable {
        /// The request cannot be understood.
        case unreadable
        /// The key is missing or wrong.
        case keyRefused = "key-refused"
        /// There is nothing at the path.
        case unknownRoute = "unknown-route"
        /// Nobody has entrusted or withdrawn a delivery of that key, or it is forgotten.
        case unknownDelivery = "unknown-delivery"
        /// The path takes other methods.
        case methodNotAllowed = "method-not-allowed"
        /// The request did not arrive in time.
        case tooSlow = "too-slow"
        /// The key is known with other content.
        case otherContent = "other-content"
        /// The body is larger than it may be.
        case tooLarge = "too-large"
        /// The target is longer than it may be.
        case targetTooLong = "target-too-long"
        /// The body is no JSON by its own account.
        case mediaType = "media-type"
        /// The request expects what no server here does.
        case expectationUnknown = "expectation-unknown"
        /// This core has no courier of that name.
        case noSuchCourier = "no-such-courier"
        /// The head is larger than it may be.
        case headTooLarge = "head-too-large"
        /// The core could not answer, which is a fault of its own.
        case failed
        /// The core cannot do it now; whether it did is found out by asking again.
        case unavailable
    }

    /// Which problem it is.
    public let name: Name
    /// A whole sentence about this request; it repeats nothing of a body.
    public let detail: String

    /// The media type of ``json``.
    public static let mediaType = ProblemDocument.mediaType
    /// What every name is spelt after, in the member `type`.
    public static let namespace = "urn:postern:core:"

    /// Names a problem.
    public init(_ name: Name, _ detail: String? = nil) {
        self.name = name
        self.detail = detail ?? name.title
    }

    /// Reads the body of an answer; nil for one that is no problem of this contract's.
    ///
    /// The sentence is made fit for a line of a log, and cut after 512 characters.
    public init?(json bytes: [UInt8]) {
        guard var members = try? ContractMembers(bytes),
            let type = try? members.text("type"), type.hasPrefix(Self.namespace),
            let name = Name(rawValue: String(type.dropFirst(Self.namespace.count)))
        else { return nil }
        let detail = try? members.textIfPresent("detail")
        self.init(name, (detail ?? nil).map { Self.line($0.cut(after: 512)) })
    }

    /// A text of the other side's as part of a line; its back-quotes stay, since a core quotes names with them.
    private static func line(_ text: some StringProtocol) -> String {
        text.split(separator: "`", omittingEmptySubsequences: false).map(\.escapedForLine)
            .joined(separator: "`")
    }

    /// The body of an answer (RFC 9457).
    public var json: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("type", Self.namespace + name.rawValue)
            json.member("title", name.title)
            json.member("status", name.status.code)
            json.member("detail", detail)
        }
        return json.bytes
    }
}

extension CoreProblem.Name {
    /// The status it is answered with.
    public var status: HTTPResponse.Status {
        switch self {
        case .unreadable: .badRequest
        case .keyRefused: .unauthorized
        case .unknownRoute, .unknownDelivery: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .tooSlow: .requestTimeout
        case .otherContent: .conflict
        case .tooLarge: .contentTooLarge
        case .targetTooLong: .uriTooLong
        case .mediaType: .unsupportedMediaType
        case .expectationUnknown: .expectationFailed
        case .noSuchCourier: .unprocessableContent
        case .headTooLarge: .requestHeaderFieldsTooLarge
        case .failed: .internalServerError
        case .unavailable: .serviceUnavailable
        }
    }

    /// What it is, as a whole sentence: the same for every request that meets it.
    public var title: String {
        switch self {
        case .unreadable: "The request cannot be understood."
        case .keyRefused: "The key is missing or wrong."
        case .unknownRoute: "There is nothing at this path."
        case .unknownDelivery: "There is no delivery of this key."
        case .methodNotAllowed: "The path takes other methods."
        case .tooSlow: "The request did not arrive in time."
        case .otherContent: "The key is known with other content."
        case .tooLarge: "The body is larger than it may be."
        case .targetTooLong: "The target is longer than it may be."
        case .mediaType: "The body must be JSON."
        case .expectationUnknown: "What the request expects is not done here."
        case .noSuchCourier: "This core has no such courier."
        case .headTooLarge: "The head is larger than it may be."
        case .failed: "The core could not answer."
        case .unavailable: "The core cannot do this now."
        }
    }
}
