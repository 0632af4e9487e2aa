import PosternDialectKit
import PosternModel

/// A `$filter` of the kind the ledger can answer: conditions of type, status, title, name and sender, joined by `and`.
struct ListFilter: Equatable {
    /// The longest text that is looked for, in code points: the longest that Personium's own tests look for.
    private static let longestText = 4096

    private(set) var isRequest: Bool?
    private(set) var isRead: Bool?
    private(set) var answer: IncomingSearch.SoughtAnswer?
    private var message: MessageGUID?
    private(set) var sender: Handle?
    private(set) var title: [TextMatch] = []

    /// The message that is named; none for any.
    var messages: [MessageGUID] { message.map { [$0] } ?? [] }

    /// Works out what conditions ask for; none ask for everything.
    ///
    /// - Throws: What the original says of conditions that it refuses, and `PR400-OD-0042` for those it would answer and Postern
    ///   cannot, and where conditions exclude each other. Which kind of request a message makes is nothing the ledger looks
    ///   for. A message that was sent has no status.
    init(
        _ clauses: [FilterClause], of set: Route.EntitySet, on unit: Unit
    ) throws(PersoniumProblem) {
        for clause in clauses {
            let isAnswered =
                switch clause {
                case .comparison(let name, let relation, let value):
                    try add(name, relation, value, of: set, on: unit)
                case .call(let function, let arguments):
                    try add(function, arguments, of: set)
                }
            guard isAnswered else { throw .unsupportedOption("$filter") }
        }
    }

    private mutating func add(
        _ function: FilterClause.Function, _ arguments: [FilterToken], of set: Route.EntitySet
    ) throws(PersoniumProblem) -> Bool {
        guard arguments.count == 2 else { throw .badFilter }
        let (property, value): (FilterToken, FilterToken)
        switch function {
        case .startswith: (property, value) = (arguments[0], arguments[1])
        case .substringof: (property, value) = (arguments[1], arguments[0])
        case .endswith: throw .unsupportedFunction
        }
        guard case .word(let name) = property else { throw .badFilter }
        guard let kind = set.kind(of: name) else { throw .unknownQueryProperty(name) }
        guard kind == .text, case .text(let text) = value else { throw .mismatchedOperand(name) }
        let wanted = try Self.wanted(text)
        guard name == "Title" else { return false }
        title.append(TextMatch(function == .startswith ? .startsWith : .contains, wanted))
        return true
    }

    private mutating func add(
        _ name: String, _ relation: FilterClause.Relation, _ value: FilterToken,
        of set: Route.EntitySet, on unit: Unit
    ) throws(PersoniumProblem) -> Bool {
        guard let kind = set.kind(of: name) else { throw .unknownQueryProperty(name) }
        guard kind != .ignoredList else { throw .badFilter }
        guard kind.takes(value) else { throw .mismatchedOperand(name) }
        guard case .text(let text) = value else { return false }
        let wanted = try Self.wanted(text)
        switch (name, relation) {
        case ("Title", .eq): title.append(TextMatch(.equals, wanted))
        case ("Title", .ne): title.append(TextMatch(.differs, wanted))
        case ("Type", .eq): return wanted == "message" && narrow(\.isRequest, to: false)
        case ("Type", .ne): return wanted == "message" && narrow(\.isRequest, to: true)
        case ("Status", .eq): return narrow(toStatus: wanted)
        case ("__id", .eq): return narrow(\.message, to: MessageGUID(wanted))
        case ("From", .eq): return narrow(\.sender, to: unit.destination(wanted)?.cell)
        default: return false
        }
        return true
    }

    private mutating func narrow(toStatus status: String) -> Bool {
        switch status {
        case "read", "unread":
            return narrow(\.isRead, to: status == "read") && narrow(\.isRequest, to: false)
        default:
            return narrow(\.answer, to: IncomingSearch.SoughtAnswer(rawValue: status))
                && narrow(\.isRequest, to: true)
        }
    }

    /// Asks for one value; false where there is none, and where another was asked for.
    private mutating func narrow<Value: Equatable>(
        _ mark: WritableKeyPath<ListFilter, Value?>, to wanted: Value?
    ) -> Bool {
        guard let wanted, self[keyPath: mark] == nil || self[keyPath: mark] == wanted else {
            return false
        }
        self[keyPath: mark] = wanted
        return true
    }

    /// What a text looks for: Personium reads a script's escapes in it.
    private static func wanted(_ text: String) throws(PersoniumProblem) -> String {
        guard let wanted = text.readingEscapes else { throw .unreadableOperand(text) }
        guard wanted.unicodeScalars.count <= longestText else {
            throw .unsupportedOption("$filter")
        }
        return wanted
    }
}

extension Route.EntitySet {
    /// What a property of its messages is like; nil for one that they have not.
    fileprivate func kind(of name: String) -> MessagePropertyKind? {
        switch self {
        case .sent: return SentProperty(rawValue: name)?.kind
        case .received:
            guard let property = PortProperty(rawValue: name), property != .schema else {
                return nil
            }
            return property.kind
        }
    }
}

extension MessagePropertyKind {
    /// Whether a property can be compared with it.
    fileprivate func takes(_ value: FilterToken) -> Bool {
        switch (self, value) {
        case (_, .word("null")), (.text, .text), (.number, .number), (.managed, .number),
            (.managed, .typed), (.flag, .word("true")), (.flag, .word("false")):
            true
        default: false
        }
    }
}

extension String {
    /// The text with a script's escapes read, as Java's commons-lang does; nil where one is no character.
    ///
    /// They are `\\`, `\n`, `\u00E9` and the like; a backslash before anything else is left out, and one at the end stays.
    fileprivate var readingEscapes: String? {
        let backslash = UInt16(UInt8(ascii: "\\"))
        guard utf16.contains(backslash) else { return self }
        var units: [UInt16] = []
        var rest = utf16[...]
        while let unit = rest.popFirst() {
            guard unit == backslash, let escape = rest.popFirst() else {
                units.append(unit)
                continue
            }
            switch Unicode.Scalar(escape) {
            case "b": units.append(0x08)
            case "t": units.append(0x09)
            case "n": units.append(0x0A)
            case "f": units.append(0x0C)
            case "r": units.append(0x0D)
            case "u":
                let digits = rest.prefix(4).compactMap {
                    UInt8(exactly: $0)?.hexadecimalValue.map(UInt16.init)
                }
                guard digits.count == 4 else { return nil }
                rest = rest.dropFirst(4)
                units.append(digits.reduce(0) { $0 << 4 | $1 })
            default: units.append(escape)
            }
        }
        return String(validating: units, as: UTF16.self)
    }
}
