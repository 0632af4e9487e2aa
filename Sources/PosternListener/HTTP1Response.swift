internal import HTTPTypes
internal import NIOCore

/// Writes a response as HTTP/1.1 sends it.
enum HTTP1Response {
    /// Fields the listener writes itself or HTTP/1 frames messages with.
    static func isOurs(_ name: HTTPField.Name) -> Bool {
        switch name.canonicalName {
        case "connection", "content-length", "date", "keep-alive", "proxy-connection", "server",
            "strict-transport-security", "trailer", "transfer-encoding", "upgrade":
            true
        default: false
        }
    }

    /// The value of `Strict-Transport-Security` that Mozilla recommends: two years.
    static let transportSecurity = "max-age=63072000"

    /// Writes head and body into one buffer, so that they leave in one piece.
    ///
    /// - Parameters:
    ///   - response: The response; an informational status becomes 500.
    ///   - buffer: Where to.
    ///   - date: The value of `Date`.
    ///   - secure: Whether the connection is TLS.
    ///   - isHead: Whether the request was HEAD: the length is stated and the body left out.
    ///   - keepsAlive: Whether the connection lives on.
    static func write(
        _ response: OutgoingResponse, to buffer: inout ByteBuffer, date: String, secure: Bool,
        isHead: Bool, keepsAlive: Bool
    ) {
        let status = finalStatus(response.head.status)
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeString(String(status.code))
        buffer.writeStaticString(" ")
        buffer.writeString(status.reasonPhrase)
        buffer.writeStaticString("\r\ndate: ")
        buffer.writeString(date)
        for field in response.head.headerFields where !isOurs(field.name) {
            buffer.writeStaticString("\r\n")
            buffer.writeString(field.name.rawName)
            buffer.writeStaticString(": ")
            buffer.writeString(field.value)
        }
        if secure {
            buffer.writeStaticString("\r\nstrict-transport-security: ")
            buffer.writeString(transportSecurity)
        }
        let mayHaveBody = status.code != 204 && status.code != 304
        if mayHaveBody {
            buffer.writeStaticString("\r\ncontent-length: ")
            buffer.writeString(String(response.body.count))
        }
        if !keepsAlive { buffer.writeStaticString("\r\nconnection: close") }
        buffer.writeStaticString("\r\n\r\n")
        if mayHaveBody, !isHead { buffer.writeBytes(response.body) }
    }

    /// The status, or 500 for one that does not end an exchange.
    static func finalStatus(_ status: HTTPResponse.Status) -> HTTPResponse.Status {
        (200...599).contains(status.code) ? status : .internalServerError
    }
}
