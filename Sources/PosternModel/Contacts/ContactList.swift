/// The number the ledger gives a list of contacts; never reused.
public struct ContactListID: RawRepresentable, Hashable, Sendable, Codable {
    /// A positive row number.
    public let rawValue: Int64

    /// Wraps a row number.
    public init(rawValue: Int64) { self.rawValue = rawValue }
}

/// A named list of somebody's contacts: SendHub's groups, OSDI's lists and Personium's relations are all this.
public struct ContactList: Sendable, Equatable {
    /// The most contacts that may be on it.
    public static let largest = 10_000

    /// Its number.
    public var id: ContactListID
    /// What it says.
    public var content: ContactListContent
    /// How many contacts are on it.
    public var size: Int
    /// When it was made.
    public var createdAt: Instant
    /// When it was last changed; its members count.
    public var changedAt: Instant

    /// Makes a list.
    public init(
        id: ContactListID, content: ContactListContent, size: Int, createdAt: Instant,
        changedAt: Instant
    ) {
        self.id = id
        self.content = content
        self.size = size
        self.createdAt = createdAt
        self.changedAt = changedAt
    }
}

/// What a list says of itself.
public struct ContactListContent: Sendable, Equatable {
    /// The longest name, in characters as Unicode counts them: its scalars.
    public static let longestName = 200

    /// The name; once among its owner's lists.
    public var name: String
    /// What a dialect keeps with it.
    public var annex: Annex?

    /// Makes content.
    public init(name: String, annex: Annex? = nil) {
        self.name = name
        self.annex = annex
    }

    /// Whether name and annex are no longer than they may be.
    public var isWithinBounds: Bool {
        name.unicodeScalars.count <= Self.longestName
            && annex.map { $0.isWithinBounds && $0.words.isEmpty } ?? true
    }
}

/// A change to a list: what it makes of what the list says of itself.
///
/// Pure: it is made within the writer's turn, and must not take long.
public typealias ContactListAmendment = @Sendable (inout ContactListContent) -> Void

/// What a dialect keeps with a message or a list and nobody else looks into: members of its own API.
///
/// No rule looks into its bytes, so a dialect shows a message's recipients nothing of them but members of a closed form,
/// numbers and words from a list, and texts that are among its words: those are looked through as the subject is.
public struct Annex: Sendable, Equatable {
    /// The most bytes there may be, those of the words with them.
    public static let largest = 32 * 1024
    /// The most words there may be.
    public static let mostWords = 16

    /// The dialect's name; another dialect's annex reads as none.
    public var dialect: String
    /// The dialect's own writing.
    public var bytes: [UInt8]
    /// Texts besides subject and body that the dialect shows a message's recipients; a list has none.
    public var words: [String]

    /// Makes an annex.
    public init(dialect: String, bytes: [UInt8], words: [String] = []) {
        self.dialect = dialect
        self.bytes = bytes
        self.words = words
    }

    /// Whether it is no larger than it may be.
    public var isWithinBounds: Bool {
        words.count <= Self.mostWords
            && words.reduce(bytes.count) { $0 + $1.utf8.count } <= Self.largest
    }
}

/// Which part of a list is asked for.
public struct Window: Sendable, Equatable {
    /// How many come before it; not negative.
    public var offset: Int
    /// How many at most; not negative.
    public var limit: Int

    /// Asks for a part.
    public init(offset: Int = 0, limit: Int = 100) {
        self.offset = max(0, offset)
        self.limit = max(0, limit)
    }

    /// The page of a number from 1; beyond all counting where the number is.
    public static func page(_ number: Int, of size: Int) -> Window {
        Window(offset: pageOffset(number, size), limit: size)
    }
}

/// A part of a list, and how long the whole list is.
public struct Excerpt<Item: Sendable>: Sendable {
    /// What was asked for of it.
    public var items: [Item]
    /// Which part this is.
    public var window: Window
    /// How many there are in all.
    public var total: Int

    /// Makes a part.
    public init(items: [Item], window: Window, total: Int) {
        self.items = items
        self.window = window
        self.total = total
    }
}
