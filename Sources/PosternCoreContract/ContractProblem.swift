import PosternModel

/// Why a text is none of the contract's.
public struct ContractProblem: Error, Sendable, Equatable {
    /// A whole sentence that names the member and repeats no value: what is wrong may be a message's text.
    public let sentence: String

    init(sentence: String) { self.sentence = sentence }

    /// A name that the contract does not have; as much of it is repeated as fits a line.
    init(unknown name: String, _ kind: String) {
        sentence = "There is no \(kind) `\(name.prefix(64).escapedForLine)`."
    }
}
