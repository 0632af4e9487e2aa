import Dispatch
import Synchronization

/// What takes a disk to know, for those who must not wait for one: health and metrics.
///
/// Looking happens on a thread of its own, one look at a time. Whoever asks waits for it a moment, and no longer: a disk that
/// stands still leaves the value as it was seen last, and the time that the look takes tells of it.
public final class Glance<Value: Sendable>: Sendable {
    private struct State {
        var seen: Value
        /// Since when a look has been under way; nil while none is.
        var since: ContinuousClock.Instant?
    }

    private let queue = DispatchQueue(label: "postern.glance")
    private let state: Mutex<State>
    private let patience: Duration
    private let look: @Sendable () -> Value

    /// Sees nothing yet.
    ///
    /// - Parameters:
    ///   - value: What is taken for seen before the first look has ended.
    ///   - patience: How long whoever asks waits for a look.
    ///   - look: Looks; may block.
    public init(
        _ value: Value, patience: Duration = .milliseconds(250),
        look: @escaping @Sendable () -> Value
    ) {
        state = Mutex(State(seen: value))
        self.patience = patience
        self.look = look
    }

    /// What is there to see now, or what was seen last when a look takes longer than the patience.
    public func take() -> Value {
        let begins = state.withLock { state in
            defer { state.since = state.since ?? .now }
            return state.since == nil
        }
        if begins {
            let done = DispatchSemaphore(value: 0)
            queue.async { [self] in
                let value = look()
                state.withLock { $0 = State(seen: value) }
                done.signal()
            }
            let limit = DispatchTimeInterval.nanoseconds(Int(patience / .nanoseconds(1)))
            _ = done.wait(timeout: .now() + limit)
        }
        return state.withLock { $0.seen }
    }

    /// For how long a look has been under way; zero while none is.
    public var standstill: Duration {
        state.withLock { $0.since }.map { $0.duration(to: .now) } ?? .zero
    }
}
