public import HTTPTypes
public import PosternDialectKit
public import PosternModel

/// The Revicom API, as clients of Revicom Direct and i-Digital Direct speak it: sending, finding and stopping messages.
///
/// Where it differs from the original on purpose, `Divergences.md` says how and why.
public struct RevicomDialect: Dialect {
    /// `revicom`.
    public let name = "revicom"

    let mount: Mount
    let clock: any PosternModel.Clock
    let callbackHosts: Set<String>

    /// Makes the dialect.
    ///
    /// - Parameters:
    ///   - mount: Where it is mounted.
    ///   - clock: What tells how near a message's local time is; asked once for each request that sends.
    ///   - callbackHosts: The hosts that messages may name to be called back. A message that names another is refused:
    ///     otherwise a client could have the gateway call whatever the gateway can reach.
    public init(
        mount: Mount, clock: any PosternModel.Clock, callbackHosts: Set<String> = []
    ) {
        self.mount = mount
        self.clock = clock
        self.callbackHosts = Set(callbackHosts.map { $0.asciiLowercased() })
    }

    /// Reads a request; bad ones are answered here, before anybody is asked who sent them.
    public func decode(_ request: DialectRequest) -> Decoding {
        let target = request.target
        guard let route = Route(target.segments) else { return .notMine }
        let methods = route.methods
        guard methods.isEmpty || methods.contains(request.head.method) else {
            return .methodNotAllowed(methods)
        }
        let shown = ShownCredential(request.head.headerFields)
        var manner = RevicomManner(
            showsCredential: shown.isPresent,
            wantsProblem: Negotiation(request.head.headerFields).wantsProblem)
        do throws(BadRequest) {
            switch route {
            case .messages where request.head.method == .post:
                return try sends(of: request, query: target.query, by: shown, in: &manner)
            case .messages:
                let search = try OutgoingSearch(parameters: QueryParameters(target.query))
                return operate(.dispatch(.listOutgoing(search)), by: shown, in: manner)
            case .message(let name):
                return operate(.dispatch(.readOutgoing(name)), by: shown, in: manner)
            case .stop:
                let order = try StopOrder(request)
                manner.stopped = order.items
                return operate(.dispatch(.stop(order.names)), by: shown, in: manner)
            case .balance: return operate(.describeQuotas, by: shown, in: manner)
            case .ping: return .answer(.pong)
            case .cascade, .dispatches: throw .notOffered
            case .dispatch(let id): throw .dispatchMissing(id)
            case .unknown: throw .unknownPath
            }
        } catch {
            return .answer(answer(error.wording, in: manner))
        }
    }

    /// The largest body of the two requests that are lists; both take what the contract allows, written with indents.
    public func bodyLimit(for head: HTTPRequest) -> Int? {
        guard head.method == .post else { return nil }
        return switch Route(RequestTarget(head.path ?? "").segments) {
        case .messages: 2 << 20
        case .stop: 512 << 10
        default: nil
        }
    }

    private func operate(
        _ operation: PosternModel.Operation, by shown: ShownCredential, in manner: RevicomManner
    ) -> Decoding {
        .operate(OperationRequest(credential: shown.credential, operation: operation), manner)
    }

    private func sends(
        of request: DialectRequest, query: ArraySlice<UInt8>?, by shown: ShownCredential,
        in manner: inout RevicomManner
    ) throws(BadRequest) -> Decoding {
        let dryRun = try QueryParameters(query).dryRun()
        let now = clock.now()
        var messages: [MessageReader.Message] = []
        for (index, value) in try RequestBody.messages(request).enumerated() {
            let reader = try MessageReader(value, index: index)
            messages.append(try reader.message(now: now, callbackHosts: callbackHosts))
        }
        // Without a token the answer is the same for each: one is judged and recorded, not a thousand.
        if shown.credential == nil { messages.removeSubrange(1...) }
        manner.sent = messages.map(\.composition).map {
            RevicomManner.Sent(guid: $0.guid, externalID: $0.externalID)
        }
        let intents = messages.map {
            SendIntent(
                credential: shown.credential, subject: .composed($0.composition), at: $0.at,
                inviteNewUsers: false, sendEmailNotification: false, dryRun: dryRun)
        }
        return .sends(intents, manner)
    }
}
