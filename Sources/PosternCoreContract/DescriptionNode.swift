import PosternDialectKit

/// A part of a description, written in Swift as it will look in JSON.
enum DescriptionNode: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    case text(String)
    case number(Int)
    case truth(Bool)
    case list([DescriptionNode])
    case object([(String, DescriptionNode)])

    init(stringLiteral text: String) { self = .text(text) }
    init(integerLiteral number: Int) { self = .number(number) }
    init(booleanLiteral truth: Bool) { self = .truth(truth) }
    init(arrayLiteral items: DescriptionNode...) { self = .list(items) }
    init(dictionaryLiteral members: (String, DescriptionNode)...) { self = .object(members) }

    /// A schema of a text that is one of some words.
    static func oneOf(_ words: [String]) -> DescriptionNode {
        ["type": "string", "enum": .list(words.map { .text($0) })]
    }

    /// Writes it where a value is due.
    func write(to json: inout JSONWriter) {
        switch self {
        case .text(let text): json.string(text)
        case .number(let number): json.number(number)
        case .truth(let truth): json.truth(truth)
        case .list(let items): json.array(of: items) { $1.write(to: &$0) }
        case .object(let members):
            json.object { json in
                for (name, node) in members { node.write(as: name, to: &json) }
            }
        }
    }

    /// Writes it under a name.
    private func write(as name: String, to json: inout JSONWriter) {
        switch self {
        case .text(let text): json.member(name, text)
        case .number(let number): json.member(name, number)
        case .truth(let truth): json.member(name, truth)
        case .list(let items): json.array(name, of: items) { $1.write(to: &$0) }
        case .object(let members):
            json.object(name) { json in
                for (name, node) in members { node.write(as: name, to: &json) }
            }
        }
    }
}
