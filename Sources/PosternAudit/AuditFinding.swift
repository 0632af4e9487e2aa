public import PosternTransparency

/// Something the verifier found, and where.
public struct AuditFinding: Sendable, Equatable, CustomStringConvertible {
    /// What kind of thing.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// The checkpoint is missing, unreadable or not signed by the log.
        case checkpoint = "checkpoint.not-genuine"
        /// A kept checkpoint is unreadable or not signed by the log.
        case keptCheckpoint = "kept-checkpoint.not-genuine"
        /// The log has fewer entries than a kept checkpoint, or others: its tail was cut, or it was rewritten.
        case rewritten = "log.rewritten"
        /// The entries do not lead to the checkpoint's root.
        case root = "log.root-differs"
        /// A file that the checkpoint needs is not there.
        case missing = "file.missing"
        /// A file cannot be read, is no regular file, or is larger than any of its kind.
        case unreadable = "file.unreadable"
        /// A bundle is not a sequence of entries, has too few or too many, or garbage at its end.
        case malformedBundle = "bundle.malformed"
        /// An entry's hash is not the one in the tile.
        case entryDiffers = "entry.differs"
        /// A tile is not what the tiles or entries below it make.
        case tileDiffers = "tile.differs"
        /// A partial file is not the beginning of the file it grew into.
        case partialDiffers = "partial.differs"
        /// A leaf is not an audit entry of a version that is known.
        case malformedEntry = "entry.malformed"
    }

    /// What kind of thing.
    public let kind: Kind
    /// The file it is in, below the log's folder.
    public let file: String
    /// The entries concerned; nil when it is not about entries.
    public let entries: Range<UInt64>?
    /// More words; no bytes of the file's own.
    public let detail: String

    /// One line: kind, file, entries, words.
    public var description: String {
        let place =
            entries.map {
                $0.count == 1
                    ? " entry \($0.lowerBound)" : " entries \($0.lowerBound)–\($0.upperBound - 1)"
            }
            ?? ""
        return "\(kind.rawValue): \(file)\(place): \(detail)"
    }
}

/// What verifying a log has shown.
public struct AuditReport: Sendable, Equatable {
    /// What was found, in the log's order; at most ``AuditVerifier/largestFindingCount``.
    public internal(set) var findings: [AuditFinding] = []
    /// How many more findings there were than are listed.
    public internal(set) var unlisted = 0
    /// How many entries were read.
    public internal(set) var entries: UInt64 = 0
    /// How many of them are of a version newer than this build knows: hashed, not read.
    public internal(set) var newerEntries: UInt64 = 0
    /// The checkpoint, once its signature was found right.
    public internal(set) var checkpoint: Checkpoint?

    /// Nothing was found: the log is exactly what was signed.
    public var isSound: Bool { findings.isEmpty }
}
