public import HTTPTypes

/// One response: a head, and a body that is whole or pulled from a source while it is sent.
///
/// The listener adds `Date`, `Content-Length`, `Strict-Transport-Security` (over TLS) and `Connection` by
/// itself, and drops those the handler sets.
public struct OutgoingResponse: Sendable {
    /// Status and fields; an informational status (1xx) is sent as 500.
    public var head: HTTPResponse
    /// The body, whole; left out on the wire for HEAD requests and for statuses 204 and 304.
    ///
    /// Not looked at where there is a ``streamed`` body.
    public var body: [UInt8]
    /// The body where it is not whole in memory.
    public let streamed: StreamedBody?

    /// Makes a response.
    public init(head: HTTPResponse, body: [UInt8] = []) {
        self.head = head
        self.body = body
        streamed = nil
    }

    /// Makes a response whose body is pulled piece by piece.
    ///
    /// A body that cannot be completed ends an HTTP/1 connection, and resets an HTTP/2 stream with
    /// INTERNAL_ERROR: the client has been told the length, and so sees that some is missing.
    /// - Parameters:
    ///   - head: Status and fields.
    ///   - length: The body's bytes; a negative length counts as none.
    ///   - pieces: The body; not asked for a piece where no body is sent, as for HEAD.
    public init(head: HTTPResponse, length: Int64, pieces: any BodySource) {
        self.head = head
        body = []
        streamed = StreamedBody(length: length, pieces: pieces)
    }

    /// The value of `Content-Length`.
    var length: Int64 { streamed?.length ?? Int64(body.count) }

    /// The status, or 500 for one that does not end an exchange.
    var finalStatus: HTTPResponse.Status {
        (200...599).contains(head.status.code) ? head.status : .internalServerError
    }

    /// Whether answers of its status have bodies.
    var mayHaveBody: Bool { finalStatus.code != 204 && finalStatus.code != 304 }

    /// What is to be pulled for the answer to a request; nil when nothing is.
    func bodyToPull(isHead: Bool) -> StreamedBody? {
        guard let streamed, !isHead, streamed.length > 0, mayHaveBody else { return nil }
        return streamed
    }
}
