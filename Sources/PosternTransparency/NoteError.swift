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
