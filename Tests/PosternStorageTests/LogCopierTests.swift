import Foundation
import GRDB
import PosternModel
import Synchronization
import Testing

@_spi(Testing) @testable import PosternStorage

/// The write-ahead log, copied back beside the writer.
@Suite struct LogCopierTests {
    private static let units = 3000

    @Test(arguments: [false, true])
    func `the log starts anew while the writer goes on, also after the file was opened again`(
        _ isOpenedAgain: Bool
    ) async throws {
        let commits = Interference()
        var options = commits.options
        (options.checkpointUnits, options.longestLog) = (10, 50)
        let bench = try await Workbench(options)
        if isOpenedAgain {
            commits.plan([.failsDone])
            await #expect(throws: Fault(.storageUnwritable)) {
                try await bench.store.writer.probe()
            }
        }
        for _ in 0..<Self.units { try await bench.store.writer.probe() }
        // A frame for each, had it never started anew.
        #expect(try bench.size("-wal") < Self.units * 4096 / 2)
        await bench.store.close()
        let again = try SQLiteStore(folder: bench.folder, mustExist: true)
        let probes = try again.readers.read { statements in
            try statements.first(
                "SELECT value FROM meta WHERE key = 'probe'", read: { $0.count(0) })
        }
        #expect(probes == Self.units + (isOpenedAgain ? 1 : 0))
        await again.close()
    }

    @Test func `a reader that stays keeps the log from starting anew, and nobody from writing`()
        async throws
    {
        var options = SQLiteStore.Options()
        (options.checkpointUnits, options.longestLog) = (10, 50)
        let bench = try await Workbench(options)
        let reader = try DataFile(.ledger, folder: bench.folder, mayCreate: false).openReader()
        try reader.statements.run("BEGIN DEFERRED TRANSACTION")
        func entries() throws -> Int? {
            try reader.statements.first(
                "SELECT count(*) FROM audit_entries", read: { $0.count(0) })
        }
        #expect(try entries() == 0)
        for _ in 0..<200 { try await bench.store.record(bench.entry()) }
        #expect(try entries() == 0)
        #expect(try bench.size("-wal") > 200 * 4096)
        try reader.statements.run("ROLLBACK TRANSACTION")
        #expect(try entries() == 200)
        reader.close()
    }

    @Test func `what the copier leaves to the writer it leaves once`() async throws {
        let bench = try await Workbench()
        let copier = LogCopier(longestLog: 0)
        func copy() async {
            copier.begin()
            await withCheckedContinuation { ended in copier.copy { ended.resume() } }
        }
        await copy()
        #expect(copier.takeEnding() == nil, "there is nothing to copy by")
        copier.use(try DataFile(.ledger, folder: bench.folder, mayCreate: false).openCopier())
        try await bench.store.record(bench.entry())
        await copy()
        guard case .rest = copier.takeEnding() else { throw Unexpected("no rest") }
        #expect(copier.takeEnding() == nil)
        copier.stop()
        await copy()
        #expect(copier.takeEnding() == nil)
    }

    @Test(arguments: [false, true])
    func `what a failed sync lost is copied again, also where another has the file open`(
        _ isOpenElsewhere: Bool
    ) async throws {
        let bench = try await Workbench()
        let other = isOpenElsewhere ? try DatabaseQueue(path: bench.file) : nil
        _ = try await other?.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM accounts") }
        let before = try Data(contentsOf: URL(filePath: bench.file))
        for _ in 0..<300 { try await bench.store.record(bench.entry()) }
        let writer = bench.store.writer
        await withCheckedContinuation { copied in writer.copier.copy { copied.resume() } }
        #expect(try Data(contentsOf: URL(filePath: bench.file)) != before)
        let file = try FileHandle(forWritingTo: URL(filePath: bench.file))
        try file.write(contentsOf: before)
        try file.close()
        writer.desk.withLock { desk in
            if let connection = desk.connection {
                writer.giveUp(connection, &desk, keepingLog: true)
            }
        }
        try await bench.store.record(bench.entry())
        #expect(try bench.size("-wal") < 100 * 4096, "the log has started anew")
        try other?.close()
        await bench.store.close()
        let again = try DatabaseQueue(path: bench.file)
        let (entries, state) = try await again.read { db in
            (
                try Int.fetchOne(db, sql: "SELECT count(*) FROM audit_entries"),
                try String.fetchOne(db, sql: "PRAGMA integrity_check")
            )
        }
        #expect(entries == 301)
        #expect(state == "ok")
        try again.close()
    }

    @Test func `a file is opened anew only when nobody reads it any more`() async throws {
        let bench = try await Workbench()
        let readers = ReaderPool(try DataFile(.ledger, folder: bench.folder, mayCreate: false))
        func count() throws -> Int? {
            try readers.read {
                try $0.first("SELECT count(*) FROM accounts", read: { $0.count(0) })
            }
        }
        #expect(try count() == 3)
        try readers.read { _ in
            #expect(!readers.shut(within: .milliseconds(1)))
            #expect(throws: Fault(.storageUnreadable)) { try count() }
        }
        #expect(readers.shut(within: .zero))
        #expect(throws: Fault(.storageUnreadable)) { try count() }
        readers.admit()
        #expect(try count() == 3)
    }
}
