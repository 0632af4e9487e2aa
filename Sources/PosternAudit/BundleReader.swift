/// Reads a bundle's entries one by one from bytes nobody has vouched for.
struct BundleReader {
    /// The most bytes a bundle can have: 256 entries of 65,535 bytes, with their lengths.
    static let largestBundle = 256 * (2 + 65_535)

    private let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    /// The next entry; nil at the end, and where the bytes end within an entry (``position`` stays before it).
    mutating func next() -> ArraySlice<UInt8>? {
        guard bytes.count - position >= 2 else { return nil }
        let length = Int(bytes[position]) * 256 + Int(bytes[position + 1])
        guard bytes.count - position - 2 >= length else { return nil }
        let start = position + 2
        position = start + length
        return bytes[start..<position]
    }
}
