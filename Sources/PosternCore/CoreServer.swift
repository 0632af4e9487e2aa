public import Logging
public import HTTPTypes
public import PosternCoreContract
import PosternDialectKit
public import PosternListener
public import PosternModel

/// The core's door: answers a gateway as the contract says.
///
/// What takes neither disk nor a large body is answered on the event loop: what is nobody's, what shows no key, the
/// description. Everything else runs on the executor's threads, in bounded number.
public struct CoreServer: RequestHandler {
    /// What can be set.
    public struct Options: Sendable {
        /// Who carries what this core takes.
        public var couriers: Set<EntrustedDelivery.Courier>
        /// Requests under way at once; one more is answered 503.
        public var inFlightLimit: Int

        /// Sets both.
        public init(couriers: Set<EntrustedDelivery.Courier>, inFlightLimit: Int) {
            self.couriers = couriers
            self.inFlightLimit = inFlightLimit
        }
    }

    private let trust: any DeliveryTrust
    private let key: CoreKey
    private let options: Options
    private let executor: any TaskExecutor
    private let figures: CoreFigures
    private let clock: any Clock
    private let logger: Logger
    private let description = CoreDescription.document()

    /// Opens the door.
    ///
    /// - Parameters:
    ///   - trust: What is done with deliveries.
    ///   - key: What every request must show.
    ///   - options: What can be set.
    ///   - executor: Threads that may wait for the disk.
    ///   - figures: Where requests are counted.
    ///   - clock: The present.
    ///   - logger: For operators.
    public init(
        trust: any DeliveryTrust, key: CoreKey, options: Options, executor: any TaskExecutor,
        figures: CoreFigures, clock: any Clock, logger: Logger
    ) {
        self.trust = trust
        self.key = key
        self.options = options
        self.executor = executor
        self.figures = figures
        self.clock = clock
        self.logger = logger
    }

    /// Answers a request, now or from the executor.
    public func handle(_ request: ReceivedRequest, reply: Reply) {
        let head = request.head
        let route: CoreRoute
        let asked: DeliveryKey?
        switch CoreRoute.match(head.method, head.path ?? "") {
        case .unknown: return refuse(CoreProblem(.unknownRoute), request, reply)
        case .methodNotAllowed(let methods):
            let allowed = methods.map(\.rawValue).joined(separator: ", ")
            return refuse(
                CoreProblem(.methodNotAllowed, "The path takes \(allowed)."), request, reply,
                [.allow: allowed])
        case .malformedKey(let found):
            guard isAdmitted(head) else { return refuseKey(request, reply) }
            return refuse(
                CoreProblem(
                    .unreadable,
                    "A delivery's key is words of letters, digits, `-` and `_`, divided by single dots, and has at most \(DeliveryKey.longest) bytes."
                ), request, reply, of: found)
        case .route(let found, let key): (route, asked) = (found, key)
        }
        if !route.asksSpool {
            return answer(.ok, description, request, reply, of: route)
        }
        guard isAdmitted(head) else { return refuseKey(request, reply) }
        guard figures.admit(limit: options.inFlightLimit) else {
            return refuse(Fault(.overloaded), request, reply, of: route)
        }
        Task(executorPreference: executor) {
            do throws(Ending) {
                let (status, body) = try await perform(route, asked, request)
                figures.leave()
                answer(status, body, request, reply, of: route)
            } catch {
                figures.leave()
                switch error {
                case .problem(let problem): refuse(problem, request, reply, of: route)
                case .fault(let fault): refuse(fault, request, reply, of: route)
                }
            }
        }
    }

    /// Why a request was not done.
    private enum Ending: Error {
        case problem(CoreProblem)
        case fault(Fault)
    }

    private func perform(
        _ route: CoreRoute, _ key: DeliveryKey?, _ request: ReceivedRequest
    ) async throws(Ending) -> (HTTPResponse.Status, [UInt8]) {
        do {
            switch (route.name, key) {
            case (.entrust, let key?):
                try request.refuseQuery()
                let delivery = try read(request)
                switch try await trust.entrust(delivery, under: key, at: clock.now()) {
                case .taken(let state): return (.created, state.json)
                case .known(let state): return (.ok, state.json)
                case .conflicting: throw CoreProblem(.otherContent)
                }
            case (.readState, let key?):
                try request.refuseQuery()
                try request.refuseBody()
                guard let state = try trust.state(of: key) else {
                    throw CoreProblem(.unknownDelivery)
                }
                return (.ok, state.json)
            case (.withdraw, let key?):
                try request.refuseQuery()
                try request.refuseBody()
                return (.ok, try await trust.withdraw(key, at: clock.now()).json)
            case (.listEndings, _):
                try request.refuseBody()
                let query = try EndingsQuery(query: request.query)
                return (.ok, try await trust.endings(query, at: clock.now()).json)
            default: throw CoreProblem(.unknownRoute)
            }
        } catch let problem as CoreProblem {
            throw .problem(problem)
        } catch let problem as ContractProblem {
            throw .problem(CoreProblem(.unreadable, problem.sentence))
        } catch let fault as Fault {
            throw .fault(fault)
        } catch {
            throw .fault(Fault(.storageUnreadable, note: "\(type(of: error))"))
        }
    }

