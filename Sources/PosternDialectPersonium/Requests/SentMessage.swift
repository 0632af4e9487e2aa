import PosternModel

/// A message as a cell's owner wrote it, checked.
struct SentMessage: Sendable {
    /// Its name; drawn by chance where the client gave none.
    let guid: MessageGUID
    /// The title.
    let title: String
    /// The text.
    let body: String
    /// What else it says.
    let members: MessageMembers
    /// The cells `To` leads to, each once.
    let destinations: [Destination]

    /// Checks a request's properties, in Personium's order: one by one, then together.
    init(_ properties: MessageProperties<SentProperty>, on unit: Unit) throws(PersoniumProblem) {
        // DIVERGENCE: Personium takes any text for a name; see `Divergences.md`.
        guard let guid = properties[.id].map({ MessageGUID($0) }) ?? .random() else {
            throw .field("__id")
        }
        var members = MessageMembers()
        members.inReplyTo = try properties.text(.inReplyTo, where: Grammar.isMessageID)
        members.to = properties[.to]
        members.toRelation = try properties.text(.toRelation) { Grammar.isRelationName($0) }
        if let word = properties[.type] {
            guard let type = MessageType(rawValue: word) else { throw .field("Type") }
            members.type = type
        }
        title = try properties.text(.title, where: Grammar.isTitle) ?? ""
        body = properties[.body] ?? ""
        if let text = properties[.priority] {
            guard let number = Int(text), (1...5).contains(number) else { throw .field("Priority") }
            members.priority = number
        }
        members.requestRelation = try properties.text(.requestRelation) {
            MessageType.relationBuild.takes($0) || MessageType.roleGrant.takes($0)
        }
        members.requestRelationTarget = try properties.text(.requestRelationTarget) {
            Grammar.isURI($0)
        }

        if properties[.boxBound] == "true" { throw .noBox }
        if let to = members.to { try Destination.check(to) }
        guard members.to != nil || members.toRelation != nil else { throw .field("To,ToRelation") }
        var destinations: [Destination] = []
        if let to = members.to { destinations = try Destination.all(in: to, on: unit) }
        try members.type.check(members)
        guard destinations.count <= Destination.limit else { throw .tooManyDestinations }
        self.guid = guid
        self.members = members
        self.destinations = destinations
    }

    /// What the message says, in the words of the core.
    var content: DraftContent {
        var targets: [Target] = []
        var seen: Set<Target> = []
        for target in destinations.compactMap(\.target) where seen.insert(target).inserted {
            targets.append(target)
        }
        if let relation = members.toRelation { targets.append(.listNamed(relation)) }
        return DraftContent(
            subject: title, body: body, bodyFormat: .text, targets: targets,
            isRequest: members.type != .message, annex: members.annex)
    }
}
