import PosternDialectKit
import PosternModel

extension IncomingMark {
    /// Reads `{"Command": …}`; other members are passed over.
    init(_ body: [UInt8], on unit: Unit) throws(PersoniumProblem) {
        guard case .object(let object)? = try? JSONValue(strict: body) else {
            throw .unreadableChange(body)
        }
        let command = object.members.first { $0.name == "Command" }?.value
        switch command {
        case .string("read"): self = .read(true)
        case .string("unread"): self = .read(false)
        case .string("approved"):
            self = .answered(.approved) { AnswerEffect(approving: $0, on: unit) }
        case .string("rejected"): self = .answered(.rejected)
        default: throw .field("Command")
        }
    }
}

extension AnswerEffect {
    /// What approving does: it makes the relation or role a request asks for, or takes it away.
    ///
    /// A relation is a list of the reader's, a role too, under a name that no relation can have.
    init(approving message: IncomingMessage, on unit: Unit) {
        let members = MessageMembers(shownOf: message.annex)
        guard let relation = members.requestRelation, let target = members.requestRelationTarget
        else {
            self = .nothing
            return
        }
        let kind: ListChange.Kind
        let list: String
        switch members.type {
        case .message:
            self = .nothing
            return
        case .relationBuild: (kind, list) = (.link, relation)
        case .relationBreak: (kind, list) = (.unlink, relation)
        case .roleGrant: (kind, list) = (.link, RoleName.prefix + relation)
        case .roleRevoke: (kind, list) = (.unlink, RoleName.prefix + relation)
        }
        // A class URL leads to a box, and there are none.
        guard Grammar.isRelationName(relation) || Grammar.isRoleName(relation) else {
            self = .impossible(
                OperationRefusal(.own(.requestUnanswerable), targets: [.listNamed(relation)]))
            return
        }
        let party: ListChange.Party
        switch unit.destination(target)?.place {
        case .here(let handle): party = .handle(handle)
        case .elsewhere(let cell): party = .address(.cell(cell))
        case .nowhere, nil:
            let missing = PersoniumProblem.missingTarget(target)
            self = .impossible(OperationRefusal(.own(.handleUnknown), sentence: missing.text))
            return
        }
        self = .change(ListChange(kind, party, list: list))
    }
}

/// How roles are told from relations among the lists of an account.
enum RoleName {
    /// What a role's list is called begins with this; no relation's name has a slash.
    static let prefix = "role/"
}
