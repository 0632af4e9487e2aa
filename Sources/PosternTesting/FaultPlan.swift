public import PosternModel
import Synchronization

/// Decides how the calls of a port go wrong: both ways a call can fail are worth trying.
public final class FaultPlan: Sendable {
    /// How one call goes.
    public enum Turn: Sendable {
        /// As it should.
        case well
        /// It fails, and nothing has happened.
        case failsUndone(FaultCode)
        /// It happens, and the caller is told that it failed.
        case failsDone(FaultCode)
    }

    private let turns: Mutex<[Turn]>

    /// Plans the first calls; later ones go well.
    public init(_ turns: [Turn] = []) { self.turns = Mutex(turns) }

    /// Plans the next calls.
    public func plan(_ next: [Turn]) { turns.withLock { $0 = next } }

    /// Runs one call by the plan.
    public func run<Result>(_ call: () throws(Fault) -> Result) throws(Fault) -> Result {
        let turn = turns.withLock { $0.isEmpty ? Turn.well : $0.removeFirst() }
        switch turn {
        case .well: return try call()
        case .failsUndone(let code): throw Fault(code, note: "planned, undone")
        case .failsDone(let code):
            _ = try call()
            throw Fault(code, note: "planned, done")
        }
    }
}
