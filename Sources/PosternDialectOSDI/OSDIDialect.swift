public import HTTPTypes
public import PosternDialectKit
public import PosternModel

/// OSDI's messages with their send and schedule helpers, and as much of its lists and people as their targets need.
///
/// Where it differs from the specification on purpose, `Divergences.md` says how and why.
public struct OSDIDialect: Dialect {
    /// `osdi`.
    public let name = "osdi"
    let mount: Mount
    let links: Links
    private let entryPoint: DialectResponse

    /// Makes the dialect of one place.
    public init(mount: Mount) {
        self.mount = mount
        links = Links(mount)
        entryPoint = .hypertext { [links] in $0.entryPoint(links) }
    }

    /// Reads a request; bad ones are answered here, before anybody is asked who sent them.
    ///
    /// Where other APIs are reached at the same place, only requests that show this API's credential are its own, and the
    /// entry point, which shows none to anybody.
    public func decode(_ request: DialectRequest) -> Decoding {
        let target = request.target
        // Nearly every request is another dialect's, and shows it at once.
        let isMine = !mount.isShared || isMarked(request.head, target)
        guard isMine || target.segments.count == 2, let route = Route(target.segments) else {
            return .notMine
        }
        let method = request.head.method == .head ? .get : request.head.method
        guard isMine || route == .entry && method == .get else { return .notMine }
        guard route != .unknown else {
            return mount.isShared ? .notMine : .answer(encode(.unknownRoute, for: request))
        }
        guard route.methods.contains(method) else { return .methodNotAllowed(route.methods) }
        if route == .entry { return .answer(entryPoint) }
        do throws(BadRequest) {
            return try RequestReader(request, target, route, links).decoding(of: method)
        } catch {
            return .answer(answer(error, for: request, of: route.resource))
        }
    }

    /// Words how a send ended: the specification's notice, or an `osdi:error`.
    public func encode(_ outcome: SendOutcome, in manner: any ResponseManner) -> DialectResponse {
        let manner = manner as? OSDIManner ?? OSDIManner(.send)
        switch outcome {
        case .accepted: return .notice("Your message has been sent.")
        case .scheduled:
            return .notice("Your message has been scheduled.") { json in
                guard case .schedule(endGiven: true) = manner.reply else { return }
                json.array("postern:ignored", of: ["scheduled_end_date"]) { $0.string($1) }
            }
        case .wouldAccept(let preview):
            var notice = "Your message would be sent."
            if case .schedule = manner.reply { notice = "Your message would be scheduled." }
            return .notice(notice) { json in
                json.object("postern:dry_run") {
                    $0.member("would_be_accepted", true)
                    $0.member("password_required", preview.passwordRequired)
                }
            }
        case .refused(let refusal): return OSDIError(refusal, of: manner.resource).response(manner)
        case .obstructed(let obstruction): return OSDIError(obstruction).response(manner)
        case .failed(let failure): return OSDIError(failure, of: manner.resource).response(manner)
        }
    }

    /// Words how an operation ended: a resource, a notice, or an `osdi:error`.
    public func encode(
        _ outcome: OperationOutcome, in manner: any ResponseManner
    ) -> DialectResponse {
        let manner = manner as? OSDIManner ?? OSDIManner(.message)
        switch outcome {
        case .done(let result, let stamp): return response(to: result, stamp, in: manner)
        case .refused(let refusal, let stamp):
            return OSDIError(refusal, stamp, of: manner.resource).response(manner)
        case .failed(let failure): return OSDIError(failure, of: manner.resource).response(manner)
        }
    }

    /// Words a problem that no operation has met yet.
    public func encode(_ problem: RequestProblem, for request: DialectRequest) -> DialectResponse {
        let route = Route(request.target.segments) ?? .unknown
        return OSDIError(problem, of: route.resource).response(
            wantsProblem: Negotiation(request.head.headerFields).wantsProblem)
    }

    /// A message's text may be as long as in the first dialect; all else has the standard limit.
    public func bodyLimit(for head: HTTPRequest) -> Int? {
        let path = head.path ?? ""
        // Most bodies are sends', which say nothing here.
        guard head.method == .post || head.method == .put, !path.hasSuffix("/send") else {
            return nil
        }
        let target = RequestTarget(path)
        guard !mount.isShared || isMarked(head, target) else { return nil }
        switch (Route(target.segments), head.method) {
        case (.messages?, .post), (.message?, .put): return 1 << 20
        default: return nil
        }
    }

    /// Whether the request shows this API's credential, good or not.
    private func isMarked(_ head: HTTPRequest, _ target: RequestTarget) -> Bool {
        head.headerFields.first(.osdiAPIToken) != nil
            || (try? target.query.map { try JSONObject(parameters: $0) })?
                .flatMap { $0[PresentedCredential.parameter] } != nil
    }

    private func answer(
        _ bad: BadRequest, for request: DialectRequest, of resource: String
    ) -> DialectResponse {
        OSDIError(bad, of: resource).response(
            wantsProblem: Negotiation(request.head.headerFields).wantsProblem)
    }
}
