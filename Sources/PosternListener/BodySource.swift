/// Where the pieces of a streamed body come from.
///
/// One piece is asked for at a time, and the next only when the one before has left and the client takes
/// more: whatever the body's length, little more than one piece of it is in memory. A source that is no longer
/// needed, because the client has gone, is let go; a piece it is just making has its task cancelled.
public protocol BodySource: Sendable {
    /// The next piece of the body, in order; not called again once the body has its length.
    ///
    /// Pieces of 64 to 512 KiB are best: a smaller one costs as much work, a larger one stays in memory until the
    /// client has taken all of it. Called outside the event loops, never twice at once.
    ///
    /// - Returns: At least one byte, and no more than the body still lacks. Anything else means that the body
    ///   cannot be completed, and the client is told so by a connection or stream that ends too early.
    /// - Throws: When the body cannot be completed.
    func next() async throws -> [UInt8]
}

/// A body of known length that is pulled from its source while it is sent.
public final class StreamedBody: Sendable {
    /// How many bytes the pieces have together.
    public let length: Int64
    /// The pieces.
    public let pieces: any BodySource

    init(length: Int64, pieces: any BodySource) {
        self.length = max(0, length)
        self.pieces = pieces
    }
}
