/// Why the token of a foreign cell is not good, as far as whoever showed it is told.
public enum CellTokenProblem: String, Error, Sendable, Equatable, CaseIterable {
    /// It is no token, one of another kind, or its times or names are missing or out of bounds.
    case unreadable
    /// Its end has come.
    case expired
    /// It is not signed by a key of its unit's.
    case wrongSignature
    /// It is for another cell.
    case wrongAudience
    /// Its unit is not on the list.
    case unknownUnit
    /// It is a token of this unit's own, which proves nothing about a foreign cell.
    case ownToken
    /// The account that stands for the unit is missing, or may not be used.
    case accountUnusable
}
