import HTTPTypes
public import PosternDialectKit
public import PosternModel

/// The Secure Messaging API of Cirius and DeliverySlip, as its own clients speak it.
///
/// Where it differs from the original on purpose, `Divergences.md` says how and why.
public struct SecureMessagingDialect: Dialect {
    /// `secure-messaging`.
    public let name = "secure-messaging"

    /// The portal that discovery, settings and upload addresses tell of.
    let service: ServiceDescription

    /// Makes the dialect of one portal.
    public init(service: ServiceDescription = ServiceDescription()) { self.service = service }

    /// Reads a request; bad ones are answered here, before anybody is asked who sent them, as
    /// ServiceStack binds before it serves.
    public func decode(_ request: DialectRequest) -> Decoding {
        let target = request.target
        guard let route = Route(target.segments) else { return .notMine }
        var manner = SecureMessagingManner()
        do throws(BadRequest) {
            manner = try SecureMessagingManner(
                query: nil, named: route.format, fields: request.head.headerFields)
            let query = try Parameters.query(target.query, repeating: route.repeating)
            if !query.members.isEmpty {
                manner = try SecureMessagingManner(
                    query: query, named: route.format, fields: request.head.headerFields)
            }
            let draft: MessageGUID??
            switch route.operation {
            case .unknown: throw BadRequest(.operation, "There is no such operation.")
            case .other(let match):
                return try decode(match, at: route, request, query: query, manner: manner)
            case .send(let path):
                guard request.head.method == .put else { return .methodNotAllowed([.put]) }
                draft = .some(path)
            case .sendByParameters:
                // The documented sample POSTs, the documented route PUTs; each means the same send.
                guard request.head.method == .put || request.head.method == .post else {
                    return .methodNotAllowed([.post, .put])
                }
                draft = nil
            }
            let parameters = Parameters(
                query: query,
                body: try Parameters.body(of: request, route: route, root: "SendMessage"))
            let intent = try SendIntent(draft: draft, parameters: parameters, head: request.head)
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
        // Nobody schedules in this language; a message scheduled in another is sent at once by a send.
        case .scheduled: return SendMessageResponse().response(.ok, in: manner)
        case .obstructed(let obstruction):
            let wording = obstruction.refusal.code.wording
            return Self.answer(wording, in: manner) {
                ProblemDocument.refusal(
                    obstruction.refusal,
                    stamp: OperationStamp(
                        decision: obstruction.stamp.decision, policy: obstruction.stamp.policy),
                    status: wording.status, title: wording.text, code: wording.errorCode)
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
        let target = request.target
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

    /// Words a no or a fault: as a send's answer, or as the one named.
    static func answer(
        _ wording: Wording, as typeName: String? = nil, in manner: SecureMessagingManner,
        problem: () -> [UInt8]
    ) -> DialectResponse {
        // RFC 9110 section 15.5.2 wants a challenge with every 401. No browser knows the scheme, so
        // none asks its user for a password.
        let fields: HTTPFields =
            wording.status == 401
            ? [.wwwAuthenticate: "X-SM-Session-Token realm=\"secure-messaging\""] : [:]
        if manner.wantsProblem {
            return .make(wording.httpStatus, ProblemDocument.mediaType, problem(), fields)
        }
        let status = ResponseStatus(errorCode: wording.errorCode, message: wording.text)
        guard let typeName else {
            return SendMessageResponse(responseStatus: status)
                .response(wording.httpStatus, in: manner, fields: fields)
        }
        return OperationReply(typeName: typeName, responseStatus: status)
            .response(wording.httpStatus, in: manner, fields: fields)
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
        case .upload: fields[.accept] = "multipart/form-data, application/octet-stream"
        case .serialization, .argument, .speculative, .notFound: break
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
