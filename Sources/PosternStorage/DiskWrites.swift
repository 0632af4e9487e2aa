import Glibc
import Synchronization

/// The calls that write to a disk and have not come back, and since when.
///
/// A disk that stands still lets a call neither fail nor end. That is all there is to notice about it.
final class DiskWrites: Sendable {
    private struct State {
        var begun: [Int: ContinuousClock.Instant] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    /// For how long the oldest call has been under way; zero while there is none.
    var standstill: Duration {
        state.withLock { $0.begun.values.min() }.map { $0.duration(to: .now) } ?? .zero
    }

    /// Makes a call, which may block; afterwards `errno` is what the call left there.
    @discardableResult
    func during<Value, Problem: Error>(
        _ call: () throws(Problem) -> Value
    ) throws(Problem) -> Value {
        let place = state.withLock { state in
            state.next += 1
            state.begun[state.next] = .now
            return state.next
        }
        defer {
            let error = errno
            state.withLock { $0.begun[place] = nil }
            errno = error
        }
        return try call()
    }
}
