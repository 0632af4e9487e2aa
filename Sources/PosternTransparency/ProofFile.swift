/// A proof that carries all it needs but the entry and the log's key: a `.tlog-proof` file (C2SP tlog-proof).
public struct ProofFile: Sendable, Equatable {
    /// The file's first line.
    public static let firstLine = "c2sp.org/tlog-proof@v1"

    /// Bytes that nobody vouches for; nil when the file has no such line.
    public let extra: [UInt8]?
    /// The entry's number, from 0.
    public let leafIndex: UInt64
    /// The hashes beside the way from the leaf to the root.
    public let path: [MerkleHash]
    /// The checkpoint as the log signed it, not yet checked.
    public let checkpoint: SignedNote

    /// Puts a proof together.
    public init(
        leafIndex: UInt64, path: [MerkleHash], checkpoint: SignedNote, extra: [UInt8]? = nil
    ) {
        self.leafIndex = leafIndex
        self.path = path
        self.checkpoint = checkpoint
        self.extra = extra
    }

    /// Reads a file.
    ///
    /// - Throws: ``NoteError/malformed`` for any other spelling than ``bytes``'.
    public init(_ bytes: [UInt8]) throws(NoteError) {
        guard
            let gap = bytes.indices.dropLast().first(where: {
                bytes[$0] == 0x0A && bytes[$0 + 1] == 0x0A
            }),
            let head = String(validating: bytes[..<gap], as: UTF8.self)
        else { throw .malformed }
        var lines = head.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
            .map { String($0) }[...]
        guard lines.popFirst() == Self.firstLine else { throw .malformed }
        if let line = lines.first, line.hasPrefix("extra ") {
            guard let extra = Base64.decode(line.dropFirst(6)) else { throw .malformed }
            self.extra = extra
            lines = lines.dropFirst()
        } else {
            extra = nil
        }
        guard let line = lines.popFirst(), line.hasPrefix("index "),
            let index = TreeSize.parse(line.dropFirst(6)), lines.count < 64
        else { throw .malformed }
        leafIndex = index
        path = lines.compactMap { MerkleHash(base64: $0) }
        guard path.count == lines.count else { throw .malformed }
        checkpoint = try SignedNote(Array(bytes[(gap + 2)...]))
        guard self.bytes == bytes else { throw .malformed }
    }

    /// The file.
    public var bytes: [UInt8] {
        var lines = [Self.firstLine]
        if let extra { lines.append("extra \(Base64.encode(extra))") }
        lines.append("index \(leafIndex)")
        lines += path.map(\.base64)
        return lines.flatMap { Array($0.utf8) + [0x0A] } + [0x0A] + checkpoint.bytes
    }

    /// Checks that the log with these keys holds an entry.
    ///
    /// - Parameters:
    ///   - entry: The entry's bytes.
    ///   - origin: The log.
    ///   - verifiers: The log's keys.
    /// - Returns: The checkpoint that holds it.
    /// - Throws: What ``Checkpoint/open(_:origin:verifiers:)`` throws, and ``NoteError/unproven``.
    @discardableResult
    public func verify(
        entry: [UInt8], origin: String, verifiers: [NoteVerifier]
    ) throws(NoteError) -> Checkpoint {
        let head = try Checkpoint.open(checkpoint.bytes, origin: origin, verifiers: verifiers)
        let proof = InclusionProof(leafIndex: leafIndex, treeSize: head.size, path: path)
        guard proof.verify(leaf: .leaf(entry), root: head.root) else { throw .unproven }
        return head
    }
}
