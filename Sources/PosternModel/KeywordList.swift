/// A policy's list of banned words, ready to be compiled into a scanner.
public struct KeywordList: Sendable, Equatable {
    /// One banned word, phrase, substring or pattern.
    public struct Entry: Sendable, Equatable {
        /// The text as the policy's author wrote it.
        public let text: String
        /// How it is looked for.
        public let kind: Kind
        /// The line of the list's file it stands on, from 1.
        public let line: Int
        /// The column its text begins at, in characters, from 1.
        public let column: Int

        /// Makes an entry.
        public init(text: String, kind: Kind, line: Int, column: Int = 1) {
            self.text = text
            self.kind = kind
            self.line = line
            self.column = column
        }
    }

    /// How an entry is looked for.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// A word or a phrase: ends at word boundaries, any white space matches any white space.
        case word
        /// Anywhere, inside words too.
        case substring
        /// A regular expression that runs in linear time.
        case pattern
    }

    /// The list's id in the policy, for example `clinical-terms`.
    public let id: String
    /// The file it was read from, relative to the policy folder, for messages about its lines.
    public let file: String
    /// The parts of a message it is looked for in.
    public let parts: Set<MessagePart>
    /// How many distinct entries must be found in a message, all parts together, before the list objects; at
    /// least 1.
    public let threshold: Int
    /// The entries, in file order.
    public let entries: [Entry]

    /// Makes a list.
    public init(
        id: String, file: String = "", parts: Set<MessagePart>, threshold: Int, entries: [Entry]
    ) {
        self.id = id
        self.file = file
        self.parts = parts
        self.threshold = threshold
        self.entries = entries
    }
}

/// A part of a message that can hold banned words.
public enum MessagePart: String, Sendable, Codable, CaseIterable, Hashable {
    /// The subject line, and other short texts that recipients are shown with it.
    case subject
    /// The body, as a reader would see it.
    case body
    /// The names of attached files.
    case attachmentNames
}

/// What one list found in one part of a message: enough to explain, too little to leak the list.
public struct ContentHit: Sendable, Equatable, Codable {
    /// The list's id.
    public let list: String
    /// The part it was found in.
    public let part: MessagePart
    /// How many distinct entries of the list were found in this part and in none before it.
    ///
    /// A word in the subject and again in the body is one entry: hits of one list add up to what was found in the
    /// whole message, and this may be 0.
    public let distinct: Int
    /// Where, in the sender's own text: UTF-8 byte ranges of the original, at most 16 of them.
    ///
    /// For attachment names the ranges count through the names joined by line feeds; for the subject through it and the
    /// texts shown with it, joined by line feeds.
    public let spans: [Range<Int>]

    /// Makes a hit.
    public init(list: String, part: MessagePart, distinct: Int, spans: [Range<Int>]) {
        self.list = list
        self.part = part
        self.distinct = distinct
        self.spans = spans
    }
}
