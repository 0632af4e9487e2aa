/// Why a note, a checkpoint or a proof was not taken.
public enum NoteError: Error, Sendable, Equatable {
    /// The bytes are not of the specified form.
    case malformed
    /// No line was signed by a key that is known: the text says nothing.
    case unsigned
    /// A known key's signature is wrong: the note was changed, or its key id collides.
    case wronglySigned
    /// The checkpoint is another log's.
    case foreignOrigin
    /// The proof does not lead from the entry to the checkpoint's root.
    case unproven
    /// The text cannot be signed, or the cryptographic library failed.
    case unsignable
}

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

/// A text with signature lines that nobody has checked (C2SP signed-note).
///
/// The text is kept from view until ``verified(by:)`` has returned it: an unchecked note says nothing.
public struct SignedNote: Sendable, Equatable {
    /// The most signature lines that are read.
    public static let largestSignatureCount = 100

    /// The text's bytes with their last newline.
    let text: [UInt8]
    /// The signature lines, in order; at least one.
    public let signatures: [NoteSignature]

    /// Signs a text.
    ///
    /// - Parameters:
    ///   - text: Ends in a newline; has no other control characters.
    ///   - signers: At least one key.
    /// - Throws: ``NoteError/unsignable``.
    public init(text: String, signedBy signers: [NoteSigner]) throws(NoteError) {
        let bytes = Array(text.utf8)
        guard Self.isClean(bytes), bytes.last == 0x0A, !signers.isEmpty,
            signers.count <= Self.largestSignatureCount
        else { throw .unsignable }
        var signatures: [NoteSignature] = []
        for signer in signers { signatures.append(try signer.sign(bytes)) }
        self.text = bytes
        self.signatures = signatures
    }

    /// Reads a note.
    ///
    /// - Throws: ``NoteError/malformed`` for anything but UTF-8 without control characters, a text, an empty
    ///   line and 1 to ``largestSignatureCount`` signature lines.
    public init(_ bytes: [UInt8]) throws(NoteError) {
        guard Self.isClean(bytes), bytes.last == 0x0A,
            String(validating: bytes, as: UTF8.self) != nil,
            let gap = bytes.indices.dropLast().last(where: {
                bytes[$0] == 0x0A && bytes[$0 + 1] == 0x0A
            })
        else { throw .malformed }
        let lines = bytes[(gap + 2)...].dropLast().split(
            separator: 0x0A, maxSplits: Self.largestSignatureCount, omittingEmptySubsequences: false
        )
        let signatures = lines.compactMap {
            NoteSignature(line: Substring(decoding: $0, as: UTF8.self))
        }
        guard (1...Self.largestSignatureCount).contains(lines.count),
            signatures.count == lines.count
        else { throw .malformed }
        text = Array(bytes[...gap])
        self.signatures = signatures
    }

    /// The note's file.
    public var bytes: [UInt8] {
        text + [0x0A] + signatures.flatMap { Array($0.line.utf8) + [0x0A] }
    }

    /// Checks the signatures of all known keys.
    ///
    /// Lines of unknown keys are passed over, even where they share a known key's name or id; that is how
    /// keys are changed and witnesses added.
    ///
    /// - Throws: ``NoteError/wronglySigned`` when any known key's line is wrong, ``NoteError/unsigned`` when
    ///   there is none.
    public func verified(by verifiers: [NoteVerifier]) throws(NoteError) -> VerifiedNote {
        var signed: [NoteVerifier] = []
        for signature in signatures {
            // More than one when the short ids of two known keys collide; either may have signed.
            let candidates = verifiers.filter(signature.isMade)
            if candidates.isEmpty { continue }
            guard
                let verifier = candidates.first(where: { $0.accepts(signature.bytes, over: text) })
            else { throw .wronglySigned }
            if !signed.contains(verifier) { signed.append(verifier) }
        }
        guard !signed.isEmpty else { throw .unsigned }
        return VerifiedNote(text: String(decoding: text, as: UTF8.self), signers: signed)
    }

    /// UTF-8 is looked at elsewhere; here: newlines are the only control characters.
    private static func isClean(_ bytes: [UInt8]) -> Bool {
        bytes.allSatisfy { $0 >= 0x20 || $0 == 0x0A }
    }
}

/// A note's text, signed by known keys: only ``SignedNote/verified(by:)`` makes one.
public struct VerifiedNote: Sendable, Equatable {
    /// The text with its last newline.
    public let text: String
    /// The known keys that signed it, each once, at least one.
    public let signers: [NoteVerifier]
}
