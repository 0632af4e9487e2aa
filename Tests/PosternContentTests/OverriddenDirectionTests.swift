import Testing

@testable import PosternContent

@Suite struct OverriddenDirectionTests {
    private static let controls: [Character] = ["\u{202D}", "\u{202E}", "\u{202C}"]

    /// Text under overrides as UAX #9 has it (X1 to X8, L2), level after level.
    private static func seen(_ text: String) -> String {
        var levels = [0]
        var overflow = 0
        var line: [(text: Character, level: Int)] = []
        for character in text {
            switch character {
            case "\u{202D}", "\u{202E}":
                let level = levels[levels.count - 1]
                let next = character == "\u{202E}" ? (level + 1) | 1 : (level + 2) & ~1
                if overflow == 0, next <= 125 { levels.append(next) } else { overflow += 1 }
            case "\u{202C}":
                if overflow > 0 {
                    overflow -= 1
                } else if levels.count > 1 {
                    levels.removeLast()
                }
            default: line.append((character, levels[levels.count - 1]))
            }
        }
        for level in stride(from: line.map(\.level).max() ?? 0, to: 0, by: -1) {
            var start = 0
            while start < line.count {
                var end = start
                while end < line.count, line[end].level >= level { end += 1 }
                line[start..<end].reverse()
                start = end + 1
            }
        }
        return String(line.map(\.text))
    }

    private static func undone(_ text: String) -> String {
        let output = MappedText()
        var text = text
        text.withUTF8 { OverriddenDirection.undo($0, into: output) { _ in true } }
        return String(decoding: output.buffer, as: UTF8.self)
            .filter { !controls.contains($0) }
    }

    @Test func `text under overrides is put in the order of the Unicode algorithm`() {
        var random = Seeded(state: 7)
        for _ in 0..<3_000 {
            // Now and then deeper than there are levels.
            let length = Int.random(
                in: 0...(Bool.random(using: &random) ? 12 : 200), using: &random)
            let ends = Int.random(in: 1...3, using: &random)
            var text = ""
            for _ in 0..<length {
                let place = Int.random(in: 0..<(4 + ends), using: &random)
                text.append(
                    place < 2
                        ? Self.controls[place]
                        : place < 2 + ends ? "\u{202C}" : Self.letter(&random))
            }
            #expect(Self.undone(text) == Self.seen(text), "\(text.unicodeScalars.map(\.value))")
        }
    }

    private static func letter(_ random: inout Seeded) -> Character {
        Character(Unicode.Scalar(UInt8.random(in: 97...122, using: &random)))
    }
}
