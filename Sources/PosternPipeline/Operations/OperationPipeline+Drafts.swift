import PosternModel
import PosternPolicy

extension OperationPipeline {
    /// Begins a draft; an answer's parent is looked at first, and its password proved.
    func createDraft(
        _ beginning: DraftBeginning, _ walk: OperationWalk, _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        var draft = NewDraft(
            guid: .random(), owner: principal.account, action: beginning.action, parent: nil,
            conversation: .random(), externalID: beginning.externalID, at: walk.now)
        draft.conversation = draft.guid
        switch (beginning.action, beginning.parent) {
        case (.new, .absent): break
        case (.new, _), (_, .absent): return walk.refused(.own(.invalid))
        case (_, .malformed): return walk.refused(.own(.parentMissing))
        case (_, .named(let guid)):
            let (parent, isThere) = try ports.ledger.mailView { view throws(Fault) in
                (
                    try view.message(guid, for: principal.account, at: walk.now),
                    try view.isThere(guid, at: walk.now)
                )
            }
            guard let parent, !parent.isDraft else {
                return try await refuse(
                    .own(isThere ? .parentForeign : .parentMissing), walk, principal, about: guid)
            }
            let objection = walk.policy.objectionToAnswering(
                beginning.action, parent: ParentFacts(parent), group: principal.group,
                at: walk.now)
            if let objection {
                return try await refuse(.send(objection), walk, principal, about: guid)
            }
            switch try await prove(
                parent.lock, of: guid, by: beginning.password, missing: .passwordWrong, walk,
                principal)
            {
            case .refused(let refusal):
                return try await refuse(
                    refusal.code, sentence: refusal.sentence, walk, principal, about: guid)
            case .proved(_, let wasAsked):
                if wasAsked {
                    let reading = Reading(
                        message: guid, account: principal.account, attachment: nil,
                        isShown: false, at: walk.now,
                        entry: try walk.entry(principal, about: guid))
                    guard try await ports.ledger.recordReading(reading) else {
                        return walk.refused(.own(.parentMissing))
                    }
                }
            }
            draft.parent = guid
            draft.conversation = parent.view.conversation
        }
        try await ports.ledger.createDraft(draft)
        return walk.done(.draft(draft.guid))
    }

    /// Replaces what a draft says.
    ///
    /// Rights to protect a message are looked at here as at its sending, so that a composer hears early; recipients, words
    /// and quotas are looked at only there.
    func saveDraft(
        _ guid: MessageGUID?, _ content: DraftContent, _ walk: OperationWalk,
        _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        guard let guid else { return walk.refused(.send(.messageNotFound)) }
        if let objection = walk.objection(to: content, by: principal) {
            return try await refuse(objection, walk, principal, about: guid)
        }
        let saved = try await ports.ledger.saveDraft(
            guid, by: principal.account, content, at: walk.now)
        return saved ? walk.done() : try closed(guid, or: .send(.messageNotFound), walk, principal)
    }
}

extension ParentFacts {
    /// What is known of a parent before its answer has recipients.
    fileprivate init(_ parent: MessageRecord) {
        let options = parent.view.options
        self.init(
            recalled: parent.view.recall != nil || parent.isRecalled,
            allowReply: options.allowReply, allowReplyAll: options.allowReplyAll,
            allowForward: options.allowForward, wasBlindCopied: parent.isBlindCopy)
    }
}
