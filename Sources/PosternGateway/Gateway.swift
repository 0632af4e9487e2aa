public import HTTPTypes
public import PosternDialectKit
public import PosternListener
import PosternModel

/// The front door: finds the dialect a request speaks and hands what it asks for to the door that does it.
///
/// What needs neither a disk nor much time (bad requests, the error catalogue) is answered on the event loop, and health by the
/// health desk; everything else runs on threads of the send door or of the side door, in bounded number.
public struct Gateway: RequestHandler {
    private let dialects: [any Dialect]
    private let pages: ServicePages
    private let sends: SendDoor
    private let side: SideDoor?
    private let responder: Responder

    /// Opens the door.
    ///
    /// - Parameters:
    ///   - dialects: The client APIs served; the first that knows a route gets it, and the last says that nobody does.
    ///   - pages: What is served beside them.
    ///   - sends: What sends.
    ///   - side: What does all else; nil for a gateway that only sends.
    ///   - responder: What words the answers to requests that come to neither.
    public init(
        dialects: [any Dialect], pages: ServicePages, sends: SendDoor, side: SideDoor? = nil,
        responder: Responder
    ) {
        self.dialects = dialects
        self.pages = pages
        self.sends = sends
        self.side = side
        self.responder = responder
    }

    /// The largest body that is read on the event loop, in bytes: reading megabytes takes a tenth of a second and more,
    /// and anybody can send them.
    private static let largestReadAtOnce = 64 * 1024

    /// Answers a request, now or from other threads.
    public func handle(_ request: ReceivedRequest, reply: Reply) {
        let asked = DialectRequest(head: request.head, body: request.body)
        guard let side, request.body.count > Self.largestReadAtOnce else {
            return handle(decode(asked), asked, of: request, reply: reply)
        }
        side.read {
            decode(asked)
        } then: { decoded in
            handle(decoded, asked, of: request, reply: reply)
        } orElse: { fault in
            let dialect = knower(of: request.head) ?? owner(of: request.head)
            responder.turnAway(request, dialect, for: fault, reply: reply)
        }
    }

    /// What the first dialect that knows the route makes of a request; nil when none does.
    private func decode(
        _ asked: DialectRequest
    ) -> (dialect: any Dialect, decoding: Decoding)? {
        // Two dialects may share a path and differ in the method: one's "not this method" waits for the rest.
        var refusal: (any Dialect, Decoding)?
        for dialect in dialects {
            let decoding = dialect.decode(asked)
            switch decoding {
            case .notMine: continue
            case .methodNotAllowed: refusal = refusal ?? (dialect, decoding)
            case .answer, .send, .sends, .operate: return (dialect, decoding)
            }
        }
        return refusal
    }

    private func handle(
        _ decoded: (dialect: any Dialect, decoding: Decoding)?, _ asked: DialectRequest,
        of request: ReceivedRequest, reply: Reply
    ) {
        guard let (dialect, decoding) = decoded else {
            let isPage = pages.answer(asked) { responder.send($0, of: request, by: reply) }
            guard !isPage else { return }
            let unknown = responder.word(.unknownRoute, to: asked, by: owner(of: request.head))
            return responder.send(unknown, of: request, by: reply)
        }
        switch decoding {
        case .notMine: break
        case .methodNotAllowed(let allowed):
            responder.send(
                responder.word(.methodNotAllowed(allowed), to: asked, by: dialect), of: request,
                by: reply)
        case .answer(let response):
            if response.head.status.code >= 400 { responder.countBadRequest(of: dialect) }
            responder.send(response, of: request, by: reply)
        case .send(let intent, let manner):
            sends.handle(
                Send(request: request, dialect: dialect, intent: intent, manner: manner),
                reply: reply)
        case .sends(let intents, let manner):
            sends.handle(
                intents.map {
                    Send(request: request, dialect: dialect, intent: $0, manner: manner)
                }, reply: reply)
        case .operate(let operation, let manner):
            guard let side else {
                let refused = responder.word(.unknownRoute, to: asked, by: dialect)
                return responder.send(refused, of: request, by: reply)
            }
            side.handle(
                Call(request: request, dialect: dialect, operation: operation, manner: manner),
                reply: reply)
        }
    }

    /// Whose route it is, whatever the body; nil when it is nobody's.
    private func knower(of head: HTTPRequest) -> (any Dialect)? {
        let asked = DialectRequest(head: head)
        return dialects.first { $0.knows(asked) }
    }

    /// In whose words a request is answered that is no route of anybody's: theirs whose place it was made at, or else those of
    /// the dialect that is asked last, since the others claim only what shows that it is theirs.
    private func owner(of head: HTTPRequest) -> (any Dialect)? {
        dialects.first { ($0 as? MountedDialect)?.covers(head) == true } ?? dialects.last
    }

    /// How large a request's body may be, by the dialect whose route it is.
    public func bodyLimit(for head: HTTPRequest) -> Int? {
        for dialect in dialects {
            if let limit = dialect.bodyLimit(for: head) { return limit }
        }
        return nil
    }

    /// Words an answer to a request the listener itself refuses: in the dialect whose route it is, where
    /// its head arrived and names one.
    public func response(to refused: RefusedRequest) -> OutgoingResponse {
        var response = worded(refused)
        responder.addFields(to: &response.head, request: refused.id)
        return response
    }

    private func worded(_ refused: RefusedRequest) -> OutgoingResponse {
        let request: RequestProblem? =
            switch refused.problem {
            case .bodyTooLarge(let limit): .bodyTooLarge(limit: limit)
            case .bodyTooSlow: .tooSlow
            default: nil
            }
        guard let request, let head = refused.head, let dialect = knower(of: head) else {
            var response = OutgoingResponse.text(
                refused.problem.status, refused.problem.sentence + "\n")
            response.head.headerFields.append(contentsOf: refused.problem.fields)
            return response
        }
        let response = responder.word(request, to: DialectRequest(head: head), by: dialect)
        return OutgoingResponse(head: response.head, body: response.body)
    }
}

extension Dialect {
    /// Whether a request's route is one of this dialect's, whatever else is wrong with it.
    fileprivate func knows(_ request: DialectRequest) -> Bool {
        if case .notMine = decode(request) { return false }
        return true
    }
}
