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
        /// Its length in bytes; 0 for a pattern, whose matches say themselves where they begin.
        let length: Int32
        /// Must stand at word boundaries.
        let isWhole: Bool
        /// Is an entry's undisguised form, sought only where a disguise was undone.
        let isUndisguised: Bool
    }

    /// One pattern, and where its author wrote it.
    struct Pattern: Sendable {
        let text: String
        let list: String
        let line: Int
    }

    /// All literals, end to end.
    private(set) var literalBytes: [UInt8] = []
    /// The meanings of the literals, in the same order.
    private(set) var literals: [Meaning] = []
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
            // One set for each kind: the same text as a word and as a substring is two entries,
            // twice as a word is one, or a repeated line would count towards the threshold.
            var seen: [KeywordList.Kind: Set<String>] = [:]
            for entry in list.entries {
                entryNumber += 1
                if entry.kind == .pattern {
                    guard seen[.pattern, default: []].insert(entry.text).inserted else { continue }
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
                let key = String(decoding: normal.buffer, as: UTF8.self)
                guard seen[entry.kind, default: []].insert(key).inserted else { continue }
                add(Array(normal.buffer), place, entryNumber, entry.kind, isUndisguised: false)
                if normal.buffer.contains(where: { $0 >= 0x80 }),
                    let other = lookAlikes.undisguised(normal)
                {
                    add(other, place, entryNumber, entry.kind, isUndisguised: true)
                }
            }
        }
    }

    /// Names this set of expressions: equal for equal expressions in equal order, whatever lists
    /// they are in.
    var digest: SHA256.Digest {
        var hash = SHA256()
        withUnsafeBytes(of: UInt64(literals.count).littleEndian) { hash.update(bufferPointer: $0) }
        // Lengths before bytes, so that no two sets are hashed as the same bytes.
        for literal in literals {
            withUnsafeBytes(of: literal.length.littleEndian) { hash.update(bufferPointer: $0) }
        }
        hash.update(data: literalBytes)
        // No pattern holds U+0000, so it can part them.
        for pattern in patterns { hash.update(data: Array(pattern.text.utf8) + [0]) }
        return hash.finalize()
    }

    private mutating func add(
        _ bytes: [UInt8], _ list: Int, _ entry: Int32, _ kind: KeywordList.Kind, isUndisguised: Bool
    ) {
        literalBytes += bytes
        literals.append(
            Meaning(
                list: Int32(list), entry: entry, length: Int32(bytes.count), isWhole: kind == .word,
                isUndisguised: isUndisguised))
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
