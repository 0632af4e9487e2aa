/// Where words end: UAX #29's word boundaries, adjusted to what keyword lists mean.
///
/// - Letters, digits and marks join. Han, Hiragana, Thai and other scripts written without spaces
///   do not: there a word is found anywhere, as UAX #29 leaves finding their words to dictionaries.
/// - An underscore joins only what stands on both its sides: `_secret_` is emphasis, `secret_key`
///   one name. In attachment names it stands for a space and never joins.
/// - An apostrophe joins what follows, but for the possessive: "can" is not in "can't", "anthrax"
///   is in "anthrax's". What precedes is never joined, so that "l'anthrax" is found.
/// - A keyword's edge that is no letter, as in `c++`, is a boundary by itself.
struct WordBoundary {
    private let table = UnicodeTable.shared
    var underscoreJoins: Bool

    /// Whether a match stands alone in a normalised text.
    func isWhole(_ match: Range<Int>, in text: UnsafeBufferPointer<UInt8>) -> Bool {
        !joinsBefore(match, text) && !joinsAfter(match, text)
    }

    private func joinsBefore(_ match: Range<Int>, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard match.lowerBound > 0, joins(DecodedScalar(text, at: match.lowerBound).value) else {
            return false
        }
        var index = match.lowerBound
        var underscores = 0
        while index > 0, text[index - 1] == UInt8(ascii: "_"), underscores < Self.longestUnderscore
        {
            index -= 1
            underscores += 1
        }
        if underscores > 0, !underscoreJoins { return false }
        guard index > 0 else { return false }
        return joins(DecodedScalar(text, before: index).value)
    }

    private func joinsAfter(_ match: Range<Int>, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard match.upperBound < text.count else { return false }
        let next = DecodedScalar(text, at: match.upperBound)
        // A mark changes the very letter it stands on, whatever that is.
        if table[next.value].has(UnicodeTable.Entry.mark) { return true }
        guard joins(DecodedScalar(text, before: match.upperBound).value) else { return false }
        if next.value == 0x27 || next.value == 0x2019 {
            let after = match.upperBound + next.length
            guard after < text.count, joins(DecodedScalar(text, at: after).value) else {
                return false
            }
            let possessive =
                text[after] == UInt8(ascii: "s")
                && (after + 1 == text.count || !joins(DecodedScalar(text, at: after + 1).value))
            return !possessive
        }
        var index = match.upperBound
        var underscores = 0
        while index < text.count, text[index] == UInt8(ascii: "_"),
            underscores < Self.longestUnderscore
        {
            index += 1
            underscores += 1
        }
        if underscores > 0, !underscoreJoins { return false }
        guard index < text.count else { return false }
        return joins(DecodedScalar(text, at: index).value)
    }

    /// Underscores looked past: enough for any name, and no text can make each match look at all
    /// the rest of it.
    private static let longestUnderscore = 8

    private func joins(_ scalar: UInt32) -> Bool { table[scalar].has(UnicodeTable.Entry.joins) }
}
