/// Reduces HTML to the text a reader would see, in one pass and with the way back.
///
/// Tags are found as the HTML standard's tokenizer finds them (section 13.2.5), so that a `>` in a
/// quoted attribute, a comment that never closes or a tag cut off by the end cannot move text in or
/// out of sight. Inline tags vanish (`ba<b>n</b>ned` reads "banned"), block tags part words,
/// scripts, styles and comments are dropped, character references are decoded once.
///
/// Text that only its styling hides (`hidden`, `display:none` in a `style` attribute and the like)
/// cannot be judged for certain here, so there are two readings: one that shows it, which is always
/// scanned, and one that leaves it out, which is scanned as well if the two differ.
struct VisibleText {
    private static let references = CharacterReferences.shared
    private let text: UnsafeBufferPointer<UInt8>
    private let output: MappedText
    private let leavesOutHidden: Bool
    private var index = 0
    /// The element whose content is hidden and how many of its name are open.
    private var hidden: (name: String, depth: Int)?
    private var sawHidden = false

    /// Appends the visible text of `html`.
    ///
    /// - Returns: Whether something in it is hidden by its styling.
    static func extract(
        _ html: UnsafeBufferPointer<UInt8>, leavingOutHidden: Bool, into output: MappedText
    ) -> Bool {
        var reader = VisibleText(text: html, output: output, leavesOutHidden: leavingOutHidden)
        reader.readAll()
        return reader.sawHidden
    }

    private init(text: UnsafeBufferPointer<UInt8>, output: MappedText, leavesOutHidden: Bool) {
        self.text = text
        self.output = output
        self.leavesOutHidden = leavesOutHidden
    }

    private var isShowing: Bool { hidden == nil || !leavesOutHidden }

