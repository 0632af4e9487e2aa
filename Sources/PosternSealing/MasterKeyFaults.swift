/// One thing wrong with a text or a file of master keys.
public struct MasterKeyFault: Sendable, Equatable, CustomStringConvertible {
    /// The line, counted from 1; nil when the whole is meant.
    public let line: Int?
    /// A whole sentence, which never quotes a line: any word of it may be a key.
    public let message: String

    /// `line 3: message`, or the message alone.
    public var description: String { line.map { "line \($0): \(message)" } ?? message }
}

/// Everything wrong with a text or a file of master keys, in the order of its lines.
public struct MasterKeyFaults: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file's path; nil for a text from elsewhere.
    public let file: String?
    /// At least one.
    public let faults: [MasterKeyFault]

    init(file: String? = nil, _ faults: [MasterKeyFault]) {
        self.file = file
        self.faults = faults
    }

    init(file: String? = nil, _ message: String) {
        self.init(file: file, [MasterKeyFault(line: nil, message: message)])
    }

    /// One line for each.
    public var description: String {
        faults.map { fault in file.map { "\($0): \(fault)" } ?? "\(fault)" }
            .joined(separator: "\n")
    }
}
