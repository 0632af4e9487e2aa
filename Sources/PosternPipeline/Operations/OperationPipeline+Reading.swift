import PosternContent
import PosternModel
import PosternPolicy

extension OperationPipeline {
    /// Shows a message: nothing is consumed before its password is proved, and nothing is shown before it is recorded.
    func read(
        _ guid: MessageGUID?, withBody: Bool, _ password: Secret?, _ walk: OperationWalk,
        _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        guard let guid, let record = try look(guid, walk, principal) else {
            // What asks for a body leaves an entry whatever comes of it.
            return withBody
                ? try await refuse(.send(.messageNotFound), walk, principal, about: guid)
                : walk.refused(.send(.messageNotFound))
        }
        guard withBody, !record.isRecalled else { return walk.done(.message(record.view)) }
        switch try await prove(record.lock, of: guid, by: password, walk, principal) {
        case .refused(let refusal):
            return try await refuse(
                refusal.code, sentence: refusal.sentence, walk, principal, about: guid)
        case .proved(let key, _):
            if !record.isDraft {
                let reading = Reading(
                    message: guid, account: principal.account, attachment: nil,
                    at: walk.now,
                    entry: try walk.entry(principal, about: guid))
                guard try await ports.ledger.recordReading(reading) else {
                    // Recalled, expired or erased since: what it has become is shown instead.
                    guard let now = try look(guid, walk, principal) else {
                        return try await refuse(
                            .send(.messageNotFound), walk, principal, about: guid)
                    }
                    return walk.done(.message(now.view))
                }
            }
            // Looked at again: what this reading left behind is part of what is shown. A recall on its heels is not, since the
            // ledger has the reading first.
            let shown = try ports.ledger.mailView { view throws(Fault) -> MessageView? in
                guard let now = try view.message(guid, for: principal.account, at: walk.now)
                else { return nil }
                var shown = now.isRecalled ? record.view : now.view
                shown.retrieved = true
                shown.body = try view.body(of: guid, openedBy: key)
                return shown
            }
            guard let shown else { return walk.refused(.send(.messageNotFound)) }
            return walk.done(.message(shown))
        }
    }

    private func look(
        _ guid: MessageGUID, _ walk: OperationWalk, _ principal: Principal
    ) throws(Fault) -> MessageRecord? {
        try ports.ledger.mailView { view throws(Fault) in
            try view.message(guid, for: principal.account, at: walk.now)
        }
    }

    /// Moves a message to the trash, or deletes what is there.
    func delete(
        _ guid: MessageGUID?, _ walk: OperationWalk, _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        guard let guid else { return try await refuse(.send(.messageNotFound), walk, principal) }
        let found = try await ports.ledger.delete(
            guid, by: principal.account, at: walk.now,
            recording: try walk.entry(principal, about: guid))
        return found
            ? walk.done()
            : try await refuse(.send(.messageNotFound), walk, principal, about: guid)
    }

    /// Takes a sent message back.
    func recall(
        _ guid: MessageGUID?, _ recalling: Recalling, _ walk: OperationWalk,
        _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        guard let guid else { return try await refuse(.send(.messageNotFound), walk, principal) }
        guard walk.policy.mayRecall(principal.group) else {
            return try await refuse(.own(.recallForbidden), walk, principal, about: guid)
        }
        if try bans(recalling.reason, walk, principal) {
            return try await refuse(
                .send(.bannedContent),
                sentence: "The reason of the recall contains text that your policy bans.", walk,
                principal, about: guid)
        }
        let found = try await ports.ledger.recall(
            guid, by: principal.account, recalling, at: walk.now,
            recording: try walk.entry(principal, about: guid))
        return found
            ? walk.done()
            : try await refuse(.send(.messageNotFound), walk, principal, about: guid)
    }

    /// Whether the policy bans what readers are shown in place of a message: it is a text like a subject.
    private func bans(
        _ reason: String, _ walk: OperationWalk, _ principal: Principal
    ) throws(Fault) -> Bool {
        guard !reason.isEmpty else { return false }
        var facts = SendFacts(group: principal.group, recipients: RecipientFacts())
        facts.content = try walk.active.scanner.scan(
            subject: reason, body: "", format: .text, attachmentNames: [],
            lists: walk.policy.keywordListIDs(for: principal.group))
        let decision = walk.policy.decide(
            Facts(session: .valid, draft: .visible, send: facts), at: walk.now)
        return decision.objections.contains { $0.code == .bannedContent }
    }

    /// Shows and changes labels.
    func keepLabels(
        _ operation: LabelOperation, _ walk: OperationWalk, _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        let (ledger, account) = (ports.ledger, principal.account)
        switch operation {
        case .createLabel(let name):
            guard let label = try await ledger.createLabel(name, of: account, at: walk.now) else {
                return walk.refused(.own(.labelTaken))
            }
            return walk.done(.label(label))
        case .renameLabel(let label?, let name):
            return walk.answer(try await ledger.renameLabel(label, of: account, to: name))
        case .deleteLabel(let label?):
            return walk.answer(try await ledger.deleteLabel(label, of: account))
        case .addLabel(let label?, let guid):
            return walk.answer(try await set(label, on: guid, of: account, worn: true))
        case .removeLabel(let label?, let guid):
            return walk.answer(try await set(label, on: guid, of: account, worn: false))
        case .listLabels:
            return walk.done(
                .labels(
                    try ledger.mailView { view throws(Fault) in try view.labels(of: account) }))
        case .renameLabel(nil, _), .deleteLabel(nil), .addLabel(nil, _), .removeLabel(nil, _):
            return walk.refused(.own(.labelMissing))
        }
    }

    private func set(
        _ label: LabelGUID, on guid: MessageGUID?, of account: AccountID, worn: Bool
    ) async throws(Fault) -> LabelEnding {
        guard let guid else { return .messageMissing }
        return try await ports.ledger.setLabel(label, on: guid, of: account, worn: worn)
    }
}

extension OperationWalk {
    fileprivate func answer(_ ending: LabelEnding) -> OperationOutcome {
        switch ending {
        case .done(let label): done(.label(label))
        case .labelMissing: refused(.own(.labelMissing))
        case .messageMissing: refused(.send(.messageNotFound))
        case .taken: refused(.own(.labelTaken))
        }
    }
}
