public import PosternModel

/// Shows address books and lists; good only within ``MailLedger/mailView(_:)``.
public protocol AddressBookView {
    /// An entry of an account's address book; nil when it has none of this number.
    func contact(_ id: ContactID, of account: AccountID) throws(Fault) -> Contact?

    /// A part of an account's address book.
    func contacts(
        _ search: ContactSearch, of account: AccountID
    ) throws(Fault) -> Excerpt<Contact>

    /// A list of an account's; nil when it has none of this number.
    func contactList(_ id: ContactListID, of account: AccountID) throws(Fault) -> ContactList?

    /// A part of an account's lists.
    func contactLists(
        _ window: Window, of account: AccountID
    ) throws(Fault) -> Excerpt<ContactList>
}

/// Keeps address books and lists.
///
/// Every method returns only after its transaction is on disk, or throws after nothing of it is.
public protocol AddressBook: Sendable {
    /// Makes an entry; nil when the account has one of that address.
    func createContact(
        _ content: ContactContent, of account: AccountID, at now: Instant
    ) async throws(Fault) -> Contact?

    /// Changes what an entry says; one that says so already stays as it is.
    func amendContact(
        _ id: ContactID, of account: AccountID, at now: Instant,
        by amendment: @escaping ContactAmendment
    ) async throws(Fault) -> Change<Contact>

    /// Deletes an entry, and takes it off all lists.
    ///
    /// - Returns: Whether there was such an entry.
    func deleteContact(
        _ id: ContactID, of account: AccountID, at now: Instant
    ) async throws(Fault) -> Bool

    /// Makes a list; nil when the account has one of that name.
    func createContactList(
        _ content: ContactListContent, of account: AccountID, at now: Instant
    ) async throws(Fault) -> ContactList?

    /// Changes what a list says of itself; one that says so already stays as it is.
    func amendContactList(
        _ id: ContactListID, of account: AccountID, at now: Instant,
        by amendment: @escaping ContactListAmendment
    ) async throws(Fault) -> Change<ContactList>

    /// Deletes a list; its contacts stay.
    ///
    /// - Returns: Whether there was such a list.
    func deleteContactList(
        _ id: ContactListID, of account: AccountID
    ) async throws(Fault) -> Bool

    /// Takes contacts off a list and puts others on, all of it or nothing; who is on it already stays once.
    ///
    /// A contact that is named for both is on it afterwards.
    func changeMembers(
        of id: ContactListID, of account: AccountID, add: [ContactID], remove: [ContactID],
        at now: Instant
    ) async throws(Fault) -> MembersChange
}

/// How changing something that has a name ended.
public enum Change<Item: Sendable>: Sendable {
    /// It is changed.
    case done(Item)
    /// There is no such thing of this account.
    case missing
    /// The name is taken; nothing was changed.
    case taken
    /// It would be longer than it may be; nothing was changed.
    case tooLong
}

/// How changing a list's members ended.
public enum MembersChange: Sendable {
    /// They are changed.
    case done(ContactList)
    /// There is no such list of this account.
    case listMissing
    /// One of the contacts is not this account's; nothing was changed.
    case contactMissing(ContactID)
    /// More would be on the list than ``PosternModel/ContactList/largest``; nothing was changed.
    case tooMany
}
