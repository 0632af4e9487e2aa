import PosternDialectKit

/// What a value of the contract may be.
indirect enum ContractSchema: Sendable {
    /// Any text, or one of so many characters.
    case text(atLeast: Int = 0, atMost: Int? = nil)
    /// A text that is nobody else's business.
    case secret
    /// The same, in base64.
    case secretInBase64
    /// A GUID as replies write it: 32 digits.
    case guid
    /// A GUID as requests may write it: with dashes or without.
    case givenGUID
    /// An email address.
    case address
    /// A moment.
    case date
    /// A whole number.
    case number(from: Int64? = 0, to: Int64? = nil)
    /// A truth value.
    case truth
    /// One of some words.
    case choice([String])
    /// A list.
    case list(ContractSchema, atLeast: Int = 0, atMost: Int? = nil)
    /// A list that has nothing in it: the contract has it, and Postern has not.
    case emptyList
    /// Texts under names of any kind.
    case dictionary
    /// A value of a type that has a name.
    case type(String)

    /// Whether a query writes it in JSON.
    var isObject: Bool {
        switch self {
        case .type, .dictionary: true
        default: false
        }
    }

    /// Writes the schema's members.
    func write(to json: inout JSONWriter) {
        switch self {
        case .text(let least, let most):
            json.member("type", "string")
            if least > 0 { json.member("minLength", least) }
            if let most { json.member("maxLength", most) }
        case .secret:
            json.member("type", "string")
            json.member("format", "password")
        case .secretInBase64:
            json.member("type", "string")
            json.member("format", "password")
            json.member("contentEncoding", "base64")
            json.member(
                "pattern", "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$")
        case .guid:
            json.member("type", "string")
            json.member("pattern", "^[0-9a-f]{32}$")
        case .givenGUID:
            json.member("type", "string")
            json.member("format", "uuid")
        case .address:
            json.member("type", "string")
            json.member("format", "email")
        case .date:
            json.member("type", "string")
            json.member("format", "date-time")
        case .number(let least, let most):
            json.member("type", "integer")
            json.member("format", "int64")
            if let least { json.member("minimum", least) }
            if let most { json.member("maximum", most) }
        case .truth: json.member("type", "boolean")
        case .choice(let words):
            json.member("type", "string")
            json.array("enum", of: words) { $0.string($1) }
        case .list(let item, let least, let most):
            json.member("type", "array")
            json.object("items") { item.write(to: &$0) }
            if least > 0 { json.member("minItems", least) }
            if let most { json.member("maxItems", most) }
            // XML has the items in an element of the list's name.
            json.object("xml") { $0.member("wrapped", true) }
        case .emptyList:
            json.member("type", "array")
            json.member("maxItems", 0)
        case .dictionary:
            json.member("type", "object")
            json.object("additionalProperties") { $0.member("type", "string") }
        case .type(let name): json.member("$ref", "#/components/schemas/\(name)")
        }
    }
}
