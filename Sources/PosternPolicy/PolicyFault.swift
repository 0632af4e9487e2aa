/// One thing wrong with a policy's files, and where.
public struct PolicyFault: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The file, relative to the policy folder.
    public let file: String
    /// The line, from 1.
    public let line: Int
    /// The column in characters, from 1.
    public let column: Int
    /// A whole sentence that says what is wrong and what would be right.
    public let message: String
    /// What the author probably meant, where something similar exists.
    public let suggestion: String?

    /// Describes a fault.
    public init(file: String, line: Int, column: Int, message: String, suggestion: String? = nil) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.suggestion = suggestion
    }

    /// `file:line:column: message`, as editors and compilers write it.
    public var description: String {
        let hint = suggestion.map { " Did you mean `\($0)`?" } ?? ""
        return "\(file):\(line):\(column): \(message)\(hint)"
    }

    /// Orders by file, line, column, then message.
    public static func < (left: PolicyFault, right: PolicyFault) -> Bool {
        (left.file, left.line, left.column, left.message)
            < (right.file, right.line, right.column, right.message)
    }
}

/// Everything wrong with a policy's files, found in one pass; never empty, sorted by place.
public struct PolicyFaults: Error, Sendable, Equatable, CustomStringConvertible {
    /// The faults, sorted.
    public let faults: [PolicyFault]

    init(_ faults: [PolicyFault]) { self.faults = Set(faults).sorted() }

    /// One fault a line.
    public var description: String { faults.map(\.description).joined(separator: "\n") }
}

/// Where a value stands.
struct Place: Sendable, Hashable {
    var file: String
    var line: Int
    var column: Int
}

/// A value and where it stands.
struct Located<Value: Sendable>: Sendable {
    var value: Value
    var place: Place
}

extension Located: Equatable where Value: Equatable {}

/// Gathers faults while files are read, so that one pass finds them all.
final class FaultList {
    /// Beyond this many, an author is better served by correcting some first.
    private static let most = 200

    private(set) var faults: [PolicyFault] = []

    func add(_ place: Place, _ message: String, suggestion: String? = nil) {
        guard faults.count < Self.most else { return }
        faults.append(
            PolicyFault(
                file: place.file, line: place.line, column: place.column, message: message,
                suggestion: suggestion))
    }
}

/// What an author probably meant.
enum Suggestion {
    /// The nearest of some words, if it is near enough to be a slip of the pen.
    static func nearest(to word: String, among words: some Sequence<String>) -> String? {
        guard word.utf8.count <= 64 else { return nil }
        let limit = max(1, word.count / 3)
        return words.lazy.filter { $0.utf8.count <= 64 && $0 != word }
            .map { (distance: distance(word.lowercased(), $0.lowercased()), word: $0) }
            .filter { $0.distance <= limit }
            .min { ($0.distance, $0.word) < ($1.distance, $1.word) }?.word
    }

    /// Insertions, deletions, replacements and swaps of neighbours between two words.
    static func distance(_ left: String, _ right: String) -> Int {
        let a = Array(left)
        let b = Array(right)
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var best = min(
                    last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    best = min(best, beforeLast[j - 1] + 1)
                }
                row.append(best)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
