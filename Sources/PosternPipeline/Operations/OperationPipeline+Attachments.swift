import PosternModel
import PosternPolicy

extension OperationPipeline {
    /// Announces files, within what the policy allows.
    func reserveAttachments(
        _ plans: [FilePlan], _ guid: MessageGUID?, _ walk: OperationWalk, _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        guard let guid else { return walk.refused(.send(.messageNotFound)) }
        let rules = walk.policy.attachmentRules(for: principal.group)
        if let code = rules.objection(to: plans) {
            return try await refuse(.own(code), walk, principal, about: guid)
        }
        let reservation = try await ports.ledger.reserveAttachments(
            plans, to: guid, by: principal.account, limits: rules, at: walk.now)
        return try answer(reservation, guid, walk, principal) { .uploads($0) }
    }

    /// Takes one chunk; where it goes was settled when the file was announced.
    func storeChunk(
        _ number: Int, of guid: AttachmentGUID?, _ bytes: [UInt8], _ walk: OperationWalk,
        _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        guard let guid else { return walk.refused(.own(.attachmentMissing)) }
        switch try await ports.ledger.storeChunk(
            number, of: guid, by: principal.account, bytes, at: walk.now)
        {
        case .stored: return walk.done()
        case .missing: return walk.refused(.own(.attachmentMissing))
        case .mismatch: return walk.refused(.own(.chunkMismatch))
        case .conflict: return walk.refused(.own(.chunkConflict))
        }
    }

    /// Says how far uploads have come; one that is not the caller's refuses them all.
    func describeUploads(
        _ guids: [AttachmentGUID?], _ walk: OperationWalk, _ principal: Principal
    ) throws(Fault) -> OperationOutcome {
        let named = guids.compactMap(\.self)
        guard named.count == guids.count else { return walk.refused(.own(.attachmentMissing)) }
        let uploads = try ports.ledger.mailView { view throws(Fault) in
            try view.uploads(named, of: principal.account)
        }
        guard uploads.count == named.count else {
            return walk.refused(.own(.attachmentMissing))
        }
        return walk.done(.uploads(uploads))
    }

    /// Takes a file off a draft.
    func removeAttachment(
        _ attachment: AttachmentGUID?, _ guid: MessageGUID?, _ walk: OperationWalk,
        _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        guard let guid else { return walk.refused(.send(.messageNotFound)) }
        guard let attachment else { return walk.refused(.own(.attachmentMissing)) }
        let found = try await ports.ledger.removeAttachment(
            attachment, from: guid, by: principal.account, at: walk.now)
        return found
            ? walk.done() : try closed(guid, or: .own(.attachmentMissing), walk, principal)
    }

    /// Attaches a file the caller can reach already.
    func linkAttachment(
        _ attachment: AttachmentGUID?, _ guid: MessageGUID?, _ password: Secret?,
        _ walk: OperationWalk, _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        guard let guid else { return walk.refused(.send(.messageNotFound)) }
        guard let record = try look(attachment, walk, principal) else {
            return walk.refused(.own(.attachmentMissing))
        }
        let rules = walk.policy.attachmentRules(for: principal.group)
        let plan = FilePlan(name: record.view.name, size: record.view.size)
        if let code = rules.objection(to: [plan]) {
            return try await refuse(.own(code), walk, principal, about: guid)
        }
        switch try await prove(record.lock, of: record.message, by: password, walk, principal) {
        case .refused(let refusal):
            return try await refuse(
                refusal.code, sentence: refusal.sentence, walk, principal, about: record.message)
        case .proved(let key, let wasAsked):
            if wasAsked, try await !recordReading(of: record, isShown: false, walk, principal) {
                return walk.refused(.own(.attachmentMissing))
            }
            let reservation = try await ports.ledger.linkAttachment(
                record, openedBy: key, to: guid, by: principal.account, limits: rules,
                at: walk.now)
            return try answer(reservation, guid, walk, principal) { _ in .done }
        }
    }

    /// Says what a file is.
    func describeAttachment(
        _ guid: AttachmentGUID?, _ walk: OperationWalk, _ principal: Principal
    ) throws(Fault) -> OperationOutcome {
        guard let record = try look(guid, walk, principal) else {
            return walk.refused(.own(.attachmentMissing))
        }
        return walk.done(.attachment(record.view))
    }

    /// Gives a file out, after its message's password is proved and the download recorded.
    ///
    /// Of a download chunk by chunk, each chunk is proved and recorded: whoever leaves out the first would otherwise have the
    /// rest of the file unseen.
    func download(
        _ guid: AttachmentGUID?, chunk: Int?, _ password: Secret?, _ walk: OperationWalk,
        _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        guard let record = try look(guid, walk, principal) else {
            return try await refuse(.own(.attachmentMissing), walk, principal)
        }
        guard record.view.complete else {
            return try await refuse(
                .own(.attachmentIncomplete), walk, principal, about: record.message)
        }
        if let chunk, !(1...record.view.chunks).contains(chunk) {
            return try await refuse(.own(.chunkMismatch), walk, principal, about: record.message)
        }
        switch try await prove(record.lock, of: record.message, by: password, walk, principal) {
        case .refused(let refusal):
            return try await refuse(
                refusal.code, sentence: refusal.sentence, walk, principal, about: record.message)
        case .proved(let key, _):
            guard try await recordReading(of: record, walk, principal) else {
                return try await refuse(
                    .own(.attachmentMissing), walk, principal, about: record.message)
            }
            let content = try ports.ledger.mailView { view throws(Fault) in
                try view.content(of: record, chunk: chunk, openedBy: key)
            }
            return walk.done(.content(content))
        }
    }

    private func look(
        _ guid: AttachmentGUID?, _ walk: OperationWalk, _ principal: Principal
    ) throws(Fault) -> AttachmentRecord? {
        guard let guid else { return nil }
        return try ports.ledger.mailView { view throws(Fault) in
            try view.attachment(guid, for: principal.account, at: walk.now)
        }
    }

    private func recordReading(
        of record: AttachmentRecord, isShown: Bool = true, _ walk: OperationWalk,
        _ principal: Principal
    ) async throws(Fault) -> Bool {
        try await ports.ledger.recordReading(
            Reading(
                message: record.message, account: principal.account,
                attachment: record.view.guid, isShown: isShown, at: walk.now,
                entry: try walk.entry(principal, about: record.message)))
    }

    private func answer(
        _ reservation: Reservation, _ guid: MessageGUID, _ walk: OperationWalk,
        _ principal: Principal, result: ([Upload]) -> OperationResult
    ) throws(Fault) -> OperationOutcome {
        switch reservation {
        case .reserved(let uploads): walk.done(result(uploads))
        case .draftMissing: try closed(guid, or: .send(.messageNotFound), walk, principal)
        case .tooMany: walk.refused(.own(.attachmentCount))
        case .tooLarge: walk.refused(.own(.attachmentSize))
        }
    }
}

extension AttachmentRules {
    /// Why files may not be attached, whatever is attached already; nil when they may.
    fileprivate func objection(to plans: [FilePlan]) -> OperationCode.OwnCode? {
        guard allowed else { return .attachmentsForbidden }
        if plans.contains(where: { denies(fileName: $0.name) }) { return .attachmentType }
        if plans.contains(where: { !(0...maximumSize).contains($0.size) }) {
            return .attachmentSize
        }
        return plans.count > maximumCount ? .attachmentCount : nil
    }
}
