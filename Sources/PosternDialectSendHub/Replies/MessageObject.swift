import PosternDialectKit
import PosternModel

/// A message as this API shows it: eleven members, always all of them, null where unset.
struct MessageObject: Sendable {
    /// Somebody in `contacts`, or a group.
    enum Party: Sendable, Equatable {
        /// An entry of the address book, or a group, by its number.
        case id(Int64)
        /// A telephone number; an address or name where the message is of another API.
        case text(String)
        /// A sender in the inbox, who is no entry of the address book.
        case person(name: String)
    }

    var number: Int64?
    var isIncoming = false
    var contacts: [Party]?
    var groups: [Party]?
    var text: String?
    var createdAt: Instant?
    var sentAt: Instant?
    var scheduledAt: Instant?
    var isAcknowledged = false
    var unread: Bool?
    var isDryRun = false

    init() {}

    /// A message of the caller's own.
    init(_ message: OutgoingMessage) {
        number = message.number
        name(message.content)
        text = message.content.body
        createdAt = message.createdAt
        sentAt = message.progress.sentAt
        scheduledAt = message.content.annex?.scheduledAt
        switch message.progress.state {
        case .scheduled(let instant):
            scheduledAt = instant
            isAcknowledged = true
        case .sending, .sent: isAcknowledged = true
        // Stopped before anything was out, or refused when its time came: the acknowledgment holds no more.
        case .stopped: isAcknowledged = sentAt != nil
        case .draft, .refused: break
        }
    }

    /// A message that was delivered to the caller.
    init(_ message: IncomingMessage) {
        number = message.number
        isIncoming = true
        contacts = [.text(message.sender.address.description)]
        text = message.body
        createdAt = message.sentAt
        sentAt = message.sentAt
        unread = !message.isRead
    }

    /// A message in the inbox, whose page shows contacts as objects and groups as a list.
    init(inbox message: IncomingMessage) {
        self.init(message)
        let sender = message.sender
        contacts = [.person(name: sender.name.isEmpty ? sender.address.description : sender.name)]
        groups = []
    }

    /// Whom a message is for.
    mutating func name(_ content: DraftContent) {
        var contacts: [Party] = []
        var groups: [Party] = []
        for target in content.targets {
            switch target {
            case .contact(let id): contacts.append(.id(id.rawValue))
            case .list(let id): groups.append(.id(id.rawValue))
            case .listNamed(let name): groups.append(.text(name))
            case .handle(let handle): contacts.append(.text(handle.description))
            case .address(let address): contacts.append(.text(address.description))
            }
        }
        // What other APIs' messages have.
        contacts += (content.to + content.cc + content.bcc).map { .text($0.description) }
        self.contacts = contacts.isEmpty ? nil : contacts
        self.groups = groups.isEmpty ? nil : groups
    }

    /// Writes the members in the page's order.
    func write(to json: inout JSONWriter, below prefix: String) {
        json.member("acknowledgment", orNull: acknowledgment)
        Self.write("contacts", contacts, to: &json)
        json.member("created_at", orNull: createdAt?.microseconds)
        json.member("direction", isIncoming ? "from" : "to")
        Self.write("groups", groups, to: &json)
        json.member("id", orNull: number.map { "\($0)" })
        json.member("resource_uri", orNull: number.map { "\(prefix)/api/v1/messages/\($0)/" })
        json.member("scheduled_at", orNull: scheduledAt?.seconds)
        json.member("sent", orNull: sentAt?.microseconds)
        json.member("text", orNull: text)
        if let unread { json.member("unread", unread) } else { json.null("unread") }
        if isDryRun { json.member("dryRun", true) }
    }

    /// One of the page's two texts, word for word: clients compare with the first.
    private var acknowledgment: String? {
        guard isAcknowledged else { return nil }
        guard let scheduledAt else { return "Message queued for sending." }
        let time = scheduledAt.seconds.split(separator: "T").joined(separator: " ")
        return "Message scheduled for delivery at \(time)."
    }

    private static func write(_ name: String, _ parties: [Party]?, to json: inout JSONWriter) {
        guard let parties else { return json.null(name) }
        json.array(name, of: parties) { json, party in
            switch party {
            case .id(let id): json.number(id)
            case .text(let text): json.string(text)
            case .person(let name):
                json.object {
                    $0.null("id")
                    $0.member("name", name)
                }
            }
        }
    }
}

extension JSONWriter {
    /// Writes a text under a name, or null without one.
    mutating func member(_ name: String, orNull text: String?) {
        if let text { member(name, text) } else { null(name) }
    }
}
