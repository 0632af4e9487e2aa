import PosternModel
import PosternPipeline
import PosternSealing

/// Cascades in the ledger: each step is a message of its own, and all but the root wait on the schedule from the beginning.
///
/// The time a step waits for is when the message before it is over time if that leaves when it should. It is moved as soon
/// as more is known, and says only when to look: whether the step goes out is decided then (``turn(of:_:)``).
enum CascadeRows {
    /// Keeps the later steps of a cascade whose root is there; each still needs its audit entry.
    ///
    /// - Returns: Whether they are kept; false when a name is taken.
    static func insert(
        _ new: NewCascade, root: Int64, from start: Instant, sealedBy vault: KeyVault,
        _ statements: Statements
    ) throws -> Bool {
        try statements.run(
            "INSERT INTO cascade_steps(message, root, step) VALUES(?1, ?1, 1)", root)
        var due = start
        for (offset, (message, step)) in zip(new.messages, new.accepted.steps).enumerated() {
            guard let row = try message.insert(sealedBy: vault, statements) else { return false }
            if let targets = step.targets {
                try FrozenRecipients.write(
                    emails: targets.emails, outsiders: targets.outsiders, of: row, statements)
            }
            due = due.advanced(by: step.step.wait)
            try statements.run(
                """
                INSERT INTO schedules(message, due_at, dialect, notifies, invites)
                VALUES(?, ?, ?, ?, ?)
                """, row, due.milliseconds, new.accepted.dialect, new.accepted.wishes.notifies,
                new.accepted.wishes.invites)
            try statements.run(
                "INSERT INTO cascade_steps(message, root, step, condition, wait) VALUES(?, ?, ?, ?, ?)",
                row, root, offset + 2, step.step.condition.rawValue,
                step.step.wait.wholeMilliseconds)
        }
        return true
    }

    /// The messages that may take a message's place, in their order; none for most.
    static func successors(of message: Int64, _ statements: Statements) throws -> [Int64] {
        try statements.all(
            """
            SELECT n.message FROM cascade_steps c
            JOIN cascade_steps n ON n.root = c.root AND n.step > c.step
            WHERE c.message = ? ORDER BY n.step
            """, message, read: { $0.integer(0) })
    }

    /// The message whose place a step takes; nil for all other messages.
    static func predecessor(of message: Int64, _ statements: Statements) throws -> Int64? {
        try statements.first(
            """
            SELECT p.message FROM cascade_steps c
            JOIN cascade_steps p ON p.root = c.root AND p.step = c.step - 1 WHERE c.message = ?
            """, message, read: { $0.integer(0) })
    }

    /// Where a message stands in its cascade; nil for all other messages.
    static func place(of message: Int64, _ statements: Statements) throws -> CascadePlace? {
        try statements.first(
            """
            SELECT r.guid, c.step FROM cascade_steps c JOIN messages r ON r.id = c.root
            WHERE c.message = ?
            """, message, read: { CascadePlace(root: try $0.guid(0), step: $0.count(1)) })
    }

    /// What says whether a step goes out, as things are; nil for a root and all other messages.
    static func turn(of message: Int64, _ statements: Statements) throws -> CascadeTurn? {
        let found = try statements.first(
            """
            SELECT c.condition, c.wait, p.message, m.recalled, m.dated_at, m.state, s.due_at, x.message,
              x.recipients, x.removed, x.refused_with, a.decision
            FROM cascade_steps c
            JOIN cascade_steps p ON p.root = c.root AND p.step = c.step - 1
            JOIN messages m ON m.id = p.message LEFT JOIN schedules s ON s.message = m.id
            LEFT JOIN stops x ON x.message = m.id LEFT JOIN answers a ON a.message = m.id
            WHERE c.message = ?
            """, message
        ) { row in
            (
                condition: try row.word(0) as Cascade.Condition,
                wait: Duration.milliseconds(row.integer(1)), message: row.integer(2),
                isRecalled: row.truth(3), leftAt: row.instant(4),
                standing: try OutgoingStanding(row, from: 5)
            )
        }
        guard let found else { return nil }
        return CascadeTurn(
            condition: found.condition, wait: found.wait,
            predecessor: try predecessor(
                found.message, found.standing, isRecalled: found.isRecalled, found.leftAt,
                statements))
    }

    private static func predecessor(
        _ message: Int64, _ standing: OutgoingStanding, isRecalled: Bool, _ leftAt: Instant,
        _ statements: Statements
    ) throws -> CascadeTurn.Predecessor {
        if let stop = standing.stop { return stop.refusal == nil ? .gone : .refused }
        switch standing.state {
        case .draft: return standing.dueAt.map { .waiting(until: $0) } ?? .gone
        case .sent:
            guard !isRecalled, standing.decision != nil else { return .gone }
            return .left(
                at: leftAt, pending: try DeliveryWork.pending(of: message, statements),
                failed: try DeliveryWork.failed(of: message, statements))
        case .destroyed: return .gone
        }
    }

    /// Moves the times of those after a message that has just left.
    static func noteLeft(
        _ message: Int64, at instant: Instant, _ statements: Statements
    ) throws {
        var due = instant
        for next in try successors(of: message, statements) {
            let wait = try statements.first(
                "SELECT wait FROM cascade_steps WHERE message = ?", next,
                read: { Duration.milliseconds($0.integer(0)) })
            due = due.advanced(by: wait ?? .zero)
            try statements.run(
                "UPDATE schedules SET due_at = ? WHERE message = ?", due.milliseconds, next)
        }
    }

    /// Brings the one after a message forward that has just ended, where its end can decide.
    ///
    /// - Returns: Whether one was brought forward.
    static func noteEnded(
        _ message: Int64, _ ending: DispatchEvent.Ending, at instant: Instant,
        _ statements: Statements
    ) throws -> Bool {
        try statements.run(
            """
            UPDATE schedules SET due_at = ?2 WHERE due_at > ?2 AND message = (
              SELECT n.message FROM cascade_steps c
              JOIN cascade_steps n ON n.root = c.root AND n.step = c.step + 1
              WHERE c.message = ?1 AND (n.condition = ?3 OR ?4))
            """, message, instant.milliseconds, Cascade.Condition.notDelivered.rawValue,
            ending != .delivered) > 0
    }

    /// Ends a step that waits, and all after it, for good.
    ///
    /// Nobody is told of them: they were never anything but a plan.
    static func end(
        _ message: Int64, at instant: Instant, _ statements: Statements
    ) throws {
        for step in [message] + (try successors(of: message, statements)) {
            guard try statements.run("DELETE FROM schedules WHERE message = ?", step) == 1 else {
                continue
            }
            try statements.run("UPDATE messages SET revision = revision + 1 WHERE id = ?", step)
            try statements.run(
                """
                INSERT INTO stops(message, at, recipients, passed) VALUES(?, ?, 0, 1)
                ON CONFLICT DO NOTHING
                """, step, instant.milliseconds)
        }
    }
}

/// The later steps of a cascade on their way into the ledger, sealed before the writer's turn.
struct NewCascade: Sendable {
    let accepted: AcceptedCascade
    let messages: [NewMessage]

    init(
        _ accepted: AcceptedCascade, of owner: AccountID, at now: Instant, sealedBy vault: KeyVault
    ) throws(Fault) {
        self.accepted = accepted
        messages = try accepted.steps.map { step throws(Fault) in
            try NewMessage(step.step.composition, of: owner, at: now, sealedBy: vault)
        }
    }
}
