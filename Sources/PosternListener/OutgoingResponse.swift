public import HTTPTypes

/// One whole response.
///
/// The listener adds `Date`, `Content-Length`, `Strict-Transport-Security` (over TLS) and `Connection` by
/// itself, and drops those the handler sets.
public struct OutgoingResponse: Sendable {
    /// Status and fields; an informational status (1xx) is sent as 500.
    public var head: HTTPResponse
    /// The body, whole; left out on the wire for HEAD requests and for statuses 204 and 304.
    public var body: [UInt8]

    /// Makes a response.
    public init(head: HTTPResponse, body: [UInt8] = []) {
        self.head = head
        self.body = body
    }
}
