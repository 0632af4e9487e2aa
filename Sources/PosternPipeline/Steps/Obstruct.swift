import PosternModel
import PosternPolicy

/// What stands in the way of a send before any rule is asked.
struct Obstacle: Sendable {
    var code: OperationCode.OwnCode
    /// What the sender reads; the catalogue's sentence when it is nil.
    var sentence: String?
    /// The targets it is about.
    var targets: [Target] = []
    /// What the message lacks.
    var missing: Set<SendIntent.Requirement> = []
}

extension SendPipeline {
    /// How far ahead a message may be scheduled.
    static let longestWait = Duration.seconds(366 * 86_400)
    /// How long past a time may be and still count as now: clocks differ, and requests take time.
    static let shortestDelay = Duration.seconds(60)

    /// What is wrong with a message whatever the policy says; nil when nothing is.
    func obstruction(
        to loaded: LoadedDraft, of principal: Principal, _ walk: Walk
    ) -> Obstacle? {
        if walk.isDue {
            let isHeld = loaded.dueAt == nil || loaded.isHeldByDispatch
            return isHeld ? Obstacle(code: .messageNotScheduled) : nil
        }
        // Policy says what comes of it, and of what it said nothing is shown any more.
        if loaded.recalled { return nil }
        // What belongs to a whole leaves with it, and is stopped with it.
        if loaded.membership != nil { return Obstacle(code: .messageClosed) }
        if let at = walk.intent.at {
            let wait = walk.now.duration(to: at)
            if wait < .zero - Self.shortestDelay || wait > Self.longestWait {
                return Obstacle(code: .scheduleOutOfReach)
            }
            if walk.later != nil, loaded.draft.options.fyeoType != .disabled {
                return Obstacle(code: .scheduleLocked)
            }
        }
        if let obstacle = unreachable(
            loaded, from: principal, passingOver: walk.intent.composition)
        {
            return obstacle
        }
        let missing = walk.intent.requirements.filter { loaded.lacks($0) }
        return missing.isEmpty ? nil : Obstacle(code: .messageIncomplete, missing: missing)
    }

    /// Why a message cannot reach those it is for, whatever the policy says; nil when it can.
    func unreachable(
        _ loaded: LoadedDraft, from sender: Principal, passingOver composition: Composition?
    ) -> Obstacle? {
        obstruction(
            by: loaded.targets, passesOver: composition?.passesOverUnknownHandles ?? false)
            ?? obstruction(byPhonesIn: loaded) ?? obstruction(byCellsIn: loaded, sender)
    }

    private func obstruction(byPhonesIn loaded: LoadedDraft) -> Obstacle? {
        let phones = loaded.outsiders.filter(\.address.isPhone)
        guard !phones.isEmpty, let sentence = whyPhonesAreUnserved(loaded) else { return nil }
        return Obstacle(
            code: .phonesUnserved, sentence: sentence, targets: phones.map { .address($0.address) })
    }

    /// What keeps a message from cells of other units: those of units that are not listed, or all of them.
    private func obstruction(
        byCellsIn loaded: LoadedDraft, _ sender: Principal
    ) -> Obstacle? {
        let cells = loaded.outsiders.compactMap { outsider -> CellURL? in
            if case .cell(let cell) = outsider { cell } else { nil }
        }
        guard !cells.isEmpty else { return nil }
        func obstacle(_ cells: [CellURL], _ sentence: String? = nil) -> Obstacle {
            Obstacle(
                code: .cellsUnserved, sentence: sentence,
                targets: cells.map { .address(.cell($0)) })
        }
        let unlisted = cells.filter { !options.units.contains($0.unit) }
        if !unlisted.isEmpty { return obstacle(unlisted) }
        if sender.handle == nil {
            return obstacle(cells, "Only an account with a handle can write to cells.")
        }
        if loaded.draft.options.fyeoType != .disabled {
            return obstacle(
                cells, "A message under a password cannot be read in another unit's cell.")
        }
        return loaded.draft.attachmentNames.isEmpty
            ? nil : obstacle(cells, "Files cannot be carried to another unit's cell.")
    }

    private func whyPhonesAreUnserved(_ loaded: LoadedDraft) -> String? {
        if !options.relaysPhones { return OperationCode.OwnCode.phonesUnserved.entry.example }
        if loaded.draft.options.fyeoType != .disabled {
            return "A message under a password cannot be read on a telephone."
        }
        return loaded.draft.attachmentNames.isEmpty
            ? nil : "Files cannot be carried to a telephone."
    }

    private func obstruction(by targets: ResolvedTargets?, passesOver: Bool) -> Obstacle? {
        guard let targets else { return nil }
        let (lists, contacts) = targets.missing.reduce(into: ([Target](), [Target]())) {
            if case .contact = $1 { $0.1.append($1) } else { $0.0.append($1) }
        }
        if !contacts.isEmpty { return Obstacle(code: .contactMissing, targets: contacts) }
        if !lists.isEmpty { return Obstacle(code: .contactListMissing, targets: lists) }
        if !targets.empty.isEmpty {
            return Obstacle(code: .contactListEmpty, targets: targets.empty)
        }
        if !targets.unknownHandles.isEmpty, !passesOver {
            return Obstacle(
                code: .handleUnknown, targets: targets.unknownHandles.map { .handle($0) })
        }
        return targets.tooMany ? Obstacle(code: .targetsTooMany) : nil
    }

    func obstruct(
        _ code: OperationCode.OwnCode, _ walk: Walk, _ principal: Principal
    ) async throws(Fault) -> SendOutcome {
        try await obstruct(Obstacle(code: code), walk, principal)
    }

    /// Records what stood in the way, then answers it.
    ///
    /// A message that waited and does not any more, since it was changed in between, is nobody's business.
    func obstruct(
        _ obstacle: Obstacle, _ walk: Walk, _ principal: Principal
    ) async throws(Fault) -> SendOutcome {
        var stamp = DecisionStamp(decision: walk.decisionID, policy: walk.policy.digest)
        if !walk.isDue {
            stamp.quota = try quota(of: principal, walk)
            try await ports.ledger.record(
                try SealedEntry(
                    AuditEntry(
                        kind: .operation, id: walk.decisionID, at: walk.now,
                        policy: walk.policy.digest, dialect: walk.context.dialect,
                        request: walk.context.request, operation: "send",
                        refusal: obstacle.code.rawValue),
                    subject: principal.account,
                    openings: openings(walk, principal, about: walk.intent.message)))
        }
        return .obstructed(
            Obstruction(
                stamp: stamp,
                refusal: OperationRefusal(
                    .own(obstacle.code), sentence: obstacle.sentence, targets: obstacle.targets),
                missing: obstacle.missing))
    }
}

extension LoadedDraft {
    /// What says whether it goes out, where it is a later step of a cascade.
    var turn: CascadeTurn? {
        if case .cascade(_, let turn) = membership { turn } else { nil }
    }

    /// Which later step of a cascade it is; nil for any other message.
    var step: Int? {
        if case .cascade(let step, _?) = membership { step } else { nil }
    }

    fileprivate var isHeldByDispatch: Bool {
        if case .dispatch(let state) = membership { state != .started } else { false }
    }

    fileprivate func lacks(_ requirement: SendIntent.Requirement) -> Bool {
        switch requirement {
        case .recipients: recipients.isEmpty && outsiders.isEmpty
        case .subject: draft.subject.allSatisfy(\.isWhitespace)
        case .body: draft.body.allSatisfy(\.isWhitespace)
        }
    }
}
