public import PosternModel
import PosternPolicy

/// The side door of the corridor: everything clients ask for besides a send.
///
/// authenticate → look → refuse or do → outcome. ``perform(_:in:)`` never throws. Reading, recalling, deleting and all
/// that has to do with passwords is in the audit log before it is answered, done or refused; saving a draft is nobody's
/// business yet and leaves no entry, unless the policy refuses it.
public struct OperationPipeline: Sendable {
    /// The world, with a ledger of all of a message's life.
    public typealias Ports = PipelinePorts<any MailLedger>

    let ports: Ports
    let authenticator: Authenticator
    let beat: AnswerBeat
    let relaysPhones: Bool

    /// Builds the pipeline.
    ///
    /// - Parameters:
    ///   - ports: The world.
    ///   - sessionIdle: How long a session lasts without use.
    ///   - relaysPhones: Whether anybody carries messages to telephones.
    ///   - beat: When answers leave that must not tell who has an account.
    public init(
        ports: Ports, sessionIdle: Duration = .seconds(3600), relaysPhones: Bool = false,
        beat: AnswerBeat = AnswerBeat()
    ) {
        self.ports = ports
        self.relaysPhones = relaysPhones
        self.beat = beat
        authenticator = Authenticator(
            views: ports.views, issued: ports.issued, idle: sessionIdle)
    }

    /// Does what is asked, or says why not.
    ///
    /// Blocks the calling thread while it reads the ledger and writes files: run it on threads of its own, never on an
    /// event loop.
    public func perform(
        _ request: OperationRequest, in context: RequestContext
    ) async -> OperationOutcome {
        let walk = OperationWalk(
            request: request, context: context, active: ports.policies.current,
            now: ports.clock.now())
        do throws(Fault) {
            switch request.operation {
            case .signIn(let signIn): return try await self.signIn(signIn, walk)
            case .signInByToken(let token): return try await signIn(byToken: token, walk)
            default: return try await performAuthenticated(walk)
            }
        } catch {
            return .failed(
                Failure(decision: walk.decisionID, policy: walk.policy.digest, fault: error))
        }
    }

    private func performAuthenticated(_ walk: OperationWalk) async throws(Fault) -> OperationOutcome
    {
        let authentication = try ports.ledger.mailView { view throws(Fault) in
            try authenticator.authenticate(
                walk.request.credential, at: walk.now, by: walk.policy.login, in: view)
        }
        let principal: Principal
        switch authentication {
        case .proved(let proved): principal = proved
        case .mistaken(let mistaken): return try await refuse(.own(.userMismatch), walk, mistaken)
        case .refused(let fact):
            note(fact, walk)
            return walk.refused(.send(.sessionInvalid))
        // Foreign cells hand messages over, which is a send; nothing else is done by their tokens.
        case .refusedCell:
            note(.unknown, walk)
            return walk.refused(.send(.sessionInvalid))
        }
        if principal.readingOnly, !walk.request.operation.isReading {
            return try await refuse(.own(.accessForbidden), walk, principal)
        }
        switch walk.request.operation {
        case .signIn, .signInByToken: return walk.refused(.own(.invalid))
        case .signOut: return try await signOut(walk, principal)
        case .mintAuthenticationToken(let days):
            return try await mintAuthenticationToken(days: days, walk, principal)
        case .revokeAuthenticationToken(let token):
            return try await revokeAuthenticationTokens(token, walk, principal)
        case .revokeAuthenticationTokens:
            return try await revokeAuthenticationTokens(nil, walk, principal)
        case .describeUser: return try describeUser(walk, principal)
        case .describeQuotas: return try describeQuotas(walk, principal)
        case .describeRights: return describeRights(walk, principal)
        case .createDraft(let beginning): return try await createDraft(beginning, walk, principal)
        case .saveDraft(let guid, let content):
            return try await saveDraft(guid, content, walk, principal)
        case .addRecipients(let externalID, let to, let cc, let bcc):
            let ending = try await ports.ledger.addRecipients(
                externalID: externalID, by: principal.account, to: to, cc: cc, bcc: bcc,
                atMost: Self.mostAddresses, at: walk.now)
            return switch ending {
            case .done: walk.done()
            case .missing: walk.refused(.send(.messageNotFound))
            case .tooMany: walk.refused(.own(.targetsTooMany))
            }
        case .reserveAttachments(let guid, let plans):
            return try await reserveAttachments(plans, guid, walk, principal)
        case .storeChunk(let guid, let number, let bytes):
            return try await storeChunk(number, of: guid, bytes, walk, principal)
        case .describeUploads(let guids): return try describeUploads(guids, walk, principal)
        case .removeAttachment(let guid, let attachment):
            return try await removeAttachment(attachment, guid, walk, principal)
        case .linkAttachment(let guid, let attachment, let password):
            return try await linkAttachment(attachment, guid, password, walk, principal)
        case .describeAttachment(let guid): return try describeAttachment(guid, walk, principal)
        case .download(let guid, let chunk, let password):
            return try await download(guid, chunk: chunk, password, walk, principal)
        case .readMessage(let guid, let withBody, let password):
            return try await read(guid, withBody: withBody, password, walk, principal)
        case .search(let search):
            let page = try ports.ledger.mailView { view throws(Fault) in
                try view.search(search, for: principal.account, at: walk.now)
            }
            return page.map { walk.done(.messages($0)) } ?? walk.refused(.own(.answerTooLarge))
        case .searchTracking(let search):
            let page = try ports.ledger.mailView { view throws(Fault) in
                try view.tracking(search, for: principal.account, at: walk.now)
            }
            return walk.done(.tracking(page))
        case .deleteMessage(let guid): return try await delete(guid, walk, principal)
        case .recall(let guid, let recalling):
            return try await recall(guid, recalling, walk, principal)
        case .labels(let operation): return try await keepLabels(operation, walk, principal)
        case .contacts(let operation): return try await keepContacts(operation, walk, principal)
        case .contactLists(let operation):
            return try await keepContactLists(operation, walk, principal)
        case .dispatch(let operation): return try await dispatch(operation, walk, principal)
        case .incoming(let operation):
            return try await lookIntoInbox(operation, walk, principal)
        }
    }

