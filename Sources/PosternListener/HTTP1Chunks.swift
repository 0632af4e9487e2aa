internal import NIOCore

/// A body that comes in chunks (RFC 9112 section 7.1), as far as it has come.
///
/// Stricter than the grammar where readers differ: no blanks around a size, no control in an extension, every line ends
/// with CR LF.
struct HTTP1Chunks {
    private enum Expected {
        case size
        case data(left: Int)
        case dataEnd
        case trailers
    }

    /// Bytes of a chunk's first line or of a trailer: a line that drips is looked through again for each byte.
    private static let longestLine = 4096

    private(set) var body: [UInt8] = []
    private let limits: ListenerLimits
    /// Of the body, in bytes.
    private let limit: Int
    private var expected = Expected.size
    private var framing = 0
    private var trailers: HTTP1FieldScan

    init(limits: ListenerLimits, limit: Int) {
        self.limits = limits
        self.limit = limit
        trailers = HTTP1FieldScan(limit: limits.fields)
    }

    /// Takes what belongs to the body out of a buffer.
    ///
    /// - Returns: Whether the body is whole; false when the buffer holds too little to go on.
    mutating func take(from buffer: inout ByteBuffer) throws(ListenerProblem) -> Bool {
        while true {
            switch expected {
            case .size:
                guard let line = try nextLine(of: buffer) else { return false }
                let size = try Self.size(buffer.readableBytesUInt8Span, line)
                buffer.moveReaderIndex(forwardBy: line + 2)
                guard body.count + size <= limit else { throw .bodyTooLarge(limit: limit) }
                expected = size > 0 ? .data(left: size) : .trailers
            case .data(let left):
                let piece = buffer.readSlice(length: min(left, buffer.readableBytes))
                guard let piece, piece.readableBytes > 0 else { return false }
                body.append(contentsOf: piece.readableBytesView)
                let rest = left - piece.readableBytes
                expected = rest > 0 ? .data(left: rest) : .dataEnd
            case .dataEnd:
                guard try !isWrong(buffer) else { throw .malformed(.framing) }
                guard buffer.readableBytes >= 2 else { return false }
                buffer.moveReaderIndex(forwardBy: 2)
                framing += 2
                expected = .size
            case .trailers:
                guard let line = try nextLine(of: buffer) else { return false }
                let more = try trailers.add(buffer.readableBytesUInt8Span, lineAt: 0)
                buffer.moveReaderIndex(forwardBy: line + 2)
                if more == nil { return true }
            }
        }
    }

    /// Whether something other than the end of a line follows a chunk.
    private func isWrong(_ buffer: ByteBuffer) throws(ListenerProblem) -> Bool {
        let bytes = buffer.readableBytesUInt8Span
        return bytes.count > 0 && bytes[0] != UInt8(ascii: "\r")
            || bytes.count > 1 && bytes[1] != UInt8(ascii: "\n")
    }

    /// The length of the line that begins a buffer, without its end; nil until it is whole.
    private mutating func nextLine(of buffer: ByteBuffer) throws(ListenerProblem) -> Int? {
        let bytes = buffer.readableBytesUInt8Span
        let end = RequestRules.index(of: UInt8(ascii: "\n"), in: bytes, from: 0)
        // Chunks may cost seven bytes of framing for each of their own, and trailers as much as a head.
        guard framing + end <= 8 * limit + limits.head, end <= Self.longestLine else {
            throw .bodyTooLarge(limit: limit)
        }
        guard end < bytes.count else { return nil }
        guard end > 0, bytes[end - 1] == UInt8(ascii: "\r") else { throw .malformed(.framing) }
        framing += end + 1
        return end - 1
    }

    /// Reads `1*HEXDIG [ ";" … ]`.
    private static func size(_ bytes: Span<UInt8>, _ line: Int) throws(ListenerProblem) -> Int {
        var size = 0
        var digits = 0
        while digits < line, let digit = RequestRules.hexadecimal(bytes[digits]) {
            // 15 digits fit, and more than any limit is more than any limit.
            guard digits < 15 else { throw .malformed(.framing) }
            size = size << 4 | Int(digit)
            digits += 1
        }
        guard digits > 0, digits == line || bytes[digits] == UInt8(ascii: ";") else {
            throw .malformed(.framing)
        }
        for at in digits..<line where !RequestRules.mayStandInField(bytes[at]) {
            throw .malformed(.framing)
        }
        return size
    }
}
