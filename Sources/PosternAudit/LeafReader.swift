import Foundation
public import PosternPipeline

/// What a leaf turned out to be.
public enum LeafContent: Sendable, Equatable {
    /// An entry this build knows.
    case entry(AuditEntry)
    /// An entry of a later version, which this build cannot read and does not hold against it.
    case newer(version: Int)
    /// No audit entry.
    case malformed
}

/// Reads leaves nobody has vouched for.
public struct LeafReader {
    private struct Version: Decodable { let version: Int }
    private let decoder = JSONDecoder()

    /// Makes a reader; use it for many leaves.
    public init() {}

    /// Reads one leaf; never throws, whatever the bytes.
    public func read(_ leaf: some Sequence<UInt8>) -> LeafContent {
        let data = Data(leaf)
        if let entry = try? decoder.decode(AuditEntry.self, from: data), entry.version == 1 {
            return .entry(entry)
        }
        guard let version = try? decoder.decode(Version.self, from: data).version, version > 1
        else { return .malformed }
        return .newer(version: version)
    }
}
