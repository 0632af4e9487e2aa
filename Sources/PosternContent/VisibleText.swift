/// Reduces HTML to the text a reader would see, in one pass and with the way back.
///
/// Tags are found as the HTML standard's tokenizer finds them (section 13.2.5), so that a `>` in a
/// quoted attribute, a comment that never closes or a tag cut off by the end cannot move text in or
/// out of sight; what they open and close is kept in ``OpenElements``. Inline tags vanish (`ba<b>n</b>ned`
/// reads "banned"), blocks part words, scripts, styles and comments are dropped, character references are
/// decoded once.
///
/// What cannot be judged for certain here, such as text that only its styling hides (`hidden`, `display:none` in a
/// `style` attribute and the like), makes for several readings (``HTMLReading``).
struct VisibleText {
    private static let references = CharacterReferences.shared
    private let text: UnsafeBufferPointer<UInt8>
    private let output: MappedText
    private let reading: HTMLReading
    private var elements: OpenElements
    private var doubts: HTMLReading = []
    private var index = 0
    /// What is shown, where it is not in the order in which it is written.
    private var pieces: [Piece] = []

    /// Something shown.
    private struct Piece {
        let cell: Int32
        /// Where it stands.
        let range: Range<Int>
        /// What it stands for; 0 where that is itself.
        var first: UInt32 = 0
        var second: UInt32 = 0
    }

    /// Appends the visible text of `html`.
    ///
    /// - Returns: What in it can be read in several ways; nil when it has too many elements inside each other.
    static func extract(
        _ html: UnsafeBufferPointer<UInt8>, _ reading: HTMLReading, into output: MappedText
    ) -> HTMLReading? {
        var reader = VisibleText(text: html, output: output, reading: reading)
        reader.readAll()
        if reader.elements.isTooDeep { return nil }
        return reader.doubts.union(reader.elements.doubts)
    }

    private init(text: UnsafeBufferPointer<UInt8>, output: MappedText, reading: HTMLReading) {
        self.text = text
        self.output = output
        self.reading = reading
        elements = OpenElements(reading)
    }

