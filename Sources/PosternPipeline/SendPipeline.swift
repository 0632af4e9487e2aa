public import PosternModel
import PosternPolicy

/// The corridor: every send of every dialect walks it, one way.
///
/// authenticate → load the draft → decide → check the password → commit → outcome. Each step asks for a
/// value that only the step before can make (a ``Principal``, a `Permit`), so the order is the compiler's
/// business. ``send(_:in:)`` never throws; every path ends in an outcome, and every decision about somebody who
/// is known is in the audit log before it is returned.
public struct SendPipeline: Sendable {
    /// The world, with a ledger of durable decisions.
    public typealias Ports = PipelinePorts<any SendLedger>

    /// What differs from one installation to the next.
    public struct Options: Sendable {
        /// How long a session lasts without use.
        public var sessionIdle: Duration
        /// What notifications say; nil when there is no relay to send them.
        public var notifications: NotificationTemplate
        /// Whether a mail relay is configured.
        public var relaysNotifications: Bool
        /// Whether a webhook is configured, without which nothing reaches a telephone.
        public var relaysPhones: Bool
        /// The units whose cells are reached.
        public var units: any ForeignUnits

        /// Names each option.
        public init(
            sessionIdle: Duration = .seconds(3600), notifications: NotificationTemplate,
            relaysNotifications: Bool, relaysPhones: Bool = false,
            units: any ForeignUnits = NoForeignUnits()
        ) {
            self.sessionIdle = sessionIdle
            self.notifications = notifications
            self.relaysNotifications = relaysNotifications
            self.relaysPhones = relaysPhones
            self.units = units
        }
    }

    let ports: Ports
    let options: Options
    private let authenticator: Authenticator

    /// Builds the corridor.
    public init(ports: Ports, options: Options) {
        self.ports = ports
        self.options = options
        authenticator = Authenticator(
            views: ports.views, issued: ports.issued, foreign: ports.foreign,
            idle: options.sessionIdle)
    }

    /// Walks one send to its end.
    ///
    /// Blocks the calling thread while it reads the ledger: run it on the corridor's threads, never on an
    /// event loop.
    public func send(_ intent: SendIntent, in context: RequestContext) async -> SendOutcome {
        let active = ports.policies.current
        let walk = Walk(
            intent: intent, context: context, active: active, now: ports.clock.now())
        do {
            let (authentication, sight) = try look(walk)
            switch authentication {
            case .refused(let fact): return refuseUnauthenticated(fact, walk)
            case .refusedCell(let problem): return refuse(problem, walk)
            case .mistaken(let principal):
                return try await obstruct(.userMismatch, walk, principal)
            case .proved(let principal) where principal.readingOnly:
                return try await obstruct(.accessForbidden, walk, principal)
            case .proved(let principal): return try await send(walk, as: principal, sight)
            }
        } catch {
            return .failed(
                Failure(decision: walk.decisionID, policy: active.policy.digest, fault: error))
        }
    }

    /// Walks a message whose time has come to its end: judged by the policy of now, for its composer as they are now.
    ///
    /// However the walk ends but in a failure, the message no longer waits.
    ///
    /// Blocks the calling thread while it reads the ledger, as ``send(_:in:)`` does.
    public func sendDue(_ due: DueMessage) async -> SendOutcome {
        let active = ports.policies.current
        let walk = Walk(
            intent: SendIntent(
                credential: nil, draft: due.guid, inviteNewUsers: due.invites,
                sendEmailNotification: due.notifies),
            context: RequestContext(dialect: due.dialect, request: "schedule"), active: active,
            now: ports.clock.now(), isDue: true)
        do {
            let principal = Principal(due.owner)
            if due.owner.accountDisabled {
                return try await refuse(walk, principal, Facts(session: .accountDisabled))
            }
            let sight = try ports.views.view { view throws(Fault) in
                try look(walk, as: principal, in: view)
            }
            return try await send(walk, as: principal, sight)
        } catch {
            return .failed(
                Failure(decision: walk.decisionID, policy: active.policy.digest, fault: error))
        }
    }

    /// The answer to a request without a token, which needs neither a thread nor a disk.
    ///
    /// - Returns: Nil when the request shows a token, which only ``send(_:in:)`` can judge.
    public func refusalWithoutToken(
        _ intent: SendIntent, in context: RequestContext
    ) -> SendOutcome? {
        guard intent.credential == nil else { return nil }
        return refuseUnauthenticated(
            .absent,
            Walk(
                intent: intent, context: context, active: ports.policies.current,
                now: ports.clock.now()))
    }

    /// Looks once, at who asks and at what they ask about; nobody who is refused has looked at a draft.
    private func look(_ walk: Walk) throws(Fault) -> (Authentication, Sight) {
        try ports.views.view { view throws(Fault) in
            let authentication = try authenticator.authenticate(
                walk.intent.credential, at: walk.now, by: walk.policy.login, in: view)
            guard case .proved(let principal) = authentication else {
                return (authentication, .nothing)
            }
            return (authentication, try look(walk, as: principal, in: view))
        }
    }

    private func look(
        _ walk: Walk, as principal: Principal, in view: any LedgerView
    ) throws(Fault) -> Sight {
        let day = walk.policy.day(at: walk.now)
        switch walk.intent.subject {
        case .draft(nil): return .nothing
        case .draft(let guid?):
            return .draft(try view.load(guid, for: principal.account, on: day.key), day)
        case .composed(let composition):
            return .draft(
                try view.preview(composition, for: principal.account, on: day.key), day)
        case .cascade(let cascade):
            return .draft(
                try view.preview(cascade.root, for: principal.account, on: day.key), day,
                steps: try cascade.steps.map { step throws(Fault) in
                    try view.preview(step.composition, for: principal.account, on: day.key)
                })
        }
    }

