/// Arithmetic on tree sizes, shared by proofs, tiles and checkpoints.
public enum TreeSize {
    /// The most leaves a tree may have: 2⁶³ − 1, what other implementations' signed integers hold.
    public static let limit = UInt64(Int64.max)

    /// Reads an ASCII decimal without sign or leading zeroes, at most ``limit``.
    ///
    /// - Returns: nil for any other spelling, so that a number has one text only.
    public static func parse(_ text: some StringProtocol) -> UInt64? {
        let digits = text.utf8
        guard (1...19).contains(digits.count),
            digits.first != UInt8(ascii: "0") || digits.count == 1
        else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + UInt64(digit - UInt8(ascii: "0"))  // 19 digits fit 64 bits
        }
        return value <= limit ? value : nil
    }

    /// The largest power of two below a size of at least 2: where RFC 6962 splits a tree.
    static func split(_ count: UInt64) -> UInt64 { 1 << (63 - (count - 1).leadingZeroBitCount) }
}

/// Where a complete subtree's hash stands in the tree.
public struct NodeAddress: Hashable, Sendable, CustomStringConvertible {
    /// Height above the leaves, which are on level 0.
    ///
    /// The node covers 2^level leaves; no complete one is higher than 62.
    public let level: Int
    /// Position within the level, from the left.
    public let index: UInt64

    /// The one past the last leaf that the node covers.
    public var end: UInt64 { (index + 1) << UInt64(level) }

    /// Checks that a tree within ``TreeSize/limit`` can have the node.
    public init?(level: Int, index: UInt64) {
        guard (0...62).contains(level), index < TreeSize.limit >> UInt64(level) else { return nil }
        self.init(unchecked: level, index)
    }

    init(unchecked level: Int, _ index: UInt64) {
        self.level = level
        self.index = index
    }

    /// Level and index, for messages.
    public var description: String { "node \(level)/\(index)" }

    /// The complete subtrees that make up `range`, left to right.
    ///
    /// INVARIANT: the range comes from splitting a tree as RFC 6962 does, which aligns its start with its
    /// largest subtree; any range that starts at 0 is one.
    static func covering(_ range: Range<UInt64>) -> [NodeAddress] {
        var nodes: [NodeAddress] = []
        var start = range.lowerBound
        while start < range.upperBound {
            let level = 63 - (range.upperBound - start).leadingZeroBitCount
            nodes.append(NodeAddress(unchecked: level, start >> UInt64(level)))
            start += 1 << UInt64(level)
        }
        return nodes
    }
}

extension MerkleHash {
    /// Joins the hashes of neighbouring complete subtrees, largest first, into their common root.
    static func joining(_ subtrees: some BidirectionalCollection<MerkleHash>) -> MerkleHash {
        guard var hash = subtrees.last else { return .empty }
        for left in subtrees.dropLast().reversed() { hash = .node(left, hash) }
        return hash
    }

    /// The root over a power of two of neighbouring hashes of one level.
    static func complete(_ hashes: some Sequence<MerkleHash>) -> MerkleHash {
        var row = Array(hashes)
        while row.count > 1 {
            row = stride(from: 0, to: row.count - 1, by: 2).map { .node(row[$0], row[$0 + 1]) }
        }
        return row.first ?? .empty
    }
}
