import PosternModel

extension OperationPipeline {
    /// Shows and changes the caller's address book.
    func keepContacts(
        _ operation: ContactOperation, _ walk: OperationWalk, _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        let (ledger, account, now) = (ports.ledger, principal.account, walk.now)
        switch operation {
        case .listContacts(let search):
            let found = try ledger.mailView { view throws(Fault) -> Excerpt<Contact>? in
                if let list = search.list, try view.contactList(list, of: account) == nil {
                    return nil
                }
                return try view.contacts(search, of: account)
            }
            guard let found else { return walk.refused(.own(.contactListMissing)) }
            return walk.done(.contacts(found))
        case .readContact(let id):
            let found = try ledger.mailView { view throws(Fault) in
                try view.contact(id, of: account)
            }
            return found.map { walk.done(.contact($0)) } ?? walk.refused(.own(.contactMissing))
        case .createContact(let content):
            guard content.isWithinBounds else { return walk.refusedContactName() }
            let made = try await ledger.createContact(content, of: account, at: now)
            return made.map { walk.done(.contact($0)) } ?? walk.refused(.own(.contactTaken))
        case .amendContact(let id, let amendment):
            switch try await ledger.amendContact(id, of: account, at: now, by: amendment) {
            case .done(let contact): return walk.done(.contact(contact))
            case .missing: return walk.refused(.own(.contactMissing))
            case .taken: return walk.refused(.own(.contactTaken))
            case .tooLong: return walk.refusedContactName()
            }
        case .deleteContact(let id):
            let found = try await ledger.deleteContact(id, of: account, at: now)
            return found ? walk.done() : walk.refused(.own(.contactMissing))
        }
    }

    /// Shows and changes the caller's lists of contacts.
    func keepContactLists(
        _ operation: ContactListOperation, _ walk: OperationWalk, _ principal: Principal
    ) async throws(Fault) -> OperationOutcome {
        let (ledger, account, now) = (ports.ledger, principal.account, walk.now)
        switch operation {
        case .listContactLists(let window):
            return walk.done(
                .contactLists(
                    try ledger.mailView { view throws(Fault) in
                        try view.contactLists(window, of: account)
                    }))
        case .readContactList(let id):
            let found = try ledger.mailView { view throws(Fault) in
                try view.contactList(id, of: account)
            }
            return found.map { walk.done(.contactList($0)) }
                ?? walk.refused(.own(.contactListMissing))
        case .createContactList(let content):
            guard content.isWithinBounds else { return walk.refusedListContent() }
            let made = try await ledger.createContactList(content, of: account, at: now)
            return made.map { walk.done(.contactList($0)) }
                ?? walk.refused(.own(.contactListTaken))
        case .amendContactList(let id, let amendment):
            switch try await ledger.amendContactList(id, of: account, at: now, by: amendment) {
            case .done(let list): return walk.done(.contactList(list))
            case .missing: return walk.refused(.own(.contactListMissing))
            case .taken: return walk.refused(.own(.contactListTaken))
            case .tooLong: return walk.refusedListContent()
            }
        case .deleteContactList(let id):
            let found = try await ledger.deleteContactList(id, of: account)
            return found ? walk.done() : walk.refused(.own(.contactListMissing))
        case .changeMembers(let id, let add, let remove):
            switch try await ledger.changeMembers(
                of: id, of: account, add: add, remove: remove, at: now)
            {
            case .done(let list): return walk.done(.contactList(list))
            case .listMissing: return walk.refused(.own(.contactListMissing))
            case .contactMissing(let contact):
                return walk.refused(.own(.contactMissing), targets: [.contact(contact)])
            case .tooMany:
                return walk.refused(
                    .own(.invalid),
                    sentence: "A list may have \(ContactList.largest) contacts.")
            }
        }
    }
}

extension OperationWalk {
    fileprivate func refusedContactName() -> OperationOutcome {
        refused(
            .own(.invalid),
            sentence: "A contact's name may have \(ContactContent.longestName) characters.")
    }

    fileprivate func refusedListContent() -> OperationOutcome {
        refused(
            .own(.invalid),
            sentence:
                "A list's name may have \(ContactListContent.longestName) characters, and what is kept with it \(Annex.largest) bytes."
        )
    }
}
