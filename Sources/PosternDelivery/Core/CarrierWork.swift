internal import Logging
internal import PosternModel
internal import PosternPipeline

/// Carries one courier's rows to the world outside, a few at a time.
actor CarrierWork: CourierLaneWork {
    nonisolated let bench: DeliveryBench
    nonisolated let courier: OutboxRow.Courier
    private let carrier: any Carrier
    private let atOnce: Int
    private let outageNotice: Logger.Message
    /// Where what a delivery core elsewhere has is noted; nil for a carrier that delivers.
    private let entrusted: (any EntrustedRows)?
    private let settled: @Sendable () -> Void
    /// Rows the other side took and the outbox could not note: settled, not sent again, when they come back.
    private var takenUnsettled: Set<OutboxRow.ID> = []
    /// Rounds in a row in which the other side could not be reached.
    private var outages = 0

    /// Makes work for one courier.
    ///
    /// - Parameters:
    ///   - bench: What every lane works with.
    ///   - courier: Whose rows.
    ///   - carrier: Who carries them.
    ///   - atOnce: How many are under way at a time.
    ///   - outageNotice: Logged when the other side cannot be used at all.
    ///   - entrusted: Where it is noted what a delivery core elsewhere has, for a carrier that hands rows to one.
    ///   - settled: Called when something became of a row.
    init(
        _ bench: DeliveryBench, courier: OutboxRow.Courier, carrier: any Carrier, atOnce: Int,
        outageNotice: Logger.Message, entrusted: (any EntrustedRows)? = nil,
        settled: @escaping @Sendable () -> Void = {}
    ) {
        self.bench = bench
        self.courier = courier
        self.carrier = carrier
        self.atOnce = atOnce
        self.outageNotice = outageNotice
        self.entrusted = entrusted
        self.settled = settled
    }

    func work(_ bell: DeliveryBell) async throws(Fault) -> LaneProgress {
        let settings = bench.settings
        let began = bench.clock.now()
        // After an outage one row finds out whether it is over, so that the others gather no attempts.
        let rows = try await bench.outbox.due(
            courier, at: began, limit: outages > 0 ? 1 : settings.carrierBatch,
            lease: settings.carrierLease)
        guard !rows.isEmpty else {
            try await forgetOutage()
            return .idle
        }
        let going = try await handing(rows, at: began)
        guard !going.isEmpty else { return .worked }

        let round = await carry(going, until: began.advanced(by: settings.carrierLease / 2), bell)
        if round.fault == nil, let outage = round.outage {
            return try await rest(outage, round.waiting)
        }
        // Rows not begun must not wait for the end of a lease that is long enough for a slow other side.
        await bench.outbox.release(round.waiting.map(\.id))
        if let fault = round.fault { throw fault }
        bench.figures.note(courier) { $0.trouble = nil }
        return .worked
    }

    /// Lets go of an outage that nothing waits for any more: no row would find out that it is over.
    private func forgetOutage() async throws(Fault) {
        guard outages > 0, try await nextDue() == nil else { return }
        outages = 0
        bench.figures.note(courier) { $0.trouble = nil }
    }

    /// Whether it is noted of a row that it may have left: of mail that only tells of a message, nobody asks.
    private var isNoted: Bool { entrusted != nil || courier.isOutward }

    /// Notes what is about to be carried, and leaves out what was stopped meanwhile.
    private func handing(
        _ rows: [OutboxRow], at instant: Instant
    ) async throws(Fault) -> [OutboxRow] {
        guard isNoted else { return rows }
        let going = try await bench.outbox.handing(
            rows.map(\.id), to: entrusted == nil ? .courier : .core, at: instant)
        return rows.filter { going.contains($0.id) }
    }

    /// One batch on its way.
    private struct Round {
        /// Rows not begun.
        var waiting: ArraySlice<OutboxRow>
        /// Why the other side cannot be used at all.
        var outage: String?
        /// What the outbox failed with.
        var fault: Fault?
    }

    private typealias Trip = (row: OutboxRow, carriage: Carriage)

    private func carry(
        _ rows: [OutboxRow], until latest: Instant, _ bell: DeliveryBell
    ) async -> Round {
        await withTaskGroup(of: Trip.self) { group in
            var round = Round(waiting: rows[...])
            for _ in 0..<atOnce { beginNext(&round, &group, latest, bell) }
            for await (row, carriage) in group {
                bench.figures.note(courier) { $0.underWay -= 1 }
                switch carriage {
                case .unreachable(let reason), .failing(let reason): round.outage = reason
                default: outages = 0
                }
                do throws(Fault) {
                    try await settle(row, carriage)
                } catch {
                    round.fault = error
                }
                beginNext(&round, &group, latest, bell)
            }
            return round
        }
    }

    private func beginNext(
        _ round: inout Round, _ group: inout TaskGroup<Trip>, _ latest: Instant,
        _ bell: DeliveryBell
    ) {
        guard round.outage == nil, round.fault == nil, !bell.isClosed, !Task.isCancelled,
            bench.clock.now() <= latest, let row = round.waiting.popFirst()
        else { return }
        bench.figures.note(courier) { $0.underWay += 1 }
        if takenUnsettled.contains(row.id) {
            group.addTask { (row, .taken) }
        } else {
            group.addTask { [carrier] in (row, await carrier.carry(row)) }
        }
    }

    private func settle(_ row: OutboxRow, _ carriage: Carriage) async throws(Fault) {
        // Noted before the outbox is told: if telling fails, memory is all that keeps the row from going out twice.
        if carriage == .taken { takenUnsettled.insert(row.id) }
        try await note(row, carriage)
        try await bench.settle(
            row, carriage, pauses: entrusted == nil ? nil : bench.settings.outages)
        takenUnsettled.remove(row.id)
        settled()
    }

    /// Notes what somebody outside has of a row now, or may have.
    private func note(_ row: OutboxRow, _ carriage: Carriage) async throws(Fault) {
        switch carriage {
        case .entrusted(let standing):
            guard let entrusted else { break }
            let word = CoreWord(EntrustedRow(row: row.id, message: row.message), standing)
            bench.note(try await entrusted.heard([word], at: bench.clock.now()))
            bench.figures.note(courier) { $0.entrusted += 1 }
        case .uncertain, .failing:
            if isNoted { try await bench.outbox.unanswered(row.id) }
        case .taken, .delayed, .deferred, .refused, .unreachable: break
        }
    }

    /// Puts off what was not begun, and says how long to leave the other side alone.
    private func rest(
        _ reason: String, _ rows: ArraySlice<OutboxRow>
    ) async throws(Fault) -> LaneProgress {
        outages += 1
        let pause = bench.settings.outages.pause(afterFailures: outages, chance: bench.chance())
        let until = bench.clock.now().advanced(by: pause)
        bench.figures.note(courier) { $0.trouble = reason }
        bench.logger.warning(
            outageNotice,
            metadata: ["reason": "\(reason)", "failures": "\(outages)"])
        for index in rows.indices {
            do throws(Fault) {
                try await bench.outbox.delay(
                    rows[index].id, until: until, reason: reason, counting: false)
            } catch {
                await bench.outbox.release(rows[index...].map(\.id))
                throw error
            }
            bench.figures.note(courier) { $0.delayed += 1 }
        }
        return .outage(until: until)
    }
}
