public import PosternModel
import Synchronization

/// A clock that moves only when told to.
public final class HandClock: Clock {
    private let time: Mutex<Instant>

    /// Starts at an instant; without one, at noon UTC on 10 March 2026.
    public init(_ start: Instant = Instant(milliseconds: 1_773_144_000_000)) {
        time = Mutex(start)
    }

    /// The instant it was last moved to.
    public func now() -> Instant { time.withLock { $0 } }

    /// Moves it, either way.
    public func advance(by duration: Duration) {
        time.withLock { $0 = $0.advanced(by: duration) }
    }
}
