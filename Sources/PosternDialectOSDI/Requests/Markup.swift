import PosternDialectKit

/// Whether a body is HTML: the specification lets it be that or text, and says it nowhere.
///
/// What is taken for HTML is shown as HTML, and what is taken for text is shown as text: banned words are looked for in
/// what a reader would see either way. So nothing can be hidden by being taken for the other, and a wrong guess only
/// looks bad.
enum Markup {
    /// Whether there is a tag, a comment or a declaration: `<`, perhaps `/`, a letter and letters or digits, then a space,
    /// a slash or `>`; or `<!`; and a `>` after it.
    ///
    /// `a < b`, `<3` and `<bob@example.com>` are text.
    static func isLikely(in text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let last = bytes.lastIndex(of: UInt8(ascii: ">")) else { return false }
        var at = 0
        while at < last {
            if bytes[at] == UInt8(ascii: "<"), isTag(bytes[(at + 1)...last]) { return true }
            at += 1
        }
        return false
    }

    private static func isTag(_ rest: ArraySlice<UInt8>) -> Bool {
        if rest.first == UInt8(ascii: "!") { return true }
        let name = rest.first == UInt8(ascii: "/") ? rest.dropFirst() : rest
        guard name.first?.isASCIILetter == true else { return false }
        // No element's name is longer, and a text of many `<` must not be looked through over and over.
        let end = name.prefix(32).first { !$0.isASCIILetter && !$0.isASCIIDigit }
        return switch end {
        case 0x09, 0x0A, 0x0C, 0x0D, 0x20, UInt8(ascii: "/"), UInt8(ascii: ">"): true
        default: false
        }
    }
}
