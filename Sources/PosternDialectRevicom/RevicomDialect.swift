public import HTTPTypes
public import PosternDialectKit
public import PosternModel

/// The Revicom API, as clients of Revicom Direct and i-Digital Direct speak it: sending, finding and stopping messages,
/// cascades and dispatches.
///
/// Where it differs from the original on purpose, `Divergences.md` says how and why.
public struct RevicomDialect: Dialect {
    /// The ways messages can go, by the names clients use.
    public static let channels = Channel.allCases.map(\.rawValue)

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
            case .cascade:
                return try cascades(of: request, query: target.query, by: shown, in: &manner)
            case .dispatches: throw .notOffered
            case .dispatch(let id, let action):
                return try act(action, onDispatch: id, request, by: shown, in: &manner)
            case .unknown: throw .unknownPath
            }
        } catch {
            return .answer(answer(error.wording, in: manner))
        }
    }

    /// The largest body of the requests that are lists; each takes what the contract allows, written with indents.
    public func bodyLimit(for head: HTTPRequest) -> Int? {
        guard head.method == .post else { return nil }
        return switch Route(RequestTarget(head.path ?? "").segments) {
        case .messages: 2 << 20
        case .cascade: 4 << 20
        case .dispatch(_, .messages): 256 << 10
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
            let reader = try MessageReader(value, place: "[\(index)]")
            messages.append(try reader.message(now: now, callbackHosts: callbackHosts))
        }
        return sends(
            messages.map { (.composed($0.composition), $0.at) }, by: shown, dryRun: dryRun,
            in: &manner)
    }

    private func cascades(
        of request: DialectRequest, query: ArraySlice<UInt8>?, by shown: ShownCredential,
        in manner: inout RevicomManner
    ) throws(BadRequest) -> Decoding {
        let dryRun = try QueryParameters(query).dryRun()
        let now = clock.now()
        var readings: [CascadeReader.Reading] = []
        for (index, value) in try RequestBody.messages(request).enumerated() {
            let reader = try CascadeReader(value, index: index)
            readings.append(try reader.reading(now: now, callbackHosts: callbackHosts))
        }
        return sends(
            readings.map { (.cascade($0.cascade), $0.at) }, by: shown, dryRun: dryRun,
            in: &manner)
    }

    private func sends(
        _ subjects: [(SendIntent.Subject, at: Instant?)], by shown: ShownCredential, dryRun: Bool,
        in manner: inout RevicomManner
    ) -> Decoding {
        var intents = subjects.map { subject, at in
            SendIntent(
                credential: shown.credential, subject: subject, at: at, inviteNewUsers: false,
                sendEmailNotification: false, dryRun: dryRun)
        }
        // Without a token the answer is the same for each: one is judged and recorded, not a thousand.
        if shown.credential == nil { intents.removeSubrange(1...) }
        manner.sent = intents.compactMap(\.composition).map {
            RevicomManner.Sent(guid: $0.guid, externalID: $0.externalID)
        }
        return .sends(intents, manner)
    }

    private func act(
        _ action: Route.DispatchAction, onDispatch name: String?, _ request: DialectRequest,
        by shown: ShownCredential, in manner: inout RevicomManner
    ) throws(BadRequest) -> Decoding {
        let id = name.flatMap { DispatchID($0) }
        manner.dispatch = RevicomManner.NamedDispatch(name, action)
        switch action {
        case .messages:
            let entries = try DispatchEntries(request)
            manner.added = entries.entries
            return operate(
                .dispatch(.addToDispatch(id) { entries.compositions(of: $0) }), by: shown,
                in: manner)
        case .start: return operate(.dispatch(.startDispatch(id)), by: shown, in: manner)
        case .stop: return operate(.dispatch(.stopDispatch(id)), by: shown, in: manner)
        }
    }
}
