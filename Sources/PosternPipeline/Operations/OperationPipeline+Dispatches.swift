import PosternModel
import PosternPolicy

extension OperationPipeline {
    /// Messages one request may add to a dispatch.
    static let mostAdditions = 1_000

    /// Adds messages to a dispatch; as drafts they leave no entry, since each has one when it is sent.
    func add(
        to id: DispatchID?, by filling: DispatchFilling, _ walk: OperationWalk,
        _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        guard let id, let dispatch = try dispatch(id, principal) else {
            return walk.refused(.own(.dispatchMissing))
        }
        guard let compositions = filling(dispatch) else {
            return walk.refused(
                .own(.invalid), sentence: "The dispatch goes a way that this API has no word for.")
        }
        guard compositions.count <= Self.mostAdditions else { return walk.refused(.own(.invalid)) }
        // Nobody looks again when their time has come.
        let phones = compositions.flatMap(\.content.targets).filter {
            if case .address(let address) = $0 { address.isPhone } else { false }
        }
        guard relaysPhones || phones.isEmpty else {
            return walk.refused(.own(.phonesUnserved), targets: phones)
        }
        for composition in compositions {
            if let objection = walk.objection(to: composition.content, by: principal) {
                return try await refuse(objection, walk, principal, about: composition.guid)
            }
        }
        let ending = try await ports.ledger.add(
            compositions, to: id, of: principal.account, in: walk.context.dialect, at: walk.now)
        return ending.refusal.map { walk.refused($0) } ?? walk.done()
    }

    /// Lets the messages of a dispatch leave, each judged for itself.
    func start(
        _ id: DispatchID?, _ walk: OperationWalk, _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        guard let id else { return try await refuse(.own(.dispatchMissing), walk, principal) }
        let ending = try await ports.ledger.start(
            id, of: principal.account, at: walk.now, recording: try walk.entry(principal))
        guard let refusal = ending.refusal else { return walk.done() }
        return try await refuse(refusal, walk, principal)
    }

    /// Stops a dispatch; what was stopped is in the audit log before it is answered.
    func stop(
        _ id: DispatchID?, _ walk: OperationWalk, _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        guard let id else { return try await refuse(.own(.dispatchMissing), walk, principal) }
        let ending = try await ports.ledger.stop(id, of: principal.account, at: walk.now) {
            stopped throws(Fault) in
            try walk.entry(principal, about: stopped)
        }
        guard let refusal = ending.refusal else { return walk.done() }
        return try await refuse(refusal, walk, principal)
    }

    private func dispatch(
        _ id: DispatchID, _ principal: Principal
    ) throws(Fault) -> Dispatch? {
        try ports.ledger.mailView { view throws(Fault) in
            try view.dispatch(id, of: principal.account)
        }
    }
}

extension DispatchEnding {
    /// Why nothing was done; nil when it was.
    fileprivate var refusal: OperationCode? {
        switch self {
        case .done: nil
        case .missing: .own(.dispatchMissing)
        case .closed: .own(.dispatchClosed)
        case .nameTaken: .own(.messageTaken)
        }
    }
}
