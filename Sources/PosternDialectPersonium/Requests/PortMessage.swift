import Crypto
import PosternModel

/// A message as a cell of another unit hands it over, checked; whether that cell wrote it is not known yet.
struct PortMessage: Sendable {
    /// Its name here: the same for every repeat, and another for each cell of this unit it is handed to.
    let guid: MessageGUID
    /// The cell it is handed to.
    let receiver: Handle
    /// The cell it says it is from.
    let sender: CellURL
    /// The title.
    let title: String
    /// The text.
    let body: String
    /// What else it says.
    let members: MessageMembers

    /// Checks a request's properties, in Personium's order: one by one, then together.
    init(
        _ properties: MessageProperties<PortProperty>, to receiver: Handle
    ) throws(PersoniumProblem) {
        var members = MessageMembers()
        let id = try properties.required(.id, where: Grammar.isMessageID)
        members.foreignID = id
        members.inReplyTo = try properties.text(.inReplyTo, where: Grammar.isMessageID)
        // DIVERGENCE: Personium takes any URI for a sender; see `Divergences.md`.
        guard let sender = CellURL(try properties.required(.from)) else { throw .field("From") }
        members.from = sender.description
        if let others = properties[.multicastTo] {
            try Destination.check(others, called: "MulticastTo")
        }
        guard let type = MessageType(rawValue: try properties.required(.type)) else {
            throw .field("Type")
        }
        members.type = type
        title = try properties.required(.title, where: Grammar.isTitle)
        body = try properties.required(.body)
        guard let number = Int(try properties.required(.priority)), (1...5).contains(number) else {
            throw .field("Priority")
        }
        members.priority = number
        let status = try properties.required(.status)
        members.requestRelation = try properties.text(.requestRelation) {
            MessageType.relationBuild.takes($0) || MessageType.roleGrant.takes($0)
        }
        members.requestRelationTarget = try properties.text(.requestRelationTarget) {
            Grammar.isURI($0)
        }

        if let schema = properties[.schema], !schema.isEmpty { throw .missingSchema(schema) }
        guard status == type.firstStatus else { throw .field("Status") }
        try type.check(members)
        self.receiver = receiver
        self.sender = sender
        self.members = members
        guard let guid = Self.name(of: id, from: sender, to: receiver) else {
            throw .field("__id")
        }
        self.guid = guid
    }

    /// What the message says, in the words of the core.
    ///
    /// Who else has it is checked and not kept: its recipients need not know each other.
    var content: DraftContent {
        DraftContent(
            subject: title, body: body, bodyFormat: .text, targets: [.handle(receiver)],
            isRequest: members.type != .message, annex: members.annex)
    }

    /// A name that nobody can choose: of the cell that hands it over, its own name there, and the cell it is handed to.
    private static func name(
        of id: String, from sender: CellURL, to receiver: Handle
    ) -> MessageGUID? {
        var hash = SHA256()
        for part in ["personium port", sender.description, id, receiver.description] {
            hash.update(data: Array(part.utf8))
            // Of all parts only its own name there may hold one, and it stands between two that cannot.
            hash.update(data: [0])
        }
        return MessageGUID(bytes: Array(hash.finalize().prefix(16)))
    }
}
