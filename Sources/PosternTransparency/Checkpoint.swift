/// What a log says of itself at one size: origin, size, root (C2SP tlog-checkpoint).
public struct Checkpoint: Sendable, Equatable {
    /// The log's name.
    public let origin: String
    /// How many entries the log has.
    public let size: UInt64
    /// The root of the tree of that size.
    public let root: MerkleHash
    /// Further lines, which no auditor can check; the specification advises against them.
    public let extensions: [String]

    /// Makes a checkpoint.
    ///
    /// - Returns: nil when the origin or an extension is empty or has control characters, the size is over
    ///   ``TreeSize/limit``, or an empty tree has another root than ``MerkleHash/empty``.
    public init?(origin: String, size: UInt64, root: MerkleHash, extensions: [String] = []) {
        guard size <= TreeSize.limit, size > 0 || root == .empty,
            ([origin] + extensions).allSatisfy({ line in
                !line.isEmpty && line.utf8.allSatisfy { $0 >= 0x20 }
            })
        else { return nil }
        self.origin = origin
        self.size = size
        self.root = root
        self.extensions = extensions
    }

    /// Reads a note's text; nil for any other spelling than ``text``'s.
    public init?(text: String) {
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
            .map { String($0) }
        guard lines.count >= 4, lines[lines.count - 1].isEmpty, let size = TreeSize.parse(lines[1]),
            let root = MerkleHash(base64: lines[2])
        else { return nil }
        self.init(
            origin: lines[0], size: size, root: root, extensions: Array(lines[3...].dropLast()))
    }

    /// The note's text, each line with its newline.
    public var text: String {
        ([origin, String(size), root.base64] + extensions).map { $0 + "\n" }.joined()
    }

    /// Signs the checkpoint; the log's own key, whose name is the origin, comes first by custom.
    public func signed(by signers: [NoteSigner]) throws(NoteError) -> SignedNote {
        try SignedNote(text: text, signedBy: signers)
    }

    /// Opens a checkpoint's file.
    ///
    /// - Parameters:
    ///   - bytes: The file.
    ///   - origin: The log it must be of.
    ///   - verifiers: The log's keys. A key of somebody else's, such as a witness's, would let that one
    ///     speak for the log.
    /// - Returns: What the log said.
    /// - Throws: What reading and verifying a note throws, ``NoteError/malformed`` when the text is no
    ///   checkpoint, ``NoteError/foreignOrigin``.
    public static func open(
        _ bytes: [UInt8], origin: String, verifiers: [NoteVerifier]
    ) throws(NoteError) -> Checkpoint {
        let note = try SignedNote(bytes).verified(by: verifiers)
        guard let checkpoint = Checkpoint(text: note.text) else { throw .malformed }
        guard checkpoint.origin.utf8.elementsEqual(origin.utf8) else { throw .foreignOrigin }
        return checkpoint
    }

    /// Compares texts by their bytes, which is what is signed.
    public static func == (left: Checkpoint, right: Checkpoint) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }
}
