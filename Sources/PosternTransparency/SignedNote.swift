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
