import PosternDialectKit
import PosternModel

extension RequestReader {
    /// A message: whom it is for, what it says and when it goes.
    func sending() throws(Problem) -> (intent: SendIntent, echo: MessageObject) {
        var targets: [Target] = []
        for item in try body.items("contacts", atMost: 20) {
            guard let target = item.recipient else {
                throw .invalid(
                    "contacts", "`contacts` must hold contact ids and numbers like +16505551234.")
            }
            targets.append(target)
        }
        targets += try body.ids("groups", atMost: 3).map { .list(ContactListID(rawValue: $0)) }
        guard !targets.isEmpty else { throw .noRecipients }
        let text = try messageText()
        guard body["mms"] == nil else { throw .invalid("mms", "Pictures cannot be sent here.") }
        let instant = try scheduledAt()
        let content = DraftContent(
            body: text, targets: targets, annex: instant.map(Annex.init(scheduledAt:)))
        let tries = Set([try query.truth("dryRun"), try body.truth("dryRun")].compactMap(\.self))
        guard tries.count < 2 else {
            throw .invalid("dryRun", "`dryRun` differs between the query and the body.")
        }
        var echo = MessageObject()
        echo.name(content)
        echo.text = text
        echo.scheduledAt = instant
        return (
            SendIntent(
                credential: credential, subject: .composed(Composition(content: content)),
                at: instant, requirements: [.recipients, .body], inviteNewUsers: false,
                sendEmailNotification: false, dryRun: tries.first ?? false), echo
        )
    }

    private func messageText() throws(Problem) -> String {
        guard let text = try body.text("text"), text.contains(where: { !$0.isWhitespace }) else {
            throw .noText
        }
        // A reader may see several characters as one; counted are those Unicode has numbers for, as the original does.
        guard text.unicodeScalars.count <= 500 else {
            throw .invalid("text message", "`text` may have at most 500 characters.")
        }
        return text
    }

    private func scheduledAt() throws(Problem) -> Instant? {
        guard let text = try body.text("scheduled_at") else { return nil }
        guard text.unicodeScalars.count == 24 else {
            throw .invalid("scheduled_at", "`scheduled_at` must have exactly 24 characters.")
        }
        guard let instant = Instant(scheduled: text) else {
            throw .invalid(
                "scheduled_at",
                "`scheduled_at` must be a day and time with an offset, like 2011-02-17T20:29:40-0800."
            )
        }
        return instant
    }

    /// Marking as read: the only change a message takes.
    func reading(_ name: MessageName) throws(Problem) -> Operation {
        for part in ["text", "contacts", "groups", "scheduled_at", "mms"] where body[part] != nil {
            throw .invalid(
                part,
                "Only `unread` can be changed; delete a scheduled message and post it anew.")
        }
        switch try body.truth("unread") {
        case false: return .incoming(.markIncoming(name, .read(true)))
        case true: throw .invalid("unread", "A message cannot be marked as unread.")
        case nil: throw .invalid("unread", "`unread` is missing; it can be set to false.")
        }
    }

    /// Messages that were sent or are scheduled; drafts are no messages to this API.
    func outgoing(_ stages: Set<OutgoingSearch.Stage>) throws(Problem) -> Operation {
        .dispatch(
            .listOutgoing(
                OutgoingSearch(window: try window(atMost: Self.mostMessages), stages: stages)))
    }

    /// Messages that were delivered.
    func inbox() throws(Problem) -> Operation {
        .incoming(.listIncoming(IncomingSearch(window: try window(atMost: Self.mostMessages))))
    }
}

extension Members.Item {
    /// Whom an entry of `contacts` means: a number is always a contact's, a text may be a telephone's.
    fileprivate var recipient: Target? {
        if case .text(let text) = self, let phone = PhoneNumber(written: text) {
            return .address(.phone(phone))
        }
        return id.map { .contact(ContactID(rawValue: $0)) }
    }
}
