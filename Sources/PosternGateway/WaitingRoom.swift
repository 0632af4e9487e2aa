import PosternModel
import Synchronization

/// Requests that may wait for the ledger: while it stands still they are answered all the same, and none is begun.
///
/// What was begun goes on and may yet be recorded; its answer says so.
public final class WaitingRoom: Sendable {
    /// Why nothing is begun while the ledger stands still.
    static let closed = Fault(.storageUnwritable, note: "the ledger stands still")

    typealias Place = Int

    private struct State {
        var waiting: [Place: (since: ContinuousClock.Instant, giveUp: @Sendable () -> Void)] = [:]
        var next = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let patience: Duration

    /// Opens the room.
    ///
    /// - Parameter patience: How long a request waits for a ledger that has stood still for as long.
    public init(patience: Duration) { self.patience = patience }

    /// Gives a request a place.
    ///
    /// - Parameter giveUp: Answers the request; called at most once, and perhaps just as it is answered anyway.
    /// - Returns: The place; nil while the ledger stands still.
    func enter(_ giveUp: @escaping @Sendable () -> Void) -> Place? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            state.next += 1
            state.waiting[state.next] = (.now, giveUp)
            return state.next
        }
    }

    /// Frees a place.
    ///
    /// - Returns: Whether it was still taken: false when whoever had it was answered.
    @discardableResult
    func leave(_ place: Place) -> Bool {
        state.withLock { $0.waiting.removeValue(forKey: place) != nil }
    }

    /// Answers whoever has waited too long; to be called every while.
    ///
    /// - Parameters:
    ///   - standstill: For how long the ledger has not got further.
    ///   - now: The present.
    public func look(standstill: Duration, at now: ContinuousClock.Instant = .now) {
        let late = state.withLock { state in
            state.isClosed = standstill >= patience
            guard state.isClosed else { return [@Sendable () -> Void]() }
            let late = state.waiting.filter { $0.value.since.duration(to: now) >= patience }
            for place in late.keys { state.waiting[place] = nil }
            return late.values.map(\.giveUp)
        }
        for giveUp in late { giveUp() }
    }
}
