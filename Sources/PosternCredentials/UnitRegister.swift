public import PosternModel
import Synchronization

/// Holds the foreign units that are listed now.
public final class UnitRegister: ForeignUnits, ForeignTokens {
    private struct State {
        var list: ForeignUnitList
        var trouble: String?
    }

    private let state: Mutex<State>

    /// Begins with some units.
    public init(_ first: ForeignUnitList = ForeignUnitList()) { state = Mutex(State(list: first)) }

    /// Why the files on disk are not what is listed; nil while they are.
    public var trouble: String? { state.withLock { $0.trouble } }

    /// The units listed now.
    public var current: ForeignUnitList { state.withLock { $0.list } }

    /// Lists other units, or other keys of theirs, from now on.
    public func activate(_ next: ForeignUnitList) { state.withLock { $0 = State(list: next) } }

    /// Keeps to the present ones although the files have changed, and says why.
    public func keepDespite(trouble: String) { state.withLock { $0.trouble = trouble } }

    /// Whether a unit is listed now.
    public func contains(_ unit: UnitURL) -> Bool { current[unit] != nil }

    /// What a token proves to a cell now.
    public func claims(
        of token: Secret, for cell: CellURL, at now: Instant
    ) -> Result<CellClaims, CellTokenProblem> {
        current.claims(of: token, for: cell, at: now)
    }
}
