import Foundation
import GRDB
import PosternTesting
import Testing

@testable import PosternStorage

@Suite final class GatheredWritesTests {
    private let folder = NSTemporaryDirectory() + "gathered-" + UUID().uuidString
    private var path: String { folder + "/notes.sqlite" }

    init() throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// A database whose log is written through the layer, and what the layer does to it.
    private func open(cachePages: Int = 100) throws -> (DatabaseQueue, CountedCalls) {
        let queue = try DatabaseQueue(path: path)
        let calls = try queue.writeWithoutTransaction { db in
            try db.execute(
                sql: """
                    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;
                    PRAGMA cache_size = \(cachePages);
                    CREATE TABLE IF NOT EXISTS notes(id INTEGER PRIMARY KEY, text BLOB NOT NULL);
                    """)
            let calls = try CountedCalls(.log, of: db.sqliteConnection)
            try GatheredWrites(.log, of: db.sqliteConnection)
            return calls
        }
        return (queue, calls)
    }

    private func insert(_ count: Int, into queue: DatabaseQueue) throws {
        try queue.write { db in
            for _ in 0..<count {
                try db.execute(sql: "INSERT INTO notes(text) VALUES(zeroblob(3000))")
            }
        }
    }

    private func count(_ queue: DatabaseQueue) throws -> Int? {
        try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM notes") }
    }

    @Test func `a commit is one write and one sync, and others see it then`() throws {
        let (queue, calls) = try open()
        calls.forget()
        try insert(20, into: queue)
        #expect(calls.writes == 1)
        #expect(calls.syncs == 1)
        let other = try DatabaseQueue(path: path)
        #expect(try count(other) == 20)
        // Sixty frames are more than SQLite writes in one call.
        try insert(60, into: queue)
        #expect(calls.writes < 5)
        #expect(calls.syncs == 2)
        #expect(try count(other) == 80)
        try other.close()
        try queue.close()
    }

    @Test(arguments: [ResultCode.SQLITE_FULL, .SQLITE_IOERR_WRITE])
    func `a commit whose frames cannot be written fails, and has not happened`(
        _ code: ResultCode
    ) throws {
        let (queue, calls) = try open()
        try insert(5, into: queue)
        calls.failsToWrite = code
        let fault = #expect(throws: DatabaseError.self) { try insert(5, into: queue) }
        #expect(fault?.extendedResultCode == code)
        calls.failsToWrite = nil
        #expect(try count(queue) == 5)
        try insert(1, into: queue)
        let other = try DatabaseQueue(path: path)
        #expect(try count(other) == 6)
        try other.close()
        try queue.close()
    }

    @Test(arguments: [5, 60, 500])
    func `a commit whose sync fails fails, and nobody sees it, nor in what lies on the disk`(
        _ notes: Int
    ) throws {
        let (queue, calls) = try open()
        try insert(5, into: queue)
        calls.failsToSync = .SQLITE_IOERR_FSYNC
        _ = #expect(throws: DatabaseError.self) { try insert(notes, into: queue) }
        let other = try DatabaseQueue(path: path)
        #expect(try count(other) == 5)
        try other.close()
        // The files as a process leaves them that is killed now.
        for ending in ["", "-wal"] {
            try FileManager.default.copyItem(
                atPath: path + ending, toPath: folder + "/copy" + ending)
        }
        let found = try DatabaseQueue(path: folder + "/copy")
        #expect(try count(found) == 5)
        try found.close()
        calls.failsToSync = nil
        try insert(1, into: queue)
        #expect(try count(queue) == 6)
        try queue.close()
    }

    /// What spills from a small cache is read again, overwritten, rolled back and copied before it is synced.
    @Test(arguments: 0..<8)
    func `whatever is done to a database, it holds what it would without the layer`(
        _ seed: UInt64
    ) throws {
        var chance = Seeded(seed: seed)
        var (queue, _) = try open(cachePages: 10)
        var expected: [Int64: Data] = [:]
        for _ in 0..<60 {
            var next = expected
            let isKept = Int.random(in: 0..<4, using: &chance) > 0
            try queue.writeWithoutTransaction { db in
                try db.execute(sql: "BEGIN IMMEDIATE")
                for _ in 0..<Int.random(in: 1..<80, using: &chance) {
                    let id = Int64.random(in: 0..<200, using: &chance)
                    if Int.random(in: 0..<5, using: &chance) == 0 {
                        try db.execute(sql: "DELETE FROM notes WHERE id = ?", arguments: [id])
                        next[id] = nil
                    } else {
                        let text = Data(
                            repeating: .random(in: 0...255, using: &chance),
                            count: .random(in: 0..<9000, using: &chance))
                        try db.execute(
                            sql: "INSERT OR REPLACE INTO notes VALUES(?, ?)", arguments: [id, text])
                        next[id] = text
                    }
                }
                try db.execute(sql: isKept ? "COMMIT" : "ROLLBACK")
            }
            if isKept { expected = next }
            switch Int.random(in: 0..<8, using: &chance) {
            case 0:
                let mode = Bool.random(using: &chance) ? "PASSIVE" : "TRUNCATE"
                try queue.writeWithoutTransaction {
                    try $0.execute(sql: "PRAGMA wal_checkpoint(\(mode))")
                }
            case 1:
                try queue.close()
                (queue, _) = try open(cachePages: 10)
            default: break
            }
            let other = try DatabaseQueue(path: path)
            let found = try other.read { db in
                #expect(try String.fetchOne(db, sql: "PRAGMA integrity_check") == "ok")
                return try Row.fetchAll(db, sql: "SELECT id, text FROM notes")
            }
            #expect(found.map { $0[0] as Int64 } == expected.keys.sorted())
            #expect(found.allSatisfy { $0[1] as Data == expected[$0[0]] })
            try other.close()
        }
        try queue.close()
    }
}
