import Dispatch
import Foundation
import Synchronization

/// Does one thing after another on a thread of its own, which lets all others go first.
///
/// Taking a half-second's entries in is some sixty milliseconds of work under full load, and nobody waits for it. The thread ends
/// with the queue, once it has done what was asked.
final class QuietQueue: Sendable {
    private struct State {
        var jobs: [@Sendable () -> Void] = []
        var isOver = false
    }

    /// What the thread and the queue share: the queue itself can end only when the thread does not hold it.
    private final class Desk: Sendable {
        let state = Mutex(State())
        let wakeUps = DispatchSemaphore(value: 0)

        func work() {
            while true {
                wakeUps.wait()
                let (job, isOver) = state.withLock { state in
                    state.jobs.isEmpty ? (nil, state.isOver) : (state.jobs.removeFirst(), false)
                }
                if isOver { return }
                job?()
            }
        }
    }

    /// How much nicer than the rest of the program the thread is.
    private static let niceness: Int32 = 10

    private let desk = Desk()

    init(_ name: String) {
        let thread = Thread { [desk] in
            // On Linux this changes the calling thread alone (nice(2), "C library/kernel differences"). A refusal costs
            // others time only.
            nice(Self.niceness)
            desk.work()
        }
        thread.name = name
        thread.start()
    }

    deinit {
        desk.state.withLock { $0.isOver = true }
        desk.wakeUps.signal()
    }

    func async(_ job: @escaping @Sendable () -> Void) {
        desk.state.withLock { $0.jobs.append(job) }
        desk.wakeUps.signal()
    }
}
