/// A tag, with what its attributes say of how its element is seen.
struct HTMLTag {
    /// The name in small letters; of headings always `h1`, for a heading is closed by any other's end tag.
    var name: String
    let isEnd: Bool
    var isSelfClosing = false
    /// The element is not to be shown, unless its style says so.
    var isHidden = false
    var style = InlineStyle()
    /// The direction its `dir` says.
    var isRightToLeft: Bool?
    /// It says how its text looks, which SVG and MathML have no word for.
    var saysFont = false
    /// It says that its content is HTML.
    var holdsHTML = false

    init(name: String, isEnd: Bool) {
        let isHeading =
            name.utf8.count == 2 && name.hasPrefix("h") && name >= "h2" && name <= "h6"
        self.name = isHeading ? "h1" : name
        self.isEnd = isEnd
    }
}
