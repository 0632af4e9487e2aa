public import PosternModel
public import PosternPipeline
internal import Synchronization

extension MemoryOutbox: EntrustedRows {
    /// Stops a row's message.
    public func stop(_ row: OutboxRow.ID) {
        guard let entry = entries[row] else { return }
        entries[row]?.elsewhere.isStopped = true
        if entry.elsewhere.having == .never, entry.elsewhere.takenAfter == nil {
            entries[row]?.standing = .withdrawn
        } else if entry.elsewhere.takenAfter == nil {
            if entry.elsewhere.isWithCore { owe(row) } else { callOff(row) }
        }
    }

    /// The process ends: nobody has a row in hand any more.
    public func die(holding row: OutboxRow.ID) { letGo([row]) }

    /// Gives a row up that may have left already.
    private func callOff(_ row: OutboxRow.ID) {
        entries[row]?.standing = .dead(reason: "It was called off, and may have left.")
    }

    /// Where a row stands, in the words of the table that both outboxes keep.
    public func end(of row: OutboxRow.ID) -> EntrustedCase.End? {
        guard let entry = entries[row] else { return nil }
        switch (entry.standing, entry.elsewhere.withdrawal) {
        case (.delivered, _): return .delivered
        case (.dead, _): return .dead
        case (.withdrawn, _): return .withdrawn
        case (_, .owed): return .mustBeWithdrawn
        case (_, .asked): return .isBeingWithdrawn
        case (.entrusted, nil): return .isElsewhere
        case (.waiting, nil): return .waits
        }
    }

    /// Notes that rows are about to be carried.
    public func handing(
        _ rows: [OutboxRow.ID], to hands: OutboxRow.Hands, at instant: Instant
    ) async throws(Fault) -> Set<OutboxRow.ID> {
        do throws(Fault) {
            return try perform(.handing, .storageUnwritable) {
                Set(rows.filter { note($0, handedTo: hands) })
            }
        } catch {
            letGo(rows)
            throw error
        }
    }

    private func note(_ row: OutboxRow.ID, handedTo hands: OutboxRow.Hands) -> Bool {
        if takeBack(row, isKept: false) { return false }
        guard let entry = entries[row], case .waiting = entry.standing else { return false }
        entries[row]?.elsewhere.having = entry.elsewhere.having == .never ? .begun : .perhaps
        if hands == .core { entries[row]?.elsewhere.isWithCore = true }
        return true
    }

    /// Notes that somebody outside may have a row.
    public func unanswered(_ row: OutboxRow.ID) async throws(Fault) {
        do throws(Fault) {
            try perform(.unanswered, .storageUnwritable) {
                if entries[row]?.elsewhere.having != .surely {
                    entries[row]?.elsewhere.having = .perhaps
                }
            }
        } catch {
            letGo([row])
            throw error
        }
    }

    /// Writes down what the core says.
    @discardableResult
    public func heard(
        _ words: [CoreWord], at instant: Instant
    ) async throws(Fault) -> [HeardRow] {
        try perform(.heard, .storageUnwritable) { words.compactMap { heed($0, at: instant) } }
    }

    /// Writes down a page of endings.
    public func heard(
        _ words: [CoreWord], upTo place: CoreCursor, at instant: Instant
    ) async throws(Fault) -> [HeardRow] {
        try perform(.heardPage, .storageUnwritable) {
            guard let present = cursor, present.spool == place.spool else { return [] }
            cursor = CoreCursor(spool: place.spool, ending: max(present.ending, place.ending))
            return words.compactMap { heed($0, at: instant) }
        }
    }

    /// How far endings have been heard.
    public func coreCursor() async throws(Fault) -> CoreCursor? { cursor }

    /// Follows a spool from its beginning.
    public func follow(_ spool: String) async throws(Fault) {
        try perform(.follow, .storageUnwritable) { cursor = CoreCursor(spool: spool, ending: 0) }
    }

    /// Makes entrusted rows due again.
    public func entrustAnew(
        after row: OutboxRow.ID?, limit: Int, at instant: Instant
    ) async throws(Fault) -> (last: OutboxRow.ID, count: Int)? {
        try perform(.entrustAnew, .storageUnwritable) {
            if row == nil { losses += 1 }
            let rows = entries.filter {
                $0.key > row ?? .min && $0.value.elsewhere.having == .surely
                    && ($0.value.standing == .entrusted || $0.value.elsewhere.withdrawal != nil)
            }.keys.sorted().prefix(limit)
            for row in rows { makeDue(row, at: instant) }
            return rows.last.map { (last: $0, count: rows.count) }
        }
    }

