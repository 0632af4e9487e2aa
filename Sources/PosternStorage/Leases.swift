import PosternModel
import Synchronization

/// Which rows are in a courier's hands, and until when.
///
/// WHY NOT in the database: a lease guards against handing a row out twice within one process, and a crash
/// must end every lease at once.
final class Leases: Sendable {
    private let until = Mutex<[Int64: Instant]>([:])

    func isHeld(_ row: Int64, at instant: Instant) -> Bool {
        until.withLock { ($0[row] ?? instant) > instant }
    }

    /// Takes a row, unless it is in somebody's hands.
    func take(_ row: Int64, at instant: Instant, until end: Instant) -> Bool {
        until.withLock { held in
            if let present = held[row], present > instant { return false }
            held[row] = end
            return true
        }
    }

    func release(_ rows: some Sequence<Int64>) {
        until.withLock { held in for row in rows { held[row] = nil } }
    }

    func end(of row: Int64) -> Instant? { until.withLock { $0[row] } }
}
