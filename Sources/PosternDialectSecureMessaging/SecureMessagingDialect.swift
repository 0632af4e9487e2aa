import HTTPTypes
public import PosternDialectKit
public import PosternModel

/// The Secure Messaging API of Cirius and DeliverySlip, as its own clients speak it.
///
/// So far SendMessage. Where it differs from the original on purpose, `Divergences.md` says how and why.
public struct SecureMessagingDialect: Dialect {
    /// `secure-messaging`.
    public let name = "secure-messaging"

    /// Makes the dialect; it has no settings.
    public init() {}

    /// Reads a request; bad ones are answered here, before anybody is asked who sent them, as
    /// ServiceStack binds before it serves.
    public func decode(_ request: DialectRequest) -> Decoding {
        let target = RequestTarget(request.head.path ?? "")
        guard let route = Route(target.segments) else { return .notMine }
        var manner = SecureMessagingManner()
        do throws(BadRequest) {
            manner = try SecureMessagingManner(
                query: nil, named: route.format, fields: request.head.headerFields)
            let query = try Parameters.query(target.query)
            if !query.members.isEmpty {
                manner = try SecureMessagingManner(
                    query: query, named: route.format, fields: request.head.headerFields)
            }
            guard route.operation != .unknown else {
                throw BadRequest(.operation, "There is no such operation.")
            }
            guard route.methods.contains(request.head.method) else {
                return .methodNotAllowed(route.methods)
            }
            let parameters = Parameters(
                query: query, body: try Parameters.body(of: request, route: route))
            let intent = try SendIntent(
                operation: route.operation, parameters: parameters,
                fields: request.head.headerFields)
            return .send(intent, manner)
        } catch {
            return .answer(Self.answer(error, in: manner))
        }
    }

    /// Words an outcome: the contract's texts and statuses, or a problem document where one was asked for.
    public func encode(_ outcome: SendOutcome, in manner: any ResponseManner) -> DialectResponse {
        let manner = manner as? SecureMessagingManner ?? SecureMessagingManner()
        switch outcome {
        case .accepted(let acceptance):
            let answer = acceptance.answer
            return SendMessageResponse(
                notificationBodyText: answer.notificationText,
                notificationBodyHTML: answer.notificationHTML,
                notificationSent: answer.notificationSent
            ).response(.ok, in: manner)
        case .wouldAccept(let preview):
            return SendMessageResponse(preview: preview).response(.ok, in: manner)
        case .refused(let refusal):
            if manner == SecureMessagingManner(), let plain = Self.plainRefusals[refusal.code] {
                return plain
            }
            let wording = refusal.code.wording
            return Self.answer(wording, in: manner) {
                ProblemDocument.refusal(refusal, status: wording.status, title: wording.text)
            }
        case .failed(let failure):
            let wording = failure.fault.code.wording
            return Self.answer(wording, in: manner) {
                ProblemDocument.fault(
                    failure.fault, decision: failure.decision, status: wording.status)
            }
        }
    }

    /// Words a problem that no operation has met yet.
    public func encode(_ problem: RequestProblem, for request: DialectRequest) -> DialectResponse {
        let target = RequestTarget(request.head.path ?? "")
        let query = try? Parameters.query(target.query)
        let manner =
            (try? SecureMessagingManner(
                query: query, named: Route(target.segments)?.format,
                fields: request.head.headerFields)) ?? SecureMessagingManner()
        let wording = problem.wording
        if manner.wantsProblem {
            let body =
                switch problem {
                case .fault(let fault, let id):
                    ProblemDocument.fault(fault, decision: id, status: wording.status)
                case .bodyTooLarge, .tooSlow, .unknownRoute, .methodNotAllowed:
                    ProblemDocument.badRequest(
                        status: wording.status, title: wording.errorCode, detail: wording.text)
                }
            return .make(wording.httpStatus, ProblemDocument.mediaType, body, [:])
        }
        let status = ResponseStatus(errorCode: wording.errorCode, message: wording.text)
        return ErrorResponse(responseStatus: status).response(wording.httpStatus, in: manner)
    }

    private static func answer(
        _ wording: Wording, in manner: SecureMessagingManner, problem: () -> [UInt8]
    ) -> DialectResponse {
        // RFC 9110 section 15.5.2 wants a challenge with every 401. No browser knows the scheme, so
        // none asks its user for a password.
        let fields: HTTPFields =
            wording.status == 401
            ? [.wwwAuthenticate: "X-SM-Session-Token realm=\"secure-messaging\""] : [:]
        if manner.wantsProblem {
            return .make(wording.httpStatus, ProblemDocument.mediaType, problem(), fields)
        }
        return SendMessageResponse(
            responseStatus: ResponseStatus(errorCode: wording.errorCode, message: wording.text)
        ).response(wording.httpStatus, in: manner, fields: fields)
    }

    private static func answer(_ bad: BadRequest, in manner: SecureMessagingManner)
        -> DialectResponse
    {
        let status = HTTPResponse.Status(code: bad.status.code, reasonPhrase: bad.errorCode)
        var fields: HTTPFields = [:]
        switch bad.kind {
        case .operation: fields[.allow] = ""
        case .mediaType:
            fields[.accept] = "application/json, application/xml, application/x-www-form-urlencoded"
        case .serialization, .argument: break
        }
        if manner.wantsProblem {
            let body = ProblemDocument.badRequest(
                status: bad.status.code, title: bad.errorCode, detail: bad.message)
            return .make(status, ProblemDocument.mediaType, body, fields)
        }
        return ErrorResponse(responseStatus: bad.responseStatus)
            .response(status, in: manner, fields: fields)
    }
}

extension SecureMessagingDialect {
    /// The refusals as nearly every client is answered, in plain JSON: the same each time, so written once.
    fileprivate static let plainRefusals = Dictionary(
        uniqueKeysWithValues: RefusalCode.allCases.map { code in
            (code, answer(code.wording, in: SecureMessagingManner()) { [] })
        })
}
