/// What answering a request does besides being noted, in the same transaction: all of it happens, or nothing.
public enum AnswerEffect: Sendable, Equatable {
    /// Nothing.
    case nothing
    /// The reader's own lists change.
    case change(ListChange)
    /// The answer cannot be given here.
    case impossible(OperationRefusal)

    /// Tells from a message, whose body is left out, what an answer to it does.
    ///
    /// Pure: what is delivered does not change any more.
    public typealias Rule = @Sendable (IncomingMessage) -> AnswerEffect
}

/// A change to one of the reader's lists of contacts that a request asks for.
public struct ListChange: Sendable, Equatable {
    /// What is done.
    public enum Kind: String, Sendable, CaseIterable {
        /// Somebody is put on the list; the list and their entry in the address book are made where they are missing.
        case link
        /// Somebody is taken off the list; list and entry stay.
        case unlink
    }

    /// Who is put on the list or taken off it.
    public enum Party: Sendable, Hashable {
        /// The account of that handle.
        case handle(Handle)
        /// Whoever has the address.
        case address(Address)
    }

    /// What is done.
    public var kind: Kind
    /// The list's name.
    public var list: String
    /// Who is put on it or taken off it.
    public var party: Party

    /// Names a change.
    public init(_ kind: Kind, _ party: Party, list: String) {
        self.kind = kind
        self.party = party
        self.list = list
    }
}
