/// A bundle of entries with its bytes: each entry after its length in two bytes, big-endian.
public enum EntryBundle {
    /// The largest entry, in bytes: what a length of two bytes can say.
    public static let largestEntry = 65_535

    /// Writes entries one after another.
    ///
    /// - Returns: nil when an entry is over ``largestEntry``. The count is the caller's: a bundle file grows
    ///   by appending, so the encoding of any run of entries can be joined to that of the run before.
    public static func encode(_ entries: some Collection<[UInt8]>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entries.reduce(0) { $0 + $1.count + 2 })
        for entry in entries {
            guard entry.count <= largestEntry else { return nil }
            bytes.append(UInt8(entry.count >> 8))
            bytes.append(UInt8(entry.count & 0xFF))
            bytes.append(contentsOf: entry)
        }
        return bytes
    }

    /// Reads a bundle's file.
    ///
    /// - Returns: As many entries as the address says, or nil when the bytes hold more, fewer or a part of one.
    public static func decode(_ bytes: [UInt8], at address: BundleAddress) -> [[UInt8]]? {
        var entries: [[UInt8]] = []
        var position = 0
        while position < bytes.count {
            guard entries.count < address.width, bytes.count - position >= 2 else { return nil }
            let length = Int(bytes[position]) << 8 | Int(bytes[position + 1])
            position += 2
            guard bytes.count - position >= length else { return nil }
            entries.append(Array(bytes[position..<position + length]))
            position += length
        }
        return entries.count == address.width ? entries : nil
    }
}
