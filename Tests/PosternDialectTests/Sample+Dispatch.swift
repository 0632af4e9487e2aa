import PosternModel

/// What an outcome's further lines say of the sample: `annex: {"name":"x"}`, `state: sent`.
typealias SampleLines = [String: String]

extension SampleLines {
    /// Reads `key: value` from every line but the first.
    init(after text: String) {
        self = [:]
        for line in text.split(separator: "\n").dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            self[String(line[..<colon])] =
                line[line.index(after: colon)...].drop { $0 == " " }
                .description
        }
    }

    fileprivate func annex(of dialect: String) -> Annex? {
        self["annex"].map {
            Annex(
                dialect: dialect, bytes: Array($0.utf8),
                words: self["shows"]?.split(separator: " | ").map(String.init) ?? [])
        }
    }
}

extension Sample {
    /// What a no is about: `contact 9`, `list 3`, `list friends`, `handle bob`.
    static func targets(in words: [String]) -> [Target] {
        zip(words, words.dropFirst()).compactMap { kind, name in
            switch kind {
            case "contact": Int64(name).map { .contact(ContactID(rawValue: $0)) }
            case "list": Int64(name).map { .list(ContactListID(rawValue: $0)) } ?? .listNamed(name)
            case "handle": Handle(name).map { .handle($0) }
            default: nil
            }
        }
    }

    static let dispatch = Dispatch(
        id: DispatchID(rawValue: 17), name: "Flu", state: .collecting,
        template: Dispatch.Template(channel: "SMS", sender: "Clinic", text: "Flu shots: Monday."))

    static let contact = Contact(
        id: ContactID(rawValue: 1111),
        content: ContactContent(name: "Maria Müller", address: phone),
        lists: [ContactListID(rawValue: 3)], createdAt: noon, changedAt: noon)

    static let phone =
        Address("+16505551234") ?? .email(alice.address)

    static func contactList(_ lines: SampleLines, of dialect: String) -> ContactList {
        ContactList(
            id: ContactListID(rawValue: 3),
            content: ContactListContent(
                name: lines["name"] ?? "Ward 3", annex: lines.annex(of: dialect)),
            size: 2, createdAt: noon, changedAt: noon)
    }

    /// Message 25, for a contact, a list and a telephone: a draft unless `state` says `scheduled`, `sending`, `sent`,
    /// `stopped` or `refused`; the step of a cascade that `step` says, and of the dispatch that `dispatch` says.
    static func outgoing(_ lines: SampleLines, of dialect: String) -> OutgoingMessage? {
        guard let message else { return nil }
        let sent = DispatchProgress(
            state: .sent, sentAt: noon, recipients: 4, pending: 0, failed: 1, stopped: 0)
        var progress = sent
        switch lines["state"] {
        case nil, "draft": progress = DispatchProgress()
        case "scheduled": progress = DispatchProgress(state: .scheduled(midnight), recipients: 4)
        case "sending": (progress.state, progress.pending) = (.sending, 2)
        case "sent": break
        case "stopped": (progress.state, progress.stopped) = (.stopped, 3)
        case "refused": progress = DispatchProgress(state: .refused(.bannedContent))
        default: return nil
        }
        return OutgoingMessage(
            number: 25, guid: message, externalID: lines["externalID"],
            content: DraftContent(
                subject: lines["subject"] ?? "Rounds", body: lines["body"] ?? "Rounds are at 9.",
                bodyFormat: lines["format"] == "html" ? .html : .text,
                targets: lines["targets"] == "none"
                    ? []
                    : [.contact(contact.id), .list(ContactListID(rawValue: 3)), .address(phone)],
                annex: lines.annex(of: dialect)),
            createdAt: noon.advanced(by: .seconds(-3600)), changedAt: noon, progress: progress,
            cascade: lines["step"].flatMap(Int.init).map { CascadePlace(root: message, step: $0) },
            dispatch: lines["dispatch"].flatMap { DispatchID($0) })
    }

    /// Message 26, from Bob: unread unless `read` says `yes`, unanswered unless `answer` says how.
    static func incoming(_ lines: SampleLines, of dialect: String) -> IncomingMessage? {
        guard let message else { return nil }
        return IncomingMessage(
            number: 26, guid: message, sender: bob,
            senderHandle: lines["handle"] == "none" ? nil : Handle("bob"),
            others: lines["others"] == "alice" ? [alice] : [],
            subject: lines["subject"] ?? "Re: Rounds", bodyFormat: .text,
            body: lines["body"] == "none" ? nil : lines["body"] ?? "I shall be there.",
            annex: lines.annex(of: dialect), sentAt: noon,
            deliveredAt: noon.advanced(by: .seconds(1)), isRead: lines["read"] == "yes",
            isRequest: lines["request"] == "yes",
            answer: lines["answer"].flatMap(IncomingMessage.Answer.init))
    }
}

extension OperationResult {
    /// A sample of what an operation only the newer dialects ask for gives back; lists have one item, or with `none` none,
    /// of `total`.
    init?(
        dispatching operation: Operation, words: Set<String>, lines: SampleLines,
        dialect: String
    ) {
        func excerpt<Item>(_ item: Item?, _ window: Window) -> Excerpt<Item> {
            let total = lines["total"].flatMap(Int.init)
            return words.contains("none")
                ? Excerpt(items: [], window: window, total: total ?? 0)
                : Excerpt(items: item.map { [$0] } ?? [], window: window, total: total ?? 1)
        }
        switch operation {
        case .contacts(.listContacts(let search)):
            self = .contacts(excerpt(Sample.contact, search.window))
        case .contacts(.readContact), .contacts(.createContact), .contacts(.amendContact):
            self = .contact(Sample.contact)
        case .contactLists(.listContactLists(let window)):
            self = .contactLists(excerpt(Sample.contactList(lines, of: dialect), window))
        case .contactLists(.readContactList), .contactLists(.createContactList),
            .contactLists(.amendContactList), .contactLists(.changeMembers):
            self = .contactList(Sample.contactList(lines, of: dialect))
        case .dispatch(.compose), .dispatch(.amendDraft), .dispatch(.readOutgoing),
            .dispatch(.unschedule):
            guard let message = Sample.outgoing(lines, of: dialect) else { return nil }
            self = .outgoing(message)
        case .dispatch(.listOutgoing(let search)):
            self = .outgoings(excerpt(Sample.outgoing(lines, of: dialect), search.window))
        case .dispatch(.stop(let names)):
            let endings = lines["endings"]?.split(separator: " ").compactMap {
                StopEnding(rawValue: String($0))
            }
            self = .stops(endings ?? names.map { _ in .stopped })
        case .incoming(.readIncoming), .incoming(.markIncoming):
            guard let message = Sample.incoming(lines, of: dialect) else { return nil }
            self = .incoming(message)
        case .incoming(.readEither):
            if words.contains("incoming") {
                guard let message = Sample.incoming(lines, of: dialect) else { return nil }
                self = .incoming(message)
            } else {
                guard let message = Sample.outgoing(lines, of: dialect) else { return nil }
                self = .outgoing(message)
            }
        case .incoming(.listIncoming(let search)):
            self = .incomings(excerpt(Sample.incoming(lines, of: dialect), search.window))
        case .contacts(.deleteContact), .contactLists(.deleteContactList),
            .dispatch(.addToDispatch), .dispatch(.startDispatch), .dispatch(.stopDispatch):
            self = .done
        default: return nil
        }
    }
}
