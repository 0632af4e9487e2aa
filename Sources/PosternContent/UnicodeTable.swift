import CICU
import Synchronization

/// What the scanner needs to know of each code point, asked of ICU once.
///
/// Code points of the Basic Multilingual Plane, nearly all that mail is written in, are looked up
/// in arrays, made for 256 of them at a time when the first is met: asking for all takes tens of milliseconds, and
/// most texts need few. The rest are rare enough to ask ICU each time.
///
/// `@unchecked Sendable`: the array of blocks never changes, each place in it is atomic, and what it points to is
/// written before it is published and neither changed nor freed after.
final class UnicodeTable: @unchecked Sendable {
    /// The facts of one code point.
    struct Entry {
        fileprivate(set) var bits: UInt32

        static let boundaryBefore: UInt32 = 1 << 16
        static let removed: UInt32 = 1 << 17
        static let sequence: UInt32 = 1 << 18
        static let whiteSpace: UInt32 = 1 << 19
        static let joins: UInt32 = 1 << 20
        static let mark: UInt32 = 1 << 21
        static let latin: UInt32 = 1 << 22
        static let letter: UInt32 = 1 << 23
        static let katakana: UInt32 = 1 << 24
        static let extends: UInt32 = 1 << 25
        static let joinsNormalised: UInt32 = 1 << 26

        /// What it becomes, or where in its block the sequence it becomes stands.
        var value: UInt32 { bits & 0xFFFF }
        func has(_ flag: UInt32) -> Bool { bits & flag != 0 }
    }

    /// The facts of 256 code points: their entries, their look-alikes, then for each sequence its length and
    /// its code points.
    private typealias Block = UnsafePointer<UInt32>

    /// The one table.
    static let shared = UnicodeTable()

    private let blocks: UnsafeMutablePointer<Atomic<Block?>>

    private static let distantLookAlikes: [UInt32: UInt16] = {
        let finder = LookAlikeFinder()
        var distant: [UInt32: UInt16] = [:]
        for code in LookAlikeFinder.distantRanges.joined() {
            let letters = finder.lookAlikes(of: code)
            if letters != 0 { distant[code] = letters }
        }
        return distant
    }()

    private init() {
        blocks = .allocate(capacity: 256)
        for place in 0..<256 { (blocks + place).initialize(to: Atomic(nil)) }
        // If ICU has no data, a start must fail and not the first message.
        _ = self[0]
    }

    /// The facts of a code point; for one beyond the BMP without its value.
    @inline(__always)
    subscript(code: UInt32) -> Entry {
        code < 0x1_0000
            ? Entry(bits: block(of: code)[Int(code & 0xFF)]) : Self.properties(of: code)
    }

    /// What a code point with a sequence entry becomes.
    func sequence(of code: UInt32, _ entry: Entry) -> UnsafeBufferPointer<UInt32> {
        let start = block(of: code) + 512 + Int(entry.value)
        return UnsafeBufferPointer(start: start + 1, count: Int(start.pointee))
    }

    @inline(__always)
    private func block(of code: UInt32) -> Block {
        let place = Int(code >> 8)
        return blocks[place].load(ordering: .acquiring) ?? publish(Self.block(place), at: place)
    }

    /// Of two threads that make a block at once, the first to finish is believed.
    private func publish(_ block: Block, at place: Int) -> Block {
        let (isFirst, other) = blocks[place].compareExchange(
            expected: nil, desired: block, ordering: .acquiringAndReleasing)
        guard !isFirst, let other else { return block }
        block.deallocate()
        return other
    }

    private static func block(_ place: Int) -> Block {
        var facts = [UInt32](repeating: 0, count: 512)
        lazy var finder = LookAlikeFinder()
        for (at, code) in (UInt32(place) << 8..<UInt32(place + 1) << 8).enumerated()
        where !(0xD800...0xDFFF).contains(code) {
            var entry = properties(of: code)
            if !entry.has(Entry.removed) {
                let folded = nfkcCasefold([UInt16(code)])
                switch folded.count {
                case 0: entry.bits |= Entry.removed
                case 1 where folded[0] < 0x1_0000: entry.bits |= folded[0]
                default:
                    entry.bits |= Entry.sequence | UInt32(facts.count - 512)
                    facts.append(UInt32(folded.count))
                    facts += folded
                }
            }
            facts[at] = entry.bits
            if code >= 0x80, entry.has(Entry.letter) {
                facts[256 + at] = UInt32(finder.lookAlikes(of: code))
            }
        }
        let block = UnsafeMutablePointer<UInt32>.allocate(capacity: facts.count)
        block.initialize(from: facts, count: facts.count)
        return Block(block)
    }

