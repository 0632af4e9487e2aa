/// Puts text whose direction is forced into the order in which a reader sees it.
///
/// A right-to-left override (U+202E) makes readers see `2retnuh` as "hunter2". What stands in one is turned round here, with
/// the levels of the Unicode bidirectional algorithm (UAX #9, rules X1 to X8 and L2); text in no override keeps the order in
/// which it is read.
struct OverriddenDirection {
    /// What begins a text from right to left, whatever its letters.
    static let rightToLeft: UInt32 = 0x202E
    /// What begins one from left to right.
    static let leftToRight: UInt32 = 0x202D
    /// What ends either.
    static let end: UInt32 = 0x202C

    /// The deepest level (UAX #9, BD2).
    private static let deepest = 125

    /// Something open: an embedding, an override or an isolate.
    private struct Frame {
        var level = 0
        var isOverride = false
        var isIsolate = false
    }

    /// A character with its marks.
    private struct Cluster {
        let range: Range<Int>
        let level: Int
        /// The place of the one that is seen behind it; -1 where there is none.
        var next = -1
    }

    /// Clusters side by side, none above a level, from the first seen to the last.
    private struct Run {
        let level: Int
        var first = -1
        var last = -1
    }

    private let text: UnsafeBufferPointer<UInt8>
    private let output: MappedText
    private let table = UnicodeTable.shared
    private var frames = [Frame()]
    /// How many were too deep to open, and are still to be ended.
    private var overflow = 0
    private var line: [Cluster] = []

    /// Appends a text as it is seen.
    ///
    /// - Parameters:
    ///   - text: Well-formed UTF-8.
    ///   - output: Takes it, mapped to `text`, each line as long as it is there.
    ///   - isBreak: Whether the line feed at a place ends a line; in HTML others are spaces.
    static func undo(
        _ text: UnsafeBufferPointer<UInt8>, into output: MappedText, isBreak: (Int) -> Bool
    ) {
        var reader = OverriddenDirection(text: text, output: output)
        reader.readAll(isBreak)
    }

    private init(text: UnsafeBufferPointer<UInt8>, output: MappedText) {
        self.text = text
        self.output = output
    }

    private mutating func readAll(_ isBreak: (Int) -> Bool) {
        var index = 0
        while index < text.count {
            let scalar = DecodedScalar(text, at: index)
            let range = index..<index + scalar.length
            index = range.upperBound
            switch scalar.value {
            case 0x0A where isBreak(range.lowerBound), 0x0D where isBreak(range.lowerBound), 0x2029:
                writeLine()
                output.append(copyOf: text, range)
                (frames, overflow) = ([Frame()], 0)
            case 0x2028:
                writeLine()
                output.append(copyOf: text, range)
            case 0x202A, 0x202B, Self.leftToRight, Self.rightToLeft:
                let isRightToLeft = scalar.value == 0x202B || scalar.value == Self.rightToLeft
                open(isRightToLeft, isOverride: scalar.value > Self.end)
                takeUnseen(range)
            case 0x2066, 0x2067, 0x2068:
                take(range)
                open(scalar.value == 0x2067, isIsolate: true)
            case Self.end:
                takeUnseen(range)
                close(isolate: false)
            case 0x2069:
                close(isolate: true)
                take(range)
            // Marks of direction count, though they are not seen.
            case 0x200E, 0x200F, 0x61C: take(range)
            case let code where table[code].has(UnicodeTable.Entry.removed): takeUnseen(range)
            case let code where table[code].has(UnicodeTable.Entry.boundaryBefore): take(range)
            default: takeMark(range)
            }
        }
        writeLine()
    }

    private mutating func open(
        _ isRightToLeft: Bool, isOverride: Bool = false, isIsolate: Bool = false
    ) {
        let level = frames[frames.count - 1].level
        let next = isRightToLeft ? (level + 1) | 1 : (level + 2) & ~1
        guard overflow == 0, next <= Self.deepest else { return overflow += 1 }
        frames.append(Frame(level: next, isOverride: isOverride, isIsolate: isIsolate))
    }

    private mutating func close(isolate: Bool) {
        if overflow > 0 {
            overflow -= 1
        } else if isolate {
            guard let place = frames.lastIndex(where: \.isIsolate) else { return }
            frames.removeSubrange(place...)
        } else if frames.count > 1, !frames[frames.count - 1].isIsolate {
            frames.removeLast()
        }
    }

    private mutating func take(_ range: Range<Int>) {
        let frame = frames[frames.count - 1]
        // What is not overridden is read in its own order.
        let level = frame.isOverride ? frame.level : (frame.level + 1) & ~1
        line.append(Cluster(range: range, level: level))
    }

    /// Takes what lies between no two characters: it is as deep as what stands before it.
    private mutating func takeUnseen(_ range: Range<Int>) {
        guard let last = line.last else { return take(range) }
        line.append(Cluster(range: range, level: last.level))
    }

    private mutating func takeMark(_ range: Range<Int>) {
        guard let last = line.popLast() else { return take(range) }
        line.append(
            Cluster(range: last.range.lowerBound..<range.upperBound, level: last.level))
    }

    /// Writes what has been read of a line in the order in which it is seen.
    ///
    /// Rule L2 reverses the line level by level, the highest first: of each, what is at least that deep. Done so it takes
    /// time for each level. But what is in a run of clusters and deeper runs changes its order once for each level up to
    /// the run's own, so only whether that is odd counts, and each is linked behind or before the others once.
    private mutating func writeLine() {
        // Each deeper than the one before, so there are never more than there are levels.
        var runs = [Run(level: 0)]
        for place in line.indices {
            let level = line[place].level
            while let done = runs.last, done.level > level {
                runs.removeLast()
                // What is as deep as this cluster began with a deeper run.
                if runs[runs.count - 1].level < level { runs.append(Run(level: level)) }
                link(done.first, done.last, to: &runs[runs.count - 1])
            }
            if runs[runs.count - 1].level < level { runs.append(Run(level: level)) }
            link(place, place, to: &runs[runs.count - 1])
        }
        while runs.count > 1 {
            let done = runs.removeLast()
            link(done.first, done.last, to: &runs[runs.count - 1])
        }
        var place = runs[0].first
        while place >= 0 {
            output.append(copyOf: text, line[place].range)
            place = line[place].next
        }
        line.removeAll(keepingCapacity: true)
    }

    /// Takes linked clusters into a run that ends where they begin.
    private mutating func link(_ first: Int, _ last: Int, to run: inout Run) {
        if run.first < 0 {
            (run.first, run.last) = (first, last)
        } else if run.level.isMultiple(of: 2) {
            line[run.last].next = first
            run.last = last
        } else {
            line[last].next = run.first
            run.first = first
        }
    }
}
