import PosternDialectKit
import PosternModel

/// A message as the cell it was delivered to sees it.
struct ReceivedEntity: Entity {
    static let set = Route.EntitySet.received
    static let links = ["_Box", "_AccountRead"]

    private let message: IncomingMessage
    private let members: MessageMembers
    private let from: String

    var guid: MessageGUID { message.guid }
    var updatedAt: Instant { message.deliveredAt }
    // The ledger does not say when a message was read: the version alone tells one state from the next.
    var version: Int { 1 + (message.isRead ? 1 : 0) + (message.answer == nil ? 0 : 2) }

    /// Shows a message to its reader.
    init(_ message: IncomingMessage, on unit: Unit) {
        self.message = message
        var members = MessageMembers(shownOf: message.annex)
        if members.inReplyTo == nil { members.inReplyTo = message.parent?.description }
        self.members = members
        from =
            message.senderHandle.map(unit.url) ?? Address.email(message.sender.address).uri
    }

    func write(to json: inout JSONWriter) {
        json.member("InReplyTo", orNull: members.inReplyTo)
        json.member("From", from)
        json.member("MulticastTo", orNull: others)
        json.member("Type", members.type.rawValue)
        json.member("Title", message.subject)
        json.member("Body", orNull: message.body)
        json.member("Priority", members.priority)
        json.member("Status", status)
        json.member("RequestRelation", orNull: members.requestRelation)
        json.member("RequestRelationTarget", orNull: members.requestRelationTarget)
        json.null("_Box.Name")
        json.member("__published", message.deliveredAt)
        json.member("__updated", message.deliveredAt)
    }

    private var others: String? {
        if message.others.isEmpty { return nil }
        return message.others.map { Address.email($0.address).uri }.joined(separator: ",")
    }

    /// A message is read or not; a request is answered or not.
    private var status: String {
        switch members.type {
        case .message: message.isRead ? "read" : "unread"
        case .relationBuild, .relationBreak, .roleGrant, .roleRevoke:
            message.answer?.rawValue ?? "none"
        }
    }
}
