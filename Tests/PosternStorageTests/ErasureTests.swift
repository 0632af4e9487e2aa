import Foundation
import GRDB
import PosternCredentials
import PosternModel
@testable import PosternPipeline
import PosternSealing
@_spi(Testing) @testable import PosternStorage
import PosternTesting
import Synchronization
import Testing

/// Messages whose time has come, and keys that are exchanged.
@Suite struct ErasureTests {
    @Test func `those whose time has come are erased and no others`() async throws {
        let house = try await Household()
        let start = house.clock.now()
        var guids: [MessageGUID] = []
        for hours in [1, 2, 3] {
            let date = start.advanced(by: .seconds(hours * 3600))
            guids.append(
                try await house.sent(
                    to: [.bob, .cay], expiry: Expiry(date: date), files: [("a.txt", [1, 2, 3])]))
        }
        let lasting = try await house.sent()
        let keys = try house.bytesOfEach("SELECT content FROM message_keys ORDER BY message")
        let names = try house.bytesOfEach(
            "SELECT a.name FROM attachments a JOIN messages m ON m.id = a.message ORDER BY m.id")
        _ = await house.read(guids[0])
        #expect(try await house.erase() == 0)
        #expect(try house.store.nextErasure() == start.advanced(by: .seconds(3600)))
        house.clock.advance(by: .seconds(2 * 3600))
        #expect(try await house.erase() == 2)
        #expect(try await house.erase() == 0)
        #expect(try house.store.nextErasure() == start.advanced(by: .seconds(3 * 3600)))
        #expect(house.filesOnDisk() == 1)
        for number in 0..<2 {
            #expect(try house.files(holding: Array(keys[number][20..<66])) == [])
            #expect(try house.files(holding: names[number]) == [])
        }
        #expect(try house.files(holding: Array(keys[2][20..<66])) != [])
        for (table, count) in [
            ("mailboxes", 3), ("message_texts", 2), ("attachments", 1), ("files", 1),
            ("file_chunks", 1), ("messages WHERE state = 2", 2),
        ] {
            #expect(try house.count("SELECT count(*) FROM \(table)") == count, "\(table)")
        }
        #expect(try house.count("SELECT count(*) FROM pragma_foreign_key_check") == 0)
        let erasures = try house.store.leaves(from: 0, limit: 1000).map {
            try JSONDecoder().decode(AuditEntry.self, from: Data($0))
        }.filter { $0.kind == .erasure }
        #expect(erasures.map(\.count) == [2])
        await house.store.close()

        let store = try SQLiteStore(folder: house.folder, mustExist: true)
        let bob = try #require(try store.account(Member.bob.address)).id
        let seen = try store.mailView { view throws(Fault) in
            var seen: [Bool] = []
            for guid in guids + [lasting] {
                seen.append(try view.message(guid, for: bob, at: house.clock.now()) != nil)
            }
            return seen
        }
        #expect(seen == [false, false, true, true])
        await store.close()
    }

    @Test func `more than one portion is erased oldest first`() async throws {
        let house = try await Household()
        for hours in [3, 1, 2] {
            let date = house.clock.now().advanced(by: .seconds(hours * 3600))
            _ = try await house.sent(subject: "\(hours)", expiry: Expiry(date: date))
        }
        let later = house.clock.now().advanced(by: .seconds(9 * 3600))
        for left in [[3, 2], [3], []] {
            let count = try await house.store.eraseExpired(at: later, limit: 1) {
                _ throws(Fault) in
                try SealedEntry(
                    AuditEntry(
                        kind: .erasure, id: .make(at: later), at: later, policy: Workbench.policy),
                    subject: nil, openings: [])
            }
            #expect(count == 1)
            let found = try await house.subjects([.inbox]).sorted(by: >)
            #expect(found == left.map { "\($0)" })
        }
    }

    @Test(arguments: [(1, 1), (2, 2), (5, 2), (nil, 2)] as [(Int?, Int)])
    func `the earlier of expiry and retention erases`(_ expiry: Int?, _ erased: Int) async throws {
        let house = try await Household()
        let start = house.clock.now()
        let date = expiry.map { start.advanced(by: .seconds($0 * 3600)) }
        let guid = try await house.sent(by: .kim, expiry: Expiry(date: date))
        #expect(try house.store.nextErasure() == start.advanced(by: .seconds(erased * 3600)))
        #expect(await house.view(guid, by: .bob)?.expiresAt == date)
        house.clock.advance(by: .seconds(erased * 3600 - 1))
        house.store.touch(TokenDigest(of: Member.bob.credential.token), at: house.clock.now())
        #expect(await house.view(guid, by: .bob) != nil)
        house.clock.advance(by: .seconds(1))
        #expect(await house.view(guid, by: .bob) == nil)
        #expect(try await house.erase() == 1)
    }

