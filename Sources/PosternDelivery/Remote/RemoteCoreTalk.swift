internal import Logging
internal import PosternCoreContract
internal import PosternModel
internal import PosternPipeline

/// Tells a delivery core in another process what to withdraw, and hears from it what became of the rest.
///
/// Endings are heard in the order of the core's numbers, and how far is noted with what they make true: none is missed, and
/// one that is heard twice changes nothing.
actor RemoteCoreTalk: LaneWork {
    nonisolated let bench: DeliveryBench
    private let core: RemoteCore
    private let ended: @Sendable () -> Void
    /// Askings in a row that came to nothing.
    private var outages = 0
    /// When it was asked last what ended.
    private var askedAt: Instant?

    /// Rows made due in one transaction, when the core has lost everything.
    private static let portion = 500

    nonisolated var name: String { "core" }
    nonisolated var lookout: Duration { bench.settings.coreLookout }

    /// Makes the talk.
    ///
    /// - Parameters:
    ///   - bench: What every lane works with.
    ///   - core: Whom to talk to.
    ///   - ended: Called when rows may have ended.
    init(_ bench: DeliveryBench, _ core: RemoteCore, ended: @escaping @Sendable () -> Void) {
        self.bench = bench
        self.core = core
        self.ended = ended
    }

    nonisolated func note(_ change: (inout DeliveryGauges.Figures) -> Void) {
        bench.figures.noteCore(change)
    }

    /// Nothing falls due by itself: it is asked every while.
    func nextDue() async throws(Fault) -> Instant? { nil }

    func work(_ bell: DeliveryBell) async throws(Fault) -> LaneProgress {
        let now = bench.clock.now()
        let limit = bench.settings.carrierBatch
        let owed = try await core.rows.withdrawalsOwed(limit: limit)
        if let outage = try await ask(
            owed, bell, { [calls = core.calls] in await calls.withdraw($0) })
        {
            return rest(outage)
        }
        let questions = try await core.rows.questionsDue(at: now, limit: limit)
        if let outage = try await ask(
            questions, bell, { [calls = core.calls] in await calls.state(of: $0) })
        {
            return rest(outage)
        }
        guard !bell.isClosed, try isTimeToAsk(now) else { return .idle }
        askedAt = now
        let cursor = try await core.rows.coreCursor()
        let query = EndingsQuery(
            after: cursor?.ending ?? 0, limit: bench.settings.coreEndings)
        switch await core.calls.endings(query) {
        case .said(let page):
            recovered()
            guard let cursor, page.continues(cursor) else {
                try await beginAnew(page.spool, hadAnother: cursor != nil)
                return .worked
            }
            try await hear(page)
            let isMore =
                page.endings.count == query.limit || owed.count == limit
                || questions.count == limit
            if isMore { return .worked }
            return .gathering(until: now.advanced(by: bench.settings.coreLookout))
        case .objected(let problem):
            return rest("The delivery core does not tell what ended: \(problem.detail)")
        case .unreachable(let reason), .unclear(let reason): return rest(reason)
        }
    }

    /// Whether it has something of ours, or was not asked for long.
    private func isTimeToAsk(_ now: Instant) throws(Fault) -> Bool {
        guard let askedAt, outages == 0, now >= askedAt,
            askedAt.duration(to: now) < bench.settings.coreGreeting
        else { return true }
        return try core.rows.entrustedCount() > 0
    }

    // MARK: single rows

    private typealias Question = @Sendable (DeliveryKey) async -> CoreReply<DeliveryState>
    private typealias Answer = (row: EntrustedRow, reply: CoreReply<DeliveryState>)

    /// Asks about rows, a few at a time, and notes the answers; gives back why the core cannot be used.
    private func ask(
        _ rows: [EntrustedRow], _ bell: DeliveryBell, _ question: @escaping Question
    ) async throws(Fault) -> String? {
        guard !rows.isEmpty else { return nil }
        var waiting = rows[...]
        let atOnce = bench.settings.webhooksAtOnce
        let (words, outage) = await withTaskGroup(of: Answer.self) { group in
            var words: [CoreWord] = []
            var outage: String?
            func askNext() {
                guard outage == nil, !bell.isClosed, let row = waiting.popFirst() else { return }
                let key = DeliveryKey(of: row.message, row: row.row)
                group.addTask { (row, await question(key)) }
            }
            for _ in 0..<atOnce { askNext() }
            for await (row, reply) in group {
                switch reply {
                case .said(let state): words.append(CoreWord(row, state.word))
                case .objected(let problem) where problem.name == .unknownDelivery:
                    words.append(CoreWord(row, .unknown))
                case .objected(let problem):
                    outage = "The delivery core does not answer for a row: \(problem.detail)"
                case .unreachable(let reason), .unclear(let reason): outage = reason
                }
                askNext()
            }
            return (words, outage)
        }
        if !words.isEmpty {
            bench.note(try await core.rows.heard(words, at: bench.clock.now()))
            ended()
        }
        return outage
    }

    // MARK: endings

    private func hear(_ page: EndingsPage) async throws(Fault) {
        guard let last = page.endings.last else { return }
        let words = page.endings.compactMap { ending -> CoreWord? in
            guard let row = EntrustedRow(ending.key) else {
                bench.logger.warning(
                    "The delivery core tells of a delivery that is none of ours.",
                    metadata: ["key": "\(ending.key)"])
                return nil
            }
            return CoreWord(
                row,
                CoreWord.Standing(ending.standing, reason: ending.reason, at: ending.at))
        }
        let cursor = CoreCursor(spool: page.spool.description, ending: last.number)
        bench.note(
            try await core.rows.heard(words, upTo: cursor, at: bench.clock.now()))
        ended()
    }

    /// Entrusts everything anew: this is not the spool that had it, or no longer.
    ///
    /// The first spool ever followed has lost nothing. What was handed over before it was asked for the first time is
    /// entrusted anew all the same, since nobody knows which spool took it.
    private func beginAnew(_ spool: SpoolID, hadAnother: Bool) async throws(Fault) {
        var (last, count): (OutboxRow.ID?, Int) = (nil, 0)
        while let portion = try await core.rows.entrustAnew(
            after: last, limit: Self.portion, at: bench.clock.now())
        {
            last = portion.last
            count += portion.count
        }
        try await core.rows.follow(spool.description)
        guard hadAnother else { return }
        bench.figures.noteCoreLoss()
        bench.logger.error(
            "The delivery core has lost what it was entrusted with; all of it is entrusted anew.",
            metadata: ["spool": "\(spool)", "rows": "\(count)"])
    }

    // MARK: outages

    private func recovered() {
        guard outages > 0 else { return }
        outages = 0
        note { $0.trouble = nil }
        bench.logger.notice("The delivery core answers again.")
    }

    private func rest(_ reason: String) -> LaneProgress {
        outages += 1
        note { $0.trouble = reason }
        if outages == 1 {
            bench.logger.warning(
                "The delivery core cannot be asked; what it was entrusted with stays as it is.",
                metadata: ["reason": "\(reason)"])
        }
        let pause = bench.settings.outages.pause(afterFailures: outages, chance: bench.chance())
        return .outage(until: bench.clock.now().advanced(by: pause))
    }
}

extension EndingsPage {
    /// Whether it goes on from a place: another spool does not, nor one that has forgotten the place.
    fileprivate func continues(_ cursor: CoreCursor) -> Bool {
        spool.description == cursor.spool && last >= cursor.ending
    }
}

extension EntrustedRow {
    /// The row of a key; nil for a key that is no row's.
    fileprivate init?(_ key: DeliveryKey) {
        let parts = key.description.split(separator: ".")
        guard parts.count == 2, let message = MessageGUID(String(parts[0])),
            let row = OutboxRow.ID(parts[1])
        else { return nil }
        self.init(row: row, message: message)
    }
}
