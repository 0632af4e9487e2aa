import GRDB
import Testing

@testable import PosternStorage

@Suite struct PiecewiseSyncTests {
    @Test func `a log is synced piece by piece as it is copied, and a piece that fails ends that`()
        async throws
    {
        let bench = try await Workbench()
        for _ in 0..<500 { try await bench.store.record(bench.entry()) }
        let queue = try DatabaseQueue(path: bench.file)
        try await queue.writeWithoutTransaction { db in
            let calls = try CountedCalls(.database, of: db.sqliteConnection)
            try PiecewiseSync(.database, of: db.sqliteConnection)
            func copy() throws -> (frames: Int, copied: Int) {
                let row = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(PASSIVE)")
                return try (#require(row?[1]), #require(row?[2]))
            }
            calls.failsToSync = .SQLITE_IOERR_FSYNC
            let fault = #expect(throws: DatabaseError.self) { try copy() }
            #expect(fault?.extendedResultCode == .SQLITE_IOERR_FSYNC)
            #expect(calls.writes == 32)
            #expect(calls.syncs == 1)
            calls.failsToSync = nil
            calls.forget()
            let (frames, copied) = try copy()
            #expect(frames == copied)
            #expect(calls.writes > 64)
            // SQLite's own comes at the end.
            #expect(calls.syncs == calls.writes / 32 + 1)
        }
        try queue.close()
        await bench.store.close()
    }

    @Test func `no layer stands before a file that is not open`() throws {
        try DatabaseQueue().writeWithoutTransaction { db in
            for kind in [FileLayer.Kind.database, .log] {
                _ = #expect(throws: DatabaseError.self) {
                    try PiecewiseSync(kind, of: db.sqliteConnection)
                }
            }
        }
    }
}
