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
