public import PosternPipeline

/// Carries rows to the world outside, one at a time.
///
/// May be called from several tasks at once. Never throws: what went wrong is an answer.
public protocol Carrier: Sendable {
    /// Tries once to hand one row over; returns within the carrier's own time limits.
    func carry(_ row: OutboxRow) async -> Carriage

    /// Lets go of connections; called once, after the last ``carry(_:)`` has returned, or when nobody waits for it any more.
    func close() async
}

/// How carrying one row ended.
///
/// Reasons are whole sentences for an operator, without control characters.
public enum Carriage: Sendable, Equatable {
    /// The other side took the row and said so.
    case taken
    /// The other side will not take this row now.
    case delayed(String)
    /// The other side will not take this row now, and says for how long not.
    case deferred(String, by: Duration)
    /// The other side will never take this row.
    case refused(String)
    /// The row was handed over and the answer never came: it may arrive twice, under the same name.
    case uncertain(String)
    /// The other side cannot be used at all, for this row or any other.
    case unreachable(String)
    /// The other side fails, for this row or any other, and may have taken this one all the same.
    case failing(String)
    /// The other side is a delivery core, and this is where the row stands there.
    case entrusted(CoreWord.Standing)
}
