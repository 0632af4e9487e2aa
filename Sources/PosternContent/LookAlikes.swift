/// Undoes disguises by look-alike letters: Cyrillic `а` in a Latin word, small capitals,
/// struck-through letters.
///
/// It works word by word on normalised text, and only on words that look disguised, so that
/// Russian, Greek or accented text keeps meaning what it says:
///
/// - a word that mixes Latin letters with look-alikes from another script is disguised;
/// - so is one with letters nobody's alphabet has (small capitals, letters in boxes), or with marks
///   left over on Latin letters after composition (`n` with a stroke through it);
/// - a word *wholly* of look-alikes (`сосо`) is taken for what it is when the nearest telling word
///   before or after it is plainly in another script, and for a disguise otherwise. If some of its
///   letters are look-alikes only as capitals (`вот`), a Latin neighbour is needed as well.
///
/// Within a disguised word accents go too. Digits and ASCII are never changed, and an accent alone
/// (`año`) is no disguise.
struct LookAlikes {
    private let table = UnicodeTable.shared

    /// A text with its disguised words undone, and where letters were changed or dropped.
    final class Undone {
        /// The text, mapped to the normalised one.
        let text = MappedText()
        /// Offsets just behind each change, in ascending order.
        var changes: [Int] = []

        /// Whether a change lies in a range.
        func hasChange(in range: Range<Int>) -> Bool {
            var low = 0
            var high = changes.count
            while low < high {
                let middle = (low + high) / 2
                if changes[middle] <= range.lowerBound { low = middle + 1 } else { high = middle }
            }
            return low < changes.count && changes[low] <= range.upperBound
        }
    }

    /// Undoes the disguised words of a normalised text.
    ///
    /// - Parameters:
    ///   - text: The normal form.
    ///   - source: What it was made from: a capital may look like another letter than its small
    ///     form does (`Ν`, `ν`).
    ///   - undone: Takes the text with its disguises undone.
    /// - Returns: False when no word is disguised; `undone` is then of no use.
    func undo(_ text: MappedText, of source: UnsafeBufferPointer<UInt8>, into undone: Undone)
        -> Bool
    {
        let words = disguisedWords(text.buffer)
        guard !words.isEmpty else { return false }
        undone.text.removeAll()
        undone.changes.removeAll(keepingCapacity: true)
        var done = 0
        for word in words {
            undone.text.append(copyOf: text.buffer, done..<word.lowerBound)
            rewrite(word, of: text, source, into: undone)
            done = word.upperBound
        }
        undone.text.append(copyOf: text.buffer, done..<text.count)
        return true
    }

    /// A normalised keyword as it would read if every word in it were disguised, or nil if that
    /// changes nothing.
    func undisguised(_ keyword: MappedText) -> [UInt8]? {
        let undone = Undone()
        rewrite(0..<keyword.count, of: keyword, nil, into: undone)
        return undone.changes.isEmpty ? nil : Array(undone.text.buffer)
    }

    private func rewrite(
        _ range: Range<Int>, of text: MappedText, _ source: UnsafeBufferPointer<UInt8>?,
        into undone: Undone
    ) {
        let buffer = text.buffer
        var index = range.lowerBound
        var afterLatin = false
        undone.text.reserve(range.count + 4)
        while index < range.upperBound {
            let scalar = DecodedScalar(buffer, at: index)
            let end = index + scalar.length
            defer { index = end }
            if scalar.value < 0x80 {
                afterLatin = true
            } else if table[scalar.value].has(UnicodeTable.Entry.mark) {
                if afterLatin {
                    undone.changes.append(undone.text.count)
                    continue
                }
            } else {
                let letter = self.letter(for: scalar.value, at: index, of: text, source)
                afterLatin = letter != 0 || table[scalar.value].has(UnicodeTable.Entry.latin)
                if letter != 0 {
                    undone.text.map.block(at: undone.text.count, from: index, length: scalar.length)
                    undone.text.append(letter)
                    undone.changes.append(undone.text.count)
                    continue
                }
            }
            undone.text.append(copyOf: buffer, index..<end)
            undone.text.reserve(range.upperBound - end + 4)
        }
    }

