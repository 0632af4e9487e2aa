import PosternDialectKit
import PosternModel

extension OutgoingSearch {
    /// The deepest a list can be read: `page` times `per_page`.
    private static let deepest = 10_000
    /// The most messages a page has.
    ///
    /// DIVERGENCE: the original has no such bound. A page is made whole in memory here.
    private static let largestPage = 1000

    /// The parameters that are honoured.
    private static let known: Set<String> = [
        "page", "per_page", "sort", "time_from", "time_to", "message_uuid", "destination",
        "status", "ready_to_stop", "direction", "root", "cascade_message_uuid", "dispatch",
        "dispatch_id",
    ]

    /// Reads the query of a list of messages.
    ///
    /// Drafts are never listed: the API has none, and they wait for nothing.
    ///
    /// - Throws: Any filter that cannot be honoured, unknown ones among them. A list that showed more than was asked for
    ///   may be the list of what is stopped next.
    init(parameters: QueryParameters) throws(BadRequest) {
        if let other = parameters.pairs.first(where: {
            !Self.known.contains($0.name.asciiLowercased())
        }) {
            throw .parameter("\(other.name.prefix(64)) is no filter that this gateway has.")
        }
        let page = try parameters.count("page") ?? 1
        let size = try parameters.count("per_page") ?? 100
        guard size <= Self.largestPage else {
            throw .parameter("per_page must not be above \(Self.largestPage).")
        }
        guard page.multipliedReportingOverflow(by: size).partialValue <= Self.deepest else {
            throw .parameter("page times per_page must not be above 10000.")
        }
        guard try parameters.value("direction") ?? "outbound" == "outbound" else {
            throw .parameter("direction must be outbound; messages from recipients are not kept.")
        }
        self.init(
            window: .page(page, of: size), stages: try Self.stages(parameters),
            messages: try Self.messages(parameters),
            from: try Self.instant("time_from", parameters),
            until: try Self.instant("time_to", parameters),
            recipient: try Self.recipient(parameters), cascade: try Self.cascade(parameters),
            isRoot: try parameters.truth("root"), dispatches: try Self.dispatches(parameters),
            isOfDispatch: try parameters.truth("dispatch"),
            oldestFirst: try Self.oldestFirst(parameters))
    }

    /// The stages of the statuses asked for.
    ///
    /// The ledger tells messages apart by stage, and one stage holds all that are out: who asks for some of `sent`,
    /// `delivered` and `undelivered` must ask for the latter two at least.
    private static func stages(_ parameters: QueryParameters) throws(BadRequest) -> Set<Stage> {
        var stages = Set(Stage.allCases).subtracting([.draft])
        let names = parameters.values("status")
        if !names.isEmpty {
            let statuses = names.compactMap(MessageStatus.init(rawValue:))
            guard statuses.count == names.count else {
                throw .parameter("status must be one of \(MessageStatus.list).")
            }
            let isOut = !Set(statuses).isDisjoint(with: [.sent, .delivered, .undelivered])
            guard !isOut || Set(statuses).isSuperset(of: [.delivered, .undelivered]) else {
                throw .parameter(
                    "status sent, delivered and undelivered are told apart in the list only: ask for all three."
                )
            }
            stages = Set(statuses.flatMap(\.stages))
        }
        if try parameters.truth("ready_to_stop") == true {
            stages.formIntersection([.scheduled, .sending])
            // An empty set would mean any.
            guard !stages.isEmpty else {
                throw .parameter("ready_to_stop leaves nothing of the status asked for.")
            }
        }
        return stages
    }

    private static func messages(
        _ parameters: QueryParameters
    ) throws(BadRequest) -> [MessageGUID] {
        let texts = parameters.values("message_uuid")
        let guids = texts.compactMap { MessageGUID($0) }
        guard guids.count == texts.count else { throw .parameter("message_uuid must be a uuid.") }
        return guids
    }

    private static func cascade(_ parameters: QueryParameters) throws(BadRequest) -> MessageGUID? {
        guard let text = try parameters.value("cascade_message_uuid") else { return nil }
        guard let guid = MessageGUID(text) else {
            throw .parameter("cascade_message_uuid must be a uuid.")
        }
        return guid
    }

    private static func dispatches(
        _ parameters: QueryParameters
    ) throws(BadRequest) -> Set<DispatchID> {
        let texts = parameters.values("dispatch_id")
        let ids = texts.compactMap { DispatchID($0) }
        guard ids.count == texts.count else {
            throw .parameter("dispatch_id must be a whole number from 1.")
        }
        return Set(ids)
    }

    private static func recipient(_ parameters: QueryParameters) throws(BadRequest) -> Address? {
        let texts = Set(parameters.values("destination"))
        guard let text = texts.first else { return nil }
        guard texts.count == 1 else {
            throw .parameter("destination may be one number; ask for several one by one.")
        }
        guard let phone = PhoneNumber("+\(text)") else {
            throw .parameter("destination must be 7 to 15 digits, without a plus.")
        }
        return .phone(phone)
    }

    private static func instant(
        _ name: String, _ parameters: QueryParameters
    ) throws(BadRequest) -> Instant? {
        guard let text = try parameters.value(name) else { return nil }
        guard let instant = LocalTime(text)?.asUTC ?? Instant(clientText: text) else {
            throw .parameter("\(name) must be a time such as 2026-11-28T10:11:12Z.")
        }
        return instant
    }

    private static func oldestFirst(_ parameters: QueryParameters) throws(BadRequest) -> Bool {
        switch try parameters.value("sort") {
        case nil, "desc", "-createdTime", "-created_time": false
        case "asc", "createdTime", "created_time": true
        default: throw .parameter("sort must be createdTime or -createdTime.")
        }
    }
}
