import PosternDialectKit

/// An object's members, read by type; null and absent are the same.
struct Members {
    private let object: JSONObject

    init(_ object: JSONObject = JSONObject()) { self.object = object }

    /// The value under a name; nil where it is null.
    subscript(name: String) -> JSONValue? {
        guard let value = object[name], value != .null else { return nil }
        return value
    }

    /// A text.
    func text(_ name: String) throws(Problem) -> String? {
        guard let value = self[name] else { return nil }
        guard case .string(let text) = value else {
            throw .invalid(name, "`\(name)` must be a text.")
        }
        return text
    }

    /// A truth value, as `true`, `"true"`, `1` or `"1"`: the Ruby client writes texts.
    func truth(_ name: String) throws(Problem) -> Bool? {
        switch self[name] {
        case nil: return nil
        case .boolean(let truth): return truth
        case .string("true"), .string("1"), .number("1"): return true
        case .string("false"), .string("0"), .number("0"): return false
        default: throw .invalid(name, "`\(name)` must be true or false.")
        }
    }

    /// A count written in digits.
    func count(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let value = self[name] else { return nil }
        guard case .string(let text) = value, (1...9).contains(text.utf8.count),
            text.utf8.allSatisfy(\.isASCIIDigit), let count = Int(text), range.contains(count)
        else {
            throw .invalid(
                name, "`\(name)` must be between \(range.lowerBound) and \(range.upperBound).")
        }
        return count
    }

    /// One entry of a list.
    enum Item: Equatable {
        /// A number, as written.
        case number(String)
        /// A text.
        case text(String)
    }

    /// A list: an array, a text of items divided by commas, as the official client joins them, or one number.
    func items(_ name: String, atMost limit: Int) throws(Problem) -> [Item] {
        let items: [Item]
        switch self[name] {
        case nil, .string(""): return []
        case .number(let number): items = [.number(number)]
        case .string(let text):
            // No more is divided than can be taken.
            items =
                text.split(separator: ",", maxSplits: limit, omittingEmptySubsequences: false)
                .map { .text(String($0.drop { $0 == " " })) }
        case .array(let values):
            guard values.count <= limit else { throw Self.tooMany(name, limit) }
            var read: [Item] = []
            for value in values {
                switch value {
                case .number(let number): read.append(.number(number))
                case .string(let text): read.append(.text(text))
                default: throw .invalid(name, "`\(name)` must hold numbers and texts.")
                }
            }
            items = read
        default: throw .invalid(name, "`\(name)` must be a list.")
        }
        guard items.count <= limit else { throw Self.tooMany(name, limit) }
        return items
    }

    /// A list of ids, as numbers or texts of digits.
    func ids(_ name: String, atMost limit: Int) throws(Problem) -> [Int64] {
        var ids: [Int64] = []
        for item in try items(name, atMost: limit) {
            guard let id = item.id else { throw .invalid(name, "`\(name)` must hold ids.") }
            ids.append(id)
        }
        return ids
    }

    private static func tooMany(_ name: String, _ limit: Int) -> Problem {
        .invalid(name, "`\(name)` may hold at most \(limit) entries.")
    }
}

extension Members.Item {
    /// The id it is, as a number or a text of digits.
    var id: Int64? {
        switch self {
        case .number(let text), .text(let text): Int64(id: text)
        }
    }
}
