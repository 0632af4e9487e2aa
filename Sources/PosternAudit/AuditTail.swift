public import PosternModel
import PosternTransparency

/// Reads a log's entries in order and follows its growth: what `postern audit tail` prints.
///
/// It shows what the checkpoint covers and proves nothing; ``AuditVerifier`` does that.
public struct AuditTail<Folder: LogFolder> {
    /// One entry.
    public struct Line: Sendable, Equatable {
        /// Its number in the log, from 0.
        public let index: UInt64
        /// What it says.
        public let content: LeafContent
        /// The leaf's bytes.
        public let leaf: [UInt8]

        /// One line of text without a newline, safe to print: time, kind, answer and what led to it.
        public var text: String { LineText.text(index, content) }

        /// One line of JSON: the index and the leaf as it stands; a leaf that is no entry as null.
        public var json: String {
            if case .malformed = content { return "{\"index\":\(index),\"entry\":null}" }
            return "{\"index\":\(index),\"entry\":\(LineText.oneLine(leaf))}"
        }
    }

    private let folder: Folder
    private let leaves = LeafReader()
    /// The number of the entry that comes next.
    public private(set) var next: UInt64

    /// Begins at an entry.
    public init(_ folder: Folder, from index: UInt64 = 0) {
        self.folder = folder
        next = index
    }

    /// How many entries the log has at present, as its checkpoint says without its signature being checked.
    public func size() throws(Fault) -> UInt64 {
        guard let bytes = try read("checkpoint", 65_536) else {
            throw Fault(.auditTamperedWith, note: "there is no checkpoint")
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard lines.count > 2, let size = TreeSize.parse(lines[1]) else {
            throw Fault(.auditTamperedWith, note: "the checkpoint cannot be read")
        }
        return size
    }

    /// The entries that come next, up to the end of a bundle; none when all have been read.
    ///
    /// - Throws: ``PosternModel/FaultCode/auditTamperedWith`` when a bundle is missing or malformed,
    ///   ``PosternModel/FaultCode/auditUnwritable`` when a file cannot be read.
    public mutating func read() throws(Fault) -> [Line] {
        let size = try size()
        guard next < size,
            let address = BundleAddress(containing: next, treeSize: size)
        else { return [] }
        // A partial bundle goes when the full one comes, which may be between two reads.
        let full = BundleAddress(index: address.index) ?? address
        let limit = BundleReader.largestBundle
        var bytes = try read(address.path, limit)
        if bytes == nil { bytes = try read(full.path, limit) }
        guard let bytes else {
            throw Fault(.auditTamperedWith, note: "\(address.path) is not there")
        }
        var reader = BundleReader(bytes)
        var lines: [Line] = []
        for index in address.entries {
            guard let leaf = reader.next() else {
                throw Fault(.auditTamperedWith, note: "\(address.path) ends before entry \(index)")
            }
            if index >= next {
                lines.append(Line(index: index, content: leaves.read(leaf), leaf: Array(leaf)))
            }
        }
        next = address.entries.upperBound
        return lines
    }

    private func read(_ path: String, _ limit: Int) throws(Fault) -> [UInt8]? {
        do {
            return try folder.read(path, limit: limit)
        } catch {
            throw Fault(.auditUnwritable, note: "the audit log cannot be read: \(error)")
        }
    }
}

extension AuditTail.Line {
    /// Takes an entry from elsewhere than the log's files: from the ledger, which has it first.
    public init(index: UInt64, leaf: [UInt8]) {
        self.init(index: index, content: LeafReader().read(leaf), leaf: leaf)
    }
}
