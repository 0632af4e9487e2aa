/// Durations as people write them in a policy.
enum DurationText {
    private static let units: [(letter: Character, seconds: Int64)] = [
        ("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1),
    ]

    /// Reads a whole number with one unit: s, m, h, d or w.
    static func read(_ text: String) -> Duration? {
        guard text.utf8.count <= 12, let unit = units.first(where: { $0.letter == text.last }),
            text.dropLast().utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            ),
            let number = Int64(text.dropLast())
        else { return nil }
        let (seconds, overflow) = number.multipliedReportingOverflow(by: unit.seconds)
        guard !overflow, seconds <= 36_500 * 86_400 else { return nil }
        return .seconds(seconds)
    }

    /// Writes the largest unit that leaves no rest.
    static func write(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        let unit = units.dropFirst().first { seconds != 0 && seconds.isMultiple(of: $0.seconds) }
        return unit.map { "\(seconds / $0.seconds)\($0.letter)" } ?? "\(seconds)s"
    }

    /// A duration as a sentence says it: `30 days`.
    static func spoken(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        let names: [(name: String, seconds: Int64)] = [
            ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1),
        ]
        let unit = names.first { seconds != 0 && seconds.isMultiple(of: $0.seconds) }
        let (name, size) = unit.map { ($0.name, $0.seconds) } ?? ("second", 1)
        return Quote.count(Int(seconds / size), name)
    }
}

/// Sizes as people write them in a policy.
enum SizeText {
    private static let units: [(name: String, bytes: Int64)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("", 1),
    ]

    /// Reads a whole number of bytes, or of KiB, MiB, GiB or TiB; at most 1TiB.
    static func read(_ text: String) -> Int64? {
        guard text.utf8.count <= 16 else { return nil }
        let digits = digits(of: text)
        let name = text[digits.endIndex...].utf8
        guard let number = Int64(digits),
            let unit = units.first(where: { $0.name.utf8.elementsEqual(name) })
        else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit.bytes)
        return overflow || bytes > 1 << 40 ? nil : bytes
    }

    /// Writes the largest unit that leaves no rest.
    static func write(_ bytes: Int64) -> String {
        let unit = units.first { bytes != 0 && bytes.isMultiple(of: $0.bytes) }
        return unit.map { "\(bytes / $0.bytes)\($0.name)" } ?? "\(bytes)"
    }

    /// A size whose unit was probably meant: `25MiB` for `25 mb`.
    static func nearest(to text: String) -> String? {
        let digits = digits(of: text)
        let unit = text[digits.endIndex...].drop { $0 == " " }.lowercased()
        guard
            let near = units.map(\.name).first(where: {
                let name = $0.lowercased()
                let letter = name.prefix(1)
                return !name.isEmpty && [name, String(letter), letter + "b"].contains(unit)
            }), let size = read(String(digits) + near), size > 0
        else { return nil }
        return String(digits) + near
    }

    private static func digits(of text: String) -> Substring {
        text.prefix { $0.isASCII && $0.isNumber }
    }
}

/// Small habits of wording.
enum Quote {
    /// A client's or author's text, cut short, in one line and free of control characters.
    static func text(_ text: String) -> String {
        let clean = text.unicodeScalars.prefix(60).map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: "\u{FFFD}"
            default: String(scalar)
            }
        }
        return clean.joined() + (text.unicodeScalars.count > 60 ? "…" : "")
    }

    /// `` `a`, `b` or `c` ``.
    static func list(_ words: [String]) -> String {
        let quoted = words.map { "`\($0)`" }
        guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "nothing" }
        return quoted.dropLast().joined(separator: ", ") + " or " + last
    }

    /// `1 recipient`, `2 recipients`.
    static func count(_ number: Int, _ noun: String, _ several: String? = nil) -> String {
        "\(number) \(number == 1 ? noun : several ?? noun + "s")"
    }
}