    /// Rows the core must be told to withdraw.
    public func withdrawalsOwed(limit: Int) async throws(Fault) -> [EntrustedRow] {
        try perform(.withdrawalsOwed, .storageUnreadable) {
            named(entries.values.filter { $0.elsewhere.withdrawal == .owed }, limit)
        }
    }

    /// Rows the core is to be asked about.
    public func questionsDue(
        at instant: Instant, limit: Int
    ) async throws(Fault) -> [EntrustedRow] {
        named(
            entries.values.filter {
                $0.standing == .entrusted && $0.elsewhere.questionAt.map { $0 <= instant } ?? false
            }, limit)
    }

    /// How many rows the core has.
    public nonisolated func entrustedCount() throws(Fault) -> Int { entrustedRows.withLock { $0 } }

    /// Takes a row away that came back undone, if its message was stopped.
    func takeBack(_ row: OutboxRow.ID, isKept: Bool) -> Bool {
        guard let elsewhere = entries[row]?.elsewhere,
            elsewhere.isStopped || elsewhere.withdrawal != nil
        else { return false }
        entries[row]?.elsewhere.takenAfter = nil
        if elsewhere.having == .never || isKept && elsewhere.having == .begun {
            entries[row]?.standing = .withdrawn
        } else if elsewhere.isWithCore {
            owe(row)
        } else {
            callOff(row)
        }
        return true
    }

    private func owe(_ row: OutboxRow.ID) {
        if entries[row]?.elsewhere.withdrawal == nil { entries[row]?.elsewhere.withdrawal = .owed }
    }

    private func named(_ entries: [Entry], _ limit: Int) -> [EntrustedRow] {
        entries.filter {
            switch $0.standing {
            case .waiting, .entrusted: true
            case .delivered, .dead, .withdrawn: false
            }
        }.map(\.row).sorted { $0.id < $1.id }.prefix(limit).map {
            EntrustedRow(row: $0.id, message: $0.message)
        }
    }

    private func makeDue(_ row: OutboxRow.ID, at instant: Instant) {
        entries[row]?.elsewhere.having = .perhaps
        entries[row]?.elsewhere.isWithCore = true
        if entries[row]?.elsewhere.withdrawal != nil { entries[row]?.elsewhere.withdrawal = .owed }
        entries[row]?.standing = .waiting(until: instant, reason: nil)
    }

    private func heed(_ word: CoreWord, at instant: Instant) -> HeardRow? {
        let row = word.row.row
        guard let entry = entries[row], entry.row.message == word.row.message else { return nil }
        switch entry.standing {
        case .delivered, .dead, .withdrawn: return nil
        case .waiting, .entrusted: break
        }
        let elsewhere = entry.elsewhere
        entries[row]?.elsewhere.takenAfter = nil
        let isUnwanted =
            elsewhere.isStopped || elsewhere.withdrawal != nil && elsewhere.givenUp == nil
        func heard(_ fate: HeardRow.Fate, _ standing: Standing) -> HeardRow {
            entries[row]?.standing = standing
            return HeardRow(row: row, courier: entry.row.courier, fate: fate)
        }
        switch word.standing {
        case .waiting(let isWithdrawing):
            if let before = elsewhere.takenAfter, before < losses {
                entries[row]?.standing = .waiting(until: instant, reason: nil)
                return nil
            }
            entries[row]?.elsewhere.having = .surely
            entries[row]?.elsewhere.questionAt = instant.advanced(by: .seconds(86_400))
            if elsewhere.isStopped { owe(row) }
            if isWithdrawing, elsewhere.withdrawal != nil {
                entries[row]?.elsewhere.withdrawal = .asked
            }
            return heard(.entrusted, .entrusted)
        case .delivered: return heard(.delivered, .delivered)
        case .undelivered(let reason, _): return heard(.dead(reason), .dead(reason: reason))
        case .withdrawn:
            if isUnwanted { return heard(.withdrawn, .withdrawn) }
            let reason = elsewhere.givenUp ?? "Somebody else had the delivery core withdraw it."
            return heard(.dead(reason), .dead(reason: reason))
        case .unknown:
            makeDue(row, at: instant)
            return HeardRow(row: row, courier: entry.row.courier, fate: .due)
        }
    }
}
