import PosternModel

/// Which cells of other units a group's members may write to, every value settled.
struct CellRules: Sendable, Equatable {
    /// Whether they may write to any.
    var allowed: Bool
    /// The units a cell must be on; nil where any will do that the operator lists.
    var units: Set<UnitURL>?

    /// Whether they may write to a cell.
    func reaches(_ cell: CellURL) -> Bool { allowed && units?.contains(cell.unit) ?? true }
}
