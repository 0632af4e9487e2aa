import HTTPTypes
import PosternDialectKit
import PosternModel

/// Where a request goes, read from its path alone.
///
/// Names are compared exactly, as the links spell them; doubled and trailing slashes are gone already. A name that can
/// name nothing, `lists/x` say, is one that nothing has, so that only those who may ask are told that it is not there.
enum Route: Equatable {
    /// The entry point.
    case entry
    case messages
    case message(MessageGUID?)
    /// The send helper.
    case send(MessageGUID?)
    /// The schedule helper.
    case schedule(MessageGUID?)
    case people
    case person(ContactID)
    case lists
    case list(ContactListID)
    /// Who is on a list.
    case items(ContactListID)
    case item(ContactListID, ContactID)
    /// Below the API's root, and nothing of it.
    case unknown

    /// Finds the route; nil when the path is outside the API.
    init?(_ segments: [String?]) {
        guard segments.starts(with: ["api", "v1"]) else { return nil }
        let rest = segments.dropFirst(2).map { $0 ?? "" }
        let first = rest.count > 1 ? rest[1] : ""
        switch (rest.first, rest.count) {
        case (nil, _): self = .entry
        case ("messages", 1): self = .messages
        case ("messages", 2): self = .message(MessageGUID(first))
        case ("messages", 3) where rest[2] == "send": self = .send(MessageGUID(first))
        case ("messages", 3) where rest[2] == "schedule": self = .schedule(MessageGUID(first))
        case ("people", 1): self = .people
        case ("people", 2): self = .person(ContactID(segment: first))
        case ("lists", 1): self = .lists
        case ("lists", 2): self = .list(ContactListID(segment: first))
        case ("lists", 3) where rest[2] == "items": self = .items(ContactListID(segment: first))
        case ("lists", 4) where rest[2] == "items":
            self = .item(ContactListID(segment: first), ContactID(segment: rest[3]))
        default: self = .unknown
        }
    }

    /// The methods it takes; HEAD goes wherever GET does.
    var methods: [HTTPRequest.Method] {
        switch self {
        case .entry: [.get]
        case .messages, .people, .lists, .items: [.get, .post]
        case .message, .person, .list: [.delete, .get, .put]
        case .send, .schedule: [.delete, .post]
        case .item: [.delete, .get]
        case .unknown: []
        }
    }

    /// What an error about it names as its resource.
    var resource: String {
        switch self {
        case .entry, .messages, .message, .send, .schedule, .unknown: "osdi:message"
        case .people, .person: "osdi:person"
        case .lists, .list: "osdi:list"
        case .items, .item: "osdi:item"
        }
    }
}

extension ContactID {
    /// The number a path names; 0, which nobody has, for what is no number.
    init(segment: String) { self.init(rawValue: RowNumber.read(segment) ?? 0) }
}

extension ContactListID {
    /// The number a path names; 0, which no list has, for what is no number.
    init(segment: String) { self.init(rawValue: RowNumber.read(segment) ?? 0) }
}

/// The numbers of people and lists in paths and links.
enum RowNumber {
    /// Reads a positive number in its only spelling; nil for anything else.
    static func read(_ text: some StringProtocol) -> Int64? {
        guard text.utf8.allSatisfy(\.isASCIIDigit), text.first != "0" else { return nil }
        return Int64(text)
    }
}
