/// One signature line of a note, not yet checked.
public struct NoteSignature: Sendable, Equatable {
    /// The key's name.
    public let name: String
    /// The key's short id.
    public let keyID: UInt32
    /// The signature, in the form of the key's algorithm; not empty.
    public let bytes: [UInt8]

    /// Makes a line; nil when the name cannot stand in a note or the signature is empty.
    public init?(name: String, keyID: UInt32, bytes: [UInt8]) {
        guard NoteName.isValid(name), !bytes.isEmpty else { return nil }
        self.name = name
        self.keyID = keyID
        self.bytes = bytes
    }

    /// Reads a line without its newline.
    init?(line: Substring) {
        let start = "\u{2014} "
        guard line.utf8.starts(with: start.utf8),
            case let parts = line.unicodeScalars.dropFirst(2).split(
                separator: " ", maxSplits: 1, omittingEmptySubsequences: false),
            parts.count == 2, let blob = Base64.decode(Substring(parts[1])), blob.count > 4
        else { return nil }
        let keyID = blob.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        self.init(name: String(parts[0]), keyID: keyID, bytes: Array(blob.dropFirst(4)))
    }

    /// The line, without its newline.
    var line: String {
        let id = (0..<4).map { UInt8(truncatingIfNeeded: keyID >> UInt32(24 - 8 * $0)) }
        return "\u{2014} \(name) \(Base64.encode(id + bytes))"
    }

    func isMade(by verifier: NoteVerifier) -> Bool {
        keyID == verifier.keyID && name.utf8.elementsEqual(verifier.name.utf8)
    }

    /// Compares names by their bytes.
    public static func == (left: NoteSignature, right: NoteSignature) -> Bool {
        left.name.utf8.elementsEqual(right.name.utf8) && left.keyID == right.keyID
            && left.bytes == right.bytes
    }
}
