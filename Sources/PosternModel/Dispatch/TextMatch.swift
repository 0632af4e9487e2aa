/// What a text must be like for it to be found.
///
/// Texts are compared code point by code point, as they are kept: case counts, and an accent that stands after its letter is
/// not the letter that has one.
public struct TextMatch: Sendable, Hashable, CustomStringConvertible {
    /// How the text is to what is looked for.
    public enum Relation: String, Sendable, CaseIterable {
        /// The same.
        case equals
        /// Anything else.
        case differs
        /// Begins with it.
        case startsWith
        /// Has it somewhere.
        case contains
    }

    /// How the text is to what is looked for.
    public let relation: Relation
    /// What is looked for; every text begins with the empty one, and contains it.
    public let wanted: String
    private let bytes: [UInt8]
    /// For each beginning of what is looked for: the length of its longest end, short of itself, that is a beginning too.
    private let overlaps: [Int]

    /// Looks for a text.
    public init(_ relation: Relation, _ wanted: String) {
        self.relation = relation
        self.wanted = wanted
        bytes = Array(wanted.utf8)
        overlaps = relation == .contains ? Self.overlaps(in: bytes) : []
    }

    /// Whether a text is one.
    ///
    /// The time is bounded by the lengths of both added up, whatever they say: who looks for something may have written what
    /// is looked through.
    public func accepts(_ text: String) -> Bool {
        // By bytes: Unicode's equality is wider, and the bytes of no code point stand inside another's.
        switch relation {
        case .equals: text.utf8.elementsEqual(bytes)
        case .differs: !text.utf8.elementsEqual(bytes)
        case .startsWith: text.utf8.starts(with: bytes)
        case .contains: isPart(of: text)
        }
    }

    /// `contains "Rounds"`, say.
    public var description: String { "\(relation) \"\(wanted)\"" }

    /// The search of Knuth, Morris and Pratt: no byte is looked at from its beginning again.
    private func isPart(of text: String) -> Bool {
        if bytes.isEmpty { return true }
        var matched = 0
        for byte in text.utf8 {
            while matched > 0, bytes[matched] != byte { matched = overlaps[matched - 1] }
            if bytes[matched] == byte { matched += 1 }
            if matched == bytes.count { return true }
        }
        return false
    }

    private static func overlaps(in bytes: [UInt8]) -> [Int] {
        var overlaps: [Int] = []
        overlaps.reserveCapacity(bytes.count)
        var matched = 0
        for (index, byte) in bytes.enumerated() {
            while matched > 0, bytes[matched] != byte { matched = overlaps[matched - 1] }
            if index > 0, bytes[matched] == byte { matched += 1 }
            overlaps.append(matched)
        }
        return overlaps
    }
}
