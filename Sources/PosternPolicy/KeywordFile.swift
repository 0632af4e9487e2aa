import PosternModel

/// Reads a keyword file: one entry a line.
///
/// A line is a word or phrase unless it begins with `substring:` or `pattern:` (`word:` says the default
/// aloud, for entries that begin with one of these). `#` at the start of a line, or after white space,
/// begins a comment; a pattern keeps its `#`.
enum KeywordFile {
    static let largestFile = 32 << 20
    static let mostEntries = 200_000
    static let longestEntry = 1024

    /// The entries of a file, with faults for what is plainly impossible.
    static func entries(_ bytes: [UInt8], file: String, faults: FaultList) -> [KeywordList.Entry] {
        let start = Place(file: file, line: 1, column: 1)
        guard bytes.count <= largestFile else {
            faults.add(start, "The file is larger than \(largestFile) bytes.")
            return []
        }
        guard
            bytes.allSatisfy({ $0 < 0x80 }) || String(validating: bytes, as: UTF8.self) != nil
        else {
            faults.add(
                YAMLText.invalidUTF8(bytes, file: file), "The file is not valid UTF-8 here.")
            return []
        }
        let lines = bytes.count { $0 == UInt8(ascii: "\n") } + 1
        var entries: [KeywordList.Entry] = []
        entries.reserveCapacity(min(lines, mostEntries))
        var seen = Seen(room: min(lines, mostEntries))
        var number = 0
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let whole = bytes.starts(with: mark) ? bytes.dropFirst(mark.count) : bytes[...]
        for line in whole.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            guard let (kind, rest) = entry(line) else { continue }
            // What stands before an entry's text is ASCII: bytes are characters there.
            let column = rest.startIndex - line.startIndex + 1
            func fault(_ message: String) {
                faults.add(Place(file: file, line: number, column: column), message)
            }
            if let message = Self.fault(in: rest, kind) {
                fault(message)
                continue
            }
            let text = rest.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
            if let earlier = seen.line(of: text, kind, orNote: number) {
                fault("This entry stands on line \(earlier) already.")
                continue
            }
            entries.append(KeywordList.Entry(text: text, kind: kind, line: number, column: column))
            if entries.count > mostEntries {
                fault("A keyword list holds at most \(mostEntries) entries.")
                return []
            }
        }
        if entries.isEmpty, faults.faults.allSatisfy({ $0.file != file }) {
            faults.add(start, "The keyword list has no entries.")
        }
        return entries
    }

    /// The lines on which entries stand.
    private struct Seen {
        private var words: [String: Int]
        private var substrings: [String: Int] = [:]
        private var patterns: [String: Int] = [:]

        init(room: Int) { words = Dictionary(minimumCapacity: room) }

        /// Where an entry stands already; otherwise nil, and it is noted.
        mutating func line(of text: String, _ kind: KeywordList.Kind, orNote line: Int) -> Int? {
            switch kind {
            case .word: Self.line(of: text, in: &words, orNote: line)
            case .substring: Self.line(of: text, in: &substrings, orNote: line)
            case .pattern: Self.line(of: text, in: &patterns, orNote: line)
            }
        }

        private static func line(
            of text: String, in lines: inout [String: Int], orNote line: Int
        ) -> Int? {
            guard let first = lines.updateValue(line, forKey: text) else { return nil }
            lines[text] = first
            return first
        }
    }

    /// What stands on a line; nil when it is blank or a comment.
    private static func entry(_ line: ArraySlice<UInt8>) -> (
        kind: KeywordList.Kind, text: ArraySlice<UInt8>
    )? {
        var rest = trim(line)
        guard let first = rest.first, first != UInt8(ascii: "#") else { return nil }
        var kind = KeywordList.Kind.word
        if let colon = rest.prefix(longestKind + 1).firstIndex(of: UInt8(ascii: ":")),
            let named = kinds.first(where: { rest[..<colon].elementsEqual($0.name) })
        {
            kind = named.kind
            rest = trim(rest[(colon + 1)...])
        }
        return (kind, kind == .pattern ? rest : trim(withoutComment(rest)))
    }

    private static let kinds = KeywordList.Kind.allCases.map {
        (kind: $0, name: Array($0.rawValue.utf8))
    }
    private static let longestKind = kinds.map(\.name.count).max() ?? 0

    /// What is plainly impossible about an entry.
    private static func fault(in text: ArraySlice<UInt8>, _ kind: KeywordList.Kind) -> String? {
        guard !text.isEmpty else { return "The entry is empty." }
        guard text.count <= longestEntry else {
            return "An entry holds at most \(longestEntry) bytes of UTF-8."
        }
        if kind == .word, !hasLetterOrNumber(text) {
            return "A word or phrase needs a letter or a digit; for signs use `substring:`."
        }
        return hasControl(text) ? "The entry holds a control character." : nil
    }

    private static func hasLetterOrNumber(_ text: ArraySlice<UInt8>) -> Bool {
        let plain = text.contains {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        return plain
            || text.contains { $0 >= 0x80 }
                && String(decoding: text, as: UTF8.self).contains { $0.isLetter || $0.isNumber }
    }

    /// Whether Unicode's general category Cc is in it: U+0000 to U+001F and U+007F to U+009F, but for the tab.
    private static func hasControl(_ text: ArraySlice<UInt8>) -> Bool {
        var before: UInt8 = 0
        for byte in text {
            if byte < 0x20 && byte != UInt8(ascii: "\t") || byte == 0x7F
                || before == 0xC2 && byte < 0xA0
            {
                return true
            }
            before = byte
        }
        return false
    }

    private static func withoutComment(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var previous: UInt8?
        for index in text.indices {
            if text[index] == UInt8(ascii: "#"),
                previous == UInt8(ascii: " ") || previous == UInt8(ascii: "\t")
            {
                return text[..<index]
            }
            previous = text[index]
        }
        return text
    }

    private static func trim(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text
        while let first = text.first, isBlank(first) { text = text.dropFirst() }
        while let last = text.last, isBlank(last) { text = text.dropLast() }
        return text
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }
}
