/// Reads replies byte by byte: strict about form, bounded in length.
///
/// DIVERGENCE: RFC 5321 section 4.2 bounds the second digit by 5; well-known servers answer 571 and 573,
/// and nothing depends on that digit, so 0 to 9 are taken.
struct SMTPReplyParser: Sendable {
    /// What is wrong with a relay's bytes; the raw value is a sentence for the operator.
    enum Malformed: String, Error, Sendable {
        /// Longer than ``SMTPReplyParser/longestLine``.
        case lineTooLong = "The relay sent a reply line longer than 2048 bytes."
        /// More than ``SMTPReplyParser/mostLines``.
        case tooManyLines = "The relay sent a reply of more than 100 lines."
        /// No three digits, a wrong separator, digits that differ between lines, a stray CR, LF or NUL.
        case notAReply = "The relay sent something that is not an SMTP reply."
    }

    /// Longest line in bytes, its CRLF included; RFC 5321 asks for 512, EHLO and error texts are longer in the wild.
    static let longestLine = 2_048
    /// Most lines in one reply.
    static let mostLines = 100

    private var line: [UInt8] = []
    private var afterReturn = false
    private var code: Int?
    private var lines: [[UInt8]] = []

    /// Takes one byte.
    ///
    /// - Returns: The reply that this byte completes, if it does.
    mutating func consume(_ byte: UInt8) throws(Malformed) -> SMTPReply? {
        if afterReturn {
            guard byte == UInt8(ascii: "\n") else { throw .notAReply }
            afterReturn = false
            return try finishLine()
        }
        switch byte {
        case UInt8(ascii: "\r"): afterReturn = true
        case UInt8(ascii: "\n"), 0: throw .notAReply
        default:
            guard line.count < Self.longestLine - 2 else { throw .lineTooLong }
            line.append(byte)
        }
        return nil
    }

    private mutating func finishLine() throws(Malformed) -> SMTPReply? {
        defer { line.removeAll(keepingCapacity: true) }
        guard line.count >= 3, let lineCode = Self.code(line.prefix(3)),
            code == nil || code == lineCode
        else { throw .notAReply }
        let separator = line.count > 3 ? line[3] : UInt8(ascii: " ")
        guard lines.count < Self.mostLines else { throw .tooManyLines }
        lines.append(Array(line.dropFirst(4)))
        code = lineCode
        switch separator {
        case UInt8(ascii: "-"): return nil
        case UInt8(ascii: " "):
            defer {
                lines = []
                code = nil
            }
            return SMTPReply(code: lineCode, lines: lines)
        default: throw .notAReply
        }
    }

    private static func code(_ digits: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return (200...599).contains(value) ? value : nil
    }
}