    private mutating func readAll() {
        var start = 0
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "<"), startsMarkup {
                show(start..<index)
                readMarkup()
                start = index
            } else if byte == UInt8(ascii: "&"), let reading = Self.references.read(text, at: index)
            {
                show(start..<index)
                show(reading)
                index += reading.length
                start = index
            } else {
                index += 1
            }
        }
        show(start..<min(index, text.count))
    }

    private func show(_ range: Range<Int>) {
        if isShowing { output.append(copyOf: text, range) }
    }

    private func show(_ reading: CharacterReferences.Reading) {
        guard isShowing else { return }
        output.reserve(8)
        output.map.block(at: output.count, from: index, length: reading.length)
        output.append(scalar: reading.first)
        if reading.second != 0 { output.append(scalar: reading.second) }
    }

    /// Parts words where a block begins or ends at `start`.
    private func showBreak(from start: Int) {
        guard isShowing else { return }
        output.reserve(1)
        output.map.block(at: output.count, from: start, length: index - start)
        output.append(UInt8(ascii: "\n"))
    }

    private func byte(_ offset: Int) -> UInt8 {
        index + offset < text.count ? text[index + offset] : 0
    }

    /// Whether the `<` here begins a tag or a comment; otherwise it is shown.
    private var startsMarkup: Bool {
        let next = byte(1)
        return Self.isLetter(next) || next == UInt8(ascii: "/") && index + 2 < text.count
            || next == UInt8(ascii: "!") || next == UInt8(ascii: "?")
    }

    private mutating func readMarkup() {
        let next = byte(1)
        if Self.isLetter(next) {
            readTag(nameAt: index + 1, closing: false)
        } else if next == UInt8(ascii: "/"), Self.isLetter(byte(2)) {
            readTag(nameAt: index + 2, closing: true)
        } else if next == UInt8(ascii: "!"), byte(2) == UInt8(ascii: "-"),
            byte(3) == UInt8(ascii: "-")
        {
            skipComment()
        } else {
            // `<!…>`, `<?…>`, `</…>` without a name and `<![CDATA[…` are comments up to the next
            // `>`.
            skip(past: UInt8(ascii: ">"))
        }
    }

    private mutating func skip(past byte: UInt8) {
        while index < text.count, text[index] != byte { index += 1 }
        index = min(index + 1, text.count)
    }

    private mutating func skipComment() {
        index += 4
        // `<!-->` and `<!--->` are whole comments.
        if byte(0) == UInt8(ascii: ">") {
            index += 1
            return
        }
        if byte(0) == UInt8(ascii: "-"), byte(1) == UInt8(ascii: ">") {
            index += 2
            return
        }
        while index < text.count {
            if byte(0) == UInt8(ascii: "-"), byte(1) == UInt8(ascii: "-") {
                if byte(2) == UInt8(ascii: ">") {
                    index += 3
                    return
                }
                if byte(2) == UInt8(ascii: "!"), byte(3) == UInt8(ascii: ">") {
                    index += 4
                    return
                }
            }
            index += 1
        }
    }

    private mutating func readTag(nameAt: Int, closing: Bool) {
        let start = index
        index = nameAt
        while index < text.count, !Self.isSpace(text[index]), !Self.endsName(text[index]) {
            index += 1
        }
        // Longer names are nobody's block element.
        let name =
            index - nameAt <= 15
            ? Self.lowercased(UnsafeBufferPointer(rebasing: text[nameAt..<index])) : "-"
        let hides = skipAttributes()
        if closing {
            if let open = hidden, open.name == name {
                hidden = open.depth > 1 ? (name, open.depth - 1) : nil
            }
        } else if let open = hidden {
            if open.name == name { hidden = (name, open.depth + 1) }
        } else if hides && !Self.voidElements.contains(name) || Self.unseenElements.contains(name) {
            sawHidden = true
            hidden = (name, 1)
        }
        if Self.blockElements.contains(name) { showBreak(from: start) }
        if !closing, Self.droppedElements.contains(name) { skipContent(of: name) }
    }

    /// Passes over attributes and the closing `>`; returns whether one of them hides the element.
    private mutating func skipAttributes() -> Bool {
        var hides = false
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: ">") {
                index += 1
                return hides
            }
            if Self.isSpace(byte) || byte == UInt8(ascii: "/") {
                index += 1
                continue
            }
            let name = index
            index += 1
            while index < text.count, !Self.isSpace(text[index]), text[index] != UInt8(ascii: "="),
                !Self.endsName(text[index])
            {
                index += 1
            }
            let nameEnd = index
            while index < text.count, Self.isSpace(text[index]) { index += 1 }
            var value = index..<index
            if index < text.count, text[index] == UInt8(ascii: "=") {
                index += 1
                value = readValue()
            }
            if nameEnd - name <= 8 {
                switch Self.lowercased(UnsafeBufferPointer(rebasing: text[name..<nameEnd])) {
                case "hidden": hides = true
                case "style":
                    hides = hides || Self.hides(UnsafeBufferPointer(rebasing: text[value]))
                default: break
                }
            }
        }
        return hides
    }

    private mutating func readValue() -> Range<Int> {
        while index < text.count, Self.isSpace(text[index]) { index += 1 }
        guard index < text.count else { return index..<index }
        let quote = text[index]
        let start: Int
        if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            start = index + 1
            index = start
            skip(past: quote)
            return start..<max(start, index - 1)
        }
        start = index
        while index < text.count, !Self.isSpace(text[index]), text[index] != UInt8(ascii: ">") {
            index += 1
        }
        return start..<index
    }

    /// Drops what a script or the like holds, up to its own end tag: tags inside it are text.
    private mutating func skipContent(of name: String) {
        while index < text.count {
            if text[index] == UInt8(ascii: "<"), byte(1) == UInt8(ascii: "/"),
                index + 2 + name.utf8.count <= text.count,
                Self.isSpace(byte(2 + name.utf8.count)) || Self.endsName(byte(2 + name.utf8.count)),
                Self.lowercased(
                    UnsafeBufferPointer(rebasing: text[(index + 2)..<(index + 2 + name.utf8.count)])
                ) == name
            {
                return
            }
            index += 1
        }
    }

    private static func hides(_ style: UnsafeBufferPointer<UInt8>) -> Bool {
        let plain = String(decoding: style.filter { !isSpace($0) }, as: UTF8.self).lowercased()
        return hidingStyles.contains { plain.contains($0) }
    }

    private static func lowercased(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        String(decoding: bytes.lazy.map { (65...90).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A
    }
    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte >= 0x09 && byte <= 0x0D
    }
    private static func endsName(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ">") || byte == UInt8(ascii: "/")
    }

    private static let hidingStyles = [
        "display:none", "visibility:hidden", "visibility:collapse", "font-size:0", "opacity:0",
        "mso-hide:all",
    ]
    /// Shown by no reader, though their content is markup like any other.
    private static let unseenElements: Set<String> = ["template", "title", "datalist"]
    private static let voidElements: Set<String> = [
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param",
        "source",
        "track", "wbr",
    ]
    private static let droppedElements: Set<String> = [
        "script", "style", "iframe", "noembed", "noframes",
    ]
    private static let blockElements: Set<String> = [
        "address", "article", "aside", "blockquote", "body", "br", "button", "caption", "center",
        "dd", "details", "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure",
        "footer", "form", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header",
        "hgroup",
        "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "optgroup", "option", "p", "pre",
        "search", "section", "select", "summary", "table", "tbody", "td", "textarea", "tfoot", "th",
        "thead", "title", "tr", "ul",
    ]
}
