import PosternModel
import PosternPipeline
import PosternSealing

/// The rows of one file's outbox as couriers take them.
struct WorkList: Sendable {
    let readers: ReaderPool
    let vault: KeyVault
    let leases: Leases

    /// Rows taken for a courier, each under a lease.
    struct Taken {
        /// To be carried.
        var due: [OutboxRow] = []
        /// Stopped, or withdrawn, while they were in a courier's hands: to be taken away.
        var stopped: [OutboxRow.ID] = []
        /// Sealed, and cannot be opened.
        var unreadable: [OutboxRow.ID] = []

        var count: Int { due.count + stopped.count + unreadable.count }
    }

    /// Takes a courier's rows that are due and in nobody's hands: those put off first, then as they were accepted.
    func take(
        for courier: OutboxRow.Courier, by search: OutboxSearch, at instant: Instant, limit: Int,
        lease: Duration
    ) throws(Fault) -> Taken {
        var taken = Taken()
        guard limit > 0 else { return taken }
        let end = instant.advanced(by: lease)
        var textBytes = 0
        var isFull: Bool { taken.count >= limit || textBytes >= OutboxSearch.mostTextBytes }
        let look = leases.beginLook()
        defer { leases.endLook(look) }
        // Returns whether there is room for more.
        func take(_ row: Columns) throws -> Bool {
            let id = row.integer(0)
            guard leases.take(id, for: courier, at: instant, until: end) else { return !isFull }
            if row.truth(search.stopped) {
                taken.stopped.append(id)
                return !isFull
            }
            do {
                let found = try search.read(row, vault, instant)
                textBytes += found.textBytes
                taken.due.append(found)
            } catch let fault as Fault where fault.code == .contentUnreadable {
                // One damaged row must not stand in the way of all others.
                taken.unreadable.append(id)
            } catch {
                leases.release([id])
                throw error
            }
            return !isFull
        }
        do {
            try readers.read { statements in
                // Asked for first: whoever looks on to the end has then seen all up to it, those due at once no more included.
                let newest = try search.newest.flatMap { sql in
                    try statements.first(sql, read: { $0.integer(0) })
                }
                try statements.each(
                    search.putOff, courier.rawValue, instant.milliseconds, read: take)
                if isFull { return }
                let beginning = leases.beginning(for: courier, at: instant)
                var last = beginning.row
                try statements.each(search.atOnce, beginning.row, courier.rawValue) { row in
                    last = row.integer(0)
                    return try take(row)
                }
                if !isFull { last = max(last, newest ?? last) }
                leases.note(handedOut: last, from: beginning, of: courier)
            }
            return taken
        } catch {
            leases.release(taken.due.map(\.id) + taken.stopped + taken.unreadable)
            throw error
        }
    }

    /// When a courier's next row that is in nobody's hands falls due, or the next lease ends.
    func nextDue(
        _ courier: OutboxRow.Courier, by search: OutboxSearch
    ) throws(Fault) -> Instant? {
        let accepted = try readers.read { statements in
            try statements.first(
                search.nextAtOnce,
                leases.beginning(for: courier, at: .init(milliseconds: .min)).row,
                courier.rawValue, read: { $0.instant(0) })
        }
        var putOff: Instant?
        try readers.read { statements in
            try statements.each(search.nextPutOff, courier.rawValue) { row in
                guard !leases.isHeld(row.integer(0)) else { return true }
                putOff = row.instant(1)
                return false
            }
        }
        return [accepted, putOff, leases.firstEnd(for: courier)].compactMap { $0 }.min()
    }
}

extension OutboxRow {
    /// How many bytes of text it keeps in memory.
    fileprivate var textBytes: Int {
        let told = notification.map {
            $0.subject.utf8.count + $0.text.utf8.count + $0.html.utf8.count
        }
        return (told ?? 0) + (text?.utf8.count ?? 0)
    }
}
