/// What a message is for.
enum MessageType: String, Sendable, CaseIterable {
    case message
    case relationBuild = "req.relation.build"
    case relationBreak = "req.relation.break"
    case roleGrant = "req.role.grant"
    case roleRevoke = "req.role.revoke"

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
