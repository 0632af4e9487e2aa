/// One complete answer of a relay (RFC 5321 section 4.2).
struct SMTPReply: Sendable, Equatable {
    /// What the first digit says.
    enum Kind: Sendable, Equatable {
        /// 2: done.
        case completed
        /// 3: go on.
        case intermediate
        /// 4: not now.
        case notNow
        /// 5: never.
        case never
    }

    /// The three digits, 200 to 599.
    let code: Int
    /// What follows the digits and the separator on each line, as bytes: a relay may send anything.
    let lines: [[UInt8]]

    /// What the first digit says.
    var kind: Kind {
        switch code / 100 {
        case 2: .completed
        case 3: .intermediate
        case 4: .notNow
        default: .never
        }
    }

    /// The enhanced status code (RFC 3463) at the start of the first line, when its class agrees with the reply's.
    var enhancedStatus: String? {
        guard let first = lines.first else { return nil }
        let word = first.prefix { $0 != UInt8(ascii: " ") }
        let parts = word.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard parts.count == 3, word.first == UInt8(ascii: "0") + UInt8(code / 100),
            parts[0].count == 1,
            parts.dropFirst().allSatisfy({
                (1...3).contains($0.count) && $0.allSatisfy(digits.contains)
            })
        else { return nil }
        return String(decoding: word, as: UTF8.self)
    }

    /// The digits and the relay's words on one line, escaped and at most about 300 characters long.
    ///
    /// Addresses are left out: relays like to repeat whom a mail is for, and this goes into logs.
    var summary: String {
        let words = lines.map { RelayWords.escaped($0) }.filter { !$0.isEmpty }
        let sentence = RelayWords.shortened(([String(code)] + words).joined(separator: " "))
        return RelayWords.withoutAddresses(sentence)
    }
}

/// Text that a relay wrote, made fit for a log line or a dead letter.
enum RelayWords {
    /// Printable ASCII kept, everything else as `\xHH`.
    static func escaped(_ bytes: some Sequence<UInt8>) -> String {
        var text = ""
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\\"): text += "\\\\"
            case 32...126: text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = [HexDigits.upper(byte >> 4), HexDigits.upper(byte & 15)]
                text += "\\x" + String(decoding: digits, as: UTF8.self)
            }
        }
        return text
    }

    /// `‹address›` in the place of everything that looks like one.
    static func withoutAddresses(_ text: String) -> String {
        text.replacing(/[^\s<>()\[\]"',:;]*@[^\s<>()\[\]"',:;]*/, with: "‹address›")
    }

    /// At most 300 characters, with `…` where something was left out.
    static func shortened(_ text: String) -> String {
        text.count <= 300 ? text : text.prefix(299) + "…"
    }
}
