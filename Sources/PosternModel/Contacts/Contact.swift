/// The number the ledger gives an entry of an address book; never reused.
public struct ContactID: RawRepresentable, Hashable, Sendable, Codable {
    /// A positive row number.
    public let rawValue: Int64

    /// Wraps a row number.
    public init(rawValue: Int64) { self.rawValue = rawValue }
}

/// One entry of somebody's address book.
public struct Contact: Sendable, Equatable {
    /// Its number.
    public var id: ContactID
    /// What it says.
    public var content: ContactContent
    /// The lists of the same owner it is on, by number.
    public var lists: [ContactListID]
    /// When it was made.
    public var createdAt: Instant
    /// When it was last changed.
    public var changedAt: Instant

    /// Makes an entry.
    public init(
        id: ContactID, content: ContactContent, lists: [ContactListID] = [], createdAt: Instant,
        changedAt: Instant
    ) {
        self.id = id
        self.content = content
        self.lists = lists
        self.createdAt = createdAt
        self.changedAt = changedAt
    }
}

/// What an entry of an address book says.
public struct ContactContent: Sendable, Equatable {
    /// The longest name, in characters as Unicode counts them: its scalars.
    public static let longestName = 200

    /// The name; may be empty.
    public var name: String
    /// Where the person is reached; once in an address book.
    public var address: Address

    /// Makes content.
    public init(name: String, address: Address) {
        self.name = name
        self.address = address
    }

    /// Whether the name is no longer than it may be.
    public var isWithinBounds: Bool { name.unicodeScalars.count <= Self.longestName }
}

/// A change to an entry of an address book: what it makes of what the entry says.
///
/// Pure: it is made within the writer's turn, and must not take long.
public typealias ContactAmendment = @Sendable (inout ContactContent) -> Void

/// Which entries of the caller's address book are asked for; by number, upwards.
public struct ContactSearch: Sendable, Equatable {
    /// Which part of the list.
    public var window: Window
    /// Only those of this very name; nil for any.
    public var name: String?
    /// Only the one of this address; nil for any.
    public var address: Address?
    /// Only those on this list; nil for all.
    public var list: ContactListID?

    /// Asks for all.
    public init(
        window: Window = Window(), name: String? = nil, address: Address? = nil,
        list: ContactListID? = nil
    ) {
        self.window = window
        self.name = name
        self.address = address
        self.list = list
    }
}
