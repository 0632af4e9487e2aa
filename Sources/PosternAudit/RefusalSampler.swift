public import PosternModel
public import PosternPipeline

/// Which unauthenticated refusals are recorded one by one, and which are only counted.
///
/// Anybody can send requests without a token, so their number must not decide how large the log grows. The
/// first few of each window have entries of their own; the rest of the window becomes one entry with
/// their count. A value without a clock: whoever owns it says what time it is.
///
/// INVARIANT: every refusal that was noted is either recorded on its own or in exactly one summary.
public struct RefusalSampler: Sendable, Equatable {
    /// Refusals that were counted, not recorded.
    public struct Summary: Sendable, Equatable {
        /// How many.
        public let count: Int
        /// When the first and the last of them came.
        public let first: Instant, last: Instant

        /// The summary as an audit entry, under the policy in force.
        public func entry(policy: PolicyDigest) -> AuditEntry {
            AuditEntry(
                kind: .unauthenticated, id: .make(at: last), at: last, policy: policy, count: count,
                note: "unauthenticated requests since \(first.milliseconds), counted, not recorded "
                    + "one by one")
        }
    }

    /// What to do about one refusal.
    public enum Treatment: Sendable, Equatable {
        /// Record it in an entry of its own.
        case record
        /// It is counted; a summary will tell.
        case count
    }

    private let recorded: Int
    private let window: Duration
    private var opened: Instant?
    private var spent = 0
    private var pending: Summary?

    /// Sets the bounds.
    ///
    /// - Parameters:
    ///   - recorded: How many refusals of one window are recorded one by one; 20 by default.
    ///   - window: How long a window is, and how long a count waits at most; a minute by default.
    public init(recorded: Int = 20, per window: Duration = .seconds(60)) {
        self.recorded = max(0, recorded)
        self.window = max(.milliseconds(1), window)
    }

    /// Notes one refusal.
    ///
    /// A clock that was set back does not open a window early: it would let a flood through.
    public mutating func note(at instant: Instant) -> Treatment {
        if opened.map({ instant >= $0.advanced(by: window) }) ?? true {
            opened = instant
            spent = 0
        }
        if spent < recorded {
            spent += 1
            return .record
        }
        count(at: instant)
        return .count
    }

    /// Counts a refusal that gets no entry of its own: one too many, or one that could not be recorded.
    public mutating func count(at instant: Instant) {
        let first = min(pending?.first ?? instant, instant)
        let (count, overflow) = (pending?.count ?? 0).addingReportingOverflow(1)
        pending = Summary(
            count: overflow ? .max : count, first: first,
            last: max(pending?.last ?? first, instant))
    }

    /// When a summary falls due; nil when nothing is counted.
    public var dueAt: Instant? { pending?.first.advanced(by: window) }

    /// Takes the summary if it is due, or in any case when `finally`, as when the gateway stops.
    ///
    /// Give it back with ``restore(_:)`` when it could not be recorded.
    public mutating func takeSummary(at instant: Instant, finally: Bool = false) -> Summary? {
        guard let due = dueAt, finally || instant >= due else { return nil }
        defer { pending = nil }
        return pending
    }

    /// Puts a summary back that could not be recorded; it is joined with what was counted since.
    public mutating func restore(_ summary: Summary) {
        guard let later = pending else {
            pending = summary
            return
        }
        let (sum, overflow) = summary.count.addingReportingOverflow(later.count)
        pending = Summary(
            count: overflow ? .max : sum, first: min(summary.first, later.first),
            last: max(summary.last, later.last))
    }
}
