public import PosternCoreContract
public import PosternModel
import PosternPipeline
import PosternSealing

extension DeliverySpool: DeliveryTrust {
    /// Takes a delivery under a key, once.
    public func entrust(
        _ delivery: EntrustedDelivery, under key: DeliveryKey, at instant: Instant
    ) async throws(Fault) -> Entrusting {
        // All that can be done before the writer's turn: it has one pair of hands.
        let bytes = delivery.json
        let fingerprint = fingerprintKey.fingerprint(of: bytes)
        let sealed = try SealedDelivery(bytes, under: key)
        let vault = vault
        return try await writer.submit { work in
            let statements = work.statements
            if let known = try Known(key, statements) {
                // Of a delivery that was withdrawn before it came, and of one long told of, nobody knows what it says.
                guard known.fingerprint.isEmpty || known.fingerprint == fingerprint else {
                    return .undo(.conflicting)
                }
                return .undo(.known(known.state))
            }
            try statements.run(
                "INSERT INTO deliveries(key, fingerprint) VALUES(?, ?)", key.description,
                fingerprint)
            let id = statements.lastRow
            let slot = try KeySlots.take(try sealed.wrappedKey(by: vault), statements)
            try statements.run(
                "INSERT INTO outbox(id, courier, due_at, accepted_at, slot) VALUES(?1, ?2, ?3, ?3, ?4)",
                id, delivery.courier.rawValue, delivery.acceptedAt.milliseconds, slot)
            try statements.run(
                "INSERT INTO contents(id, sealed) VALUES(?, ?)", id, sealed.content)
            work.nextIndex = id + 1
            work.appended = true
            return .keep(.taken(DeliveryState(key: key, standing: .waiting)))
        }
    }

    /// What became of a delivery.
    public func state(of key: DeliveryKey) throws(Fault) -> DeliveryState? {
        try readers.read { try Known(key, $0)?.state }
    }

    /// Keeps a delivery from leaving, or from being tried again: what may have left already is withdrawn no more.
    ///
    /// INVARIANT: as for a stop in the ledger (``SQLiteStore/stop(_:of:at:recording:)``), a row is withheld before it is looked
    /// whether it is in somebody's hands, and until nobody sees the spool as it was before: each is taken by a courier before
    /// its withdrawal, or never.
    public func withdraw(
        _ key: DeliveryKey, at instant: Instant
    ) async throws(Fault) -> DeliveryState {
        let withheld = Withheld(leases: leases)
        defer { withheld.settle() }
        let state: DeliveryState = try await writer.submit { work in
            let statements = work.statements
            guard let known = try Known(key, statements) else {
                try statements.run("INSERT INTO deliveries(key) VALUES(?)", key.description)
                let id = statements.lastRow
                work.nextIndex = id + 1
                try Self.note(
                    .withdrawn, of: id, attempts: 0, reason: nil, at: instant, statements)
                return .keep(DeliveryState(key: key, standing: .withdrawn, endedAt: instant))
            }
            var state = known.state
            guard state.standing == .waiting, let courier = known.courier else {
                return .undo(state)
            }
            guard withheld.add(known.id, of: courier) else {
                if state.isWithdrawing { return .undo(state) }
                try statements.run(
                    "UPDATE outbox SET withdrawn_at = ? WHERE id = ?", instant.milliseconds,
                    known.id)
                state.isWithdrawing = true
                return .keep(state)
            }
            try Self.callOff(known.id, isKept: false, at: instant, statements)
            return .keep(try Known(key, statements)?.state ?? state)
        }
        if state.standing != .waiting { writer.emptyLogSoon() }
        return state
    }

    /// The next endings after a number, all up to which are acknowledged.
    ///
    /// A number beyond the last acknowledges nothing: it was counted by another spool, or by this one before it was put back.
    public func endings(
        _ query: EndingsQuery, at instant: Instant
    ) async throws(Fault) -> EndingsPage {
        while try await !acknowledge(upTo: query.after, at: instant) {}
        let id = id
        return try readers.snapshot { statements in
            EndingsPage(
                spool: id, last: try Self.lastEnding(statements),
                endings: try statements.all(
                    """
                    SELECT e.number, d.key, e.state, e.reason, e.at FROM endings e
                    JOIN deliveries d ON d.id = e.delivery WHERE e.number > ? ORDER BY e.number LIMIT ?
                    """, query.after, query.limit,
                    read: {
                        DeliveryEnding(
                            number: $0.integer(0), key: try $0.deliveryKey(1),
                            standing: try $0.word(2), reason: $0.textOrNil(3), at: $0.instant(4))
                    }))
        }
    }

