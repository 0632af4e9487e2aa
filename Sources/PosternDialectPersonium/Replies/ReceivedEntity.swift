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

    var properties: [(name: String, value: EntityValue)] {
        [
            ("InReplyTo", .text(members.inReplyTo)), ("From", .text(from)),
            ("MulticastTo", .text(multicast)), ("Type", .text(members.type.rawValue)),
            ("Title", .text(title)), ("Body", .text(body)), ("Priority", .number(members.priority)),
            ("Status", .text(status)), ("RequestRelation", .text(members.requestRelation)),
            ("RequestRelationTarget", .text(members.requestRelationTarget)),
            ("_Box.Name", .text(nil)), ("__published", .instant(updatedAt)),
            ("__updated", .instant(updatedAt)),
        ]
    }

    private var multicast: String? {
        if others.isEmpty { return nil }
        return others.map { Address.email($0.address).uri }.joined(separator: ",")
    }
}
