import Crypto
import PosternModel

/// The lists' entries, normalised and numbered: what is compiled, and what each match means.
struct Keywords: Sendable {
    /// What a match of one compiled expression means.
    struct Meaning: Sendable {
        /// The list's place among the scanner's lists.
        let list: Int32
        /// The entry's number among all entries: two spellings of one entry share it.
        let entry: Int32
        /// Where it stands among the bytes of all; 0 for a pattern.
        var start: Int32 = 0
        /// Its length in bytes; 0 for a pattern, whose matches say themselves where they begin.
        let length: Int32
        /// Must stand at word boundaries.
        let isWhole: Bool
        /// Is an entry's undisguised form, sought only where a disguise was undone.
        let isUndisguised: Bool

        /// Its bytes among those of all.
        var range: Range<Int> { Int(start)..<Int(start + length) }
    }

    /// Words, phrases and substrings, and what they mean.
    struct Literals: Sendable {
        /// All of them, end to end.
        private(set) var bytes: [UInt8] = []
        /// What each means, in the same order.
        private(set) var meanings: [Meaning] = []

        var isEmpty: Bool { meanings.isEmpty }

        /// Adds a literal; the meaning need not know where.
        mutating func append(_ meaning: Meaning, _ text: UnsafeBufferPointer<UInt8>) {
            var meaning = meaning
            meaning.start = Int32(bytes.count)
            bytes.append(contentsOf: text)
            meanings.append(meaning)
        }

        /// Adds one of some other literals.
        mutating func append(_ meaning: Meaning, of others: Literals) {
            others.bytes.withUnsafeBufferPointer {
                append(meaning, UnsafeBufferPointer(rebasing: $0[meaning.range]))
            }
        }
    }

    /// One pattern, and where its author wrote it.
    struct Pattern: Sendable {
        let text: String
        let list: String
        let line: Int
    }

    /// The literals Vectorscan looks for.
    private(set) var literals = Literals()
    /// The literals of large lists that are looked up instead; nil when there are few.
    private(set) var table: WordTable?
    /// The patterns, in order.
    private(set) var patterns: [Pattern] = []
    /// The meanings of the patterns, in the same order.
    private(set) var patternMeanings: [Meaning] = []
    /// The entries that can never match.
    private(set) var faults: [KeywordFaults.Entry] = []

    /// Longest literal in bytes: a long sentence, far below what Vectorscan takes.
    static let longestLiteral = 1024

    init(_ lists: [KeywordList]) {
        let normaliser = TextNormaliser()
        let lookAlikes = LookAlikes()
        let normal = MappedText(capacity: 256)
        var entryNumber: Int32 = 0
        for (place, list) in lists.enumerated() {
            var seen = Seen(room: list.entries.count)
            for entry in list.entries {
                entryNumber += 1
                if entry.kind == .pattern {
                    guard seen.patterns.insert(entry.text).inserted else { continue }
                    if let message = Self.fault(inPattern: entry.text) {
                        faults.append(.init(list: list.id, line: entry.line, message: message))
                    } else {
                        patterns.append(Pattern(text: entry.text, list: list.id, line: entry.line))
                        patternMeanings.append(
                            Meaning(
                                list: Int32(place), entry: entryNumber, length: 0, isWhole: false,
                                isUndisguised: false))
                    }
                    continue
                }
                normal.removeAll()
                var text = entry.text
                _ = text.withUTF8 { normaliser.normalise($0, into: normal) }
                Self.trim(normal)
                if let message = Self.fault(inLiteral: normal) {
                    faults.append(.init(list: list.id, line: entry.line, message: message))
                    continue
                }
                guard seen.insert(normal.buffer, entry.kind) else { continue }
                let isWhole = entry.kind == .word
                add(normal.buffer, place, entryNumber, isWhole: isWhole, isUndisguised: false)
                if normal.buffer.contains(where: { $0 >= 0x80 }),
                    let other = lookAlikes.undisguised(normal)
                {
                    other.withUnsafeBufferPointer {
                        add($0, place, entryNumber, isWhole: isWhole, isUndisguised: true)
                    }
                }
            }
        }
        table = WordTable.taking(from: &literals)
    }

    /// The entries of one list so far.
    ///
    /// The same text as a word and as a substring is two entries, twice as a word is one, or a repeated
    /// line would count towards the threshold.
    private struct Seen {
        var words: Set<String>
        var substrings: Set<String> = []
        var patterns: Set<String> = []

        init(room: Int) { words = Set(minimumCapacity: room) }

        /// Notes a normalised word or substring; returns whether it is new.
        mutating func insert(_ text: UnsafeBufferPointer<UInt8>, _ kind: KeywordList.Kind) -> Bool {
            let key = String(decoding: text, as: UTF8.self)
            return kind == .word ? words.insert(key).inserted : substrings.insert(key).inserted
        }
    }

    /// Names the set of expressions to be compiled: equal for equal expressions in equal order, whatever
    /// lists they are in.
    var digest: SHA256.Digest {
        var hash = SHA256()
        withUnsafeBytes(of: UInt64(literals.meanings.count).littleEndian) {
            hash.update(bufferPointer: $0)
        }
        // Lengths before bytes, so that no two sets are hashed as the same bytes.
        for literal in literals.meanings {
            withUnsafeBytes(of: literal.length.littleEndian) { hash.update(bufferPointer: $0) }
        }
        hash.update(data: literals.bytes)
        // No pattern holds U+0000, so it can part them.
        for pattern in patterns { hash.update(data: Array(pattern.text.utf8) + [0]) }
        return hash.finalize()
    }

    private mutating func add(
        _ text: UnsafeBufferPointer<UInt8>, _ list: Int, _ entry: Int32, isWhole: Bool,
        isUndisguised: Bool
    ) {
        literals.append(
            Meaning(
                list: Int32(list), entry: entry, length: Int32(text.count), isWhole: isWhole,
                isUndisguised: isUndisguised), text)
    }

    private static func trim(_ text: MappedText) {
        if text.count > 0, text.bytes[text.count - 1] == 0x20 { text.count -= 1 }
        if text.count > 0, text.bytes[0] == 0x20 {
            text.bytes.update(from: text.bytes + 1, count: text.count - 1)
            text.count -= 1
        }
    }

    private static func fault(inLiteral text: MappedText) -> String? {
        if text.count == 0 {
            return "Nothing is left to look for once invisible characters are set aside."
        }
        if text.count > longestLiteral {
            return "It is \(text.count) bytes long once normalised; the most is \(longestLiteral)."
        }
        return nil
    }

    private static func fault(inPattern text: String) -> String? {
        text.unicodeScalars.contains("\0")
            ? "A pattern cannot hold the character U+0000; write \\x00." : nil
    }
}
