import PosternDelivery
import PosternModel
import Synchronization

/// A clock in the hand, and a timer that goes by it.
final class HandTimer: Clock, DeliveryTimer {
    private struct State {
        var now: Instant
        var next = 0
        var sleepers: [Int: (until: Instant, continuation: CheckedContinuation<Void, Never>)] = [:]
    }

    private let state: Mutex<State>

    init(_ start: Instant = Samples.start) { state = Mutex(State(now: start)) }

    func now() -> Instant { state.withLock { $0.now } }

    func advance(by duration: Duration) {
        let woken = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            let due = state.sleepers.filter { $0.value.until <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in woken { continuation.resume() }
    }

    /// Lets time pass up to the next sleeper's waking, if anyone sleeps.
    func advanceToNextWaking() {
        let (now, next) = state.withLock { ($0.now, $0.sleepers.values.map(\.until).min()) }
        if let next { advance(by: now.duration(to: next)) }
    }

    func sleep(until instant: Instant) async {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if Task.isCancelled || state.now >= instant { return true }
                    state.sleepers[id] = (instant, continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation.resume()
        }
    }
}
