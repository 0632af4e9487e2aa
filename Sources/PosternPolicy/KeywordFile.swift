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
        guard let text = String(validating: bytes, as: UTF8.self) else {
            faults.add(
                YAMLText.invalidUTF8(bytes, file: file), "The file is not valid UTF-8 here.")
            return []
        }
        var entries: [KeywordList.Entry] = []
        var seen: [Key: Int] = [:]
        var number = 0
        for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        {
            number += 1
            let place = Place(file: file, line: number, column: 1)
            guard let entry = entry(Substring(line), number, place, faults) else { continue }
            let key = Key(kind: entry.kind, text: entry.text)
            if let earlier = seen[key] {
                faults.add(place, "This entry stands on line \(earlier) already.")
                continue
            }
            seen[key] = number
            entries.append(entry)
            if entries.count > mostEntries {
                faults.add(place, "A keyword list holds at most \(mostEntries) entries.")
                return []
            }
        }
        if entries.isEmpty, number > 0, faults.faults.allSatisfy({ $0.file != file }) {
            faults.add(start, "The keyword list has no entries.")
        }
        return entries
    }

    private struct Key: Hashable {
        var kind: KeywordList.Kind
        var text: String
    }

    private static func entry(
        _ line: Substring, _ number: Int, _ place: Place, _ faults: FaultList
    ) -> KeywordList.Entry? {
        var rest = trim(line)
        if number == 1, rest.unicodeScalars.first == "\u{FEFF}" {
            rest = trim(Substring(rest.unicodeScalars.dropFirst()))
        }
        if rest.isEmpty || rest.utf8.first == UInt8(ascii: "#") { return nil }
        var kind = KeywordList.Kind.word
        for candidate in KeywordList.Kind.allCases where rest.hasPrefix("\(candidate.rawValue):") {
            kind = candidate
            rest = trim(rest.dropFirst(candidate.rawValue.count + 1))
            break
        }
        if kind != .pattern { rest = trim(withoutComment(rest)) }
        guard !rest.isEmpty else {
            faults.add(place, "The entry is empty.")
            return nil
        }
        guard rest.utf8.count <= longestEntry else {
            faults.add(place, "An entry holds at most \(longestEntry) bytes of UTF-8.")
            return nil
        }
        if kind == .word, !rest.contains(where: { $0.isLetter || $0.isNumber }) {
            faults.add(
                place, "A word or phrase needs a letter or a digit; for signs use `substring:`.")
            return nil
        }
        if rest.unicodeScalars.contains(where: {
            $0.properties.generalCategory == .control && $0 != "\t"
        }) {
            faults.add(place, "The entry holds a control character.")
            return nil
        }
        return KeywordList.Entry(text: String(rest), kind: kind, line: number)
    }

    private static func withoutComment(_ text: Substring) -> Substring {
        var previous: UInt8?
        for index in text.utf8.indices {
            let byte = text.utf8[index]
            if byte == UInt8(ascii: "#"),
                previous == UInt8(ascii: " ") || previous == UInt8(ascii: "\t")
            {
                return text[..<index]
            }
            previous = byte
        }
        return text
    }

    private static func trim(_ text: Substring) -> Substring {
        var text = text
        while let first = text.utf8.first, isBlank(first) {
            text = Substring(text.utf8.dropFirst())
        }
        while let last = text.utf8.last, isBlank(last) { text = Substring(text.utf8.dropLast()) }
        return text
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }
}
