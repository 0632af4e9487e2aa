import Foundation
import PosternAudit
import PosternModel
import PosternPipeline
import PosternTransparency
import Synchronization
import Testing

/// A ledger's entries in memory.
final class MemoryEntries: AuditEntrySource {
    private let leaves: Mutex<[[UInt8]]>
    private let broken = Mutex(false)
    private let interruption = Mutex<(@Sendable () -> Void)?>(nil)

    init(_ leaves: [[UInt8]] = []) { self.leaves = Mutex(leaves) }

    func append(_ more: some Sequence<[UInt8]>) { leaves.withLock { $0 += more } }
    func cut(to count: Int) { leaves.withLock { $0 = Array($0.prefix(count)) } }
    func change(_ index: Int, to leaf: [UInt8]) { leaves.withLock { $0[index] = leaf } }
    /// Calls back once, when leaves are read next.
    func onRead(_ interrupt: @escaping @Sendable () -> Void) {
        interruption.withLock { $0 = interrupt }
    }
    func setUnreadable(_ unreadable: Bool) { broken.withLock { $0 = unreadable } }

    func leaves(from index: Int64, limit: Int) throws(Fault) -> [[UInt8]] {
        if broken.withLock({ $0 }) { throw Fault(.storageUnreadable) }
        interruption.withLock { $0.take() }?()
        return leaves.withLock { Array($0.dropFirst(Int(index)).prefix(limit)) }
    }

    func leafCount() throws(Fault) -> Int64 {
        if broken.withLock({ $0 }) { throw Fault(.storageUnreadable) }
        return leaves.withLock { Int64($0.count) }
    }
}

enum Samples {
    static let policy = PolicyDigest(bytes: [UInt8](repeating: 0xAB, count: 32))

    /// Real audit entries' leaves.
    static func leaves(_ range: Range<Int>) throws -> [[UInt8]] {
        let policy = try #require(policy)
        return try range.map { number in
            let entry = AuditEntry(
                kind: .administration, id: .make(at: Instant(milliseconds: Int64(number))),
                at: Instant(milliseconds: Int64(number)),
                policy: policy, note: "number \(number)")
            return try SealedEntry(
                entry, subject: nil, openings: [Opening(field: "account", value: "anna\(number)")]
            ).leaf
        }
    }

    static let pool: [[UInt8]] = (try? leaves(0..<2000)) ?? []

    static let settings = TileLogSettings(folder: "/data/audit", origin: "example.com/postern/test")
}

/// A log on a disk in memory.
struct Bench {
    let disk = MemoryDisk()
    let entries = MemoryEntries()

    func open() throws -> TileLog {
        try TileLog.open(Samples.settings, source: entries, files: disk)
    }

    /// Brings the ledger to a size and takes everything in.
    func grow(_ log: TileLog, to size: Int) throws {
        let present = Int(try entries.leafCount())
        entries.append(Samples.pool[present..<size])
        while try log.integrate() > 0 {}
    }

    var folder: MemoryFolder { MemoryFolder(files: disk.tree("/data/audit")) }
    var checkpoint: [UInt8] { folder.files["checkpoint"] ?? [] }
}
