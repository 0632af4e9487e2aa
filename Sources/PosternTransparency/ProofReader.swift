enum ProofReader {
    /// The hashes of ranges as RFC 6962 splits a tree, complete or not, read in one go.
    static func hashes<Problem: Error>(
        of ranges: [Range<UInt64>], read: ([NodeAddress]) throws(Problem) -> [MerkleHash]
    ) throws(Problem) -> [MerkleHash]? {
        let parts = ranges.map(NodeAddress.covering)
        let addresses = parts.flatMap { $0 }
        var hashes = try read(addresses)[...]
        guard hashes.count == addresses.count else { return nil }
        return parts.map { part in
            defer { hashes = hashes.dropFirst(part.count) }
            return .joining(hashes.prefix(part.count))
        }
    }
}

extension Range<UInt64> {
    /// Where RFC 6962 splits a tree of at least two leaves.
    var middle: UInt64 { lowerBound + TreeSize.split(upperBound - lowerBound) }
}