    private func letter(
        for code: UInt32, at index: Int, of text: MappedText, _ source: UnsafeBufferPointer<UInt8>?
    ) -> UInt8 {
        if let source {
            let origin = text.map.source(at: index)
            if origin < source.count {
                let written = DecodedScalar(source, at: origin).value
                if written != code, table.isCapital(written, of: code) {
                    let exact = table.lookAlike(written).exact
                    if exact != 0 { return exact }
                }
            }
        }
        return table.lookAlike(code).loose
    }

    /// The ranges of the disguised words, in order.
    private func disguisedWords(_ text: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var waiting: [(range: Range<Int>, needsLatin: Bool)] = []
        var evidence = Evidence.none
        var index = 0
        /// Settles the words that could be either, now that both their neighbours are known.
        func settle(_ next: Evidence) {
            for word in waiting where evidence != .foreign && next != .foreign {
                if !word.needsLatin || evidence == .latin || next == .latin {
                    found.append(word.range)
                }
            }
            waiting.removeAll(keepingCapacity: true)
        }
        while index < text.count {
            let word = Word(text, from: index, table)
            index = word.end
            switch word.reading {
            case .nothing: break
            case .latin, .foreign:
                let next: Evidence = word.reading == .latin ? .latin : .foreign
                settle(next)
                evidence = next
            case .disguised:
                // Its place in the order: words waiting before it must be settled first, by what is
                // known.
                settle(evidence)
                found.append(word.start..<word.end)
            case .unclear(let needsLatin): waiting.append((word.start..<word.end, needsLatin))
            }
        }
        settle(.none)
        return found
    }

    private enum Evidence { case none, latin, foreign }
}

/// One word of a normalised text, read for signs of disguise.
private struct Word {
    enum Reading: Equatable { case nothing, latin, foreign, disguised, unclear(needsLatin: Bool) }

    let start: Int
    let end: Int
    let reading: Reading

    /// Reads the next word at or after `index`.
    init(_ text: UnsafeBufferPointer<UInt8>, from index: Int, _ table: UnicodeTable) {
        var index = index
        while index < text.count, !Self.isASCIIWord(text[index]), text[index] < 0x80 { index += 1 }
        start = index
        var (latin, odd, exact, loose, foreign, stray, flags) = (0, 0, 0, 0, 0, 0, 0)
        var afterLatin = false
        while index < text.count {
            if text[index] < 0x80 {
                guard Self.isASCIIWord(text[index]) else { break }
                if text[index] > 0x39 { latin += 1 }
                afterLatin = true
                index += 1
                continue
            }
            let scalar = DecodedScalar(text, at: index)
            let entry = table[scalar.value]
            let look = table.lookAlike(scalar.value)
            guard entry.has(UnicodeTable.Entry.joins) || look.exact != 0 else {
                if index == start { index += scalar.length }
                break
            }
            index += scalar.length
            if entry.has(UnicodeTable.Entry.mark) {
                if afterLatin { stray += 1 }
                continue
            }
            let isLatin = entry.has(UnicodeTable.Entry.latin)
            afterLatin = isLatin
            if (0x1_F1E6...0x1_F1FF).contains(scalar.value) {
                flags += 1
            } else if isLatin || scalar.value >= 0x1_F100 {
                if look.exact != 0 { odd += 1 } else { latin += 1 }
            } else if look.exact != 0 {
                exact += 1
            } else if look.loose != 0 {
                loose += 1
            } else if entry.has(UnicodeTable.Entry.letter) {
                foreign += 1
            }
        }
        end = index
        reading =
            if stray > 0 || odd > 0 || latin > 0 && exact + loose > 0
                || flags > 0 && (flags != 2 || latin > 0)
            {
                // Two regional indicators by themselves are a flag; any others are letters.
                .disguised
            } else if foreign > 0 {
                .foreign
            } else if exact + loose > 0 {
                .unclear(needsLatin: loose > 0)
            } else if latin > 0 {
                .latin
            } else {
                .nothing
            }
    }

    private static func isASCIIWord(_ byte: UInt8) -> Bool {
        byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || byte >= 0x30 && byte <= 0x39
    }
}
