internal import Logging
internal import PosternModel
internal import PosternPipeline

/// Puts messages into mailboxes, a batch in one transaction.
struct MailboxWork: CourierLaneWork {
    let bench: DeliveryBench
    let courier = OutboxRow.Courier.mailbox

    init(_ bench: DeliveryBench) { self.bench = bench }

    func work(_ bell: DeliveryBell) async throws(Fault) -> LaneProgress {
        let settings = bench.settings
        let rows = try await bench.outbox.due(
            courier, at: bench.clock.now(), limit: settings.mailboxBatch,
            lease: settings.mailboxLease)
        guard !rows.isEmpty else { return .idle }
        bench.figures.note(courier) { $0.underWay = rows.count }
        defer { bench.figures.note(courier) { $0.underWay = 0 } }
        do throws(Fault) {
            try await deliver(rows)
        } catch {
            guard rows.count > 1 else {
                try await bench.settle(rows[0], .unreachable(sentence(error)))
                return .worked
            }
            // One row that cannot be delivered must not hold up the others, so each is tried by itself.
            // When the outbox as a whole is down, putting the first one off fails too and ends the round.
            for row in rows where !bell.isClosed { try await deliverAlone(row) }
        }
        guard rows.count < settings.mailboxBatch else { return .worked }
        return .gathering(until: bench.clock.now().advanced(by: settings.mailboxGathering))
    }

    private func deliverAlone(_ row: OutboxRow) async throws(Fault) {
        do throws(Fault) {
            try await deliver([row])
        } catch {
            try await bench.settle(row, .unreachable(sentence(error)))
        }
    }

    private func deliver(_ rows: [OutboxRow]) async throws(Fault) {
        try await bench.outbox.deliverToMailboxes(rows, at: bench.clock.now())
        bench.figures.note(courier) { $0.delivered += rows.count }
    }

    private func sentence(_ fault: Fault) -> String {
        "The message could not be put into the mailbox: \(fault.code.rawValue)."
    }
}
