public import PosternModel

/// Calls that are owed to those who wanted to hear what becomes of their messages.
///
/// Whoever works them off is alone: a call handed out is handed out again until it is settled or put off.
public protocol CallbackQueue: Sendable {
    /// Calls that are due, at most `limit`, the longest overdue first.
    func dueCallbacks(at instant: Instant, limit: Int) async throws(Fault) -> [OwedCallback]

    /// When the next call falls due; nil when none is owed.
    func nextCallback() async throws(Fault) -> Instant?

    /// Strikes a call off, made or given up; a second time changes nothing.
    func settleCallback(_ call: OwedCallback.ID) async throws(Fault)

    /// Puts a call off and counts one attempt.
    func delayCallback(_ call: OwedCallback.ID, until instant: Instant) async throws(Fault)
}

/// One call that is owed.
public struct OwedCallback: Sendable, Identifiable {
    /// Its number, never used again: with the message's name the idempotency key towards the outside.
    public var id: Int64
    /// The API that words it.
    public var dialect: String
    /// Where to; nil where the ledger cannot open it any more.
    public var url: CallbackURL?
    /// What is told.
    public var event: DispatchEvent
    /// How often it was tried before.
    public var attempts: Int

    /// Makes a call.
    public init(
        id: Int64, dialect: String, url: CallbackURL?, event: DispatchEvent, attempts: Int
    ) {
        self.id = id
        self.dialect = dialect
        self.url = url
        self.event = event
        self.attempts = attempts
    }
}
