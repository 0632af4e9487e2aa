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
    func source(of range: Range<Int>) -> Range<Int> {
        let first = piece(at: range.lowerBound)
        let last = piece(at: range.upperBound - 1)
        let lower = first.map { begin(of: range.lowerBound, in: $0) } ?? range.lowerBound
        let upper =
            switch last {
            case .none: range.upperBound
            case .some(let piece) where piece.length == 0:
                Int(piece.source) + range.upperBound - Int(piece.start)
            case .some(let piece): Int(piece.source) + Int(piece.length)
            }
        return lower..<max(lower, upper)
    }

    /// The first source byte of what stands at an offset of the rewritten text.
    func source(at offset: Int) -> Int {
        piece(at: offset).map { begin(of: offset, in: $0) } ?? offset
    }

    private func begin(of offset: Int, in piece: Piece) -> Int {
        piece.length == 0 ? Int(piece.source) + offset - Int(piece.start) : Int(piece.source)
    }

    /// The last run that begins at or before an offset.
    private func piece(at offset: Int) -> Piece? {
        var low = 0
        var high = pieces.count
        while low < high {
            let middle = (low + high) / 2
            if Int(pieces[middle].start) <= offset { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : pieces[low - 1]
    }
}