    @Test func `after an exchange of keys all opens under the new one alone`() async throws {
        let first = try await Household()
        let file = MasterKeyFile(path: first.folder + "/master.keys")
        let draft = try await first.draft(
            DraftContent(to: [Member.bob.address], subject: "draft", body: "D"))
        let plain = try await first.sent(body: "P", files: [("a.txt", [1, 2, 3])])
        let locked = try await first.sent(
            body: "L", options: MessageOptions(fyeoType: .uniquePassword), password: Household.word)
        let gone = try await first.draft()
        _ = await first.perform(.deleteMessage(gone), by: .ann)

        // As `postern keys` does it, beside the gateway that serves.
        let old = try #require(try file.read())
        let new = old.adding(.generate())
        try file.replace(old, with: new)
        let program = try SQLiteStore(folder: first.folder, mustExist: true)
        var (start, changed, looked) = (Int64(0), 0, 0)
        while let portion = try await program.rewrapKeys(after: start, limit: 2) {
            (start, looked) = (portion.last, looked + 1)
            changed += portion.changed
        }
        #expect(changed == 3 && looked == 2)
        #expect(try await program.rewrapKeys(after: 0, limit: 100)?.changed == 0)
        await program.close()
        try file.replace(new, with: new.removing(olderThanCurrent: Set(old.ids)))

        // The one that serves finds the new key by itself, and seals under it from then on.
        func expectAll(_ house: Household) async throws {
            #expect(await house.read(draft, by: .ann).message?.body == "D")
            #expect(await house.read(plain, by: .bob).message?.body == "P")
            #expect(await house.read(locked, by: .bob, password: Secret("wrong")).word == "38")
            #expect(
                await house.read(locked, by: .bob, password: Household.word).message?.body == "L")
            let attachment = try #require(await house.view(plain, by: .bob)?.attachments.first)
            let content = await house.perform(
                .download(attachment.guid, chunk: nil, password: nil), by: .bob)
            #expect(try await content.content().bytes == [1, 2, 3])
        }
        try await expectAll(first)
        #expect(first.store.vault.current.id == new.current.id)
        let later = try await first.sent(body: "N")
        await first.store.close()

