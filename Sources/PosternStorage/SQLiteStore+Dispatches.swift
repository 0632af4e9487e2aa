public import PosternModel
public import PosternPipeline
import PosternSealing

extension SQLiteView {
    func dispatch(_ id: DispatchID, of account: AccountID) throws(Fault) -> Dispatch? {
        try read { try StoredDispatch.find(id, of: account, openedBy: vault, statements) }
    }
}

extension SQLiteStore {
    /// Messages of a dispatch that are looked at in one transaction when it is stopped.
    private static let dispatchPortion = 500

    /// Adds new messages to a dispatch, all or none.
    public func add(
        _ compositions: [Composition], to id: DispatchID, of account: AccountID,
        in dialect: String, at now: Instant
    ) async throws(Fault) -> DispatchEnding {
        let new = try compositions.map { composition throws(Fault) in
            (
                message: try NewMessage(composition, of: account, at: now, sealedBy: vault),
                content: composition.content
            )
        }
        let (ending, isDue) = try await writer.submit { [self] work in
            let statements = work.statements
            guard let state = try StoredDispatch.state(id, of: account, statements) else {
                return .undo((DispatchEnding.missing, false))
            }
            guard state != .stopped else { return .undo((.closed, false)) }
            for (message, content) in new {
                guard let row = try message.insert(sealedBy: vault, statements) else {
                    return .undo((.nameTaken, false))
                }
                let targets = try view(statements).resolve(
                    content.targets, of: account, besides: content.to + content.cc + content.bcc)
                try FrozenRecipients.write(
                    emails: targets.emails, phones: targets.phones, of: row, statements)
                try statements.run(
                    """
                    INSERT INTO schedules(message, due_at, dialect, notifies, invites, dispatch)
                    VALUES(?, ?, ?, 0, 0, ?)
                    """, row, now.milliseconds, dialect, id.rawValue)
                try statements.run(
                    "INSERT INTO dispatch_messages(message, dispatch) VALUES(?, ?)", row,
                    id.rawValue)
            }
            return .keep((.done, state == .started))
        }
        if isDue { announceDue(at: now) }
        return ending
    }

    /// Lets a dispatch's messages leave.
    public func start(
        _ id: DispatchID, of account: AccountID, at now: Instant, recording entry: SealedEntry
    ) async throws(Fault) -> DispatchEnding {
        let ending = try await writer.submit { work -> GroupCommitter.Ending<DispatchEnding> in
            let statements = work.statements
            guard let state = try StoredDispatch.state(id, of: account, statements) else {
                return .undo(.missing)
            }
            guard state == .collecting else { return .undo(.closed) }
            try statements.run(
                "UPDATE dispatches SET state = ?, started_at = ? WHERE id = ?",
                Dispatch.State.started.rawValue, now.milliseconds, id.rawValue)
            try work.append(entry)
            return .keep(.done)
        }
        if ending == .done { announceDue(at: now) }
        return ending
    }

    /// Stops a dispatch, and its messages a portion in one transaction.
    public func stop(
        _ id: DispatchID, of account: AccountID, at now: Instant,
        recording entry: @escaping @Sendable ([MessageGUID]) throws(Fault) -> SealedEntry
    ) async throws(Fault) -> DispatchEnding {
        var (ending, last) = try await stopPortion(
            of: id, after: nil, account, at: now, recording: entry)
        while let start = last {
            let portion = try await stopPortion(
                of: id, after: start, account, at: now, recording: entry)
            if portion.ending == .done { ending = .done }
            last = portion.last
        }
        return ending
    }

    /// Stops a portion of a dispatch's messages, and with the first the dispatch.
    ///
    /// - Returns: How it ended, ``DispatchEnding/closed`` where nothing was done; and the last message looked at, nil when
    ///   there are no more.
    private func stopPortion(
        of id: DispatchID, after start: Int64?, _ account: AccountID, at now: Instant,
        recording entry: @escaping @Sendable ([MessageGUID]) throws(Fault) -> SealedEntry
    ) async throws(Fault) -> (ending: DispatchEnding, last: Int64?) {
        let withheld = Withheld(leases: leases)
        defer { withheld.settle() }
        return try await writer.submit { work in
            let statements = work.statements
            let state = try StoredDispatch.state(id, of: account, statements)
            guard let state else { return .undo((.missing, nil)) }
            guard state != .collecting else { return .undo((.closed, nil)) }
            var isStopped = false
            if state == .started {
                try statements.run(
                    "UPDATE dispatches SET state = ?, stopped_at = ? WHERE id = ?",
                    Dispatch.State.stopped.rawValue, now.milliseconds, id.rawValue)
                isStopped = true
            }
            var stopping = Stopping(
                statements: statements, account: account.rawValue, now: now, withheld: withheld)
            let messages = try statements.all(
                """
                SELECT message FROM dispatch_messages WHERE dispatch = ? AND message > ?
                ORDER BY message LIMIT ?
                """, id.rawValue, start ?? 0, Self.dispatchPortion, read: { $0.integer(0) })
            for message in messages { _ = try stopping.stop(.number(message), evenDeleted: true) }
            let last = messages.count < Self.dispatchPortion ? nil : messages.last
            guard isStopped || !stopping.stopped.isEmpty else { return .undo((.closed, last)) }
            try work.append(try entry(stopping.stopped))
            return .keep((.done, last))
        }
    }

