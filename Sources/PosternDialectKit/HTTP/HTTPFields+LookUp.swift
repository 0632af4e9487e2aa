public import HTTPTypes

// The library's subscripts make a list and join it; most fields come once, and are looked for in every request.

extension HTTPFields {
    /// The first value under a name; nil when there is none.
    public func first(_ name: HTTPField.Name) -> String? {
        index(of: name, from: startIndex).map { self[$0].value }
    }

    /// Whether more than one field has a name.
    public func repeats(_ name: HTTPField.Name) -> Bool {
        guard let first = index(of: name, from: startIndex) else { return false }
        return index(of: name, from: first + 1) != nil
    }

    private func index(of name: HTTPField.Name, from start: Int) -> Int? {
        var at = start
        while at < endIndex {
            if self[at].name == name { return at }
            at += 1
        }
        return nil
    }
}
