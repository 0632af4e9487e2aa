/// What the `style` attribute of an element says of its being seen, as far as it can be told from there.
///
/// Declarations are read as CSS reads them: comments and escapes are undone, values that do not exist are passed over, and
/// of several the last counts, or the last important one.
struct InlineStyle {
    /// How the element is laid out: nil where nothing is said.
    enum Layout { case none, inline, block }

    private(set) var layout: Layout?
    /// Its text is there and cannot be read.
    private(set) var isUnreadable = false
    /// It stands beside the line it is in.
    private(set) var isApart = false
    /// Its letters run in one direction, whatever they are.
    private(set) var overridesDirection = false
    /// From right to left; nil where nothing is said.
    private(set) var isRightToLeft: Bool?

    /// Nothing is said.
    init() {}

    init(_ style: some Sequence<UInt8>) {
        var parser = Parser(style)
        parser.readAll()
        let values = parser.values
        layout = values["display"].map { value in
            if value == "none" { return .none }
            return value.hasPrefix("inline") || value == "contents" ? .inline : .block
        }
        isUnreadable =
            ["hidden", "collapse"].contains(values["visibility"]) || values["mso-hide"] == "all"
            || ["font-size", "opacity"].contains {
                values[$0].flatMap(Self.share).map { $0 < 0.1 } ?? false
            }
        isApart =
            ["left", "right", "inline-start", "inline-end"].contains(values["float"])
            || ["absolute", "fixed"].contains(values["position"])
        overridesDirection =
            ["bidi-override", "isolate-override"].contains(values["unicode-bidi"])
        isRightToLeft = values["direction"].flatMap {
            $0 == "rtl" ? true : $0 == "ltr" ? false : nil
        }
    }

    /// A size or an opacity as a share of the usual one; nil for what is neither.
    fileprivate static func share(_ value: String) -> Double? {
        let digits = value.prefix {
            $0.isASCII && ($0.isNumber || $0 == "." || $0 == "+" || $0 == "-")
        }
        guard let number = Double(digits.hasPrefix(".") ? "0" + digits : String(digits)) else {
            return nil
        }
        switch value[digits.endIndex...] {
        case "px", "pt": return number / 16
        case "%": return number / 100
        case let unit where unit.allSatisfy(\.isLetter): return number
        default: return nil
        }
    }
}

/// Reads declarations.
private struct Parser {
    private let bytes: [UInt8]
    private var index = 0
    private var name: [UInt8] = []
    private var value: [UInt8] = []
    private var isInValue = false
    private var important: Set<String> = []
    /// The values that count, by the names of their properties.
    private(set) var values: [String: String] = [:]

    init(_ style: some Sequence<UInt8>) { bytes = Array(style) }

    mutating func readAll() {
        // Nothing ends a declaration between brackets or quotes.
        var depth = 0
        var quote: UInt8 = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\\"): add(escaped())
            case quote where quote != 0: quote = 0
            case _ where quote != 0: break
            case UInt8(ascii: "/") where index < bytes.count && bytes[index] == UInt8(ascii: "*"):
                skipComment()
                add(UInt8(ascii: " "))
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                quote = byte
                add(byte)
            case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                add(byte)
            case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth = max(0, depth - 1)
                add(byte)
            case UInt8(ascii: ";") where depth == 0: finish()
            case UInt8(ascii: ":") where depth == 0 && !isInValue: isInValue = true
            case 0x09...0x0D: add(UInt8(ascii: " "))
            default: add((0x41...0x5A).contains(byte) ? byte | 0x20 : byte)
            }
        }
        finish()
    }

    private mutating func add(_ byte: UInt8) {
        if isInValue { value.append(byte) } else { name.append(byte) }
    }

    private mutating func skipComment() {
        index += 1
        while index < bytes.count {
            index += 1
            if bytes[index - 1] == UInt8(ascii: "*"), index < bytes.count,
                bytes[index] == UInt8(ascii: "/")
            {
                index += 1
                return
            }
        }
    }

    /// What an escape stands for: a letter or digit, or something that is no part of any name known here.
    private mutating func escaped() -> UInt8 {
        var code: UInt32 = 0
        let first = index
        while index < bytes.count, index - first < 6,
            let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue
        {
            code = code << 4 | UInt32(digit)
            index += 1
        }
        if index > first {
            if index < bytes.count, bytes[index] == 0x20 || (0x09...0x0D).contains(bytes[index]) {
                index += 1
            }
        } else if index < bytes.count {
            code = UInt32(bytes[index])
            index += 1
        }
        let isPlain =
            code == 0x2D || (0x30...0x39).contains(code) || (0x41...0x5A).contains(code & ~0x20)
        guard isPlain else { return UInt8(ascii: "?") }
        return UInt8(truncatingIfNeeded: (0x41...0x5A).contains(code) ? code | 0x20 : code)
    }

    private mutating func finish() {
        defer {
            name.removeAll(keepingCapacity: true)
            value.removeAll(keepingCapacity: true)
            isInValue = false
        }
        let property = Self.trimmed(name[...])
        guard let words = Self.words[property] else { return }
        var text = Self.trimmed(value[...])
        var isImportant = false
        if text.hasSuffix("important") {
            let rest = Self.trimmed(Array(text.utf8).dropLast("important".utf8.count))
            isImportant = rest.hasSuffix("!")
            if isImportant { text = Self.trimmed(Array(rest.utf8).dropLast()) }
        }
        guard
            words.contains(text) || Self.everywhere.contains(text) || InlineStyle.share(text) != nil
        else { return }
        if isImportant { important.insert(property) }
        if isImportant || !important.contains(property) { values[property] = text }
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
        let rest = bytes.drop { $0 == 0x20 }
        let end = rest.lastIndex { $0 != 0x20 }.map { $0 + 1 } ?? rest.startIndex
        return String(decoding: rest[..<end], as: UTF8.self)
    }

    /// What may be said of any property.
    private static let everywhere = set("inherit initial revert revert-layer unset")

    /// The words that may be said of each property; numbers aside.
    private static let words: [String: Set<String>] = [
        "display": set(
            """
            block contents flex flow-root grid inline inline-block inline-flex inline-grid inline-table list-item none table
            table-caption table-cell table-column table-row table-row-group
            """),
        "visibility": set("collapse hidden visible"),
        "font-size": set(
            "large larger medium small smaller x-large x-small xx-large xx-small xxx-large"),
        "opacity": [],
        "mso-hide": set("all none"),
        "float": set("inline-end inline-start left none right"),
        "position": set("absolute fixed relative static sticky"),
        "direction": set("ltr rtl"),
        "unicode-bidi": set("bidi-override embed isolate isolate-override normal plaintext"),
    ]

    private static func set(_ words: String) -> Set<String> {
        Set(words.split(whereSeparator: \.isWhitespace).map(String.init))
    }
}
