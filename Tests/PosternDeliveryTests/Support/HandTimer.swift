import PosternDelivery
import PosternModel
import Synchronization

/// A clock in the hand, and a timer that goes by it.
final class HandTimer: Clock, DeliveryTimer {
    private struct Sleeper {
        let until: Instant
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var now: Instant
        var next = 0
        var sleepers: [Int: Sleeper] = [:]
        /// Who waits until somebody sleeps up to an instant.
        var watchers: [Sleeper] = []
    }

    private let state: Mutex<State>

    init(_ start: Instant = Samples.start) { state = Mutex(State(now: start)) }

    func now() -> Instant { state.withLock { $0.now } }

    /// Moves the clock, whoever is asleep or not; to let a sleeper wake, ``pass(_:)`` or ``passing(while:)``.
    func advance(by duration: Duration) {
        let woken = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            let due = state.sleepers.filter { $0.value.until <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in woken { continuation.resume() }
    }

    /// Sets the clock back, and lets everybody who sleeps wake early, as timers may.
    func setBack(by duration: Duration) {
        let sleepers = state.withLock { state in
            state.now = state.now.advanced(by: .zero - duration)
            defer { state.sleepers = [:] }
            return state.sleepers.values.map(\.continuation)
        }
        for continuation in sleepers { continuation.resume() }
    }

    /// Returns when somebody sleeps for so long from now.
    func sleeper(for duration: Duration) async {
        let end = now().advanced(by: duration)
        await withCheckedContinuation { continuation in
            let isAsleep = state.withLock { state in
                if state.sleepers.values.contains(where: { $0.until == end }) { return true }
                state.watchers.append(Sleeper(until: end, continuation: continuation))
                return false
            }
            if isAsleep { continuation.resume() }
        }
    }

    /// Lets time pass once somebody sleeps up to the end of it.
    ///
    /// Not before: who is still at work would read the later time, sleep beyond it and never wake.
    func pass(_ duration: Duration) async {
        await sleeper(for: duration)
        advance(by: duration)
    }

    /// Lets time pass from one sleeper's waking to the next while a body runs.
    func passing<Value>(while body: () async throws -> Value) async rethrows -> Value {
        let ticking = Task {
            while !Task.isCancelled {
                let (now, next) = state.withLock {
                    ($0.now, $0.sleepers.values.map(\.until).min())
                }
                if let next { advance(by: now.duration(to: next)) }
                await Task.yield()
            }
        }
        defer { ticking.cancel() }
        return try await body()
    }

    func sleep(until instant: Instant) async {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (isOver, seen) = state.withLock { state -> (Bool, [Sleeper]) in
                    if Task.isCancelled || state.now >= instant { return (true, []) }
                    state.sleepers[id] = Sleeper(until: instant, continuation: continuation)
                    let seen = state.watchers.filter { $0.until == instant }
                    state.watchers.removeAll { $0.until == instant }
                    return (false, seen)
                }
                if isOver { continuation.resume() }
                for watcher in seen { watcher.continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation.resume()
        }
    }
}
