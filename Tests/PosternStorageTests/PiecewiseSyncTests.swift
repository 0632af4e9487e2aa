import GRDB
import GRDBSQLite
import Synchronization
import Testing

@testable import PosternStorage

@Suite struct PiecewiseSyncTests {
    /// What SQLite asks of one database's file.
    private enum Calls {
        static let writes = Atomic(0)
        static let syncs = Atomic(0)
        static let failsToSync = Atomic(false)
        /// SQLite's own functions.
        ///
        /// A function of C holds nothing, so they are kept here; the one test that uses them sets them once.
        nonisolated(unsafe) static var own = sqlite3_io_methods()

        /// Counts what is asked from now on.
        static func watch(_ connection: OpaquePointer?) throws {
            var opened: UnsafeMutablePointer<sqlite3_file>?
            sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &opened)
            let file = try #require(opened)
            own = file.pointee.pMethods.pointee
            // Kept until the process ends.
            let functions = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
            functions.initialize(to: own)
            functions.pointee.xWrite = { file, bytes, count, offset in
                Calls.writes.add(1, ordering: .relaxed)
                return Calls.own.xWrite(file, bytes, count, offset)
            }
            functions.pointee.xSync = { file, flags in
                Calls.syncs.add(1, ordering: .relaxed)
                if Calls.failsToSync.load(ordering: .relaxed) {
                    return ResultCode.SQLITE_IOERR_FSYNC.rawValue
                }
                return Calls.own.xSync(file, flags)
            }
            file.pointee.pMethods = UnsafePointer(functions)
        }

        static func take() -> (writes: Int, syncs: Int) {
            (
                writes.exchange(0, ordering: .relaxed), syncs.exchange(0, ordering: .relaxed)
            )
        }
    }

    @Test func `a log is synced piece by piece as it is copied, and a piece that fails ends that`()
        async throws
    {
        let bench = try await Workbench()
        for _ in 0..<500 { try await bench.store.record(bench.entry()) }
        let queue = try DatabaseQueue(path: bench.file)
        try await queue.writeWithoutTransaction { db in
            try Calls.watch(db.sqliteConnection)
            try PiecewiseSync.begin(on: db.sqliteConnection)
            func copy() throws -> (frames: Int, copied: Int) {
                let row = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(PASSIVE)")
                return try (#require(row?[1]), #require(row?[2]))
            }
            Calls.failsToSync.store(true, ordering: .relaxed)
            let fault = #expect(throws: DatabaseError.self) { try copy() }
            #expect(fault?.extendedResultCode == .SQLITE_IOERR_FSYNC)
            #expect(Calls.take() == (32, 1))
            Calls.failsToSync.store(false, ordering: .relaxed)
            let (frames, copied) = try copy()
            #expect(frames == copied)
            let (writes, syncs) = Calls.take()
            #expect(writes > 64)
            // SQLite's own comes at the end.
            #expect(syncs == writes / 32 + 1)
        }
        try queue.close()
        await bench.store.close()
    }

    @Test func `there is nothing to sync without a file`() throws {
        try DatabaseQueue().writeWithoutTransaction { db in
            _ = #expect(throws: DatabaseError.self) {
                try PiecewiseSync.begin(on: db.sqliteConnection)
            }
        }
    }
}
