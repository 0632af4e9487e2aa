import PosternDialectKit

/// The properties of a message as a client wrote them, each the text of its token.
///
/// Personium reads a body one property after the other, and only then looks at what they say together: the first
/// unreadable one is the one it complains of.
struct SentProperties {
    /// The properties there are.
    enum Property: String {
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
        /// Written by the unit; what clients say is passed over.
        case box = "_Box.Name"
        /// The same.
        case result = "Result"
        /// Written by the unit; clients may not say it.
        case published = "__published"
        /// The same.
        case updated = "__updated"
    }

    /// The longest text, in bytes.
    static let longest = 51_200

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
                case .null, .boolean, .number, .string: throw .unknownProperty(member.name)
                }
            }
            if property == .published || property == .updated {
                throw .managedProperty(member.name)
            }
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

    private static func text(
        of value: JSONValue, for property: Property
    ) throws(PersoniumProblem) -> String? {
        let text: String
        switch value {
        case .null: return nil
        case .array where property == .result: return nil
        case .array, .object: throw .field(property.rawValue)
        case .boolean(let truth): text = truth ? "true" : "false"
        case .number(let number): text = number
        case .string(let string): text = string
        }
        let isGood =
            switch property {
            case .boxBound: text == "true" || text == "false"
            case .priority: Int32(text) != nil
            case .result: false
            default: text.utf8.count <= longest
            }
        guard isGood else { throw .field(property.rawValue) }
        return text
    }
}