    private mutating func readAll() {
        var start = 0
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "<"), startsMarkup {
                show(start..<index)
                readMarkup()
                if elements.isTooDeep { return }
                start = index
            } else if byte == UInt8(ascii: "&"),
                let reference = Self.references.read(text, at: index)
            {
                show(start..<index)
                show(reference)
                start = index
            } else {
                index += 1
            }
        }
        show(start..<min(index, text.count))
        writePieces()
    }

    private mutating func show(_ range: Range<Int>) {
        if range.isEmpty { return }
        let isSpace = elements.isBetweenCells && text[range].allSatisfy(Self.isSpace)
        take(isSpace: isSpace)
        if !elements.isHidden { put(Piece(cell: elements.cell, range: range)) }
    }

    private mutating func show(_ reference: CharacterReferences.Reading) {
        let range = index..<index + reference.length
        index = range.upperBound
        take(isSpace: false)
        if elements.isHidden { return }
        put(
            Piece(
                cell: elements.cell, range: range, first: reference.first, second: reference.second)
        )
    }

    /// Notes that there is text here.
    private mutating func take(isSpace: Bool) {
        if isSpace { return }
        elements.takeText()
        if elements.isBetweenCells { doubts.insert(.fostered) }
    }

    private mutating func put(_ piece: Piece) {
        if reading.contains(.fostered) { pieces.append(piece) } else { write(piece) }
    }

    private func write(_ piece: Piece) {
        guard piece.first != 0 else { return output.append(copyOf: text, piece.range) }
        output.reserve(8)
        output.map.block(
            at: output.count, from: piece.range.lowerBound, length: piece.range.count)
        output.append(scalar: piece.first)
        if piece.second != 0 { output.append(scalar: piece.second) }
    }

    /// Writes what was kept back, cell by cell.
    private func writePieces() {
        for (_, pieces) in Dictionary(grouping: pieces, by: \.cell).sorted(by: { $0.key < $1.key })
        {
            pieces.forEach(write)
            if let last = pieces.last { write(Piece(cell: 0, range: last.range, first: 0x0A)) }
        }
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
            readTag(nameAt: index + 1, isEnd: false)
        } else if next == UInt8(ascii: "/"), Self.isLetter(byte(2)) {
            readTag(nameAt: index + 2, isEnd: true)
        } else if isHere("<!--") {
            skipComment()
        } else if isHere("<![CDATA["), elements.isForeign {
            readSection()
        } else {
            // `<!…>`, `<?…>`, `</…>` without a name and `<![CDATA[…` in HTML are comments up to the next
            // `>`.
            skip(past: UInt8(ascii: ">"))
        }
    }

    private func isHere(_ word: StaticString) -> Bool {
        index + word.utf8CodeUnitCount <= text.count
            && UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
                .elementsEqual(text[index..<index + word.utf8CodeUnitCount])
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

    /// Shows a CDATA section.
    private mutating func readSection() {
        index += 9
        let start = index
        while index < text.count, !isHere("]]>") { index += 1 }
        show(start..<index)
        index = min(index + 3, text.count)
    }

    private mutating func readTag(nameAt: Int, isEnd: Bool) {
        let start = index
        index = nameAt
        while index < text.count, !Self.isSpace(text[index]), !Self.endsName(text[index]) {
            index += 1
        }
        var tag = HTMLTag(name: lowercased(nameAt..<index), isEnd: isEnd)
        readAttributes(of: &tag)
        let content = elements.take(tag)
        mark(start..<index)
        if content != .markup { readContent(content, of: tag.name) }
    }

    /// Shows what the tag at a place does to the text around it.
    private mutating func mark(_ range: Range<Int>) {
        for _ in 0..<elements.endedOverrides {
            put(Piece(cell: elements.cell, range: range, first: 0x202C))
        }
        if reading.contains(.fostered) {
            for cell in elements.partedCells { put(Piece(cell: cell, range: range, first: 0x0A)) }
        } else if elements.parts {
            put(Piece(cell: elements.cell, range: range, first: 0x0A))
        }
        // A new line begins without what is forced on the one before.
        if let override = elements.override, elements.beganOverride || elements.parts {
            put(Piece(cell: elements.cell, range: range, first: override ? 0x202E : 0x202D))
        }
    }

    /// Reads what is no markup, up to the end tag of its element.
    private mutating func readContent(_ content: OpenElements.Content, of name: String) {
        // In a comment of a script a script may stand, and end, without ending it.
        var (isComment, isNested) = (false, false)
        var start = index
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "<") where content != .plainText:
                if isTag("</", name) {
                    if !isNested { return show(start..<index) }
                    isNested = false
                } else if content == .script, isComment, isTag("<", name) {
                    isNested = true
                } else if content == .script, !isComment, isHere("<!--") {
                    isComment = true
                    // Its dashes may be those that end it.
                    index += 1
                }
                index += 1
            case UInt8(ascii: "-") where isComment && isHere("-->"):
                (isComment, isNested) = (false, false)
                index += 3
            case UInt8(ascii: "&") where content == .text:
                guard let reference = Self.references.read(text, at: index) else {
                    index += 1
                    continue
                }
                show(start..<index)
                show(reference)
                start = index
            default: index += 1
            }
        }
        show(start..<index)
    }

    /// Whether a tag of a name begins here.
    private func isTag(_ mark: StaticString, _ name: String) -> Bool {
        let start = index + mark.utf8CodeUnitCount
        let end = start + name.utf8.count
        return end < text.count && (Self.isSpace(text[end]) || Self.endsName(text[end]))
            && isHere(mark) && lowercased(start..<end) == name
    }

    /// Passes over attributes and the closing `>`.
    private mutating func readAttributes(of tag: inout HTMLTag) {
        // Of two with one name the first counts.
        var seen: Set<String> = []
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: ">") {
                index += 1
                return
            }
            if Self.isSpace(byte) || byte == UInt8(ascii: "/") {
                tag.isSelfClosing = byte == UInt8(ascii: "/") && self.byte(1) == UInt8(ascii: ">")
                index += 1
                continue
            }
            let start = index
            index += 1
            while index < text.count, !Self.isSpace(text[index]), text[index] != UInt8(ascii: "="),
                !Self.endsName(text[index])
            {
                index += 1
            }
            let name = start..<index
            while index < text.count, Self.isSpace(text[index]) { index += 1 }
            var value = index..<index
            if index < text.count, text[index] == UInt8(ascii: "=") {
                index += 1
                value = readValue()
            }
            guard name.count <= 8 else { continue }
            switch lowercased(name) {
            case "hidden", "popover": tag.isHidden = true
            case "color", "face", "size": tag.saysFont = true
            case "style" where seen.insert("style").inserted:
                tag.style = InlineStyle(decoded(value))
            case "dir" where seen.insert("dir").inserted:
                let direction = String(decoding: decoded(value), as: UTF8.self).lowercased()
                tag.isRightToLeft = direction == "rtl" ? true : direction == "ltr" ? false : nil
            case "encoding" where seen.insert("encoding").inserted:
                tag.holdsHTML = ["text/html", "application/xhtml+xml"].contains(
                    String(decoding: decoded(value), as: UTF8.self).lowercased())
            default: break
            }
        }
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

    /// What an attribute's value says, its references undone.
    private func decoded(_ range: Range<Int>) -> [UInt8] {
        let value = UnsafeBufferPointer(rebasing: text[range])
        guard value.contains(UInt8(ascii: "&")) else { return Array(value) }
        let decoded = MappedText(capacity: value.count + 8)
        var at = 0
        while at < value.count {
            guard value[at] == UInt8(ascii: "&"),
                let reference = Self.references.read(value, at: at, inAttribute: true)
            else {
                decoded.append(copyOf: value, at..<at + 1)
                at += 1
                continue
            }
            decoded.reserve(8)
            decoded.append(scalar: reference.first)
            if reference.second != 0 { decoded.append(scalar: reference.second) }
            at += reference.length
        }
        return Array(decoded.buffer)
    }

    private func lowercased(_ range: Range<Int>) -> String {
        String(
            decoding: text[range].lazy.map { (65...90).contains($0) ? $0 | 0x20 : $0 },
            as: UTF8.self)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A
    }
    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0C || byte == 0x0D
    }
    private static func endsName(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ">") || byte == UInt8(ascii: "/")
    }
}
