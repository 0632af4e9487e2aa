/// Why keyword lists could not be made into a scanner: every entry at fault, not just the first.
public struct KeywordFaults: Error, Sendable, Equatable {
    /// One entry that cannot be looked for.
    public struct Entry: Sendable, Equatable {
        /// The list's id; empty when the fault lies with no list.
        public let list: String
        /// The entry's line in the list's file, from 1; 0 when the fault lies with no line.
        public let line: Int
        /// What is wrong with it, as a sentence for the policy's author.
        public let message: String
    }

    /// The faults, in the order of the lists and their lines; never empty.
    public let entries: [Entry]
}
