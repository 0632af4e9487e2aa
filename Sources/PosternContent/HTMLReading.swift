/// How an HTML text is read where readers may differ; also what was met of that.
///
/// Nobody but the reader's program knows. A text is therefore read in every way that makes a difference to it, which for nearly
/// all texts is one.
struct HTMLReading: OptionSet {
    let rawValue: UInt8

    /// What styling hides is left out.
    static let hidden = Self(rawValue: 1 << 0)
    /// What stands beside its line is left out: annotations, and what floats or is put in a place of its own.
    static let apart = Self(rawValue: 1 << 1)
    /// Text in a table and in none of its cells is moved before the table.
    static let fostered = Self(rawValue: 1 << 2)
    /// Scripts may run: `noscript` holds one text, which is not shown.
    static let scripts = Self(rawValue: 1 << 3)
    /// A `select` ignores all other elements, as it did until 2025.
    static let strictSelects = Self(rawValue: 1 << 4)

    /// How many there are in it.
    var count: Int { rawValue.nonzeroBitCount }

    /// Every way, the ones with more to leave out or move after those with less.
    static let all = (0..<32).map(HTMLReading.init(rawValue:))
}
