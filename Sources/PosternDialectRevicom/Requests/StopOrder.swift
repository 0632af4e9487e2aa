import PosternDialectKit
import PosternModel

/// Which messages are to be stopped, and how the answer names them.
struct StopOrder {
    /// Messages in one request.
    static let most = 10_000
    /// The longest text that may stand for a uuid, in bytes: what cannot be read is repeated in the answer.
    static let longest = 64

    /// One entry of the request.
    struct Item: Sendable, Equatable {
        /// What the answer calls it: the uuid in its dashed form, or what the client wrote where that is none.
        var text: String
        /// Where its message stands among those asked for; nil where no message can have the name.
        var place: Int?

        /// What the answer says of it; 202 where there is no ending, since nothing is known of it then.
        func code(of endings: [StopEnding]) -> Int {
            guard let place else { return 404 }
            guard endings.indices.contains(place) else { return 202 }
            return switch endings[place] {
            case .stopped: 200
            case .stopping: 202
            case .tooLate: 403
            case .missing: 404
            }
        }
    }

    /// Each message once, in the order of the request: a uuid that is repeated gets one ending, not two that differ.
    let names: [MessageName]
    /// An item for each entry of the request.
    let items: [Item]

    /// Reads a request.
    ///
    /// - Throws: No list, an empty one, one of more than ``most``, and entries that are no text or longer than
    ///   ``longest``. A text that is no uuid names a message that is not there.
    init(_ request: DialectRequest) throws(BadRequest) {
        guard let member = try RequestBody.object(request)["uuids"] else {
            throw .member("uuids is required.")
        }
        guard case .array(let values) = member else { throw .member("uuids must be a list.") }
        guard (1...Self.most).contains(values.count) else {
            throw .count("uuids must have 1 to 10,000 entries.")
        }
        var names: [MessageName] = []
        var items: [Item] = []
        var places: [MessageGUID: Int] = [:]
        for (index, value) in values.enumerated() {
            guard case .string(let text) = value, text.utf8.count <= Self.longest else {
                throw .member("uuids[\(index)] must be a text of at most 64 bytes.")
            }
            guard let guid = MessageGUID(text) else {
                items.append(Item(text: text))
                continue
            }
            let place = places[guid] ?? names.count
            if place == names.count {
                places[guid] = place
                names.append(.guid(guid))
            }
            items.append(Item(text: guid.dashed, place: place))
        }
        self.names = names
        self.items = items
    }
}

extension MessageGUID {
    /// The 8-4-4-4-12 form in lower case, as every answer of this API writes it.
    var dashed: String {
        var text = ""
        for (index, digit) in description.enumerated() {
            if [8, 12, 16, 20].contains(index) { text.append("-") }
            text.append(digit)
        }
        return text
    }
}
