import Crypto

/// One SHA-256 hash of an RFC 6962 Merkle tree: a leaf's, an inner node's or a root.
///
/// The three kinds look alike on purpose, as in every transparency log; what a hash means is said by its
/// ``NodeAddress`` or by the checkpoint it stands in.
public struct MerkleHash: Hashable, Sendable, CustomStringConvertible {
    /// How many bytes a hash has.
    public static let byteCount = 32

    /// The root of the tree without leaves: SHA-256 of nothing (RFC 6962 section 2.1).
    public static let empty = MerkleHash(SHA256.hash(data: [UInt8]()))

    // The 32 bytes in memory order, so that hashes live in arrays without an allocation each.
    private let first: UInt64
    private let second: UInt64
    private let third: UInt64
    private let fourth: UInt64

    /// Takes 32 bytes; any other count is refused.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        let copy = Array(bytes)
        self = copy.withUnsafeBytes { MerkleHash(loading: $0) }
    }

    /// Reads 44 characters of canonical base64, as checkpoints write a root.
    public init?(base64 text: some StringProtocol) {
        guard let bytes = Base64.decode(text) else { return nil }
        self.init(bytes: bytes)
    }

    init(_ digest: SHA256.Digest) {
        self = digest.withUnsafeBytes { MerkleHash(loading: $0) }
    }

    // INVARIANT: every caller passes exactly 32 bytes.
    private init(loading buffer: UnsafeRawBufferPointer) {
        first = buffer.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
        second = buffer.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        third = buffer.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
        fourth = buffer.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
    }

    /// The hash of an entry: SHA-256 of `0x00` and the entry (RFC 6962 section 2.1).
    public static func leaf(_ entry: [UInt8]) -> MerkleHash {
        var hash = SHA256()
        hash.update(data: [0x00])
        hash.update(data: entry)
        return MerkleHash(hash.finalize())
    }

    /// The hash of an inner node: SHA-256 of `0x01` and its children's hashes (RFC 6962 section 2.1).
    public static func node(_ left: MerkleHash, _ right: MerkleHash) -> MerkleHash {
        var hash = SHA256()
        hash.update(data: [0x01])
        withUnsafeBytes(of: left) { hash.update(bufferPointer: $0) }
        withUnsafeBytes(of: right) { hash.update(bufferPointer: $0) }
        return MerkleHash(hash.finalize())
    }

    /// The 32 bytes.
    public var bytes: [UInt8] { withUnsafeBytes(of: self) { Array($0) } }

    /// 44 characters of base64 with padding, as checkpoints and proofs write a hash.
    public var base64: String { Base64.encode(bytes) }

    /// The base64 form.
    public var description: String { base64 }
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
