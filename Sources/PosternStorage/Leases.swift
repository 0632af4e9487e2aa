import PosternModel
import PosternPipeline
import Synchronization

/// Which rows are in a courier's hands and until when, and from where on nobody has looked yet.
///
/// WHY NOT in the database: a lease guards against handing a row out twice within one process, and a crash
/// must end every lease at once.
final class Leases: Sendable {
    private struct Lease {
        var courier: OutboxRow.Courier
        var end: Instant
    }

    private struct State {
        var leases: [Int64: Lease] = [:]
        /// By courier, the number up to which every row due at once was handed out or is gone.
        var handedOut: [OutboxRow.Courier: Int64] = [:]

        mutating func handOutAgain(_ row: Int64, of courier: OutboxRow.Courier) {
            if let last = handedOut[courier], last >= row { handedOut[courier] = row - 1 }
        }
    }

    /// Before the first row.
    private static let nothing: Int64 = -1

    private let state = Mutex(State())

    /// Takes a row for its courier, unless it is in somebody's hands.
    func take(
        _ row: Int64, for courier: OutboxRow.Courier, at instant: Instant, until end: Instant
    ) -> Bool {
        state.withLock { state in
            if let present = state.leases[row], present.end > instant { return false }
            state.leases[row] = Lease(courier: courier, end: end)
            return true
        }
    }

    /// Ends leases, of rows that are settled or are to be handed out again.
    func release(_ rows: some Sequence<Int64>) {
        state.withLock { state in
            for row in rows {
                guard let lease = state.leases.removeValue(forKey: row) else { continue }
                state.handOutAgain(row, of: lease.courier)
            }
        }
    }

    func isHeld(_ row: Int64) -> Bool { state.withLock { $0.leases[row] != nil } }

    /// When the first lease of a courier ends.
    func firstEnd(for courier: OutboxRow.Courier) -> Instant? {
        state.withLock { state in
            state.leases.values.lazy.filter { $0.courier == courier }.map(\.end).min()
        }
    }

    /// The number after which to look for a courier's rows that are due at once.
    func beginning(for courier: OutboxRow.Courier, at instant: Instant) -> Int64 {
        state.withLock { state in
            // Whoever let a lease run out did not settle the row.
            for (row, lease) in state.leases where lease.end <= instant {
                state.handOutAgain(row, of: lease.courier)
            }
            return state.handedOut[courier] ?? Self.nothing
        }
    }

    /// Notes that all rows due at once from a beginning up to a number have been handed out, unless one of them was let go
    /// in between.
    func note(handedOut row: Int64, from beginning: Int64, of courier: OutboxRow.Courier) {
        state.withLock { state in
            guard state.handedOut[courier] ?? Self.nothing == beginning else { return }
            state.handedOut[courier] = row
        }
    }
}
