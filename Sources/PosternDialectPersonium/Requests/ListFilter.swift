import PosternModel

/// A `$filter` of the kind the ledger can answer: `Type eq 'message'`, `Status eq 'unread'`, joined by `and`.
struct ListFilter: Equatable {
    private(set) var isRequest: Bool?
    private(set) var isRead: Bool?
    private(set) var answer: IncomingSearch.SoughtAnswer?

    /// Everything.
    init() {}

    /// Reads a filter; nil for one that cannot be answered, and for one that nothing could pass.
    ///
    /// Which kind of request a message makes is nothing the ledger looks for. A message that was sent has no status.
    init?(_ text: String, of set: Route.EntitySet) {
        for clause in text.split(separator: " and ", omittingEmptySubsequences: false) {
            let words = clause.split(separator: " ", omittingEmptySubsequences: true)
            guard words.count == 3, add(String(words[0]), words[1], words[2], set) else {
                return nil
            }
        }
    }

    private mutating func add(
        _ property: String, _ comparison: Substring, _ value: Substring, _ set: Route.EntitySet
    ) -> Bool {
        switch (property, comparison, value, set) {
        case ("Type", "eq", "'message'", _): return narrow(toRequests: false)
        case ("Type", "ne", "'message'", _): return narrow(toRequests: true)
        case ("Status", "eq", "'read'", .received), ("Status", "eq", "'unread'", .received):
            guard isRead == nil else { return false }
            isRead = value == "'read'"
            return narrow(toRequests: false)
        case ("Status", "eq", _, .received):
            guard answer == nil, value.first == "'", value.last == "'",
                let sought = IncomingSearch.SoughtAnswer(
                    rawValue: String(value.dropFirst().dropLast()))
            else { return false }
            answer = sought
            return narrow(toRequests: true)
        default: return false
        }
    }

    private mutating func narrow(toRequests wanted: Bool) -> Bool {
        guard isRequest == nil || isRequest == wanted else { return false }
        isRequest = wanted
        return true
    }
}
