import PosternDialectKit
import PosternModel

/// A message as the cell it was delivered to sees it.
struct ReceivedEntity: Entity {
    static let set = Route.EntitySet.received
    static let links = ["_Box", "_AccountRead"]

    let guid: MessageGUID
    let updatedAt: Instant
    let version: Int
    private let members: MessageMembers
    private let from: String
    private let others: [Person]
    private let title: String
    private let body: String?
    private let status: String

    /// Shows a message to its reader.
    init(_ message: IncomingMessage, on unit: Unit) {
        guid = message.guid
        updatedAt = message.deliveredAt
        // The ledger does not say when a message was read: the version alone tells one state from the next.
        version = 1 + (message.isRead ? 1 : 0) + (message.answer == nil ? 0 : 2)
        var members = MessageMembers(shownOf: message.annex)
        if members.inReplyTo == nil { members.inReplyTo = message.parent?.description }
        self.members = members
        from =
            members.from ?? message.senderHandle.map(unit.url)
            ?? Address.email(message.sender.address).uri
        others = message.others
        title = message.subject
        body = message.body
        // A message is read or not; a request is answered or not.
        status =
            switch members.type {
            case .message: message.isRead ? "read" : "unread"
            case .relationBuild, .relationBreak, .roleGrant, .roleRevoke:
                message.answer?.rawValue ?? "none"
            }
    }

    /// Shows a message to the foreign cell that has handed it over.
    init(_ message: PortMessage, at instant: Instant) {
        guid = message.guid
        updatedAt = instant
        version = 1
        members = message.members
        from = message.sender.description
        others = []
        title = message.title
        body = message.body
        status = message.members.type.firstStatus
    }

    func write(to json: inout JSONWriter) {
        json.member("InReplyTo", orNull: members.inReplyTo)
        json.member("From", from)
        json.member("MulticastTo", orNull: multicast)
        json.member("Type", members.type.rawValue)
        json.member("Title", title)
        json.member("Body", orNull: body)
        json.member("Priority", members.priority)
        json.member("Status", status)
        json.member("RequestRelation", orNull: members.requestRelation)
        json.member("RequestRelationTarget", orNull: members.requestRelationTarget)
        json.null("_Box.Name")
        json.member("__published", updatedAt)
        json.member("__updated", updatedAt)
    }

    private var multicast: String? {
        if others.isEmpty { return nil }
        return others.map { Address.email($0.address).uri }.joined(separator: ",")
    }
}
