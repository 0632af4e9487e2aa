import PosternModel

/// Why a text is none of the contract's.
public struct ContractProblem: Error, Sendable, Equatable {
    /// A whole sentence that names the member and repeats no value: what is wrong may be a message's text.
    public let sentence: String

    init(sentence: String) { self.sentence = sentence }

    /// A name that the contract does not have; as much of it is repeated as fits a line.
    init(unknown name: String, _ kind: String) {
        sentence = "There is no \(kind) `\(name.cut(after: 64).escapedForLine)`."
    }
}

extension String {
    /// The text's first scalars: what looks like one character may be a million of them.
    func cut(after count: Int) -> String {
        String(String.UnicodeScalarView(unicodeScalars.prefix(count)))
    }
}
