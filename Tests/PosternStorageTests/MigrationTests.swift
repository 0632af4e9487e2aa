import Crypto
import Foundation
import GRDB
import PosternCoreContract
import PosternModel
@testable import PosternPipeline
import PosternSealing
@_spi(Testing) @testable import PosternStorage
import Testing

/// Old data files open with today's code.
///
/// To add the next, before `Schema` gets another step: run the first test below with `POSTERN_WRITE_FIXTURE` set to
/// a new folder, keep that folder's `postern.sqlite` as `Databases/v<shape>.sqlite`, and add its number to the arguments.
@Suite struct MigrationTests {
    static let fixtureFolder = ProcessInfo.processInfo.environment["POSTERN_WRITE_FIXTURE"]

    @Test(.enabled(if: fixtureFolder != nil, "runs when a shape is about to be left behind"))
    func `this shape is written down`() async throws {
        let folder = try #require(Self.fixtureFolder)
        try Self.writeKey(in: folder)
        let store = try SQLiteStore(folder: folder)
        _ = try await store.load(
            try LoadFile.read(LoadFileTests.whole), at: Workbench.noon, hash: LoadFileTests.hash)
        await store.close()
    }

    /// Writes the master key of every sealed fixture: 32 times the number 3.
    private static func writeKey(in folder: String) throws {
        let key = try #require(MasterKey(bytes: Array(repeating: 3, count: 32)))
        let path = SQLiteStore.masterKeys(in: folder)
        let text = MasterKeyring(key).text().withExposed { Data($0.utf8) }
        #expect(
            FileManager.default.createFile(
                atPath: path, contents: text, attributes: [.posixPermissions: 0o600]))
    }

    /// A new folder with a data file of an earlier shape.
    private static func folder(with version: Int) throws -> String {
        let fixture = try #require(
            Bundle.module.url(forResource: "Databases/v\(version)", withExtension: "sqlite"))
        let folder = NSTemporaryDirectory() + "postern-" + MessageGUID.random().description
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: fixture.path, toPath: folder + "/postern.sqlite")
        if version >= 3 { try writeKey(in: folder) }
        return folder
    }

    @Test(arguments: [1, 2, 3, 4, 5]) func `a ledger of every earlier shape opens and works`(
        _ version: Int
    ) async throws {
        let folder = try Self.folder(with: version)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let bench = try await Workbench(in: folder)
        let guid = try #require(MessageGUID("0000000000000000000000000000000b"))
        guard case .found(let found) = try bench.store.load(guid, for: bench.ann, on: Workbench.day)
        else {
            Issue.record("not found")
            return
        }
        #expect(found.draft.subject == "Re")
        #expect(try await bench.settle(bench.send(found)) == .accepted)
        #expect(try bench.count("PRAGMA user_version") == 6)
        #expect(try bench.count("PRAGMA application_id") == 0x506F_7374)
    }

    @Test func `a spool of the first shape opens, and what was tried then may have left`()
        async throws
    {
        let fixture = try #require(
            Bundle.module.url(forResource: "Databases/spool-v1", withExtension: "sqlite"))
        let folder = NSTemporaryDirectory() + "postern-" + MessageGUID.random().description
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: fixture.path, toPath: folder + "/spool.sqlite")
        try Self.writeKey(in: folder)
        let spool = try DeliverySpool(folder: folder, mustExist: true)
        // 2026-12-02.
        let later = Instant(milliseconds: 1_796_169_600_000)
        let due = try await spool.due(.webhook, at: later, limit: 9, lease: .seconds(60))
        #expect(due.map(\.text) == ["Nine.", "Nine."])
        #expect(due.map(\.attempts) == [1, 1])
        await spool.release(due.map(\.id))
        let state = try await spool.withdraw(
            DeliveryKey(of: Workbench.guid(1), row: 1), at: later)
        #expect(state.standing == .undelivered)
        #expect(
            try spool.state(of: DeliveryKey(of: Workbench.guid(2), row: 2))?.standing
                == .waiting)
        await spool.close()
    }

    @Test func `a file whose making was cut short is made anew`() async throws {
        let folder = NSTemporaryDirectory() + "postern-" + MessageGUID.random().description
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let cut = folder + "/cut"
        try FileManager.default.createDirectory(atPath: cut, withIntermediateDirectories: true)
        let making = try DatabaseQueue(path: folder + "/postern.sqlite")
        try await making.writeWithoutTransaction { db in
            try db.execute(sql: "CREATE TABLE begun(text); PRAGMA cache_size = 1; BEGIN")
            for _ in 0..<50 { try db.execute(sql: "INSERT INTO begun VALUES(zeroblob(4000))") }
            // As a kill leaves them: pages in the file, and in its journal what was there before.
            for name in ["postern.sqlite", "postern.sqlite-journal"] {
                try FileManager.default.copyItem(
                    atPath: "\(folder)/\(name)", toPath: "\(cut)/\(name)")
            }
            try db.execute(sql: "ROLLBACK; DROP TABLE begun")
        }
        try making.close()
        let file = try DataFile(.ledger, folder: cut, mayCreate: false)
        let fault = #expect(throws: DatabaseError.self) {
            try file.openReader().statements.first("PRAGMA user_version", read: { $0.integer(0) })
        }
        #expect(fault?.extendedResultCode == .SQLITE_READONLY_ROLLBACK)
        let bench = try await Workbench(in: cut)
        #expect(try bench.count("SELECT count(*) FROM begun") == 0)
        try await bench.store.record(bench.entry())
        await bench.store.close()
    }

    @Test(arguments: [1, 2]) func `what an earlier shape kept in the clear is nowhere to be found`(
        _ version: Int
    ) async throws {
        let folder = try Self.folder(with: version)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let before = try Data(contentsOf: URL(fileURLWithPath: folder + "/postern.sqlite"))
        let clear = Data("<p>x</p>".utf8)
        #expect(before.range(of: clear) != nil)
        let store = try SQLiteStore(folder: folder)
        await store.close()
        for file in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + file))
            #expect(bytes.range(of: clear) == nil)
        }
    }

    @Test func `openings and delivery work of the first shape are found in the next`() async throws
    {
        let folder = try Self.folder(with: 1)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let opening = Opening(field: "account", value: "ann@example.org")
        let key = SymmetricKey(size: .bits256)
        let file = try DatabaseQueue(path: folder + "/postern.sqlite")
        try await file.write { [key] db in
            let keyBytes = key.withUnsafeBytes { Data($0) }
            let sealed = Data(try SealedOpenings.seal([opening], index: 1, key: key))
            try db.execute(
                literal: """
                    INSERT INTO subject_keys(id, account, key) VALUES(7, 70, \(keyBytes));
                    INSERT INTO audit_entries VALUES(0, 'first', x'01'), (1, 'second', x'02');
                    INSERT INTO openings VALUES(1, 7, \(sealed));
                    INSERT INTO outbox(id, message, courier, recipient, due_at, accepted_at)
                      SELECT 5, id, 'mailbox', 'bob@example.org', 9, 9 FROM messages LIMIT 1;
                    INSERT INTO outbox(id, message, courier, recipient, due_at, accepted_at, attempts)
                      SELECT 6, id, 'mailbox', 'ann@example.org', 20, 9, 2 FROM messages LIMIT 1;
                    """)
        }
        try file.close()
        let store = try SQLiteStore(folder: folder, mustExist: true)
        #expect(try store.openings(at: 0) == [])
        #expect(try store.openings(at: 1) == [opening])
        let due = try await store.due(.mailbox, at: Workbench.noon, limit: 9, lease: .seconds(60))
        #expect(due.map(\.id) == [6, 5])
        #expect(due.map(\.attempts) == [2, 0])
        await store.close()
    }

    @Test(arguments: [
        "PRAGMA user_version = 99; PRAGMA application_id = 1349481332",
        "PRAGMA application_id = 12345",
    ]) func `a file that is newer or not Postern's is refused`(_ marks: String) throws {
        let folder = NSTemporaryDirectory() + "postern-" + MessageGUID.random().description
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let queue = try DatabaseQueue(path: folder + "/postern.sqlite")
        try queue.writeWithoutTransaction { try $0.execute(sql: marks) }
        try queue.close()
        #expect(throws: Fault(.storageUnreadable)) { _ = try SQLiteStore(folder: folder) }
    }

    @Test func `a ledger that should exist is not made anew`() {
        #expect(throws: Fault(.storageUnreadable)) {
            _ = try SQLiteStore(folder: "/nonexistent/postern", mustExist: true)
        }
    }

    @Test func `only its user may read the data file`() async throws {
        let bench = try await Workbench()
        for suffix in ["", "-wal", "-shm"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: bench.file + suffix)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test(arguments: [
        "UPDATE messages SET state = 1, dated_at = 1, password_hash = NULL WHERE id = 1 AND state = 0",
        "INSERT INTO recipients(message, kind, position, address) VALUES(1, 0, 0, 'ann@example.org')",
        "INSERT INTO outbox(id, message, courier, recipient, due_at, accepted_at) VALUES(1, 1, 'mailbox', 'a', 1, 1)",
    ]) func `a row of a send is written without a table made for it`(_ sql: String) async throws {
        let bench = try await Workbench()
        let queue = try DatabaseQueue(path: bench.file)
        defer { try? queue.close() }
        let steps = try await queue.read { db in
            try Row.fetchAll(db, sql: "EXPLAIN " + sql).map { $0["opcode"] as String }
        }
        #expect(steps.contains("OpenWrite"))
        #expect(!steps.contains("OpenEphemeral"))
    }

    @Test func `a range that is compared still keeps out what lies beyond it`() async throws {
        let folder = try Self.folder(with: 4)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try SQLiteStore(folder: folder)
        await store.close()
        let queue = try DatabaseQueue(path: folder + "/postern.sqlite")
        defer { try? queue.close() }
        for sql in ["UPDATE messages SET state = 3", "UPDATE recipients SET kind = -1"] {
            #expect(throws: DatabaseError.self) { try queue.write { try $0.execute(sql: sql) } }
        }
        #expect(
            try await queue.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") } == [
                "ok"
            ])
    }
}
