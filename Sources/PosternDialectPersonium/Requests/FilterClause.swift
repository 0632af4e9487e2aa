/// One of the conditions that a `$filter` joins by `and`; what it is about has not been looked at.
enum FilterClause: Equatable {
    /// How a property is compared.
    enum Relation: String {
        case eq, ne, lt, le, gt, ge
    }

    /// A function that says yes or no.
    enum Function: String {
        case startswith, endswith, substringof
    }

    /// `Title eq 'Rounds'`.
    case comparison(String, Relation, FilterToken)
    /// `startswith(Title,'Rounds')`, or the same and `eq true`.
    case call(Function, [FilterToken])

    /// The most conditions.
    private static let most = 16

    /// Reads a filter.
    ///
    /// - Throws: `PR400-OD-0003` for what is no filter of OData 2, or of none that Personium reads; other codes for what is one
    ///   and is not answered here: `or`, `not`, and parentheses but those of a function.
    static func all(in filter: String) throws(PersoniumProblem) -> [FilterClause] {
        var tokens = try FilterToken.all(in: filter)[...]
        var clauses: [FilterClause] = []
        while true {
            guard clauses.count < most else { throw .unsupportedOption("$filter") }
            clauses.append(try FilterClause(&tokens))
            guard let joint = tokens.popFirst() else { return clauses }
            switch joint {
            case .word("and"): continue
            case .word("or") where !tokens.isEmpty: throw .unsupportedOption("$filter")
            default: throw .badFilter
            }
        }
    }

    private init(_ tokens: inout ArraySlice<FilterToken>) throws(PersoniumProblem) {
        if tokens.first == .open { throw .unsupportedOption("$filter") }
        guard case .word(let name)? = tokens.popFirst(), let next = tokens.first else {
            throw .badFilter
        }
        if name == "not" { throw .unsupportedOperator }
        if next == .open {
            guard let function = Function(rawValue: name) else { throw .badFilter }
            self = .call(function, try Self.arguments(&tokens))
            try Self.passTruth(&tokens)
            return
        }
        guard let relation = Self.relation(&tokens) else { throw .badFilter }
        self = .comparison(name, relation, try Self.operand(&tokens))
    }

    private static func relation(_ tokens: inout ArraySlice<FilterToken>) -> Relation? {
        guard case .word(let word)? = tokens.first, let relation = Relation(rawValue: word) else {
            return nil
        }
        tokens.removeFirst()
        return relation
    }

    private static func arguments(
        _ tokens: inout ArraySlice<FilterToken>
    ) throws(PersoniumProblem) -> [FilterToken] {
        tokens.removeFirst()
        var arguments: [FilterToken] = []
        while true {
            arguments.append(try operand(&tokens))
            switch tokens.popFirst() {
            case .comma: continue
            case .close: return arguments
            default: throw .badFilter
            }
        }
    }

    private static func operand(
        _ tokens: inout ArraySlice<FilterToken>
    ) throws(PersoniumProblem) -> FilterToken {
        switch tokens.popFirst() {
        case .word where tokens.first == .open: throw .unsupportedFunction
        case .open: throw .unsupportedOption("$filter")
        case .close, .comma, nil: throw .badFilter
        case .word(let word): return .word(word)
        case .text(let text): return .text(text)
        case .typed: return .typed
        case .number: return .number
        }
    }

    /// DIVERGENCE: Personium does not read `eq true` after a function, which OData 2 has; see `Divergences.md`.
    private static func passTruth(
        _ tokens: inout ArraySlice<FilterToken>
    ) throws(PersoniumProblem) {
        guard let relation = Self.relation(&tokens) else { return }
        guard relation == .eq, try operand(&tokens) == .word("true") else {
            throw .unsupportedOption("$filter")
        }
    }
}
