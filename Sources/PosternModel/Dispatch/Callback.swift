/// Where the one who composes a message wants to hear what becomes of it.
///
/// What couriers carry to the outside is told of, one delivery at a time; of mailboxes nothing is told.
public struct Callback: Sendable, Equatable {
    /// The API that words what is told.
    public var dialect: String
    /// Where to; kept sealed.
    public var url: CallbackURL
    /// What is told; never empty.
    public var events: Set<DispatchEvent.Kind>

    /// Asks for calls.
    public init(dialect: String, url: CallbackURL, events: Set<DispatchEvent.Kind>) {
        self.dialect = dialect
        self.url = url
        self.events = events
    }
}
