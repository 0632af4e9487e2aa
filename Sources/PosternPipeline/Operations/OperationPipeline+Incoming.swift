import PosternModel

extension OperationPipeline {
    /// Shows messages that were delivered to the caller, and notes what they note on them.
    func lookIntoInbox(
        _ operation: IncomingOperation, _ walk: OperationWalk, _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        switch operation {
        case .readIncoming(let name, let withBody):
            return try await readIncoming(name, withBody: withBody, walk, principal)
        case .readEither(let name):
            if let outgoing = try shownOutgoing(name, walk, principal) { return outgoing }
            return try await readIncoming(name, withBody: true, walk, principal)
        case .listIncoming(let search):
            let part = try ports.ledger.mailView { view throws(Fault) in
                try view.incomings(search, for: principal.account, at: walk.now)
            }
            // Nothing of it is given out, so that nothing is recorded.
            guard var page = part else { return walk.refused(.own(.answerTooLarge)) }
            page.items = try await shown(page.items, walk, principal)
            return walk.done(.incomings(page))
        case .markIncoming(let name, let mark):
            return try await markIncoming(name, mark, walk, principal)
        }
    }

    private func readIncoming(
        _ name: MessageName, withBody: Bool, _ walk: OperationWalk, _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        var found = try ports.ledger.mailView { view throws(Fault) in
            try view.incoming(name, for: principal.account, at: walk.now)
        }
        // A body that is not given out is none that was read.
        if !withBody { found?.body = nil }
        guard let found, let message = try await shown([found], walk, principal).first else {
            return withBody
                ? try await refuse(.send(.messageNotFound), walk, principal)
                : walk.refused(.send(.messageNotFound))
        }
        return walk.done(.incoming(message))
    }

    /// Gives messages out, after the reading of every body among them is recorded.
    ///
    /// Clients of these APIs say themselves what counts as read, so that a listing marks nothing; it is a reading all the
    /// same, and leaves one entry for all the bodies it shows.
    private func shown(
        _ messages: [IncomingMessage], _ walk: OperationWalk, _ principal: Principal
    ) async throws(Fault) -> [IncomingMessage] {
        let opened = messages.filter { $0.body != nil }.map(\.guid)
        guard !opened.isEmpty else { return messages }
        let read = try await ports.ledger.recordReadings(
            of: opened, by: principal.account, at: walk.now
        ) { guids throws(Fault) in try walk.entry(principal, about: guids) }
        if read.count == opened.count { return messages }
        // Recalled, thrown away, expired or erased since: what they have become is shown instead.
        let recorded = Set(read)
        return try ports.ledger.mailView { view throws(Fault) in
            var shown: [IncomingMessage] = []
            for message in messages {
                if message.body == nil || recorded.contains(message.guid) {
                    shown.append(message)
                    continue
                }
                guard
                    var present = try view.incoming(
                        .guid(message.guid), for: principal.account, at: walk.now)
                else { continue }
                present.body = nil
                shown.append(present)
            }
            return shown
        }
    }

    /// A message as it is once something was noted on it; somebody may have taken it back since.
    private func marked(
        _ name: MessageName, _ walk: OperationWalk, _ principal: Principal
    ) throws(Fault) -> OperationOutcome {
        let message = try ports.ledger.mailView { view throws(Fault) in
            try view.incoming(name, for: principal.account, at: walk.now)
        }
        return message.map { walk.done(.incoming($0)) } ?? walk.refused(.send(.messageNotFound))
    }

    private func markIncoming(
        _ name: MessageName, _ mark: IncomingMark, _ walk: OperationWalk, _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        let note: InboxNote
        switch mark {
        case .read(let isRead): note = .read(isRead)
        case .answered(let answer, nil): note = .answered(answer)
        case .answered(let answer, let rule?):
            // What was delivered does not change, so that its effect may be told before the writer's turn.
            let found = try ports.ledger.mailView { view throws(Fault) in
                try view.incoming(name, for: principal.account, at: walk.now)
            }
            guard var message = found else {
                return try await refuse(.send(.messageNotFound), walk, principal)
            }
            message.body = nil
            switch message.answer == nil ? rule(message) : .nothing {
            case .nothing: note = .answered(answer)
            case .change(let change): note = .answered(answer, change)
            case .impossible(let refusal):
                return try await refuse(
                    refusal.code, sentence: refusal.sentence, targets: refusal.targets, walk,
                    principal, about: message.guid)
            }
        }
        let ending = try await ports.ledger.mark(
            name, for: principal.account, note, at: walk.now
        ) { guid throws(Fault) in try walk.entry(principal, about: guid) }
        switch ending {
        // The mark's own entry says that its reader had it before them.
        case .done: return try marked(name, walk, principal)
        case .missing: return try await refuse(.send(.messageNotFound), walk, principal)
        case .refused(let guid, let code, let targets):
            return try await refuse(
                .own(code), targets: targets, walk, principal, about: guid)
        }
    }
}
