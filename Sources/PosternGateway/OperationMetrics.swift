import PosternModel
import Synchronization

/// Counts what operations other than sends came to.
///
/// Labels come from closed sets: the dialect's name, the operation's, and a code's.
public final class OperationMetrics: Sendable {
    private struct Key: Hashable {
        let dialect: String
        let operation: String
        let result: String
    }

    private struct State {
        var counts: [Key: Int] = [:]
        var inFlight = 0
    }

    private let state = Mutex(State())

    /// Begins at zero.
    public init() {}

    /// Takes a place for an operation; false when all are taken.
    func admit(limit: Int) -> Bool {
        state.withLock { state in
            guard state.inFlight < limit else { return false }
            state.inFlight += 1
            return true
        }
    }

    /// Gives the place back.
    func leave() { state.withLock { $0.inFlight -= 1 } }

    func count(_ outcome: OperationOutcome, of operation: String, dialect: String) {
        let key = Key(dialect: dialect, operation: operation, result: outcome.label)
        state.withLock { $0.counts[key, default: 0] += 1 }
    }

    /// Adds the counts to a page.
    public func write(to page: inout MetricsPage) {
        let state = state.withLock { $0 }
        let rows = state.counts.sorted {
            ($0.key.dialect, $0.key.operation, $0.key.result)
                < ($1.key.dialect, $1.key.operation, $1.key.result)
        }
        for (key, count) in rows {
            page.counter(
                "postern_operations_total",
                "Requests other than sends, by what was asked and came of it.",
                count,
                ["dialect": key.dialect, "operation": key.operation, "result": key.result])
        }
        page.gauge(
            "postern_operations_in_flight", "Requests other than sends under way.",
            Double(state.inFlight))
    }
}

extension OperationOutcome {
    /// What came of it, as a label: a word or a code.
    var label: String {
        switch self {
        case .done: "done"
        case .refused(let refusal, _): refusal.code.name
        case .failed(let failure): failure.fault.code.rawValue
        }
    }
}
