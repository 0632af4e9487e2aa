internal import HTTPTypes

/// Rules that hold for every request, however it arrives.
enum RequestRules {
    /// Fields a request may carry once; a second one would let two readers choose differently.
    static let singletons: Set<String> = [
        "authorization", "content-type", "content-encoding", "content-length", "expect",
        "from", "host", "if-modified-since", "if-unmodified-since", "max-forwards",
        "proxy-authorization", "referer", "traceparent", "user-agent",
    ]

    /// Whether a byte may stand in a target (RFC 3986 without the fragment).
    ///
    /// Square brackets are let through: lists in queries use them everywhere.
    private static func mayStandInTarget(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"),
            UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "["),
            UInt8(ascii: "]"), UInt8(ascii: "@"), UInt8(ascii: "!"), UInt8(ascii: "$"),
            UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"),
            UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: ";"),
            UInt8(ascii: "="), UInt8(ascii: "%"):
            true
        default: false
        }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    /// Whether a target is in origin form with sound percent-encoding, or `*` where that is allowed.
    static func isOriginForm(_ target: Substring, asteriskAllowed: Bool) -> Bool {
        if target == "*" { return asteriskAllowed }
        var escape = 0
        var first = true
        for byte in target.utf8 {
            if first {
                guard byte == UInt8(ascii: "/") else { return false }
                first = false
            }
            if escape > 0 {
                guard isHexDigit(byte) else { return false }
                escape -= 1
            } else {
                guard mayStandInTarget(byte) else { return false }
                if byte == UInt8(ascii: "%") { escape = 2 }
            }
        }
        return !first && escape == 0
    }

    /// Whether a text is a host with an optional port, and nothing else (RFC 9110 section 7.2).
    static func isAuthority(_ text: some StringProtocol) -> Bool {
        var bytes = text.utf8[...]
        guard let first = bytes.first else { return false }
        if first == UInt8(ascii: "[") {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let literal = bytes[bytes.index(after: bytes.startIndex)..<end]
            guard literal.count >= 2,
                literal.allSatisfy({
                    isHexDigit($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".")
                })
            else { return false }
            bytes = bytes[bytes.index(after: end)...]
            if bytes.isEmpty { return true }
            guard bytes.first == UInt8(ascii: ":") else { return false }
        } else {
            let end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
            let name = bytes[..<end]
            guard !name.isEmpty, name.count <= 255,
                name.allSatisfy({ byte in
                    switch byte {
                    case UInt8(ascii: "A")...UInt8(ascii: "Z"),
                        UInt8(ascii: "a")...UInt8(ascii: "z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                        UInt8(ascii: "."), UInt8(ascii: "_"):
                        true
                    default: false
                    }
                })
            else { return false }
            bytes = bytes[end...]
            if bytes.isEmpty { return true }
        }
        let port = bytes.dropFirst()
        return (1...5).contains(port.count)
            && port.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            && port.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } <= 65535
    }

    /// Whether two authorities name the same host and port; letters' case does not matter, nor does a default port.
    static func agree(_ left: String, _ right: String, secure: Bool) -> Bool {
        if left == right { return true }
        let suffix = secure ? ":443" : ":80"
        func normal(_ text: String) -> String {
            let lower = text.lowercased()
            return lower.hasSuffix(suffix) ? String(lower.dropLast(suffix.utf8.count)) : lower
        }
        return normal(left) == normal(right)
    }

    /// Whether a field's value is visible ASCII, obs-text as whole UTF-8, blanks and tabs.
    ///
    /// Bytes that are not UTF-8 were replaced by U+FFFD when the string was made.
    static func isFieldValue(_ value: String) -> Bool {
        var previous: (UInt8, UInt8) = (0, 0)
        for byte in value.utf8 {
            if byte < 0x20 && byte != 0x09 || byte == 0x7F { return false }
            if byte == 0xBD && previous == (0xEF, 0xBF) { return false }
            previous = (previous.1, byte)
        }
        return true
    }

    /// Reads a decimal number of at most 18 digits and nothing else.
    static func length(_ text: String) -> Int? {
        guard (1...18).contains(text.utf8.count),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(text)
    }
}
