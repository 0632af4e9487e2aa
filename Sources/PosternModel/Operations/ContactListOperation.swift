/// What a client asks of the caller's lists of contacts.
public enum ContactListOperation: Sendable {
    /// The lists, a part at a time, by number.
    case listContactLists(Window)
    /// One list.
    case readContactList(ContactListID)
    /// Make a list.
    case createContactList(ContactListContent)
    /// Change what a list says of itself.
    case amendContactList(ContactListID, ContactListAmendment)
    /// Delete a list; its contacts stay.
    case deleteContactList(ContactListID)
    /// Put contacts on a list and take others off: all of it or nothing.
    case changeMembers(ContactListID, add: [ContactID], remove: [ContactID])

    /// Whether it changes nothing but what is known of who read what.
    var isReading: Bool {
        switch self {
        case .listContactLists, .readContactList: true
        default: false
        }
    }

    /// Its name in logs, metrics and audit entries.
    var name: StaticString {
        switch self {
        case .listContactLists: "listContactLists"
        case .readContactList: "readContactList"
        case .createContactList: "createContactList"
        case .amendContactList: "amendContactList"
        case .deleteContactList: "deleteContactList"
        case .changeMembers: "changeMembers"
        }
    }
}
