public import PosternModel

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
    /// The keyword lists that could be read all the same: what is wrong with their patterns can be said as well.
    public let keywordLists: [KeywordList]

    init(_ faults: [PolicyFault], keywordLists: [KeywordList] = []) {
        self.faults = Set(faults).sorted()
        self.keywordLists = keywordLists
    }

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
    /// Where keys stand whose names were changed after a fault was added, so that what is behind them can be read.
    private(set) var keysAside: Set<Place> = []

    func setKeyAside(at place: Place) { keysAside.insert(place) }

    func add(_ place: Place, _ message: String, suggestion: String? = nil) {
        guard faults.count < Self.most else { return }
        faults.append(
            PolicyFault(
                file: place.file, line: place.line, column: place.column, message: message,
                suggestion: suggestion))
    }
}
