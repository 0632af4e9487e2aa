/// What a client asks of the caller's address book.
public enum ContactOperation: Sendable {
    /// The entries, a part at a time.
    case listContacts(ContactSearch)
    /// One entry.
    case readContact(ContactID)
    /// Make an entry.
    case createContact(ContactContent)
    /// Change what an entry says.
    case amendContact(ContactID, ContactAmendment)
    /// Delete an entry; it leaves all lists.
    case deleteContact(ContactID)

    /// Whether it changes nothing but what is known of who read what.
    var isReading: Bool {
        switch self {
        case .listContacts, .readContact: true
        default: false
        }
    }

    /// Its name in logs, metrics and audit entries.
    var name: StaticString {
        switch self {
        case .listContacts: "listContacts"
        case .readContact: "readContact"
        case .createContact: "createContact"
        case .amendContact: "amendContact"
        case .deleteContact: "deleteContact"
        }
    }
}
