/// All that says whether a step of a cascade goes out: what it waits for, and what has become of the message before it.
public struct CascadeTurn: Sendable, Equatable {
    /// What has become of the message before.
    public enum Predecessor: Sendable, Hashable {
        /// It waits itself, until that instant or longer.
        case waiting(until: Instant)
        /// It left then; it is on its way to so many recipients still, and will never reach so many.
        case left(at: Instant, pending: Int, failed: Int)
        /// It was refused when its time came.
        case refused
        /// It was stopped, taken back or erased: nothing takes its place.
        case gone
    }

    /// What is to be done with the step.
    public enum Verdict: Sendable, Hashable {
        /// It goes out now.
        case go
        /// It waits until then, and is looked at again.
        case wait(until: Instant)
        /// It never goes out, and none after it does.
        case end
    }

    /// What the message before must have failed to do.
    public var condition: Cascade.Condition
    /// How long it has for it.
    public var wait: Duration
    /// What has become of it.
    public var predecessor: Predecessor

    /// Describes a turn.
    public init(condition: Cascade.Condition, wait: Duration, predecessor: Predecessor) {
        self.condition = condition
        self.wait = wait
        self.predecessor = predecessor
    }

    /// What is to be done with the step at an instant.
    ///
    /// Whatever never arrives will not be read either, and is not waited for. Nobody reports that a message was read outside:
    /// there, one that was delivered counts as unread when its time is over.
    public func verdict(at now: Instant) -> Verdict {
        switch predecessor {
        case .gone: return .end
        case .refused: return .go
        case .waiting(let until): return .wait(until: max(until, now).advanced(by: wait))
        case .left(let at, let pending, let failed):
            if pending == 0, failed > 0 { return .go }
            if pending == 0, condition == .notDelivered { return .end }
            let end = at.advanced(by: wait)
            return now < end ? .wait(until: end) : .go
        }
    }
}
