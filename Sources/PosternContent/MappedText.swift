import CFold

/// Bytes of UTF-8 made from another text, with the way back; its memory is reused from scan to
/// scan.
final class MappedText {
    /// The bytes made so far are the first ``count`` of these.
    private(set) var bytes: UnsafeMutablePointer<UInt8>
    /// How many bytes there are.
    var count = 0
    /// The way back to the text these bytes were made from.
    var map = OffsetMap()
    /// How many bytes fit before more memory is needed.
    private(set) var capacity: Int

    init(capacity: Int = 8192) {
        self.capacity = capacity
        bytes = .allocate(capacity: capacity)
    }

    deinit { bytes.deallocate() }

    /// What there is, valid until the next change.
    var buffer: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: bytes, count: count) }

    /// Forgets the text, keeping the memory.
    func removeAll() {
        count = 0
        map.removeAll()
    }

    /// Becomes the normal form of a text of nothing but printable ASCII and white space, without the way back:
    /// the map is of no use until all is removed.
    ///
    /// - Returns: False for any other text; this one is then of no use.
    func squeeze(_ source: UnsafeBufferPointer<UInt8>) -> Bool {
        count = 0
        // Whole blocks of 64 bytes are written.
        reserve(source.count + 64)
        let written = cfold_squeeze(source.baseAddress, source.count, bytes)
        guard written >= 0 else { return false }
        count = written
        return true
    }

    /// Makes room for this many more bytes.
    @inline(__always)
    func reserve(_ extra: Int) {
        if capacity - count < extra { grow(extra) }
    }

    private func grow(_ extra: Int) {
        let larger = max(capacity * 2, count + extra)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        moved.update(from: bytes, count: count)
        bytes.deallocate()
        bytes = moved
        capacity = larger
    }

    /// Adds a byte; room for it must have been reserved.
    @inline(__always)
    func append(_ byte: UInt8) {
        bytes[count] = byte
        count += 1
    }

    /// Adds a code point in UTF-8; room for four bytes must have been reserved.
    @inline(__always)
    func append(scalar: UInt32) {
        if scalar < 0x80 {
            append(UInt8(truncatingIfNeeded: scalar))
        } else if scalar < 0x800 {
            append(UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6))
            append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
        } else if scalar < 0x1_0000 {
            append(UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12))
            append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F))
            append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
        } else {
            append(UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18))
            append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 12 & 0x3F))
            append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F))
            append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
        }
    }

    /// Adds a copy of part of a text, mapped byte for byte.
    func append(copyOf source: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
        guard !range.isEmpty, let base = source.baseAddress else { return }
        reserve(range.count)
        map.copy(at: count, from: range.lowerBound)
        bytes.advanced(by: count).update(from: base + range.lowerBound, count: range.count)
        count += range.count
    }
}

/// One code point and how many bytes of UTF-8 it takes.
struct DecodedScalar {
    let value: UInt32
    let length: Int

    /// Decodes what begins at `index`.
    ///
    /// Texts come from Swift strings, so they are well formed; a sequence cut short would still be
    /// read as U+FFFD of one byte and never past the end.
    @inline(__always)
    init(_ text: UnsafeBufferPointer<UInt8>, at index: Int) {
        let lead = UInt32(text[index])
        let length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        guard index + length <= text.count, lead < 0x80 || lead >= 0xC2 else {
            (value, self.length) = (0xFFFD, 1)
            return
        }
        self.length = length
        switch length {
        case 1: value = lead
        case 2: value = (lead & 0x1F) << 6 | UInt32(text[index + 1] & 0x3F)
        case 3:
            value =
                (lead & 0x0F) << 12 | UInt32(text[index + 1] & 0x3F) << 6
                | UInt32(text[index + 2] & 0x3F)
        default:
            value =
                (lead & 0x07) << 18 | UInt32(text[index + 1] & 0x3F) << 12
                | UInt32(text[index + 2] & 0x3F) << 6 | UInt32(text[index + 3] & 0x3F)
        }
    }

    /// Decodes what ends just before `index`, which must be above 0.
    init(_ text: UnsafeBufferPointer<UInt8>, before index: Int) {
        var start = index - 1
        while start > 0, index - start < 4, text[start] & 0xC0 == 0x80 { start -= 1 }
        self.init(text, at: start)
    }
}
