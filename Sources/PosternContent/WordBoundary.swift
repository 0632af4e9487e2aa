/// Where words end: UAX #29's word boundaries, adjusted to what keyword lists mean.
///
/// - Letters, digits and the marks on them join, Katakana only Katakana. Han, Hiragana, Thai and other
///   scripts written without spaces do not: there a word is found anywhere, as UAX #29 leaves finding
///   their words to dictionaries.
/// - An underscore joins only what stands on both its sides: `_secret_` is emphasis, `secret_key`
///   one name. In attachment names it stands for a space and never joins.
/// - An apostrophe joins what follows, but for the possessive: "can" is not in "can't", "anthrax"
///   is in "anthrax's". What precedes is never joined, so that "l'anthrax" is found.
/// - What joins words only in its normal form, such as `²` and `™`, parts them: texts that hold it are
///   matched a second time with it as it is written (``TextNormaliser/Signs/wordEnd``).
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
        guard let base = base(before: index, text) else { return false }
        return joins(base, DecodedScalar(text, at: match.lowerBound), over: underscores)
    }

    /// What stands before a place, marks aside: they belong to it, and are as little of a word.
    private func base(
        before index: Int, _ text: UnsafeBufferPointer<UInt8>
    ) -> DecodedScalar? {
        var index = index
        for _ in 0..<Self.mostMarks where index > 0 {
            let scalar = DecodedScalar(text, before: index)
            if !table[scalar.value].has(UnicodeTable.Entry.extends) { return scalar }
            index -= scalar.length
        }
        return nil
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
        guard let base = base(before: match.upperBound, text) else { return false }
        return joins(base, DecodedScalar(text, at: index), over: underscores)
    }

    /// Underscores looked past: enough for any name, and no text can make each match look at all
    /// the rest of it.
    private static let longestUnderscore = 8

    /// Marks looked past: more than honest text has in a row (UAX #15, stream-safe format).
    private static let mostMarks = 32

    /// Whether two characters are of one word, which stand side by side or with underscores between.
    private func joins(_ first: DecodedScalar, _ second: DecodedScalar, over underscores: Int)
        -> Bool
    {
        let (first, second) = (table[first.value], table[second.value])
        guard first.has(UnicodeTable.Entry.joins), second.has(UnicodeTable.Entry.joins) else {
            return false
        }
        return underscores > 0 || second.has(UnicodeTable.Entry.extends)
            || first.has(UnicodeTable.Entry.katakana) == second.has(UnicodeTable.Entry.katakana)
    }

    private func joins(_ scalar: UInt32) -> Bool { table[scalar].has(UnicodeTable.Entry.joins) }
}
