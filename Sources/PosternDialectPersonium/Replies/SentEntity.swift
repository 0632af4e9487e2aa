import PosternDialectKit
import PosternModel

/// A message as the cell that sent it sees it.
struct SentEntity: Entity {
    static let set = Route.EntitySet.sent
    static let links = ["_Box"]

    let guid: MessageGUID
    let title: String
    let body: String
    let members: MessageMembers
    let results: [DeliveryResult]
    let publishedAt: Instant
    let updatedAt: Instant
    let version: Int

    /// One that was sent this moment.
    init(_ message: SentMessage, receipt: SendReceipt, on unit: Unit) {
        guid = receipt.guid
        title = message.title
        body = message.body
        members = message.members
        results = DeliveryResult.all(of: message, receipt, on: unit)
        publishedAt = receipt.at
        updatedAt = receipt.at
        version = 1
    }

    /// One that was sent before, by this API or another; nil for one that was not sent.
    init?(_ message: OutgoingMessage, on unit: Unit) {
        switch message.progress.state {
        case .sending, .sent, .stopped: break
        case .draft, .scheduled, .refused: return nil
        }
        guid = message.guid
        title = message.content.subject
        body = message.content.body
        var members = MessageMembers(message.content.annex)
        // Other APIs keep nothing of the kind, and a long list of cells was not kept either.
        let cells = message.content.targets.compactMap { target -> String? in
            switch target {
            case .handle(let cell): unit.url(of: cell)
            case .address(.cell(let cell)): cell.description
            case .address, .contact, .list, .listNamed: nil
            }
        }
        if members.to == nil, !cells.isEmpty { members.to = cells.joined(separator: ",") }
        if members.toRelation == nil {
            members.toRelation =
                message.content.targets.lazy.compactMap { target -> String? in
                    if case .listNamed(let name) = target { name } else { nil }
                }.first
        }
        self.members = members
        results = DeliveryResult.all(of: members, message.progress, on: unit)
        publishedAt = message.progress.sentAt ?? message.changedAt
        updatedAt = message.changedAt
        // A recipient who is lost later takes the rows away: that is another state of the message.
        version = results.isEmpty ? 2 : 1
    }

    var properties: [(name: String, value: EntityValue)] {
        [
            ("InReplyTo", .text(members.inReplyTo)), ("To", .text(members.to)),
            ("ToRelation", .text(members.toRelation)), ("Type", .text(members.type.rawValue)),
            ("Title", .text(title)), ("Body", .text(body)), ("Priority", .number(members.priority)),
            ("RequestRelation", .text(members.requestRelation)),
            ("RequestRelationTarget", .text(members.requestRelationTarget)),
            ("_Box.Name", .text(nil)), ("Result", .results(results)),
            ("__published", .instant(publishedAt)), ("__updated", .instant(updatedAt)),
        ]
    }
}

/// What became of a message on its way to one cell.
struct DeliveryResult: Equatable {
    /// The cell's URL; for a recipient who has none, where they are reached.
    let to: String
    /// The status the cell answered with.
    let code: String
    /// What it said.
    let reason: String

    private static func created(_ to: String) -> DeliveryResult {
        DeliveryResult(to: to, code: "201", reason: "Created.")
    }

    /// What Personium's own units answer for a cell there is not.
    private static func missing(_ to: String) -> DeliveryResult {
        DeliveryResult(to: to, code: "403", reason: "Unit user access required.")
    }

    /// The cells a message names in their order, then all others its relation reached.
    static func all(
        of message: SentMessage, _ receipt: SendReceipt, on unit: Unit
    ) -> [DeliveryResult] {
        let unknown = Set(receipt.unknownHandles)
        let named = message.destinations.map { destination in
            switch destination.place {
            case .nowhere: missing(destination.url)
            case .here(let cell) where unknown.contains(cell): missing(destination.url)
            case .here, .elsewhere: created(destination.url)
            }
        }
        guard message.members.toRelation != nil else { return named }
        let places = Set(message.destinations.map(\.place))
        let others = receipt.recipients.filter { recipient in
            if case .cell(let cell) = recipient.address {
                return !places.contains(.elsewhere(cell))
            }
            return recipient.handle.map { !places.contains(.here($0)) } ?? true
        }
        return named
            + others.map { created($0.handle.map(unit.url) ?? $0.address.uri) }
    }

    /// What can be said of a message that was sent before: all, where it reached every cell it names and nobody besides.
    ///
    /// The ledger counts recipients and does not list them; what it cannot tell is left out rather than guessed.
    static func all(
        of members: MessageMembers, _ progress: DispatchProgress, on unit: Unit
    ) -> [DeliveryResult] {
        guard let to = members.to, members.toRelation == nil, progress.failed == 0,
            progress.stopped == 0,
            let destinations = try? Destination.all(in: to, on: unit, past: true),
            destinations.allSatisfy({ $0.place != .nowhere }),
            Set(destinations.map(\.place)).count == progress.recipients
        else { return [] }
        return destinations.map { created($0.url) }
    }
}
