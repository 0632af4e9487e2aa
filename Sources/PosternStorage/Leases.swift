import PosternModel
import PosternPipeline
import Synchronization

/// Which rows are in a courier's hands and until when, which are being stopped, and from where on nobody has looked yet.
///
/// WHY NOT in the database: a lease guards against handing a row out twice within one process, and a crash
/// must end every lease at once.
final class Leases: Sendable {
    private struct Lease {
        var courier: OutboxRow.Courier
        var end: Instant
        /// The core it would be handed to had lost everything so often by then.
        var losses: Int
    }

    /// A row nobody may take, because it is being stopped.
    private struct Withheld {
        var courier: OutboxRow.Courier
        /// Stops of which it is not known yet whether they are on disk.
        var stops = 0
        /// The first look that is sure to see what became of them.
        var clearedBy = 0
        /// Somebody passed it over; it may be there still.
        var isSkipped = false
    }

    private struct State {
        var leases: [Int64: Lease] = [:]
        var withheld: [Int64: Withheld] = [:]
        /// Looks at the outbox under way: what they see may be older than a stop.
        var looks: Set<Int> = []
        var nextLook = 0
        /// By courier, the number up to which every row due at once was handed out or is gone.
        var handedOut: [OutboxRow.Courier: Int64] = [:]
        /// By courier, how often a row was handed back.
        var returns: [OutboxRow.Courier: Int] = [:]
        /// How often a core was found to have lost what it was entrusted with.
        var losses = 0

        mutating func handOutAgain(_ row: Int64, of courier: OutboxRow.Courier) {
            returns[courier, default: 0] += 1
            if let last = handedOut[courier], last >= row { handedOut[courier] = row - 1 }
        }

        /// Lets go of rows that no look under way can see as they were before their stop.
        mutating func clear() {
            guard !withheld.isEmpty else { return }
            let oldest = looks.min() ?? nextLook
            for (row, held) in withheld {
                guard held.stops == 0, held.clearedBy <= oldest else { continue }
                withheld[row] = nil
                if held.isSkipped { handOutAgain(row, of: held.courier) }
            }
        }
    }

    /// From where on to look for a courier's rows that are due at once.
    struct Beginning {
        /// The number before the first.
        fileprivate(set) var row: Int64
        fileprivate let returns: Int
    }

    /// Before the first row.
    private static let nothing: Int64 = -1

    private let state = Mutex(State())

    /// Says that somebody begins to look for rows: to be called before what they see is fixed.
    func beginLook() -> Int {
        state.withLock { state in
            defer { state.nextLook += 1 }
            state.looks.insert(state.nextLook)
            return state.nextLook
        }
    }

    /// Says that they have taken what they take.
    func endLook(_ look: Int) {
        state.withLock { state in
            state.looks.remove(look)
            state.clear()
        }
    }

    /// Takes a row for its courier, unless it is in somebody's hands or is being stopped.
    func take(
        _ row: Int64, for courier: OutboxRow.Courier, at instant: Instant, until end: Instant
    ) -> Bool {
        state.withLock { state in
            if state.withheld[row] != nil {
                state.withheld[row]?.isSkipped = true
                return false
            }
            if let present = state.leases[row], present.end > instant { return false }
            state.leases[row] = Lease(courier: courier, end: end, losses: state.losses)
            return true
        }
    }

    /// Keeps a row from being taken until ``settle(withheld:)``, which every stop that withholds it owes.
    func withhold(_ row: Int64, of courier: OutboxRow.Courier) {
        state.withLock { $0.withheld[row, default: Withheld(courier: courier)].stops += 1 }
    }

    /// Says that a stop has ended, on disk or not: its rows may be taken again as soon as nobody sees the ledger as it was
    /// before.
    func settle(withheld rows: Set<Int64>) {
        state.withLock { state in
            for row in rows {
                guard var held = state.withheld[row] else { continue }
                held.stops -= 1
                held.clearedBy = state.nextLook
                state.withheld[row] = held
            }
            state.clear()
        }
    }

    /// How many rows are in hands, or withheld.
    var count: Int { state.withLock { $0.leases.count + $0.withheld.count } }

    /// Ends leases, of rows that are settled or are to be handed out again.
    func release(_ rows: some Sequence<Int64>) {
        state.withLock { state in
            for row in rows {
                guard let lease = state.leases.removeValue(forKey: row) else { continue }
                state.handOutAgain(row, of: lease.courier)
            }
        }
    }

    /// Whether a row is in somebody's hands; where its lease has run out too: they have not said what became of it.
    func isHeld(_ row: Int64) -> Bool { state.withLock { $0.leases[row] != nil } }

    /// Notes that a core has lost what it was entrusted with, and with it what those who have rows in hand handed to it.
    func noteLoss() { state.withLock { $0.losses += 1 } }

    /// Whether a row was taken before a core was found to have lost everything.
    func isOlderThanLoss(_ row: Int64) -> Bool {
        state.withLock { state in state.leases[row].map { $0.losses < state.losses } ?? false }
    }

    /// When the first lease of a courier ends.
    func firstEnd(for courier: OutboxRow.Courier) -> Instant? {
        state.withLock { state in
            state.leases.values.lazy.filter { $0.courier == courier }.map(\.end).min()
        }
    }

    /// Where to begin to look for a courier's rows that are due at once.
    func beginning(for courier: OutboxRow.Courier, at instant: Instant) -> Beginning {
        state.withLock { state in
            // Whoever let a lease run out did not settle the row.
            for (row, lease) in state.leases where lease.end <= instant {
                state.handOutAgain(row, of: lease.courier)
            }
            return Beginning(
                row: state.handedOut[courier] ?? Self.nothing,
                returns: state.returns[courier] ?? 0)
        }
    }

    /// Notes that all rows due at once from a beginning up to a number have been handed out, unless one of them was handed
    /// back in between.
    func note(handedOut row: Int64, from beginning: Beginning, of courier: OutboxRow.Courier) {
        state.withLock { state in
            guard state.handedOut[courier] ?? Self.nothing == beginning.row,
                state.returns[courier] ?? 0 == beginning.returns
            else { return }
            state.handedOut[courier] = row
        }
    }
}