    /// Normalises a short run of UTF-16 and shows the result, in UTF-16, to `body`.
    ///
    /// A run ICU cannot take (it reports no such case) stays as it is.
    func normalise(_ run: [UInt16], _ body: (UnsafeBufferPointer<UInt16>) -> Void) {
        Self.normalise(run, body)
    }

    /// The ASCII letter a code point passes for at a glance, and the one it stands for when the
    /// word is known to be disguised; 0 where there is none.
    @inline(__always)
    func lookAlike(_ code: UInt32) -> (exact: UInt8, loose: UInt8) {
        let both =
            code < 0x1_0000
            ? UInt16(truncatingIfNeeded: block(of: code)[256 + Int(code & 0xFF)])
            : Self.distantLookAlikes[code] ?? 0
        return (UInt8(truncatingIfNeeded: both), UInt8(truncatingIfNeeded: both >> 8))
    }

    /// Whether one code point is the capital of the other.
    func isCapital(_ capital: UInt32, of small: UInt32) -> Bool {
        cicu_to_lower(capital) == small
    }

    /// Whether a text with this normalised character deserves a look by ``LookAlikes``.
    @inline(__always)
    func isSuspicious(_ code: UInt32) -> Bool {
        lookAlike(code).exact != 0 || self[code].has(Entry.mark)
    }

    private static func properties(of code: UInt32) -> Entry {
        var failed = false
        let facts = cicu_properties(code, &failed)
        precondition(
            !failed, "ICU has no NFKC_Casefold data: libicu is installed without its data library.")
        var bits: UInt32 = 0
        func carry(_ fact: Int, _ flag: UInt32) {
            if facts & UInt32(fact) != 0 { bits |= flag }
        }
        carry(CICU_BOUNDARY_BEFORE, Entry.boundaryBefore)
        carry(CICU_JOINS_WORDS, Entry.joins)
        carry(CICU_MARK, Entry.mark)
        carry(CICU_LETTER, Entry.letter)
        carry(CICU_LATIN, Entry.latin)
        carry(CICU_KATAKANA, Entry.katakana)
        carry(CICU_EXTENDS, Entry.extends)
        carry(CICU_JOINS_NORMALISED, Entry.joinsNormalised)
        // U+2800 is a blank by design, and readers see it as one.
        if facts & UInt32(CICU_WHITE_SPACE) != 0 || code == 0x2800 {
            bits |= Entry.whiteSpace
        } else if facts & UInt32(CICU_CONTROL) != 0 || (0xFFF9...0xFFFB).contains(code)
            || (0xE0000...0xE0FFF).contains(code)
        {
            // Controls, interlinear annotation, and the plane of tags: nothing a reader sees.
            bits |= Entry.removed
        }
        return Entry(bits: bits)
    }

    private static func normalise(
        _ run: [UInt16], _ body: (UnsafeBufferPointer<UInt16>) -> Void
    ) {
        // 18 is the most that NFKC expands UTF-16 (UAX #15, section 15), and case folding goes
        // before it: 3.
        withUnsafeTemporaryAllocation(of: UInt16.self, capacity: run.count * 54) { space in
            let count = cicu_nfkc_casefold(
                run, Int32(run.count), space.baseAddress, Int32(space.count))
            if count < 0 {
                run.withUnsafeBufferPointer(body)
            } else {
                body(UnsafeBufferPointer(rebasing: UnsafeBufferPointer(space)[..<Int(count)]))
            }
        }
    }

    private static func nfkcCasefold(_ run: [UInt16]) -> [UInt32] {
        var scalars: [UInt32] = []
        normalise(run) {
            scalars = String(decoding: $0, as: UTF16.self).unicodeScalars.map(\.value)
        }
        return scalars
    }
}
