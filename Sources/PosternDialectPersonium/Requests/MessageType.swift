/// What a message is for.
enum MessageType: String, Sendable, CaseIterable {
    case message
    case relationBuild = "req.relation.build"
    case relationBreak = "req.relation.break"
    case roleGrant = "req.role.grant"
    case roleRevoke = "req.role.revoke"

    /// The status of a message that nobody has done anything about.
    var firstStatus: String { self == .message ? "unread" : "none" }

    /// Checks that a request says what it is for, and for whom.
    func check(_ members: MessageMembers) throws(PersoniumProblem) {
        guard self != .message else { return }
        guard let relation = members.requestRelation, members.requestRelationTarget != nil else {
            throw .field("RequestRelation,RequestRelationTarget")
        }
        guard takes(relation) else { throw .field("RequestRelation") }
    }

    /// Whether a text can be what the message asks for.
    func takes(_ relation: String) -> Bool {
        switch self {
        case .message: true
        case .relationBuild, .relationBreak:
            Grammar.isRelationName(relation) || Grammar.isRelationClassURL(relation)
        case .roleGrant, .roleRevoke:
            Grammar.isRoleName(relation) || Grammar.isRoleClassURL(relation)
        }
    }
}
