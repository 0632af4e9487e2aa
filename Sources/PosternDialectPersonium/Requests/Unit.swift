import PosternModel

/// The unit all cells of accounts are on, where the gateway is mounted, and those others that it exchanges messages with.
struct Unit: Sendable {
    /// `https://host[:port][/prefix]`, no slash at the end.
    let baseURL: String
    /// The units whose cells can be written to.
    var others: any ForeignUnits = NoForeignUnits()

    /// Its address as other units name it; nil where the place it is mounted at is none that they could.
    var address: UnitURL? { UnitURL(baseURL + "/") }

    /// The URL of an account's cell.
    func url(of cell: Handle) -> String { "\(baseURL)/\(cell)/" }

    /// The cell a URL leads to, compared letter by letter.
    ///
    /// - Parameters:
    ///   - url: Where to.
    ///   - past: It was written to before: its unit may be listed no longer.
    /// - Returns: nil for what is neither on this unit nor on one that is listed, or is not a cell but something in one. The
    ///   path's single segment may name no cell there could be on this unit; that is for the sender to hear with the results,
    ///   as of every cell there is not.
    func destination(_ url: some StringProtocol, past: Bool = false) -> Destination? {
        // By bytes: some letters equal others of Unicode's, and no server would agree.
        let start = baseURL + "/"
        guard url.utf8.starts(with: start.utf8) else {
            guard let cell = CellURL(url), past || others.contains(cell.unit) else { return nil }
            return Destination(url: cell.description, place: .elsewhere(cell))
        }
        var name = Array(url.utf8.dropFirst(start.utf8.count))
        if name.last == UInt8(ascii: "/") { name.removeLast() }
        guard !name.isEmpty, !name.contains(where: Self.endsSegment) else { return nil }
        let text = String(decoding: name, as: UTF8.self)
        return Destination(
            url: "\(start)\(text)/", place: Handle(text).map { .here($0) } ?? .nowhere)
    }

    private static func endsSegment(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
    }
}

/// One cell a message is sent to.
struct Destination: Sendable, Hashable {
    /// Its URL, with a slash at the end.
    let url: String
    /// Whose it is.
    let place: Place

    /// Where a cell is.
    enum Place: Sendable, Hashable {
        /// On this unit: the account's of that handle, if there is one.
        case here(Handle)
        /// On this unit there can be none of that name.
        case nowhere
        /// On another unit.
        case elsewhere(CellURL)
    }

    /// The account whose cell it is on this unit, if there is one of that name.
    var cell: Handle? { if case .here(let handle) = place { handle } else { nil } }

    /// Whom it stands for, in the words of the core; nil where there can be nobody.
    var target: Target? {
        switch place {
        case .here(let handle): .handle(handle)
        case .nowhere: nil
        case .elsewhere(let cell): .address(.cell(cell))
        }
    }

    /// The most there may be.
    static let limit = 1000

    /// Checks every element of a list of URIs divided by commas; what it leads to is checked later.
    ///
    /// - Throws: `PR400-OD-0006`: for a list of one it quotes the element in place of the field's name, as Personium does.
    static func check(_ list: String, called name: String = "To") throws(PersoniumProblem) {
        let elements = elements(of: list)
        for element in elements where elements.count == 1 || !element.isEmpty {
            guard Grammar.isURI(element) else {
                throw .field(elements.count == 1 ? String(element) : name)
            }
        }
    }

    /// The cells a list leads to, each once, in the order given.
    static func all(
        in list: String, on unit: Unit, past: Bool = false
    ) throws(PersoniumProblem) -> [Destination] {
        var destinations: [Destination] = []
        var seen: Set<String> = []
        for element in elements(of: list) {
            guard let destination = unit.destination(element, past: past) else {
                throw .field("To")
            }
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
