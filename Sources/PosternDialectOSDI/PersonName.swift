/// A person's name, which Postern keeps as one text, in the two parts this API has: its last word is what most families are
/// called.
struct PersonName {
    var given: String
    var family: String

    init(given: String, family: String) {
        self.given = given
        self.family = family
    }

    /// Divides a name.
    init(_ whole: String) {
        let words = whole.split(separator: " ", omittingEmptySubsequences: true)
        given = words.count > 1 ? words.dropLast().joined(separator: " ") : whole
        family = words.count > 1 ? String(words[words.count - 1]) : ""
    }

    /// Both parts, as one text.
    var whole: String { [given, family].filter { !$0.isEmpty }.joined(separator: " ") }
}
