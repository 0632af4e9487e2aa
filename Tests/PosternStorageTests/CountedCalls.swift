import GRDB
import GRDBSQLite

@testable import PosternStorage

/// Counts what SQLite, or a layer above, asks of a file, and lets it fail.
final class CountedCalls: FileLayer {
    private(set) var writes = 0
    private(set) var syncs = 0
    var failsToSync: ResultCode?
    var failsToWrite: ResultCode?

    func forget() { (writes, syncs) = (0, 0) }

    override func write(
        _ file: File, _ bytes: UnsafeRawPointer, _ count: Int32, _ offset: Int64
    ) -> Int32 {
        writes += 1
        return failsToWrite?.rawValue ?? super.write(file, bytes, count, offset)
    }

    override func sync(_ file: File, _ flags: Int32) -> Int32 {
        syncs += 1
        return failsToSync?.rawValue ?? super.sync(file, flags)
    }
}
