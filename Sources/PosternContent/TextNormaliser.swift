import CFold

/// Rewrites text into the one form in which words are compared, keeping the way back to every byte.
///
/// The form is NFKC_Casefold (Unicode Standard, definition D147: NFKC, full case folding,
/// default-ignorable code points removed), then: control characters dropped, white space of any
/// kind and length made one space.
///
/// Time is linear in the text. A run of characters that interact (a letter and its marks) is handed
/// to ICU whole, but at most ``longestRun`` of them at once: canonical reordering is quadratic in a
/// run, and a body of nothing but marks would buy seconds. Unicode's own bound for honest text is
/// 30 (UAX #15, stream-safe format).
struct TextNormaliser: Sendable {
    /// How many interacting code points are normalised together.
    static let longestRun = 64

    /// What in a text makes for another look at it.
    struct Signs: OptionSet {
        let rawValue: UInt8
        /// Characters that could disguise others (see ``LookAlikes``).
        static let disguise = Self(rawValue: 1 << 0)
        /// Text from right to left, whatever its letters (see ``OverriddenDirection``).
        static let override = Self(rawValue: 1 << 1)
        /// Characters at which a word ends as it is written, and not in the normal form: `banned™` becomes "bannedtm".
        static let wordEnd = Self(rawValue: 1 << 2)
    }

    let table = UnicodeTable.shared

    /// Appends the normal form of a text.
    ///
    /// - Parameters:
    ///   - text: Well-formed UTF-8.
    ///   - base: Added to every source offset in the map.
    ///   - keepingWordEnds: Whether the characters behind ``Signs/wordEnd`` stay as they are written.
    ///   - output: Takes the normal form, after what it holds already.
    /// - Returns: What there is to look for besides.
    func normalise(
        _ text: UnsafeBufferPointer<UInt8>, base: Int = 0, keepingWordEnds: Bool = false,
        into output: MappedText
    ) -> Signs {
        guard let bytes = text.baseAddress else { return [] }
        let count = text.count
        // INVARIANT: at every step there is room for the rest of the text, byte for byte, and 16
        // more, so only characters that grow need to ask.
        output.reserve(count + 16)
        var afterSpace = false
        var signs: Signs = []
        var index = 0
        var run: [UInt16] = []
        while index < count {
            let plain = cfold_ascii(
                bytes + index, count - index, output.bytes + output.count, &afterSpace)
            if plain > 0 {
                output.map.copy(at: output.count, from: base + index)
                output.count += plain
                index += plain
            }
            guard index < count else { break }
            if text[index] < 0x80, index + 1 == count || text[index + 1] < 0x80 {
                // A control, which is dropped, or one white space too many, which is too.
                index += 1
                continue
            }
            repeat {
                index = step(
                    text, index, base, keepingWordEnds, &run, &afterSpace, &signs, into: output)
            } while index < count && text[index] >= 0x80
        }
        return signs
    }

    /// Appends the character at `index` with all that interacts with it, and returns where the next
    /// begins.
    private func step(
        _ text: UnsafeBufferPointer<UInt8>, _ index: Int, _ base: Int, _ keepsWordEnds: Bool,
        _ run: inout [UInt16], _ afterSpace: inout Bool, _ signs: inout Signs,
        into output: MappedText
    ) -> Int {
        let first = DecodedScalar(text, at: index)
        let entry = table[first.value]
        if entry.has(UnicodeTable.Entry.removed) {
            if first.value == OverriddenDirection.rightToLeft { signs.insert(.override) }
            return index + first.length
        }
        if entry.has(UnicodeTable.Entry.joinsNormalised) {
            if keepsWordEnds {
                output.map.copy(at: output.count, from: base + index)
                output.append(scalar: first.value)
                afterSpace = false
                return index + first.length
            }
            signs.insert(.wordEnd)
        }
        var end = index + first.length
        var next = end
        var length = 1
        run.removeAll(keepingCapacity: true)
        while next < text.count {
            let scalar = DecodedScalar(text, at: next)
            let following = table[scalar.value]
            if following.has(UnicodeTable.Entry.removed) {
                if scalar.value == OverriddenDirection.rightToLeft { signs.insert(.override) }
                next += scalar.length
                continue
            }
            if following.has(UnicodeTable.Entry.boundaryBefore) || length == Self.longestRun {
                break
            }
            if length == 1 { Self.append(first.value, to: &run) }
            Self.append(scalar.value, to: &run)
            length += 1
            next += scalar.length
            end = next
        }
        var writer = Writer(
            output: output, source: base + index, length: end - index, afterSpace: afterSpace,
            table: table)
        if length == 1, first.value < 0x1_0000 {
            if entry.has(UnicodeTable.Entry.whiteSpace) {
                writer.append(0x20)
            } else if entry.has(UnicodeTable.Entry.sequence) {
                let sequence = table.sequence(of: first.value, entry)
                output.reserve(text.count - index + 16 + sequence.count * 4)
                for scalar in sequence { writer.append(scalar) }
            } else {
                // A folded letter may be longer than its source (U+023A grows from two bytes to
                // three).
                output.reserve(text.count - index + 16)
                writer.append(entry.value)
            }
        } else {
            if length == 1 { Self.append(first.value, to: &run) }
            table.normalise(run) { units in
                // Three bytes at most for each unit of UTF-16.
                output.reserve(text.count - index + 16 + units.count * 3)
                var at = 0
                while at < units.count {
                    var scalar = UInt32(units[at])
                    at += 1
                    if scalar & 0xFC00 == 0xD800, at < units.count {
                        scalar = 0x1_0000 + (scalar & 0x3FF) << 10 | UInt32(units[at] & 0x3FF)
                        at += 1
                    }
                    writer.append(scalar)
                }
            }
        }
        writer.finish()
        afterSpace = writer.afterSpace
        if writer.suspicious { signs.insert(.disguise) }
        output.reserve(text.count - next + 16)
        return next
    }

    private static func append(_ scalar: UInt32, to run: inout [UInt16]) {
        if scalar < 0x1_0000 {
            run.append(UInt16(truncatingIfNeeded: scalar))
        } else {
            run.append(UInt16(truncatingIfNeeded: 0xD7C0 + scalar >> 10))
            run.append(UInt16(truncatingIfNeeded: 0xDC00 | scalar & 0x3FF))
        }
    }

    /// Writes the normalised characters of one source range.
    private struct Writer {
        let output: MappedText
        let source: Int
        let length: Int
        var afterSpace: Bool
        let table: UnicodeTable
        var suspicious = false
        private let start: Int
        private var written = 0

        init(output: MappedText, source: Int, length: Int, afterSpace: Bool, table: UnicodeTable) {
            self.output = output
            self.source = source
            self.length = length
            self.afterSpace = afterSpace
            self.table = table
            start = output.count
        }

        @inline(__always)
        mutating func append(_ scalar: UInt32) {
            if scalar < 0x80 {
                if scalar == 0x20, afterSpace { return }
                afterSpace = scalar == 0x20
            } else {
                afterSpace = false
                suspicious = suspicious || table.isSuspicious(scalar)
            }
            written += 1
            output.append(scalar: scalar)
        }

        @inline(__always)
        func finish() {
            if written == 1, output.count - start == length {
                output.map.copy(at: start, from: source)
            } else if written > 0 {
                output.map.block(at: start, from: source, length: length)
            }
        }
    }
}
