/// How stopping one message ended; that of one in a cascade speaks for all that would take its place, too.
///
/// Decided against the couriers in one order: what is ``stopped`` cannot leave any more.
public enum StopEnding: String, Sendable, Equatable, CaseIterable {
    /// It will not go out, or not further than it has.
    case stopped
    /// A courier has the last of it in hand; it is not tried again should that fail.
    case stopping
    /// It is out, or may be: it was carried once and nobody answered, so that it is not tried again.
    case tooLate
    /// There is no such message of this caller's that was sent or scheduled.
    case missing
}
