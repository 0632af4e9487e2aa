/// Finds the end of a head and judges its lines as bytes: each ends with CR LF and holds no other control.
enum HTTP1RawHead {
    enum Outcome {
        /// The head is not whole; looking may go on at this offset.
        case unfinished(Int)
        /// Where the head is, its empty line included; blank lines may stand before it.
        case found(Range<Int>)
    }

    /// Blank lines let by before a request: some clients end a body with one (RFC 9112 section 2.2).
    private static let blankLines = 2

    static func find(
        in bytes: Span<UInt8>, from start: Int, limits: ListenerLimits
    ) throws(ListenerProblem) -> Outcome {
        let carriageReturn = UInt8(ascii: "\r")
        let lineFeed = UInt8(ascii: "\n")
        var begin = 0
        while begin < bytes.count, bytes[begin] == carriageReturn {
            guard begin + 1 < bytes.count else { return .unfinished(0) }
            guard bytes[begin + 1] == lineFeed, begin / 2 < blankLines else {
                throw .malformed(.syntax)
            }
            begin += 2
        }
        if begin < bytes.count, !RequestRules.isLetter(bytes[begin]) { throw .malformed(.syntax) }
        var at = max(start, begin)
        while at < bytes.count {
            let byte = bytes[at]
            if byte == lineFeed {
                guard at > begin, bytes[at - 1] == carriageReturn else {
                    throw .malformed(.syntax)
                }
                if at >= begin + 3, bytes[at - 2] == lineFeed { return .found(begin..<(at + 1)) }
            } else if at > begin, bytes[at - 1] == carriageReturn {
                throw .malformed(.syntax)
            } else if byte < 0x20, byte != carriageReturn, byte != UInt8(ascii: "\t") {
                throw .malformed(.syntax)
            }
            at += 1
        }
        if bytes.count - begin > limits.head {
            let line = RequestRules.index(of: carriageReturn, in: bytes, from: begin) - begin
            throw line > limits.target + 32
                ? .targetTooLong(limit: limits.target) : .headTooLarge(limit: limits.head)
        }
        return .unfinished(at)
    }
}
