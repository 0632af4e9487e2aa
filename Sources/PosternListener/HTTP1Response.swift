internal import HTTPTypes
internal import NIOCore

/// Writes a response as HTTP/1.1 sends it.
enum HTTP1Response {
    /// Writes head and body into one buffer, so that they leave in one piece; of a streamed body only the length.
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
        let status = response.finalStatus
        let mayHaveBody = response.mayHaveBody
        let fields = response.head.headerFields
        let code = "\(status.code) "
        let length = "\(response.length)"
        // The constants below take less than 256 bytes.
        var size = 256 + status.reasonPhrase.utf8.count + response.body.count
        for field in fields { size += field.name.rawName.utf8.count + field.value.utf8.count + 4 }
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { bytes in
            var head = HeadWriter(bytes: bytes)
            head.write("HTTP/1.1 ")
            head.write(code)
            head.write(status.reasonPhrase)
            head.write("\r\ndate: ")
            head.write(date)
            for field in fields where !OwnFields.contains(field.name) {
                head.write("\r\n")
                head.write(field.name.rawName)
                head.write(": ")
                head.write(field.value)
            }
            if secure {
                head.write("\r\nstrict-transport-security: ")
                head.write(OwnFields.transportSecurity)
            }
            if mayHaveBody {
                head.write("\r\ncontent-length: ")
                head.write(length)
            }
            if !keepsAlive { head.write("\r\nconnection: close") }
            head.write("\r\n\r\n")
            return head.count
        }
        if mayHaveBody, !isHead { buffer.writeBytes(response.body) }
    }
}

/// Writes texts one after the other into memory that was counted before: a head has forty, and a buffer that grows asks
/// for each whether it must.
private struct HeadWriter {
    let bytes: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(bytes: UnsafeMutableRawBufferPointer) { self.bytes = bytes }

    mutating func write(_ text: String) {
        let end = count + text.utf8.count
        // INVARIANT: whoever counted the room counted all that is written; nothing is written beyond it.
        precondition(end <= bytes.count)
        UnsafeMutableRawBufferPointer(rebasing: bytes[count..<end]).copyBytes(from: text.utf8)
        count = end
    }
}
