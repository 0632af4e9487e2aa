internal import HTTPTypes
internal import NIOCore

/// Writes a response as HTTP/1.1 sends it.
enum HTTP1Response {
    /// Fields the listener writes itself or HTTP/1 frames messages with.
    ///
    /// Length and first letter rule out nearly every other name before a text is compared.
    static func isOurs(_ name: HTTPField.Name) -> Bool {
        let text = name.canonicalName
        let word: StaticString
        switch (text.utf8.count, text.utf8.first) {
        case (4, UInt8(ascii: "d")): word = "date"
        case (6, UInt8(ascii: "s")): word = "server"
        case (7, UInt8(ascii: "t")): word = "trailer"
        case (7, UInt8(ascii: "u")): word = "upgrade"
        case (10, UInt8(ascii: "c")): word = "connection"
        case (10, UInt8(ascii: "k")): word = "keep-alive"
        case (14, UInt8(ascii: "c")): word = "content-length"
        case (16, UInt8(ascii: "p")): word = "proxy-connection"
        case (17, UInt8(ascii: "t")): word = "transfer-encoding"
        case (25, UInt8(ascii: "s")): word = "strict-transport-security"
        default: return false
        }
        return RequestRules.equal(text, word)
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
        var head: [UInt8] = []
        head.reserveCapacity(768)
        head += "HTTP/1.1 \(status.code) "
        head += status.reasonPhrase
        head += "\r\ndate: "
        head += date
        for field in response.head.headerFields where !isOurs(field.name) {
            head += "\r\n"
            head += field.name.rawName
            head += ": "
            head += field.value
        }
        if secure {
            head += "\r\nstrict-transport-security: "
            head += transportSecurity
        }
        let mayHaveBody = status.code != 204 && status.code != 304
        if mayHaveBody { head += "\r\ncontent-length: \(response.body.count)" }
        if !keepsAlive { head += "\r\nconnection: close" }
        head += "\r\n\r\n"
        buffer.writeBytes(head)
        if mayHaveBody, !isHead { buffer.writeBytes(response.body) }
    }

    /// The status, or 500 for one that does not end an exchange.
    static func finalStatus(_ status: HTTPResponse.Status) -> HTTPResponse.Status {
        (200...599).contains(status.code) ? status : .internalServerError
    }
}

extension [UInt8] {
    fileprivate static func += (bytes: inout [UInt8], text: String) {
        bytes.append(contentsOf: text.utf8)
    }
}