    private func send(
        _ walk: Walk, as principal: Principal, _ first: Sight
    ) async throws(Fault) -> SendOutcome {
        // A draft saved, or a day used up, between reading and settling is judged again as it is now. A
        // password proved on the first view stays proved: the attempt was counted once.
        var proof: PasswordProof?
        var sight = first
        for _ in 0..<Self.triesToSettle {
            switch sight {
            case .nothing:
                return try await refuse(
                    walk, principal, Facts(session: .valid, draft: .malformed))
            case .draft(.missing, _, _):
                return try await refuse(walk, principal, Facts(session: .valid, draft: .missing))
            case .draft(.foreign, _, _):
                return try await refuse(walk, principal, Facts(session: .valid, draft: .foreign))
            case .draft(.sent(let answer, let used), _, _):
                return answerAgain(walk, principal, answer, used)
            case .draft(.closed, _, _): return try await obstruct(.messageClosed, walk, principal)
            case .draft(.taken, _, _): return try await obstruct(.messageTaken, walk, principal)
            case .draft(.found(let loaded), let day, let steps):
                if let obstruction = obstruction(to: loaded, of: principal, walk) {
                    return try await obstruct(obstruction, walk, principal)
                }
                if let turn = loaded.turn, turn.verdict(at: walk.now) != .go {
                    if try await decideTurn(walk, principal) == .go { break }
                    return try await obstruct(.messageNotScheduled, walk, principal)
                }
                let view = DraftView(loaded: loaded, day: day, steps: steps)
                if let outcome = try await judge(walk, principal, view, &proof) { return outcome }
            }
            sight = try ports.views.view { view throws(Fault) in
                try look(walk, as: principal, in: view)
            }
        }
        throw Fault(.draftUnsettled)
    }

    /// What a look at the ledger shows of the draft that is asked about.
    private enum Sight {
        /// The request names none.
        case nothing
        /// A draft, and the later steps of its cascade.
        case draft(DraftLookup, CalendarDay, steps: [DraftLookup] = [])
    }

    private static let triesToSettle = 4

    /// Judges one view of a draft to its outcome; nil when the view was overtaken.
    private func judge(
        _ walk: Walk, _ principal: Principal, _ view: DraftView, _ proof: inout PasswordProof?
    ) async throws(Fault) -> SendOutcome? {
        var facts = try sendFacts(walk, principal, view.loaded)
        while true {
            if let proof, proof.hash == view.loaded.passwordHash {
                facts.password = proof.fact
                facts.attempts = proof.attempts
            }
            let judged = Facts(session: .valid, draft: .visible, send: facts)
            let draft = view.loaded.draft
            switch walk.policy.verdict(
                on: judged, for: draft.guid, revision: draft.revision, at: walk.now)
            {
            case .refused(let decision):
                return try await refuse(walk, principal, judged, decision, view.loaded)
            case .passwordPending where view.loaded.uploadsPending:
                // Before the password: an attempt that comes to nothing is not to be counted.
                throw Fault(.uploadsPending)
            case .passwordPending(let decision) where walk.intent.dryRun:
                return try await preview(walk, principal, judged, decision, view.loaded)
            case .passwordPending:
                proof = try await provePassword(walk, principal, view.loaded)
            case .permitted(let permit):
                if view.loaded.uploadsPending { throw Fault(.uploadsPending) }
                let cascade: AcceptedCascade?
                switch try await judgeSteps(view.steps, walk, principal) {
                case .refused(let outcome): return outcome
                case .accepted(let accepted): cascade = accepted
                }
                if walk.intent.dryRun {
                    return try await preview(walk, principal, judged, permit.decision, view.loaded)
                }
                return try await settle(walk, principal, judged, permit, view, cascade, proof)
            }
        }
    }
}

/// One consistent view of a draft, and the policy's day it was read on.
struct DraftView: Sendable {
    let loaded: LoadedDraft
    let day: CalendarDay
    /// What was found of the later steps of its cascade.
    var steps: [DraftLookup] = []
}

/// One request's way along the corridor: what stays the same from its first step to its last.
struct Walk: Sendable {
    let intent: SendIntent
    let context: RequestContext
    let active: ActivePolicy
    let now: Instant
    let decisionID: DecisionID
    /// It was scheduled, and its time has come; nobody waits for the answer.
    let isDue: Bool

    init(
        intent: SendIntent, context: RequestContext, active: ActivePolicy, now: Instant,
        isDue: Bool = false
    ) {
        self.intent = intent
        self.context = context
        self.active = active
        self.now = now
        self.isDue = isDue
        decisionID = .make(at: now)
    }

    var policy: Policy { active.policy }

    /// The time to put the send off to; nil when it is to be sent now, and for a time that has just passed.
    var later: Instant? { intent.at.flatMap { $0 > now ? $0 : nil } }
}

/// Where a request came from, for the log and the audit entry.
public struct RequestContext: Sendable {
    /// The client API's name.
    public var dialect: String
    /// The request id the listener gave.
    public var request: String

    /// Names both.
    public init(dialect: String, request: String) {
        self.dialect = dialect
        self.request = request
    }
}
