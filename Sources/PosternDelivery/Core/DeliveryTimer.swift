public import PosternModel

/// Lets time pass: the system's in production, a test's own in tests.
public protocol DeliveryTimer: Sendable {
    /// Returns at an instant, or as soon as the task is cancelled; may return early.
    func sleep(until instant: Instant) async
}

/// Waits on the system's clock, at most a minute at a time, so that a clock set back stalls nothing for long.
public struct SystemDeliveryTimer: DeliveryTimer {
    private let clock: any Clock

    /// Makes a timer for instants read from a clock.
    public init(clock: any Clock) { self.clock = clock }

    /// Returns at an instant, after a minute, or when cancelled.
    public func sleep(until instant: Instant) async {
        let wait = clock.now().duration(to: instant)
        guard wait > .zero else { return }
        try? await Task.sleep(for: min(wait, .seconds(60)))
    }
}

extension Clock {
    /// Waits, as often as it takes, until an instant has come; `wait` says whether to go on.
    ///
    /// A clock set back ends it too: whoever waits a moment must not stand still for as long as it was set back.
    func wait(until end: Instant, by wait: () async -> Bool) async {
        let began = now()
        guard began < end else { return }
        while (began..<end).contains(now()), await wait() {}
    }
}
