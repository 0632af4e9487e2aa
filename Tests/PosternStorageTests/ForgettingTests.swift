import Foundation
import PosternModel
import PosternPipeline
@testable import PosternStorage
import PosternTesting
import Testing

/// People whom the audit log is to know no more.
@Suite struct ForgettingTests {
    @Test func `forgetting a person destroys what opens their entries and keeps the log`()
        async throws
    {
        let bench = try await Workbench()
        let entries = try (0..<5).map { _ in try bench.entry() }
        try await bench.store.record(entries[0])
        try await bench.store.record(Workbench.anEntry())
        #expect(try bench.store.openings(at: 0) == entries[0].openings)
        #expect(try await bench.store.destroySubjectKey(of: bench.ann) == .done)
        #expect(try bench.store.openings(at: 0) == nil)
        #expect(try bench.store.openings(at: 1) == [])
        // What comes after can be opened, until they are forgotten again; the record of that is the first thing after it.
        try await bench.store.record(entries[1])
        #expect(try bench.store.openings(at: 2) == entries[1].openings)
        for (index, entry) in zip(Int64(3)..., entries[2...]) {
            #expect(
                try await bench.store.destroySubjectKey(of: bench.ann, recording: entry) == .done)
            #expect(try bench.store.openings(at: index) == entry.openings)
            #expect(try bench.store.openings(at: index - 1) == nil)
        }
        #expect(try bench.store.openings(at: 0) == nil)
        #expect(try bench.store.leaves(from: 0, limit: 1) == [entries[0].leaf])
        #expect(try bench.store.leafCount() == 6)
    }

    @Test func `where there is nothing to forget nothing is recorded`()
        async throws
    {
        let bench = try await Workbench()
        let (entry, record) = (try bench.entry(), try bench.entry())
        try await bench.store.record(entry)
        let bob = AccountID(rawValue: bench.ann.rawValue + 1)
        #expect(try await bench.store.destroySubjectKey(of: bob, recording: record) == .nothing)
        #expect(try bench.store.openings(at: 0) == entry.openings)
        #expect(try await bench.store.destroySubjectKey(of: bench.ann) == .done)
        let again = try await bench.store.destroySubjectKey(of: bench.ann, recording: record)
        #expect(again == .nothing)
        #expect(try bench.store.leafCount() == 1)
    }

    @Test func `a store seals nothing under a key that another program has destroyed`()
        async throws
    {
        let bench = try await Workbench()
        let entries = try (0..<3).map { _ in try bench.entry() }
        try await bench.store.record(entries[0])
        let other = try SQLiteStore(folder: bench.folder)
        #expect(
            try await other.destroySubjectKey(of: bench.ann, recording: entries[1]) == .done)
        await other.close()
        try await bench.store.record(entries[2])
        #expect(try bench.store.openings(at: 0) == nil)
        #expect(try bench.store.openings(at: 1) == entries[1].openings)
        #expect(try bench.store.openings(at: 2) == entries[2].openings)
        // One that was destroyed, and one for all that came after.
        #expect(try bench.count("SELECT count(*) FROM subject_keys") == 2)
    }

    @Test func `of hundreds of keys that were destroyed to forget people no old bytes are left`()
        async throws
    {
        let house = try await Household()
        let people = (1...300).map { AccountID(rawValue: 1000 + $0) }
        func record(about person: AccountID) async throws {
            try await house.store.record(
                SealedEntry(
                    AuditEntry(
                        kind: .send, id: .make(at: Workbench.noon), at: Workbench.noon,
                        policy: Workbench.policy), subject: person,
                    openings: [Opening(field: "account", value: "\(person.rawValue)")]))
        }
        for person in people { try await record(about: person) }
        let keys = try house.bytesOfEach("SELECT key FROM subject_keys ORDER BY account")
        try #require(keys.count == people.count)
        // In no order: rows that go would move their neighbours about.
        let forgotten = (0..<250).map { $0 * 77 % people.count }
        for (step, number) in forgotten.enumerated() {
            #expect(try await house.store.destroySubjectKey(of: people[number]) == .done)
            if step % 5 == 0 { try await record(about: people[number]) }
        }
        let files = try house.snapshot().values
        let found = keys.indices.filter { number in
            files.contains { $0.range(of: Data(keys[number])) != nil }
        }
        #expect(Set(found) == Set(people.indices).subtracting(forgotten))
    }

    @Test func `whoever forgets a person hears when a reader keeps the old key in the log`()
        async throws
    {
        var options = SQLiteStore.Options()
        options.patience = .milliseconds(1)
        let bench = try await Workbench(options)
        try await bench.store.record(bench.entry())
        let reader = try DataFile(.ledger, folder: bench.folder, mayCreate: false).openReader()
        try reader.statements.run("BEGIN DEFERRED TRANSACTION")
        _ = try reader.statements.first(
            "SELECT count(*) FROM messages", read: { $0.integer(0) })
        #expect(try await bench.store.destroySubjectKey(of: bench.ann) == .lingers)
        #expect(try bench.store.openings(at: 0) == nil)
        try reader.statements.run("ROLLBACK TRANSACTION")
        reader.close()
        while bench.store.writer.isLogToBeEmptied { await Task.yield() }
        #expect(try bench.size("-wal") == 0)
    }

    @Test func `keys made to lead in a circle hold nobody up`() async throws {
        let house = try await Household()
        let ann = try house.account(.ann)
        try house.change(
            """
            INSERT INTO subject_keys(id, account, key) VALUES(7, \(ann.rawValue), zeroblob(32));
            INSERT INTO subject_keys(id, account, key) VALUES(6, -7, zeroblob(32));
            """)
        await #expect(throws: Fault(.storageUnreadable)) {
            try await house.store.destroySubjectKey(of: ann)
        }
    }
}
