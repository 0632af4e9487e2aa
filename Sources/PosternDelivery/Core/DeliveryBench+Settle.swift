internal import Logging
internal import PosternModel
internal import PosternPipeline

extension DeliveryBench {
    /// Writes down what became of a row: done, later, or never.
    ///
    /// - Parameters:
    ///   - row: The row.
    ///   - carriage: How carrying it ended.
    ///   - pauses: How long a row waits that found nobody there; as long as one that was put off when not given.
    /// - Throws: What the outbox failed with.
    func settle(
        _ row: OutboxRow, _ carriage: Carriage, pauses: RetrySchedule? = nil
    ) async throws(Fault) {
        switch carriage {
        case .taken:
            try await outbox.delivered([row.id], at: clock.now())
            figures.note(row.courier) { $0.delivered += 1 }
        case .refused(let reason): try await bury(row, reason)
        case .delayed(let reason): try await delay(row, reason, countsAttempts: true)
        case .deferred(let reason, let pause):
            try await delay(row, reason, countsAttempts: true, atLeast: pause)
        case .uncertain(let reason):
            figures.note(row.courier) { $0.uncertain += 1 }
            try await delay(row, reason, countsAttempts: true)
        case .unreachable(let reason), .failing(let reason):
            try await delay(row, reason, countsAttempts: false, pauses: pauses)
        // Whoever carries rows that way notes there what the other side says of them.
        case .entrusted: break
        }
    }

    /// Notes what became of rows by the word of a delivery core.
    func note(_ heard: [HeardRow]) {
        for row in heard {
            switch row.fate {
            case .delivered: figures.note(row.courier) { $0.delivered += 1 }
            case .withdrawn: figures.note(row.courier) { $0.withdrawn += 1 }
            case .dead(let reason):
                figures.note(row.courier) { $0.dead += 1 }
                logger.error(
                    "A delivery is given up.",
                    metadata: [
                        "courier": "\(row.courier.rawValue)", "row": "\(row.row)",
                        "reason": "\(reason)",
                    ])
            case .entrusted, .due: break
            }
        }
    }

    private func delay(
        _ row: OutboxRow, _ reason: String, countsAttempts: Bool, atLeast asked: Duration = .zero,
        pauses: RetrySchedule? = nil
    ) async throws(Fault) {
        let attempts = row.attempts + 1
        // Nobody but the ledger stands between a message and its mailbox: its pauses are short, as an outage's are.
        let schedule =
            row.courier == .mailbox ? settings.outages : pauses ?? settings.retries
        // What the other side asks for is heeded within our own bounds: it must not put a row off for ever.
        let until = clock.now().advanced(
            by: max(
                schedule.pause(afterFailures: attempts, chance: chance()),
                min(asked, schedule.longest)))
        if countsAttempts, attempts >= settings.retries.mostAttempts {
            return try await bury(row, "Given up after \(attempts) attempts. \(reason)")
        }
        if row.acceptedAt.duration(to: until) > settings.retries.longestAge {
            let hours = settings.retries.longestAge.components.seconds / 3600
            return try await bury(row, "Given up after \(hours) hours. \(reason)")
        }
        try await outbox.delay(
            row.id, until: until, reason: reason, counting: countsAttempts)
        figures.note(row.courier) { $0.delayed += 1 }
        logger.info(
            "A delivery is put off.",
            metadata: [
                "courier": "\(row.courier.rawValue)", "row": "\(row.id)", "attempts": "\(attempts)",
                "reason": "\(reason)",
            ])
    }

    private func bury(_ row: OutboxRow, _ reason: String) async throws(Fault) {
        try await outbox.bury(row.id, reason: reason, at: clock.now())
        figures.note(row.courier) { $0.dead += 1 }
        logger.error(
            "A delivery is given up.",
            metadata: [
                "courier": "\(row.courier.rawValue)", "row": "\(row.id)",
                "message": "\(row.message)", "reason": "\(reason)",
            ])
    }
}
