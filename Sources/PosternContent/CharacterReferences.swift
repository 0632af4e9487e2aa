/// The character references of HTML (`&amp;`, `&#65;`, `&#x41`), read as browsers read them.
struct CharacterReferences: Sendable {
    /// What a reference stands for.
    struct Reading {
        /// One or two code points.
        let first: UInt32
        let second: UInt32
        /// The bytes the reference takes, from `&` on.
        let length: Int
    }

    /// The one table, made on first use.
    static let shared = CharacterReferences()

    private var named: [String: (UInt32, UInt32)] = [:]
    /// Names that need no semicolon, at most six letters, packed into an integer.
    private var legacy: [UInt64: UInt32] = [:]
    private static let longestName = 31
    private static let longestLegacyName = 6

    private init() {
        for word in Self.packed.split(separator: " ") {
            guard let mark = word.firstIndex(where: { $0 == "!" || $0 == "=" }) else { continue }
            let codes = word[word.index(after: mark)...].split(separator: "+").compactMap {
                UInt32($0, radix: 16)
            }
            guard let first = codes.first else { continue }
            named[String(word[..<mark])] = (first, codes.count > 1 ? codes[1] : 0)
            if word[mark] == "!" {
                legacy[word[..<mark].utf8.reduce(0) { $0 << 8 | UInt64($1) }] = first
            }
        }
    }

    /// Reads the reference at the `&` at `index`; nil when browsers would show an ampersand.
    ///
    /// In an attribute a name without its semicolon is no reference where more of a name or `=` follows: it may be of a URL.
    func read(
        _ text: UnsafeBufferPointer<UInt8>, at index: Int, inAttribute: Bool = false
    ) -> Reading? {
        guard index + 1 < text.count else { return nil }
        if text[index + 1] == UInt8(ascii: "#") { return number(text, at: index) }
        var end = index + 1
        let limit = min(text.count, end + Self.longestName)
        while end < limit, Self.isAlphanumeric(text[end]) { end += 1 }
        guard end > index + 1 else { return nil }
        if end < text.count, text[end] == UInt8(ascii: ";") {
            let name = String(
                decoding: UnsafeBufferPointer(rebasing: text[(index + 1)..<end]), as: UTF8.self)
            if let (first, second) = named[name] {
                return Reading(first: first, second: second, length: end + 1 - index)
            }
        }
        var packed: UInt64 = 0
        var longest: Reading?
        for at in (index + 1)..<min(end, index + 1 + Self.longestLegacyName) {
            packed = packed << 8 | UInt64(text[at])
            if let code = legacy[packed] {
                longest = Reading(first: code, second: 0, length: at + 1 - index)
            }
        }
        if inAttribute, let longest, index + longest.length < text.count {
            let next = text[index + longest.length]
            if next == UInt8(ascii: "=") || Self.isAlphanumeric(next) { return nil }
        }
        return longest
    }

    private func number(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Reading? {
        var at = index + 2
        let hexadecimal = at < text.count && text[at] | 0x20 == UInt8(ascii: "x")
        if hexadecimal { at += 1 }
        let first = at
        var code: UInt32 = 0
        while at < text.count, let digit = Self.digit(text[at], hexadecimal) {
            // Leading zeros may go on for ever; a number too large stays too large.
            code = min(0x11_0000, code * (hexadecimal ? 16 : 10) + digit)
            at += 1
        }
        guard at > first else { return nil }
        if at < text.count, text[at] == UInt8(ascii: ";") { at += 1 }
        return Reading(first: Self.repaired(code), second: 0, length: at - index)
    }

    private static func digit(_ byte: UInt8, _ hexadecimal: Bool) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte) - 0x30
        case 0x41...0x46 where hexadecimal: UInt32(byte) - 0x37
        case 0x61...0x66 where hexadecimal: UInt32(byte) - 0x57
        default: nil
        }
    }

    /// HTML standard, section 13.2.5.80: what stands for numbers that are no characters.
    private static func repaired(_ code: UInt32) -> UInt32 {
        switch code {
        case 0, 0xD800...0xDFFF, 0x11_0000...: 0xFFFD
        case 0x80...0x9F: windows1252[Int(code - 0x80)]
        default: code
        }
    }

    private static let windows1252: [UInt32] = [
        0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039,
        0x0152, 0x8D, 0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
        0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
    ]

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || byte >= 0x30 && byte <= 0x39
    }
}