    /// Takes note of somebody who is nobody; never waits for the disk.
    func note(_ fact: SessionFact, _ walk: OperationWalk, _ refusal: OperationCode? = nil) {
        let facts = Facts(session: fact)
        ports.unauthenticated.note(
            UnauthenticatedRefusal(
                decision: walk.decisionID, at: walk.now, context: walk.context, facts: facts,
                verdict: walk.policy.decide(facts, at: walk.now),
                operation: walk.operationName,
                refusal: (refusal ?? .send(.sessionInvalid)).name))
    }

    /// Records a refusal, then answers it.
    func refuse(
        _ code: OperationCode, sentence: String? = nil, targets: [Target] = [],
        retryAt: Instant? = nil, _ walk: OperationWalk, _ principal: Principal,
        about message: MessageGUID? = nil
    ) async throws(Fault) -> OperationOutcome {
        try await ports.ledger.record(
            try walk.entry(principal, refusal: code, about: message))
        return walk.refused(code, sentence: sentence, targets: targets, retryAt: retryAt)
    }
}

/// One operation's way through the side door.
struct OperationWalk: Sendable {
    let request: OperationRequest
    let context: RequestContext
    let active: ActivePolicy
    let now: Instant
    let decisionID: DecisionID

    init(
        request: OperationRequest, context: RequestContext, active: ActivePolicy, now: Instant
    ) {
        self.request = request
        self.context = context
        self.active = active
        self.now = now
        decisionID = .make(at: now)
    }

    var policy: Policy { active.policy }

    var operationName: String { request.operation.name.description }

    func done(_ result: OperationResult = .done) -> OperationOutcome {
        .done(result, OperationStamp(decision: decisionID, policy: policy.digest))
    }

    func refused(
        _ code: OperationCode, sentence: String? = nil, targets: [Target] = [],
        retryAt: Instant? = nil
    ) -> OperationOutcome {
        .refused(
            OperationRefusal(code, sentence: sentence, targets: targets),
            OperationStamp(decision: decisionID, policy: policy.digest, retryAt: retryAt))
    }

    /// The audit entry of what was done or refused.
    func entry(
        _ principal: Principal, refusal: OperationCode? = nil, about message: MessageGUID? = nil
    ) throws(Fault) -> SealedEntry {
        try entry(principal, refusal: refusal, about: message.map { [$0] } ?? [])
    }

    /// The same, of what was done with several messages at once.
    func entry(
        _ principal: Principal, refusal: OperationCode? = nil, about messages: [MessageGUID]
    ) throws(Fault) -> SealedEntry {
        try entry(
            account: principal.account, address: principal.address, refusal: refusal,
            about: messages)
    }

    /// The same, for somebody whose session is still to be opened.
    func entry(
        account: AccountID, address: EmailAddress, refusal: OperationCode? = nil,
        about messages: [MessageGUID] = []
    ) throws(Fault) -> SealedEntry {
        try SealedEntry(
            AuditEntry(
                kind: .operation, id: decisionID, at: now, policy: policy.digest,
                dialect: context.dialect, request: context.request,
                count: messages.count > 1 ? messages.count : nil, operation: operationName,
                refusal: refusal?.name),
            subject: account, openings: openings(address: address, about: messages))
    }

    /// Who does something, and with which messages.
    func openings(address: EmailAddress, about messages: [MessageGUID]) -> [Opening] {
        var openings = [Opening(field: "account", value: address.description)]
        if !messages.isEmpty {
            // One commitment, however many: a leaf has a largest size.
            openings.append(
                Opening(
                    field: "draft", value: messages.map(\.description).joined(separator: "\n")))
        }
        return openings
    }
}
