import Synchronization

/// A clock for sleepers: it stands still, and leaps to whatever time somebody sleeps until.
public final class LeapingClock: _Concurrency.Clock {
    /// A time, by how far it is from the first.
    public struct Instant: InstantProtocol {
        /// From the first.
        public let offset: Duration

        /// Later, or earlier.
        public func advanced(by duration: Duration) -> Self { Self(offset: offset + duration) }
        /// From here to there.
        public func duration(to other: Self) -> Duration { other.offset - offset }
        /// Whether one is earlier.
        public static func < (one: Self, other: Self) -> Bool { one.offset < other.offset }
    }

    private let offset = Mutex(Duration.zero)

    /// Starts at the first time.
    public init() {}

    /// The time it stands at.
    public var now: Instant { Instant(offset: offset.withLock { $0 }) }
    /// It tells all times apart.
    public var minimumResolution: Duration { .zero }

    /// Leaps to a time, unless it is past it.
    public func sleep(until deadline: Instant, tolerance: Duration?) {
        offset.withLock { $0 = max($0, deadline.offset) }
    }

    /// Moves on, as work does that takes a while.
    public func advance(by duration: Duration) { offset.withLock { $0 += duration } }
}
