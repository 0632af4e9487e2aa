/// The number an operator gives a dispatch; it keeps it for ever.
public struct DispatchID: RawRepresentable, Hashable, Sendable, Codable {
    /// A number from 1.
    public let rawValue: Int64

    /// Wraps a number.
    public init(rawValue: Int64) { self.rawValue = rawValue }

    /// Reads decimal digits; nil for anything else, 0, and what begins with one.
    public init?(_ text: some StringProtocol) {
        guard (1...18).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }),
            text.utf8.first != 48, let number = Int64(text)
        else { return nil }
        rawValue = number
    }
}

/// A collection of messages that is started and stopped as a whole.
///
/// Operators make it, with what its messages say. Its owner adds recipients: before it is started they wait, afterwards
/// they are written to at once. One that was stopped takes no more, and never goes on.
public struct Dispatch: Sendable, Equatable {
    /// How far it has come.
    ///
    /// The raw values are kept in ledgers and keep their meaning.
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// Its messages wait.
        case collecting
        /// Its messages leave.
        case started
        /// What had not left never does.
        case stopped
    }

    /// What its messages have in common.
    public struct Template: Sendable, Equatable {
        /// The longest text, in characters as Unicode counts them: its scalars.
        public static let longestText = 4096
        /// The longest of the other parts, likewise.
        public static let longestName = 64

        /// The way they go, in the words of the API that fills it.
        public var channel: String
        /// Whom recipients see them come from.
        public var sender: String
        /// What they say.
        public var text: String

        /// Names each part.
        public init(channel: String, sender: String, text: String) {
            self.channel = channel
            self.sender = sender
            self.text = text
        }

        /// Whether no part is empty or longer than it may be.
        public var isWithinBounds: Bool {
            (1...Self.longestText).contains(text.unicodeScalars.count)
                && [channel, sender].allSatisfy {
                    (1...Self.longestName).contains($0.unicodeScalars.count)
                        && !$0.utf8.contains { $0 < 0x20 || $0 == 0x7F }
                }
        }
    }

    /// Its number.
    public var id: DispatchID
    /// What its owner calls it.
    public var name: String
    /// How far it has come.
    public var state: State
    /// What its messages have in common.
    public var template: Template

    /// Makes a view.
    public init(id: DispatchID, name: String, state: State, template: Template) {
        self.id = id
        self.name = name
        self.state = state
        self.template = template
    }
}

/// Makes the messages that are added to a dispatch, from what it says; nil where an API cannot put it into its messages.
///
/// Pure: it may be asked again.
public typealias DispatchFilling = @Sendable (Dispatch) -> [Composition]?
