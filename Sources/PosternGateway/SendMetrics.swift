import PosternModel
import Synchronization

/// Counts what sends came to, and how long they took.
public final class SendMetrics: Sendable {
    /// What a send came to, as a label: a code, or a word for what has none.
    enum Result: Hashable {
        case accepted, replayed, wouldAccept, scheduled
        case refused(RefusalCode)
        case obstructed(OperationCode)
        case failed(FaultCode)

        var label: String {
            switch self {
            case .accepted: "accepted"
            case .replayed: "replayed"
            case .wouldAccept: "would-accept"
            case .scheduled: "scheduled"
            case .refused(let code): "\(code.rawValue)"
            case .obstructed(let code): code.name
            case .failed(let code): code.rawValue
            }
        }
    }

    private struct State {
        var counts: [String: [Result: Int]] = [:]
        var buckets = [Int](repeating: 0, count: SendMetrics.bounds.count + 1)
        var seconds = 0.0
        var inFlight = 0
        var badRequests: [String: Int] = [:]
    }

    private static let bounds = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
    ]
    private let state = Mutex(State())

    /// Begins at zero.
    public init() {}

    /// Takes places for so many sends; false, and none taken, when there are fewer.
    func admit(_ count: Int = 1, limit: Int) -> Bool {
        state.withLock { state in
            guard state.inFlight + count <= limit else { return false }
            state.inFlight += count
            return true
        }
    }

    /// Gives the places back.
    func leave(_ count: Int = 1) { state.withLock { $0.inFlight -= count } }

    /// How many sends are under way.
    public var inFlight: Int { state.withLock { $0.inFlight } }

    func count(_ outcome: SendOutcome, dialect: String, took duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let elapsed = Double(seconds) + Double(attoseconds) * 1e-18
        let bucket = Self.bounds.firstIndex { elapsed <= $0 } ?? Self.bounds.count
        let result = Result(outcome)
        state.withLock { state in
            state.counts[dialect, default: [:]][result, default: 0] += 1
            state.buckets[bucket] += 1
            state.seconds += elapsed
        }
    }

    func countBadRequest(dialect: String) {
        state.withLock { $0.badRequests[dialect, default: 0] += 1 }
    }

    /// Adds the counts to a page.
    public func write(to page: inout MetricsPage) {
        let state = state.withLock { $0 }
        for (dialect, counts) in state.counts.sorted(by: { $0.key < $1.key }) {
            for (result, count) in counts.sorted(by: { $0.key.label < $1.key.label }) {
                page.counter(
                    "postern_sends_total", "Sends by dialect and result.", count,
                    ["dialect": dialect, "result": result.label])
            }
        }
        for (dialect, count) in state.badRequests.sorted(by: { $0.key < $1.key }) {
            page.counter(
                "postern_bad_requests_total", "Requests answered without a decision.", count,
                ["dialect": dialect])
        }
        page.gauge("postern_sends_in_flight", "Sends under way.", Double(state.inFlight))
        page.histogram(
            "postern_send_seconds", "Time from a whole request to its answer.",
            bounds: Self.bounds, counts: state.buckets, sum: state.seconds)
    }
}

extension SendMetrics.Result {
    init(_ outcome: SendOutcome) {
        switch outcome {
        case .accepted(let acceptance): self = acceptance.replayed ? .replayed : .accepted
        case .wouldAccept: self = .wouldAccept
        case .scheduled: self = .scheduled
        case .refused(let refusal): self = .refused(refusal.code)
        case .obstructed(let obstruction): self = .obstructed(obstruction.refusal.code)
        case .failed(let failure): self = .failed(failure.fault.code)
        }
    }
}
