internal import NIOCore

/// Judges a head as bytes, before the parser: its end, its size, its lines and its request line.
///
/// The parser takes more than one blank before the version, other protocols' names for HTTP's, any number of
/// blank lines before a request, and does not count separators; none of that can be seen behind it.
enum HTTP1RawHead {
    enum Outcome {
        /// The head is not whole; looking may go on at this offset.
        case unfinished(Int)
        /// The head has this many bytes, blank lines before it and its empty line included.
        case found(Int)
        /// It will not do.
        case wrong(ListenerProblem)
    }

    /// Blank lines let by before a request: some clients end a body with one (RFC 9112 section 2.2).
    private static let blankLines = 2

    static func find(in buffer: ByteBuffer, from start: Int, limits: ListenerLimits) -> Outcome {
        buffer.withUnsafeReadableBytes { find(in: $0, from: start, limits: limits) }
    }

    private static func find(
        in bytes: UnsafeRawBufferPointer, from start: Int, limits: ListenerLimits
    ) -> Outcome {
        var begin = 0
        while begin < bytes.count, bytes[begin] == UInt8(ascii: "\r") {
            guard begin + 1 < bytes.count else { return .unfinished(0) }
            guard bytes[begin + 1] == UInt8(ascii: "\n"), begin / 2 < blankLines else {
                return .wrong(.malformed(.syntax))
            }
            begin += 2
        }
        if begin < bytes.count, !isLetter(bytes[begin]) { return .wrong(.malformed(.syntax)) }
        var at = max(start, begin)
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\n") {
                guard at > begin, bytes[at - 1] == UInt8(ascii: "\r") else {
                    return .wrong(.malformed(.syntax))
                }
                if at >= begin + 3, bytes[at - 2] == UInt8(ascii: "\n") {
                    return judge(bytes, begin: begin, end: at + 1, limits: limits)
                }
            } else if at > begin, bytes[at - 1] == UInt8(ascii: "\r") {
                return .wrong(.malformed(.syntax))
            } else if byte < 0x20, byte != UInt8(ascii: "\r"), byte != UInt8(ascii: "\t") {
                return .wrong(.malformed(.syntax))
            }
            at += 1
        }
        if bytes.count - begin > limits.head {
            let line = bytes[begin...].prefix { $0 != UInt8(ascii: "\r") }
            return .wrong(
                line.count > limits.target + 32
                    ? .targetTooLong(limit: limits.target) : .headTooLarge(limit: limits.head))
        }
        return .unfinished(at)
    }

    private static func judge(
        _ bytes: UnsafeRawBufferPointer, begin: Int, end: Int, limits: ListenerLimits
    ) -> Outcome {
        let line = UnsafeRawBufferPointer(
            rebasing: bytes[begin..<end].prefix { $0 != UInt8(ascii: "\r") })
        if let problem = judge(requestLine: line, limits: limits) { return .wrong(problem) }
        guard end - begin <= limits.head else { return .wrong(.headTooLarge(limit: limits.head)) }
        var lines = 0
        for byte in bytes[begin..<end] where byte == UInt8(ascii: "\n") { lines += 1 }
        // The request line and the empty one are no fields.
        guard lines - 2 <= limits.fields else {
            return .wrong(.tooManyFields(limit: limits.fields))
        }
        return .found(end)
    }

    /// Checks `method SP request-target SP HTTP-version` (RFC 9112 section 3), the target's letters excepted.
    private static func judge(
        requestLine line: UnsafeRawBufferPointer, limits: ListenerLimits
    ) -> ListenerProblem? {
        let blank = UInt8(ascii: " ")
        guard let first = line.firstIndex(of: blank), first > 0,
            let last = line.lastIndex(of: blank), last > first + 1,
            !line[(first + 1)..<last].contains(blank), !line.contains(UInt8(ascii: "\t"))
        else { return .malformed(.syntax) }
        let version = line[(last + 1)...]
        guard version.count == 8, version.prefix(5).elementsEqual("HTTP/".utf8),
            isDigit(version[last + 6]), version[last + 7] == UInt8(ascii: "."),
            isDigit(version[last + 8])
        else { return .malformed(.syntax) }
        guard version[last + 6] == UInt8(ascii: "1"), version[last + 8] <= UInt8(ascii: "1") else {
            return .versionUnknown
        }
        guard last - first - 1 <= limits.target else { return .targetTooLong(limit: limits.target) }
        return nil
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte & 0xDF)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
