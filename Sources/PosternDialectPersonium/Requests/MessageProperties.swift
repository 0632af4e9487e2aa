import PosternDialectKit

/// The properties a message may have in one place of the API.
protocol MessageProperty: RawRepresentable<String>, Hashable {
    /// The set whose messages have them, which errors name.
    static var set: Route.EntitySet { get }
    /// What a value must look like.
    var kind: MessagePropertyKind { get }
}

/// What a property's value must look like before anybody asks what it says.
enum MessagePropertyKind {
    case text
    case flag
    case number
    /// Written by the unit; what clients say is passed over.
    case ignored
    /// Written by the unit as a list; the same.
    case ignoredList
    /// Written by the unit; clients may not say it.
    case managed
}

/// The properties of a message that is sent.
enum SentProperty: String, MessageProperty {
    case id = "__id"
    case boxBound = "BoxBound"
    case inReplyTo = "InReplyTo"
    case to = "To"
    case toRelation = "ToRelation"
    case type = "Type"
    case title = "Title"
    case body = "Body"
    case priority = "Priority"
    case requestRelation = "RequestRelation"
    case requestRelationTarget = "RequestRelationTarget"
    case box = "_Box.Name"
    case result = "Result"
    case published = "__published"
    case updated = "__updated"

    static let set = Route.EntitySet.sent

    var kind: MessagePropertyKind {
        switch self {
        case .id, .inReplyTo, .to, .toRelation, .type, .title, .body, .requestRelation,
            .requestRelationTarget:
            .text
        case .boxBound: .flag
        case .priority: .number
        case .box: .ignored
        case .result: .ignoredList
        case .published, .updated: .managed
        }
    }
}

/// The properties of a message that a foreign cell hands over.
enum PortProperty: String, MessageProperty {
    case id = "__id"
    case inReplyTo = "InReplyTo"
    case from = "From"
    case multicastTo = "MulticastTo"
    case type = "Type"
    case title = "Title"
    case body = "Body"
    case priority = "Priority"
    case status = "Status"
    case requestRelation = "RequestRelation"
    case requestRelationTarget = "RequestRelationTarget"
    case schema = "Schema"
    case box = "_Box.Name"
    case published = "__published"
    case updated = "__updated"

    static let set = Route.EntitySet.received

    var kind: MessagePropertyKind {
        switch self {
        case .id, .inReplyTo, .from, .multicastTo, .type, .title, .body, .status,
            .requestRelation, .requestRelationTarget, .schema:
            .text
        case .priority: .number
        case .box: .ignored
        case .published, .updated: .managed
        }
    }
}

/// The properties of a message as a client wrote them, each the text of its token.
///
/// Personium reads a body one property after the other, and only then looks at what they say together: the first
/// unreadable one is the one it complains of.
struct MessageProperties<Property: MessageProperty> {
    private var texts: [Property: String] = [:]

    /// Reads a body, whatever its declared type.
    init(_ body: [UInt8]) throws(PersoniumProblem) {
        guard case .object(let object)? = try? JSONValue(strict: body) else {
            throw .unreadableBody
        }
        for member in object.members {
            guard let property = Property(rawValue: member.name) else {
                switch member.value {
                case .array, .object: throw .field(member.name)
                case .null, .boolean, .number, .string:
                    throw .unknownProperty(member.name, of: Property.set)
                }
            }
            if property.kind == .managed { throw .managedProperty(member.name) }
            texts[property] = try Self.text(of: member.value, for: property)
        }
    }

    /// A property's text; nil where it is absent or null.
    subscript(property: Property) -> String? { texts[property] }

    /// A property's text if it fits.
    ///
    /// - Parameters:
    ///   - property: Which.
    ///   - fits: What it must be.
    /// - Returns: nil where it is absent.
    /// - Throws: `PR400-OD-0006` with its name.
    func text(
        _ property: Property, where fits: (String) -> Bool
    ) throws(PersoniumProblem) -> String? {
        guard let text = texts[property] else { return nil }
        guard fits(text) else { throw .field(property.rawValue) }
        return text
    }

    /// A property's text, which must be there, if it fits.
    ///
    /// - Throws: `PR400-OD-0009` where it is absent or null, else `PR400-OD-0006`, with its name.
    func required(
        _ property: Property, where fits: (String) -> Bool = { _ in true }
    ) throws(PersoniumProblem) -> String {
        guard let text = try text(property, where: fits) else {
            throw .required(property.rawValue)
        }
        return text
    }

    private static func text(
        of value: JSONValue, for property: Property
    ) throws(PersoniumProblem) -> String? {
        let text: String
        switch value {
        case .null: return nil
        case .array where property.kind == .ignoredList: return nil
        case .array, .object: throw .field(property.rawValue)
        case .boolean(let truth): text = truth ? "true" : "false"
        case .number(let number): text = number
        case .string(let string): text = string
        }
        let isGood =
            switch property.kind {
            case .flag: text == "true" || text == "false"
            case .number: Int32(text) != nil
            case .ignoredList: false
            case .text, .ignored, .managed: text.utf8.count <= MessageText.longest
            }
        guard isGood else { throw .field(property.rawValue) }
        return text
    }
}

/// Bounds of what a message says.
enum MessageText {
    /// The longest text of a property, in bytes.
    static let longest = 51_200
}
