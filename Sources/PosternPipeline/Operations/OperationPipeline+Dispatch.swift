import PosternModel
import PosternPolicy

extension OperationPipeline {
    /// Targets one message may name.
    static let mostTargets = 1_000
    /// Addresses one message may name, open and blind copies included: as many as a policy may let be sent at most.
    static let mostAddresses = 100_000
    /// Messages one request may stop.
    static let mostStops = 10_000

    /// Keeps, shows and stops the caller's own messages on their way.
    func dispatch(
        _ operation: DispatchOperation, _ walk: OperationWalk, _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        switch operation {
        case .compose(let composition): return try await compose(composition, walk, principal)
        case .amendDraft(let name, let amendment):
            return try await amend(name, by: amendment, walk, principal)
        case .readOutgoing(let name):
            return try shownOutgoing(name, walk, principal)
                ?? walk.refused(.send(.messageNotFound))
        case .listOutgoing(let search):
            let part = try ports.ledger.mailView { view throws(Fault) in
                try view.outgoings(search, of: principal.account, at: walk.now)
            }
            return part.map { walk.done(.outgoings($0)) } ?? walk.refused(.own(.answerTooLarge))
        case .unschedule(let name): return try await unschedule(name, walk, principal)
        case .stop(let names): return try await stop(names, walk, principal)
        case .addToDispatch(let dispatch, let filling):
            return try await add(to: dispatch, by: filling, walk, principal)
        case .startDispatch(let dispatch): return try await start(dispatch, walk, principal)
        case .stopDispatch(let dispatch): return try await stop(dispatch, walk, principal)
        }
    }

    /// The caller's own message of that name, as an answer; nil when they composed none.
    func shownOutgoing(
        _ name: MessageName, _ walk: OperationWalk, _ principal: Principal
    ) throws(Fault) -> OperationOutcome? {
        try outgoing(name, walk, principal).map { walk.done(.outgoing($0)) }
    }

    /// What has just been changed, as it is now; somebody may have thrown it away since.
    private func changed(
        _ name: MessageName, _ walk: OperationWalk, _ principal: Principal
    ) throws(Fault) -> OperationOutcome {
        try shownOutgoing(name, walk, principal) ?? walk.refused(.send(.messageNotFound))
    }

    private func outgoing(
        _ name: MessageName, _ walk: OperationWalk, _ principal: Principal
    ) throws(Fault) -> OutgoingMessage? {
        try ports.ledger.mailView { view throws(Fault) in
            try view.outgoing(name, of: principal.account, at: walk.now)
        }
    }

    /// Keeps a new draft; rights to protect it are looked at as in saving one.
    private func compose(
        _ composition: Composition, _ walk: OperationWalk, _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        if let objection = walk.objection(to: composition.content, by: principal) {
            return try await refuse(objection, walk, principal, about: composition.guid)
        }
        let number = try await ports.ledger.compose(
            composition, by: principal.account, at: walk.now)
        guard number != nil else { return walk.refused(.own(.messageTaken)) }
        return try changed(.guid(composition.guid), walk, principal)
    }

    /// Changes a draft; what it says afterwards is looked at as in saving it.
    private func amend(
        _ name: MessageName, by amendment: @escaping Amendment, _ walk: OperationWalk,
        _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        let ending = try await ports.ledger.amend(name, of: principal.account, at: walk.now) {
            content in
            amendment(&content)
            return walk.objection(to: content, by: principal)
        }
        switch ending {
        case .done: return try changed(name, walk, principal)
        case .missing: return walk.refused(.send(.messageNotFound))
        case .closed: return walk.refused(.own(.messageClosed))
        case .refused(let code):
            var guid: MessageGUID?
            if case .guid(let named) = name { guid = named }
            return try await refuse(code, walk, principal, about: guid)
        }
    }

    /// Takes a message off the schedule.
    private func unschedule(
        _ name: MessageName, _ walk: OperationWalk, _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        guard let message = try outgoing(name, walk, principal) else {
            return try await refuse(.send(.messageNotFound), walk, principal)
        }
        let ending = try await ports.ledger.unschedule(
            .guid(message.guid), of: principal.account, at: walk.now,
            recording: try walk.entry(principal, about: message.guid))
        switch ending {
        case .done: return try changed(name, walk, principal)
        case .missing:
            return try await refuse(.send(.messageNotFound), walk, principal, about: message.guid)
        case .notScheduled:
            return try await refuse(
                .own(.messageNotScheduled), walk, principal, about: message.guid)
        }
    }

    /// Stops messages, each for itself; what was stopped is in the audit log before it is answered.
    private func stop(
        _ names: [MessageName], _ walk: OperationWalk, _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        guard names.count <= Self.mostStops else { return walk.refused(.own(.invalid)) }
        let endings = try await ports.ledger.stop(names, of: principal.account, at: walk.now) {
            stopped throws(Fault) in
            try walk.entry(principal, about: stopped)
        }
        return walk.done(.stops(endings))
    }

    /// What changing a draft answers that is not there to be changed: one that was stopped or refused, or waits for its time,
    /// is there all the same.
    func closed(
        _ guid: MessageGUID, or code: OperationCode, _ walk: OperationWalk, _ principal: Principal
    ) throws(Fault) -> OperationOutcome {
        guard let progress = try outgoing(.guid(guid), walk, principal)?.progress,
            progress.sentAt == nil, progress.state != .draft
        else { return walk.refused(code) }
        return walk.refused(.own(.messageClosed))
    }
}

extension OperationWalk {
    /// Why a draft may not say this; nil when it may.
    ///
    /// Rights to protect a message are looked at here as at its sending, so that a composer hears early; recipients, words
    /// and quotas are looked at only there.
    func objection(to content: DraftContent, by principal: Principal) -> OperationCode? {
        guard content.targets.count <= OperationPipeline.mostTargets,
            content.to.count + content.cc.count + content.bcc.count
                <= OperationPipeline.mostAddresses
        else { return .own(.targetsTooMany) }
        if let annex = content.annex, annex.bytes.count > Annex.largest { return .own(.invalid) }
        return policy.restrictsSaving(
            fyeo: content.options.fyeoType, for: principal.group, at: now
        ).map { .send($0) }
    }
}