    /// How much is acknowledged, or forgotten, in one transaction.
    private static let portion: Int64 = 1000

    /// Notes that endings need not be told again, and forgets what they might still say.
    ///
    /// - Returns: Whether that is all.
    private func acknowledge(
        upTo number: Int64, at instant: Instant
    ) async throws(Fault) -> Bool {
        let isNews = try readers.snapshot { statements in
            try number > Self.acknowledged(statements) && number <= Self.lastEnding(statements)
        }
        guard isNews else { return true }
        return try await writer.submit { work in
            let statements = work.statements
            let first = try Self.acknowledged(statements)
            let last = min(number, first + Self.portion)
            guard last > first else { return .undo(true) }
            try statements.run(
                """
                UPDATE deliveries SET fingerprint = NULL WHERE id IN
                  (SELECT delivery FROM endings WHERE number > ? AND number <= ?)
                """, first, last)
            try statements.run(
                """
                UPDATE endings SET acknowledged_at = ?, reason = NULL
                WHERE number > ? AND number <= ?
                """, instant.milliseconds, first, last)
            try statements.run("UPDATE spool SET acknowledged = ?", last)
            return .keep(last == number)
        }
    }

    /// Forgets the names of deliveries whose endings were acknowledged long enough ago.
    ///
    /// - Returns: How many.
    @discardableResult
    public func forget(at instant: Instant) async throws(Fault) -> Int {
        let latest = instant.advanced(by: .zero - Self.memory).milliseconds
        var forgotten = 0
        while true {
            let count = try await writer.submit { work in
                let statements = work.statements
                // In the order of the numbers: the first that is too young ends the look.
                var rows: [(number: Int64, delivery: Int64)] = []
                try statements.each(
                    "SELECT number, delivery, acknowledged_at FROM endings ORDER BY number LIMIT ?",
                    Self.portion
                ) { row in
                    guard !row.isNull(2), row.integer(2) <= latest else { return false }
                    rows.append((row.integer(0), row.integer(1)))
                    return true
                }
                for row in rows {
                    try statements.run("DELETE FROM endings WHERE number = ?", row.number)
                    try statements.run("DELETE FROM deliveries WHERE id = ?", row.delivery)
                }
                return .keep(rows.count)
            }
            forgotten += count
            if count < Int(Self.portion) { return forgotten }
        }
    }
}

/// A key that was heard of.
private struct Known {
    let id: Int64
    /// Empty where it is not known what the delivery says.
    let fingerprint: [UInt8]
    /// Who carries it; nil once it has ended.
    let courier: OutboxRow.Courier?
    let state: DeliveryState

    init?(_ key: DeliveryKey, _ statements: Statements) throws {
        let found = try statements.first(
            """
            SELECT d.id, d.fingerprint, o.courier, o.withdrawn_at IS NOT NULL, o.attempts, o.reason,
              e.state, e.attempts, e.reason, e.at
            FROM deliveries d LEFT JOIN outbox o ON o.id = d.id
            LEFT JOIN endings e ON e.delivery = d.id WHERE d.key = ?
            """, key.description
        ) { row in
            let courier: OutboxRow.Courier? = row.isNull(2) ? nil : try row.word(2)
            let state =
                courier == nil
                ? DeliveryState(
                    key: key, standing: try row.word(6), attempts: row.count(7),
                    reason: row.textOrNil(8), endedAt: row.instant(9))
                : DeliveryState(
                    key: key, standing: .waiting, isWithdrawing: row.truth(3),
                    attempts: row.count(4), reason: row.textOrNil(5))
            return (row.integer(0), row.bytes(1), courier, state)
        }
        guard let found else { return nil }
        (id, fingerprint, courier, state) = found
    }
}
