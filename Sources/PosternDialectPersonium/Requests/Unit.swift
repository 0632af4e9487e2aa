import PosternModel

/// The unit all cells are on: where the gateway is mounted.
struct Unit: Sendable {
    /// `https://host[:port][/prefix]`, no slash at the end.
    let baseURL: String

    /// The URL of an account's cell.
    func url(of cell: Handle) -> String { "\(baseURL)/\(cell)/" }

    /// The cell a URL leads to, compared letter by letter.
    ///
    /// - Returns: nil for what is not on this unit, or is not a cell but something in one. The path's single segment may
    ///   name no cell there could be; that is for the sender to hear with the results, as of every cell there is not.
    func destination(_ url: some StringProtocol) -> Destination? {
        // By bytes: some letters equal others of Unicode's, and no server would agree.
        let start = baseURL + "/"
        guard url.utf8.starts(with: start.utf8) else { return nil }
        var name = Array(url.utf8.dropFirst(start.utf8.count))
        if name.last == UInt8(ascii: "/") { name.removeLast() }
        guard !name.isEmpty, !name.contains(where: Self.endsSegment) else { return nil }
        let text = String(decoding: name, as: UTF8.self)
        return Destination(url: "\(start)\(text)/", cell: Handle(text))
    }

    private static func endsSegment(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
    }
}

/// One cell a message is sent to.
struct Destination: Sendable, Hashable {
    /// Its URL, with a slash at the end.
    let url: String
    /// The account whose cell it is; nil where there can be none of that name.
    let cell: Handle?

    /// The most there may be.
    static let limit = 1000

    /// Checks every element of a list of URIs divided by commas; what it leads to is checked later.
    ///
    /// - Throws: `PR400-OD-0006`: for a list of one it quotes the element in place of the field's name, as Personium does.
    static func check(_ list: String) throws(PersoniumProblem) {
        let elements = elements(of: list)
        for element in elements where elements.count == 1 || !element.isEmpty {
            guard Grammar.isURI(element) else {
                throw .field(elements.count == 1 ? String(element) : "To")
            }
        }
    }

    /// The cells a list leads to, each once, in the order given.
    static func all(in list: String, on unit: Unit) throws(PersoniumProblem) -> [Destination] {
        var destinations: [Destination] = []
        var seen: Set<String> = []
        for element in elements(of: list) {
            guard let destination = unit.destination(element) else { throw .field("To") }
            if seen.insert(destination.url).inserted { destinations.append(destination) }
        }
        return destinations
    }

    /// As Java divides: commas at the end count for nothing, and an empty text is one empty element.
    private static func elements(of list: String) -> [Substring] {
        var elements = list.utf8.split(
            separator: UInt8(ascii: ","), omittingEmptySubsequences: false
        ).map { Substring($0) }
        guard elements.count > 1 else { return elements }
        while elements.last?.isEmpty == true { elements.removeLast() }
        return elements
    }
}
