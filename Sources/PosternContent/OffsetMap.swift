/// Where each byte of a rewritten text came from, kept as runs rather than byte by byte.
///
/// A run is either a copy (byte for byte) or a block (its bytes stand for the whole of a source
/// range, because a character changed its length). Plain ASCII text needs no run at all: what is
/// not covered maps to itself.
struct OffsetMap {
    private struct Piece {
        let start: Int32
        let source: Int32
        /// The source length of a block; 0 marks a copy.
        let length: Int32
    }

    private var pieces: [Piece] = []

    /// Forgets everything, keeping the memory.
    mutating func removeAll() { pieces.removeAll(keepingCapacity: true) }

    /// Says that bytes from `start` on are copies of those from `source` on.
    @inline(__always)
    mutating func copy(at start: Int, from source: Int) {
        if let last = pieces.last {
            if last.length == 0, Int(last.source) - Int(last.start) == source - start { return }
        } else if source == start {
            return
        }
        pieces.append(Piece(start: Int32(start), source: Int32(source), length: 0))
    }

    /// Says that the bytes from `start` on, up to the next run, stand for `length` source bytes.
    mutating func block(at start: Int, from source: Int, length: Int) {
        pieces.append(Piece(start: Int32(start), source: Int32(source), length: Int32(length)))
    }

    /// The source range that a non-empty range of the rewritten text came from.
    ///
    /// Text may have been put into another order: the range reaches over all of it.
    func source(of range: Range<Int>) -> Range<Int> {
        var index = self.index(at: range.lowerBound)
        var source = begin(of: range.lowerBound, in: index)..<end(before: range, index)
        while index + 1 < pieces.count, Int(pieces[index + 1].start) < range.upperBound {
            index += 1
            source =
                min(
                    source.lowerBound, Int(pieces[index].source))..<max(
                    source.upperBound, end(before: range, index))
        }
        return source
    }

    /// The first source byte of what stands at an offset of the rewritten text.
    func source(at offset: Int) -> Int { begin(of: offset, in: index(at: offset)) }

    /// Whether what stands at an offset is no copy of its source.
    func isBlock(at offset: Int) -> Bool {
        let index = index(at: offset)
        return index >= 0 && pieces[index].length > 0
    }

    /// The first source byte of an offset in a run.
    private func begin(of offset: Int, in index: Int) -> Int {
        guard index >= 0 else { return offset }
        let piece = pieces[index]
        return piece.length == 0
            ? Int(piece.source) + offset - Int(piece.start) : Int(piece.source)
    }

    /// Where the source of the part of a range ends that lies in a run.
    private func end(before range: Range<Int>, _ index: Int) -> Int {
        let end =
            index + 1 < pieces.count
            ? min(range.upperBound, Int(pieces[index + 1].start)) : range.upperBound
        guard index >= 0 else { return end }
        let piece = pieces[index]
        return piece.length == 0
            ? Int(piece.source) + end - Int(piece.start) : Int(piece.source) + Int(piece.length)
    }

    /// The place of the last run that begins at or before an offset; -1 where there is none.
    private func index(at offset: Int) -> Int {
        var low = 0
        var high = pieces.count
        while low < high {
            let middle = (low + high) / 2
            if Int(pieces[middle].start) <= offset { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }
}
