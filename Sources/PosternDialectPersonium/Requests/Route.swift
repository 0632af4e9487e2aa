import HTTPTypes
import PosternModel

/// What a path of this API names.
struct Route {
    /// The two sets of messages of a cell.
    enum EntitySet: String {
        case sent = "SentMessage"
        case received = "ReceivedMessage"
    }

    /// What lies at a path.
    enum Place: Equatable {
        /// Where messages are sent from.
        case send
        /// Where other units' cells hand messages in.
        case port
        /// A received message's status.
        case status(id: String)
        /// A set of messages.
        case list(EntitySet)
        /// One of them; nil for a key that cannot be read.
        case entity(EntitySet, id: String?)
        /// Nothing, though it is this API's to say so.
        case unknown
    }

    /// The account whose cell it is; nil where the path names none that could be.
    let cell: Handle?
    /// What lies there.
    let place: Place

    /// Reads a path's segments; nil for one that is another API's.
    init?(_ segments: [String?]) {
        guard segments.count >= 2, let name = segments[0] else { return nil }
        let rest = segments.dropFirst(2)
        switch segments[1] {
        case "__message": place = Self.message(Array(rest))
        case "__ctl":
            guard let first = rest.first, let text = first,
                let entity = Self.entity(text, isLast: rest.count == 1)
            else { return nil }
            place = entity
        default: return nil
        }
        cell = Handle(name)
    }

    /// The methods it takes.
    var methods: [HTTPRequest.Method] {
        switch place {
        case .send, .port, .status: [.options, .post]
        case .list: [.options, .get]
        case .entity: [.options, .get, .delete]
        case .unknown: []
        }
    }

    private static func message(_ rest: [String?]) -> Place {
        switch rest {
        case ["send"]: return .send
        case ["port"]: return .port
        default:
            guard rest.count == 2, rest[0] == "received", let id = rest[1] else { return .unknown }
            return .status(id: id)
        }
    }

    /// `SentMessage` or `SentMessage('…')`; nil where another set is named.
    private static func entity(_ text: String, isLast: Bool) -> Place? {
        let name = text.prefix { $0 != "(" }
        guard let set = EntitySet(rawValue: String(name)) else { return nil }
        // Their navigation properties, `_Box` say, lead nowhere: there are no boxes.
        guard isLast else { return .unknown }
        let key = text.dropFirst(name.count)
        if key.isEmpty { return .list(set) }
        guard key.hasPrefix("('"), key.hasSuffix("')"), key.utf8.count >= 4 else {
            return .entity(set, id: nil)
        }
        let id = key.dropFirst(2).dropLast(2)
        return .entity(set, id: id.contains("'") ? nil : String(id))
    }
}
