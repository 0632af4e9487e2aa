import HTTPTypes
import PosternDialectKit
import PosternModel

/// A request whose route takes its method, and whose caller has shown a token.
struct RoutedRequest {
    let cell: Handle
    let place: Route.Place
    let deletes: Bool
    let query: ArraySlice<UInt8>?
    let fields: HTTPFields
    let body: [UInt8]
}

extension PersoniumDialect {
    /// Reads what a request asks for.
    func decode(
        _ request: RoutedRequest, by credential: PresentedCredential, in manner: PersoniumManner
    ) throws(PersoniumProblem) -> Decoding {
        var manner = manner
        switch request.place {
        case .send:
            let dryRun = try Self.isDryRun(request.query)
            let message = try SentMessage(try MessageProperties(request.body), on: unit)
            manner.subject = .send(message)
            let composition = Composition(
                guid: message.guid, content: message.content, passesOverUnknownHandles: true)
            return .send(
                SendIntent(
                    credential: credential, subject: .composed(composition),
                    inviteNewUsers: false, sendEmailNotification: false, dryRun: dryRun), manner)
        case .port: throw .unknownPath
        case .status(let id):
            let mark = try IncomingMark(request.body, on: unit)
            manner.subject = .change
            return .operate(
                OperationRequest(
                    credential: credential,
                    operation: .incoming(.markIncoming(MessageName(guid: id), mark))),
                manner)
        case .list(let set):
            let query = try ListQuery(request.query, of: set, on: unit)
            manner.subject = .list(counts: query.countsAll)
            manner.selection = query.selection
            return .operate(
                OperationRequest(credential: credential, operation: .list(of: set, query)), manner)
        case .entity(let set, let id):
            guard let id else { throw .badKey }
            if request.deletes {
                // DIVERGENCE: what has been read cannot be compared with what is deleted; see `Divergences.md`.
                guard request.fields[values: .ifMatch].allSatisfy({ $0 == "*" }) else {
                    throw .otherTag
                }
                manner.subject = .change
                return .operate(
                    OperationRequest(
                        credential: credential, operation: .deleteMessage(MessageGUID(id))),
                    manner)
            }
            manner.selection = try ListQuery.single(request.query)
            manner.subject = .entity(known: request.fields[values: .ifNoneMatch])
            let name = MessageName(guid: id)
            return .operate(
                OperationRequest(
                    credential: credential,
                    operation: set == .sent
                        ? .dispatch(.readOutgoing(name))
                        : .incoming(
                            .readIncoming(name, withBody: manner.selection.contains("Body")))),
                manner)
        case .unknown: throw .unknownPath
        }
    }

    /// Reads what a foreign cell hands over; whether it is who it says it is, the corridor finds out.
    func decodePort(
        _ request: RoutedRequest, showing token: Secret, in manner: PersoniumManner
    ) throws(PersoniumProblem) -> Decoding {
        guard let address = unit.address else { throw .notImplemented("__message/port") }
        let dryRun = try Self.isDryRun(request.query)
        let message = try PortMessage(try MessageProperties(request.body), to: request.cell)
        var manner = manner
        manner.subject = .port(message)
        return .send(
            SendIntent(
                credential: PresentedCredential(
                    token: token,
                    crossing: PresentedCredential.Crossing(
                        from: message.sender, to: CellURL(request.cell, on: address))),
                subject: .composed(
                    Composition(guid: message.guid, content: message.content, mayRepeat: true)),
                inviteNewUsers: false, sendEmailNotification: false, dryRun: dryRun), manner)
    }

    /// Postern's own switch; all else in a send's query is passed over, as Personium does.
    ///
    /// A query that cannot be read, or another word, is refused: a try must never become a send.
    private static func isDryRun(_ query: ArraySlice<UInt8>?) throws(PersoniumProblem) -> Bool {
        guard let query else { return false }
        let parameters: JSONObject
        do { parameters = try JSONObject(parameters: query) } catch { throw .unreadableQuery }
        switch parameters["dryRun"] {
        case nil, .string("0"), .string("false"): return false
        case .string("1"), .string("true"): return true
        case .string(let word): throw .badOption("dryRun", word)
        default: throw .unreadableQuery
        }
    }
}

extension MessageName {
    /// Reads a GUID in either spelling; anything else can name no message.
    fileprivate init(guid text: String) { self = MessageGUID(text).map { .guid($0) } ?? .malformed }
}

extension Operation {
    /// What a list asks for; of the caller's own messages those that were sent.
    fileprivate static func list(of set: Route.EntitySet, _ query: ListQuery) -> Operation {
        let filter = query.filter
        return switch set {
        case .sent:
            .dispatch(
                .listOutgoing(
                    OutgoingSearch(
                        window: query.window, stages: [.sending, .sent, .stopped],
                        messages: filter.messages, isRequest: filter.isRequest,
                        subject: filter.title, oldestFirst: query.oldestFirst)))
        case .received:
            .incoming(
                .listIncoming(
                    IncomingSearch(
                        window: query.window, isRequest: filter.isRequest, isRead: filter.isRead,
                        answer: filter.answer, messages: filter.messages, sender: filter.sender,
                        subject: filter.title, withBodies: query.selection.contains("Body"),
                        oldestFirst: query.oldestFirst)))
        }
    }
}