    private func read(_ request: ReceivedRequest) throws -> EntrustedDelivery {
        let type = request.head.headerFields.first(.contentType).map { MediaType($0) }
        guard let type, type.essence == "application/json",
            type.charset.map({ $0 == "utf-8" }) ?? true
        else { throw CoreProblem(.mediaType, "The body must be `application/json` in UTF-8.") }
        if let coding = request.head.headerFields.first(.contentEncoding),
            !coding.equalsIgnoringCase("identity")
        {
            throw CoreProblem(.mediaType, "The body must not be compressed.")
        }
        let delivery = try EntrustedDelivery(json: request.body)
        guard options.couriers.contains(delivery.courier) else {
            throw CoreProblem(
                .noSuchCourier, "This core has no courier `\(delivery.courier.rawValue)`.")
        }
        return delivery
    }

    /// The largest body that a delivery can have, for those who show the key; the usual limit for everybody else.
    public func bodyLimit(for head: HTTPRequest) -> Int? {
        guard case .route(let route, _) = CoreRoute.match(head.method, head.path ?? ""),
            route.name == .entrust, isAdmitted(head)
        else { return nil }
        return EntrustedDelivery.largestBody
    }

    /// Words the answer to what the listener refuses.
    public func response(to refused: RefusedRequest) -> OutgoingResponse {
        let problem = CoreProblem(refused.problem.contractName, refused.problem.sentence)
        figures.count(problem.name, of: nil)
        var fields = refused.problem.fields
        if problem.name == .unavailable { fields[.retryAfter] = "1" }
        return OutgoingResponse(problem, request: refused.id, fields)
    }

    private func isAdmitted(_ head: HTTPRequest) -> Bool {
        !head.headerFields.repeats(.authorization)
            && key.isShown(by: head.headerFields.first(.authorization))
    }
}

// MARK: answers

extension CoreServer {
    private func answer(
        _ status: HTTPResponse.Status, _ body: [UInt8], _ request: ReceivedRequest, _ reply: Reply,
        of route: CoreRoute
    ) {
        figures.count(status, of: route.name)
        reply.send(
            OutgoingResponse(status, body, type: "application/json", request: request.id))
    }

    private func refuse(
        _ problem: CoreProblem, _ request: ReceivedRequest, _ reply: Reply,
        _ fields: HTTPFields = [:], of route: CoreRoute? = nil
    ) {
        figures.count(problem.name, of: route?.name)
        reply.send(OutgoingResponse(problem, request: request.id, fields))
        logger.debug(
            "request refused",
            metadata: ["request": "\(request.id)", "problem": "\(problem.name.rawValue)"])
    }

    private func refuseKey(_ request: ReceivedRequest, _ reply: Reply) {
        refuse(
            CoreProblem(.keyRefused), request, reply,
            [.wwwAuthenticate: #"Bearer realm="postern core""#])
    }

    /// Says that it cannot be done now, or that it is our own fault that it cannot be done at all.
    private func refuse(
        _ fault: Fault, _ request: ReceivedRequest, _ reply: Reply, of route: CoreRoute
    ) {
        var metadata: Logger.Metadata = ["request": "\(request.id)", "fault": "\(fault)"]
        guard case .later(let pause) = fault.code.entry.retry else {
            metadata["hint"] = "\(fault.code.entry.operatorHint)"
            logger.error("a request failed", metadata: metadata)
            return refuse(CoreProblem(.failed), request, reply, of: route)
        }
        // The spool has said what keeps it from writing; each request that waits for it need not.
        logger.debug("a request must wait", metadata: metadata)
        refuse(
            CoreProblem(.unavailable), request, reply,
            [.retryAfter: "\(max(1, pause.components.seconds))"], of: route)
    }
}

extension ReceivedRequest {
    /// What follows the first `?`; nil when nothing does.
    fileprivate var query: ArraySlice<UInt8>? { RequestTarget(head.path ?? "").query }

    fileprivate func refuseQuery() throws(CoreProblem) {
        guard query?.isEmpty ?? true else {
            throw CoreProblem(.unreadable, "The path takes no query.")
        }
    }

    fileprivate func refuseBody() throws(CoreProblem) {
        guard body.isEmpty else {
            throw CoreProblem(.unreadable, "The method takes no body here.")
        }
    }
}

extension OutgoingResponse {
    fileprivate init(
        _ status: HTTPResponse.Status, _ body: [UInt8], type: String, request: String,
        _ fields: HTTPFields = [:]
    ) {
        var fields = fields
        fields[.contentType] = type
        fields[.cacheControl] = "no-store"
        fields[.xContentTypeOptions] = "nosniff"
        fields.append(.once(.requestID, request))
        self.init(head: HTTPResponse(status: status, headerFields: fields), body: body)
    }

    fileprivate init(_ problem: CoreProblem, request: String, _ fields: HTTPFields) {
        self.init(
            problem.name.status, problem.json, type: CoreProblem.mediaType, request: request,
            fields)
    }
}

extension ListenerProblem {
    /// What the contract calls it.
    fileprivate var contractName: CoreProblem.Name {
        switch self {
        case .malformed, .methodUnknown, .codingUnknown, .versionUnknown: .unreadable
        case .headTooLarge, .tooManyFields: .headTooLarge
        case .targetTooLong: .targetTooLong
        case .bodyTooLarge: .tooLarge
        case .tooManyLargeBodies: .unavailable
        case .headTooSlow, .bodyTooSlow: .tooSlow
        case .methodRefused: .methodNotAllowed
        case .expectationUnknown: .expectationUnknown
        case .unanswered: .failed
        }
    }
}

extension HTTPField.Name {
    fileprivate static let requestID = known("X-Request-Id")
}
