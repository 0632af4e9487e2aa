import HTTPTypes
import PosternDialectKit
import PosternModel

extension RequestReader {
    /// What a request for anything but a send asks for, and how it is answered.
    func operation(
        _ route: Route, by method: HTTPRequest.Method, manner: inout SendHubManner
    ) throws(Problem) -> Operation {
        switch route {
        case .messages:
            manner.list.path = "/v1/messages/"
            return try outgoing(Set(OutgoingSearch.Stage.allCases).subtracting([.draft]))
        case .scheduledMessages:
            manner.list.path = "/v1/messages/scheduled/"
            return try outgoing([.scheduled])
        case .inbox:
            manner.list.path = "/v1/inbox/"
            return try inbox()
        case .message(let number):
            let name = number.map(MessageName.number) ?? .malformed
            switch method {
            case .put: return try reading(name)
            case .delete: return .dispatch(.stop([name]))
            default: return .incoming(.readEither(name))
            }
        case .contacts:
            manner.topic = .contact
            if method == .post {
                manner.isNew = true
                return .contacts(.createContact(try contact()))
            }
            return .contacts(.listContacts(try listed("/v1/contacts/", try contacts(), &manner)))
        case .contact(let number):
            manner.topic = .contact
            // Ids begin at 1: what cannot be there is answered as what is not.
            let id = ContactID(rawValue: number ?? 0)
            switch method {
            case .put:
                let content = try contact()
                return .contacts(.amendContact(id) { $0 = content })
            case .delete: return .contacts(.deleteContact(id))
            default: return .contacts(.readContact(id))
            }
        case .groups:
            manner.topic = .group
            if method == .post {
                manner.isNew = true
                return .contactLists(.createContactList(try group()))
            }
            manner.list.path = "/v1/groups/"
            return .contactLists(.listContactLists(try window(atMost: Self.mostContacts)))
        case .group(let number):
            manner.topic = .group
            let id = ContactListID(rawValue: number ?? 0)
            switch method {
            case .put:
                let content = try group()
                return .contactLists(.amendContactList(id) { $0.replace(with: content) })
            case .delete: return .contactLists(.deleteContactList(id))
            default: return .contactLists(.readContactList(id))
            }
        case .members(let number):
            manner.topic = .members
            guard let number else { throw .notFound(.group) }
            let id = ContactListID(rawValue: number)
            guard method == .post else {
                return .contacts(
                    .listContacts(
                        try listed(
                            "/v1/groups/\(id.rawValue)/contacts/", try contacts(on: id), &manner)
                    ))
            }
            (manner.added, manner.removed) = try members()
            return .contactLists(.changeMembers(id, add: manner.added, remove: manner.removed))
        }
    }

    private func listed(
        _ path: String, _ search: ContactSearch, _ manner: inout SendHubManner
    ) throws(Problem) -> ContactSearch {
        manner.list = ListPlace(path: path, filters: Self.filters(of: search))
        return search
    }
}

extension SendHubDialect {
    /// Words what an operation gave back.
    func answer(_ result: OperationResult, in manner: SendHubManner) -> DialectResponse {
        let status = manner.isNew ? HTTPResponse.Status.created : .ok
        switch result {
        case .outgoing(let message):
            return object(status) { MessageObject(message).write(to: &$0, below: prefix) }
        case .incoming(let message):
            return object(status) { MessageObject(message).write(to: &$0, below: prefix) }
        case .outgoings(let messages):
            return list(messages, in: manner) { MessageObject($1).write(to: &$0, below: prefix) }
        case .incomings(let messages):
            return list(messages, in: manner) {
                MessageObject(inbox: $1).write(to: &$0, below: prefix)
            }
        case .stops(let endings): return answer(endings.first ?? .missing, in: manner)
        case .contact(let contact):
            return object(status) { contact.write(to: &$0, below: prefix) }
        case .contacts(let contacts):
            return list(contacts, in: manner) { $1.write(to: &$0, below: prefix) }
        case .contactList where manner.topic == .members:
            return object(.accepted) { json in
                json.array("add", of: manner.added) { $0.string("\($1.rawValue)") }
                json.object("errors") { _ in }
                json.array("remove", of: manner.removed) { $0.string("\($1.rawValue)") }
            }
        case .contactList(let group):
            return object(status) { group.write(to: &$0, below: prefix, isNew: manner.isNew) }
        case .contactLists(let groups):
            return list(groups, in: manner) { $1.write(to: &$0, below: prefix, isNew: false) }
        case .done: return .make(.noContent, nil, [])
        // What only other dialects ask for.
        case .session, .authenticationToken, .user, .quotas, .rights, .draft, .uploads, .attachment,
            .content, .message, .messages, .tracking, .label, .labels:
            return object(.ok) { _ in }
        }
    }

    /// Words how stopping a message ended.
    private func answer(_ ending: StopEnding, in manner: SendHubManner) -> DialectResponse {
        switch ending {
        case .stopped, .stopping:
            object(.ok) { $0.member("message", "Record successfully deleted") }
        case .tooLate:
            Problem(.conflict, "The message is out and cannot be deleted.")
                .response(wantsProblem: manner.wantsProblem)
        case .missing: Problem.notFound(.message).response(wantsProblem: manner.wantsProblem)
        }
    }

    private func list<Item>(
        _ excerpt: Excerpt<Item>, in manner: SendHubManner,
        _ element: (inout JSONWriter, Item) -> Void
    ) -> DialectResponse {
        object(.ok) { manner.list.write(excerpt, to: &$0, below: prefix, element) }
    }

    /// An answer of one object.
    func object(
        _ status: HTTPResponse.Status, _ write: (inout JSONWriter) -> Void
    ) -> DialectResponse {
        var json = JSONWriter()
        json.object(write)
        return .make(status, "application/json", json.bytes)
    }
}