        let second = try await Household(in: first.folder)
        try await expectAll(second)
        #expect(await second.read(later).message?.body == "N")
        await second.store.close()
        #expect(throws: Fault(.contentUnreadable)) {
            _ = try SQLiteStore(folder: first.folder, keys: KeyVault(old))
        }
    }

    @Test func `every master key that a row needs is found, and none that was destroyed`()
        async throws
    {
        let house = try await Household()
        let file = MasterKeyFile(path: SQLiteStore.masterKeys(in: house.folder))
        let first = try #require(try file.read())
        #expect(try SQLiteStore.masterKeysInUse(in: house.folder) == [])
        let older = try await house.draft()
        #expect(try SQLiteStore.masterKeysInUse(in: house.folder) == [first.current.id])
        let second = first.adding(.generate())
        try file.replace(first, with: second)
        // The newest message alone would not tell that the older key is needed.
        _ = try await house.sent(
            options: MessageOptions(fyeoType: .uniquePassword), password: Household.word)
        #expect(try SQLiteStore.masterKeysInUse(in: house.folder) == Set(second.ids))
        _ = await house.perform(.deleteMessage(older), by: .ann)
        #expect(try SQLiteStore.masterKeysInUse(in: house.folder) == [second.current.id])
        #expect(try DeliverySpool.masterKeysInUse(in: house.folder) == nil)
    }

    @Test func `keys that were lost are not made anew`() async throws {
        let house = try await Household()
        let guid = try await house.sent(body: "kept")
        await house.store.close()
        let (file, aside) = (house.folder + "/master.keys", house.folder + "/aside")
        try FileManager.default.moveItem(atPath: file, toPath: aside)
        for keyFile in [nil, house.folder + "/mistyped.keys"] {
            #expect(throws: Fault(.contentUnreadable)) {
                _ = try SQLiteStore(folder: house.folder, keyFile: keyFile)
            }
        }
        #expect(!FileManager.default.fileExists(atPath: file))
        try FileManager.default.moveItem(atPath: aside, toPath: file)
        let again = try await Household(in: house.folder)
        #expect(await again.read(guid).message?.body == "kept")
    }

    @Test func `a message that no key opens does not hide the others`() async throws {
        let house = try await Household()
        let good = try await house.sent(subject: "good", body: "G")
        let bad = try await house.sent(subject: "bad", body: "B")
        _ = try await house.sent(subject: "last", body: "L")
        await house.store.close()
        let database = try DatabaseQueue(path: house.folder + "/postern.sqlite")
        try await database.write { db in
            try db.execute(
                sql: """
                    UPDATE message_keys SET cover = x'00' WHERE message =
                      (SELECT id FROM messages WHERE guid = ?)
                    """, arguments: [Data(bad.bytes)])
        }
        try database.close()
        let again = try await Household(in: house.folder)
        #expect(try await again.subjects([.inbox]).sorted() == ["good", "last"])
        #expect(await again.read(good).message?.body == "G")
        #expect(await again.read(bad).word == "content.unreadable")
    }

    @Test func `emptying the log does not take a file that was put in the ledger's place for it`()
        async throws
    {
        let bench = try await Workbench()
        try await bench.store.record(bench.entry())
        try FileManager.default.moveItem(atPath: bench.file, toPath: bench.file + ".aside")
        try FileManager.default.copyItem(atPath: bench.file + ".aside", toPath: bench.file)
        await bench.store.writer.emptyLog()
        await #expect(throws: Fault(.storageUnwritable)) {
            try await bench.store.record(bench.entry())
        }
    }

    @Test func `a log that a reader keeps from being emptied is emptied when that has gone`()
        async throws
    {
        var options = SQLiteStore.Options()
        options.patience = .milliseconds(1)
        let bench = try await Workbench(options)
        func size() throws -> Int? {
            let attributes = try FileManager.default.attributesOfItem(atPath: bench.file + "-wal")
            return (attributes[.size] as? NSNumber)?.intValue
        }
        let reader = try DataFile(.ledger, folder: bench.folder, mayCreate: false).openReader()
        try reader.statements.run("BEGIN DEFERRED TRANSACTION")
        _ = try reader.statements.first(
            "SELECT count(*) FROM messages", read: { $0.integer(0) })
        try await bench.store.record(bench.entry())
        await bench.store.emptyLog()
        #expect(bench.store.writer.isLogToBeEmptied)
        #expect(try size() != 0)
        try reader.statements.run("ROLLBACK TRANSACTION")
        reader.close()
        while bench.store.writer.isLogToBeEmptied { await Task.yield() }
        #expect(try size() == 0)
        #expect(try bench.store.leafCount() == 1)
    }

    /// Has others wait for the ledger while a batch is committed.
    private final class Crowd: Sendable {
        static let commits = 300

        private let state = Mutex<(store: SQLiteStore?, commits: Int)>((nil, 0))

        var commits: Int { state.withLock { $0.commits } }

        func gather(at store: SQLiteStore) { state.withLock { $0.store = store } }

        /// Lets the first commit wait until so many others wait for the next.
        func awaitOthers(_ count: Int) {
            let store = state.withLock { state in
                guard let store = state.store, state.commits == 0 else {
                    return nil as SQLiteStore?
                }
                return store
            }
            guard let store else { return }
            while store.writer.waiting < count { sched_yield() }
            state.withLock { $0.commits += 1 }
        }

        /// Has another entry wait, until there has been a number of commits.
        func keepWaiting() {
            let store = state.withLock { state in
                guard let store = state.store else { return nil as SQLiteStore? }
                state.commits += 1
                return state.commits < Self.commits ? store : nil
            }
            guard let store else { return }
            Task { try await store.record(Workbench.anEntry()) }
            while store.writer.waiting == 0 { sched_yield() }
        }
    }

    @Test func `the log is emptied although somebody always waits for the ledger`() async throws {
        let crowd = Crowd()
        var options = SQLiteStore.Options()
        options.longestOpen = .zero
        options.interfereForTests {
            crowd.keepWaiting()
            return .well
        }
        let bench = try await Workbench(options)
        crowd.gather(at: bench.store)
        async let first: Void = bench.store.record(bench.entry())
        while crowd.commits < 3 { await Task.yield() }
        await bench.store.writer.emptyLog()
        #expect(crowd.commits < Crowd.commits)
        try await first
        while crowd.commits < Crowd.commits { await Task.yield() }
    }

    @Test func `a ledger that is closed has finished what it accepted`() async throws {
        let crowd = Crowd()
        var options = SQLiteStore.Options()
        options.longestOpen = .zero
        options.batchLimit = 1
        options.interfereForTests {
            crowd.awaitOthers(9)
            return .well
        }
        let bench = try await Workbench(options)
        let before = try bench.count("SELECT count(*) FROM audit_entries")
        crowd.gather(at: bench.store)
        async let all: Void = withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<10 {
                let entry = try Workbench.anEntry()
                group.addTask { try await bench.store.record(entry) }
            }
            try await group.waitForAll()
        }
        while crowd.commits == 0 { await Task.yield() }
        await bench.store.close()
        #expect(try bench.count("SELECT count(*) FROM audit_entries") == before + 10)
        try await all
    }

    @Test func `work goes on after the log was emptied`() async throws {
        let bench = try await Workbench()
        for round in 1...3 {
            try await bench.store.record(bench.entry())
            await bench.store.writer.emptyLog()
            #expect(try bench.store.leafCount() == Int64(round))
        }
        #expect(bench.store.health().trouble == nil)
    }
}
