/// The quoted-printable transfer encoding (RFC 2045 section 6.7) for text.
///
/// Every line is at most 76 characters of printable ASCII, so that no relay on the way has a reason to
/// rewrite the text, whatever extensions it offers.
enum QuotedPrintable {
    private static let widest = 76

    /// Encodes text; every spelling of a line end becomes CRLF, and nothing is added behind the last line.
    static func encode(_ text: String) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count + text.utf8.count / 8)
        for (index, line) in lines(of: text).enumerated() {
            if index > 0 { output.append(contentsOf: "\r\n".utf8) }
            append(line, to: &output)
        }
        return output
    }

    /// Splits at CRLF, CR or LF.
    private static func lines(of text: String) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var line: [UInt8] = []
        var afterReturn = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\n") where afterReturn:
                afterReturn = false
            case UInt8(ascii: "\r"), UInt8(ascii: "\n"):
                lines.append(line)
                line.removeAll(keepingCapacity: true)
                afterReturn = byte == UInt8(ascii: "\r")
            default:
                line.append(byte)
                afterReturn = false
            }
        }
        return lines + [line]
    }

    private static func append(_ line: [UInt8], to output: inout [UInt8]) {
        var column = 0
        for (index, byte) in line.enumerated() {
            let isLast = index == line.count - 1
            let plain = isPlain(byte, isLast: isLast) && !(index == 0 && startsEnvelope(line))
            let width = plain ? 1 : 3
            // Room for the soft break's "=" must stay, except behind a line's last character.
            if column + width > (isLast ? widest : widest - 1) {
                output.append(contentsOf: "=\r\n".utf8)
                column = 0
            }
            if plain {
                output.append(byte)
            } else {
                output.append(UInt8(ascii: "="))
                output.append(HexDigits.upper(byte >> 4))
                output.append(HexDigits.upper(byte & 15))
            }
            column += width
        }
    }

    private static func isPlain(_ byte: UInt8, isLast: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\t"): !isLast
        case UInt8(ascii: "="): false
        default: (33...126).contains(byte)
        }
    }

    // A line that begins "From " would be taken for the start of another message by mbox files.
    private static func startsEnvelope(_ line: [UInt8]) -> Bool { line.starts(with: "From ".utf8) }
}

/// Single hexadecimal digits in ASCII.
enum HexDigits {
    /// The upper-case digit of a value below 16.
    static func upper(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}