    // MARK: what operators do

    /// Makes a dispatch, or changes one that was not started.
    ///
    /// - Returns: Whether it is as planned now; false, and nothing is recorded, for one that was started, and for a number
    ///   that is another account's.
    public func makeDispatch(
        _ plan: DispatchPlan, for account: AccountID, at now: Instant, recording entry: SealedEntry
    ) async throws(Fault) -> Bool {
        let stored = try StoredDispatch(plan, sealedBy: vault)
        return try await writer.submit { [vault] work in
            guard
                case .written = try stored.write(
                    for: account.rawValue, at: now, sealedBy: vault, work.statements)
            else { return .undo(false) }
            try work.append(entry)
            return .keep(true)
        }
    }

    /// All dispatches, those of the highest numbers first, at most `limit`; never what their messages say.
    public func dispatches(limit: Int) throws(Fault) -> [DispatchSummary] {
        try readers.read { statements in
            try statements.all(
                """
                SELECT d.id, a.address, d.name, d.state, d.channel, d.sender,
                  (SELECT count(*) FROM dispatch_messages x WHERE x.dispatch = d.id),
                  (SELECT count(*) FROM schedules s WHERE s.dispatch = d.id)
                FROM dispatches d JOIN accounts a ON a.id = d.owner ORDER BY d.id DESC LIMIT ?
                """, limit
            ) { row in
                DispatchSummary(
                    id: DispatchID(rawValue: row.integer(0)), owner: try row.address(1),
                    name: row.text(2), state: try row.word(3), channel: row.text(4),
                    sender: row.text(5), messages: row.count(6), waiting: row.count(7))
            }
        }
    }

    /// Puts the keys of dispatches under the master key that is current.
    ///
    /// - Returns: How many were changed, and how many stay as they are because no key there is opens them.
    /// - Throws: ``FaultCode/storageUnwritable``; all are then as they were.
    public func rewrapDispatchKeys() async throws(Fault) -> (changed: Int, unreadable: Int) {
        try await writer.submit { [vault] work in
            let rows = try work.statements.all(
                "SELECT id, guid, key FROM dispatches",
                read: {
                    (
                        id: $0.integer(0), guid: try $0.guid(1),
                        key: try WrappedKey(bytes: $0.bytes(2))
                    )
                })
            var (changed, unreadable) = (0, 0)
            for row in rows where row.key.masterID != vault.current.id {
                guard let key = try? vault.rewrap(row.key, of: row.guid) else {
                    unreadable += 1
                    continue
                }
                try work.statements.run(
                    "UPDATE dispatches SET key = ? WHERE id = ?", key.bytes, row.id)
                changed += 1
            }
            return .keep((changed, unreadable))
        }
    }
}

/// A dispatch as an operator plans it.
public struct DispatchPlan: Sendable, Equatable {
    /// Its number.
    public var id: DispatchID
    /// What its owner calls it.
    public var name: String
    /// What its messages have in common.
    public var template: Dispatch.Template

    /// Plans a dispatch.
    public init(id: DispatchID, name: String, template: Dispatch.Template) {
        self.id = id
        self.name = name
        self.template = template
    }
}

/// A dispatch as an operator sees it.
public struct DispatchSummary: Sendable, Equatable {
    /// Its number.
    public var id: DispatchID
    /// Whose it is.
    public var owner: EmailAddress
    /// What its owner calls it.
    public var name: String
    /// How far it has come.
    public var state: Dispatch.State
    /// The way its messages go.
    public var channel: String
    /// Whom recipients see them come from.
    public var sender: String
    /// Its messages.
    public var messages: Int
    /// Those of them that wait.
    public var waiting: Int
}
