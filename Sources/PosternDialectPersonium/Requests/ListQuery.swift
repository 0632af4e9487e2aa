import PosternDialectKit
import PosternModel

/// The OData options of a request that reads.
struct ListQuery {
    /// How many messages a list shows when nothing is said.
    private static let standardTop = 25
    /// The most it shows.
    private static let largestTop = 10_000
    /// The most it passes over; Personium's standard setting.
    private static let largestSkip = 100_000

    /// Which part of the list.
    let window: Window
    /// The oldest first.
    let oldestFirst: Bool
    /// The whole list's length is wanted.
    let countsAll: Bool
    /// Which messages of the set.
    let filter: ListFilter
    /// Which members of each.
    let selection: MemberSelection

    /// Reads a query in Personium's order; unknown options are passed over.
    ///
    /// - Throws: `PR400-OD-…` for an option that cannot be read, and for those that Postern has not: passing over a filter
    ///   would show more than was asked for.
    init(
        _ query: ArraySlice<UInt8>?, of set: Route.EntitySet, on unit: Unit
    ) throws(PersoniumProblem) {
        let options = try Self.options(query)
        let top = try Self.number("$top", in: options, largest: Self.largestTop)
        let skip = try Self.number("$skip", in: options, largest: Self.largestSkip)
        window = Window(offset: skip ?? 0, limit: top ?? Self.standardTop)
        let clauses = try Self.clauses(in: options)
        selection = try Self.selection(in: options)
        try Self.refuse(["$expand"], in: options)
        switch options["$inlinecount"] {
        case nil, .string("none"): countsAll = false
        case .string("allpages"): countsAll = true
        case .string(let word): throw .badCount(word)
        default: throw .unreadableQuery
        }
        try Self.refuse(["$skiptoken"], in: options)
        switch options["$orderby"] {
        case nil, .string("__published desc"): oldestFirst = false
        case .string("__published"), .string("__published asc"): oldestFirst = true
        default: throw .badOrder
        }
        try Self.refuse(["q"], in: options)
        // What a filter is about is looked at when all can be read.
        filter = try ListFilter(clauses, of: set, on: unit)
    }

    /// Reads the query of a request for one message: which members are wanted.
    static func single(_ query: ArraySlice<UInt8>?) throws(PersoniumProblem) -> MemberSelection {
        let options = try options(query)
        let selection = try selection(in: options)
        try refuse(["$expand"], in: options)
        return selection
    }

    /// The options, with a `$format` that can be answered: JSON, and in place of Atom JSON too.
    private static func options(_ query: ArraySlice<UInt8>?) throws(PersoniumProblem) -> JSONObject
    {
        guard let query else { return JSONObject() }
        let options: JSONObject
        do { options = try JSONObject(parameters: query) } catch { throw .unreadableQuery }
        switch options["$format"] {
        case nil, .string("json"), .string("atom"): break
        case .string(let word): throw .badFormat(word)
        default: throw .unreadableQuery
        }
        return options
    }

    private static func number(
        _ name: String, in options: JSONObject, largest: Int
    ) throws(PersoniumProblem) -> Int? {
        guard case .string(let text)? = options[name] else { return nil }
        guard let number = Int32(text) else { throw .unreadableOption(name) }
        guard (0...largest).contains(Int(number)) else { throw .badOption(name, text) }
        return Int(number)
    }

    private static func clauses(
        in options: JSONObject
    ) throws(PersoniumProblem) -> [FilterClause] {
        guard case .string(let text)? = options["$filter"] else { return [] }
        return try FilterClause.all(in: text)
    }

    private static func selection(
        in options: JSONObject
    ) throws(PersoniumProblem) -> MemberSelection {
        guard case .string(let text)? = options["$select"] else { return MemberSelection() }
        return try MemberSelection(text)
    }

    private static func refuse(
        _ names: [String], in options: JSONObject
    ) throws(PersoniumProblem) {
        for name in names where options[name] != nil { throw .unsupportedOption(name) }
    }
}
