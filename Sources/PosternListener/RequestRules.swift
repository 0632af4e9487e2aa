internal import HTTPTypes

/// Rules that hold for every request, however it arrives.
enum RequestRules {
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

    /// Whether a target is in origin form with sound percent-encoding.
    static func isOriginForm(_ target: Span<UInt8>) -> Bool {
        guard !target.isEmpty, target[0] == UInt8(ascii: "/") else { return false }
        var at = 1
        while at < target.count {
            let byte = target[at]
            guard mayStandInTarget(byte) else { return false }
            if byte == UInt8(ascii: "%") {
                guard at + 2 < target.count, hexadecimal(target[at + 1]) != nil,
                    hexadecimal(target[at + 2]) != nil
                else { return false }
                at += 2
            }
            at += 1
        }
        return true
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
                    hexadecimal($0) != nil || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".")
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
            && port.allSatisfy(isDigit)
            && port.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } <= 65535
    }

    /// Whether two authorities name the same host and port; letters' case does not matter, nor does a default port.
    static func agree(_ left: String, _ right: String, secure: Bool) -> Bool {
        if left == right { return true }
        let suffix = secure ? ":443" : ":80"
        func normal(_ text: String) -> [UInt8] {
            let lower = text.utf8.map(lowercased)
            return lower.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
                ? lower.dropLast(suffix.utf8.count) : lower
        }
        return normal(left) == normal(right)
    }

    /// A field's name; nil for what is no token, and for a name with an underscore.
    ///
    /// An underscore reads as a dash to CGI-like readers behind and before us, so that `Content_Length` would be a
    /// second spelling of a field we have judged.
    static func fieldName(_ name: String) -> HTTPField.Name? {
        name.utf8.contains(UInt8(ascii: "_")) ? nil : HTTPField.Name(name)
    }

    /// A field's value: visible ASCII, blanks, tabs and UTF-8; nil for anything else.
    static func fieldValue(_ value: Span<UInt8>) -> String? {
        var all: UInt8 = 0
        for at in value.indices {
            guard mayStandInField(value[at]) else { return nil }
            all |= value[at]
        }
        guard all >= 0x80 else { return string(value) }
        return value.withUnsafeBufferPointer { String(validating: $0, as: UTF8.self) }
    }

    /// Whether a value the HTTP/2 library has made a string of is what ``fieldValue(_:)`` takes.
    ///
    /// Bytes that are not UTF-8 were replaced by U+FFFD when the string was made.
    static func isFieldValue(_ value: String) -> Bool {
        var previous: (UInt8, UInt8) = (0, 0)
        for byte in value.utf8 {
            guard mayStandInField(byte), byte != 0xBD || previous != (0xEF, 0xBF) else {
                return false
            }
            previous = (previous.1, byte)
        }
        return true
    }

    /// Reads a decimal number of at most 18 digits and nothing else.
    static func length(_ text: String) -> Int? {
        guard (1...18).contains(text.utf8.count),
            text.utf8.allSatisfy(isDigit)
        else { return nil }
        return Int(text)
    }

    // MARK: Bytes

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    static func isCapital(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    static func isLetter(_ byte: UInt8) -> Bool {
        isCapital(byte & 0xDF)
    }

    static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// Whether a byte may stand in a field's value: no control but the tab.
    static func mayStandInField(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != 0x7F || byte == 0x09
    }

    static func hexadecimal(_ byte: UInt8) -> UInt8? {
        if isDigit(byte) { return byte - UInt8(ascii: "0") }
        let lower = byte | 0x20
        guard (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(lower) else { return nil }
        return lower - UInt8(ascii: "a") + 10
    }

    /// A letter of ASCII in lower case; anything else as it is.
    static func lowercased(_ byte: UInt8) -> UInt8 {
        isCapital(byte) ? byte | 0x20 : byte
    }

    /// Whether a text is a word, given in lower case, in any case of its ASCII letters.
    static func equal(_ text: some StringProtocol, _ word: StaticString) -> Bool {
        guard text.utf8.count == word.utf8CodeUnitCount else { return false }
        var at = 0
        return text.utf8.allSatisfy { byte in
            defer { at += 1 }
            return lowercased(byte) == word.utf8Start[at]
        }
    }

    /// The first place of a byte at or after an offset; the end when there is none.
    static func index(of byte: UInt8, in bytes: Span<UInt8>, from start: Int) -> Int {
        var at = start
        while at < bytes.count, bytes[at] != byte { at += 1 }
        return at
    }

    static func string(_ bytes: Span<UInt8>) -> String {
        bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}
