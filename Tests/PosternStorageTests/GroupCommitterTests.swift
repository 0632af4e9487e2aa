import Foundation
import PosternModel
@testable import PosternPipeline
@_spi(Testing) import PosternStorage
import Synchronization
import Testing

@Suite struct GroupCommitterTests {
    /// A ledger nobody has written to, which is as patient as it is allowed to be.
    private func ledger(
        _ commits: Mutex<Int>.Box, longestOpen: Duration
    ) throws -> SQLiteStore {
        var options = SQLiteStore.Options()
        options.longestOpen = longestOpen
        options.interfereForTests {
            commits.value.withLock { $0 += 1 }
            return .well
        }
        return try SQLiteStore(
            folder: NSTemporaryDirectory() + "postern-" + MessageGUID.random().description,
            options: options)
    }

    private func record(in store: SQLiteStore) async throws {
        let entry = AuditEntry(
            kind: .send, id: .make(at: Workbench.noon), at: Workbench.noon,
            policy: Workbench.policy)
        try await store.record(SealedEntry(entry, subject: nil, openings: []))
    }

    @Test func `who comes while a batch is open shares its commit`() async throws {
        let commits = Mutex<Int>.Box(0)
        let store = try ledger(commits, longestOpen: .seconds(600))
        let second = Mutex<Task<Void, any Error>?>.Box(nil)
        store.attach(
            guardian: nil,
            underWay: {
                // Asked once the first is written: the second comes now, and nobody after it.
                let isOnTheWay = second.value.withLock { task in
                    defer { task = task ?? Task { try await record(in: store) } }
                    return task == nil
                }
                guard isOnTheWay else { return 0 }
                while store.health().waiting == 0 { sched_yield() }
                return 1
            })
        try await record(in: store)
        try await second.value.withLock { $0 }?.value
        #expect(commits.value.withLock { $0 } == 1)
        #expect(try store.leafCount() == 2)
        await store.close()
    }

    @Test func `a batch waits for nobody when nobody is on the way`() async throws {
        let commits = Mutex<Int>.Box(0)
        let store = try ledger(commits, longestOpen: .seconds(600))
        store.attach(guardian: nil, underWay: { 0 })
        for _ in 0..<3 { try await record(in: store) }
        #expect(commits.value.withLock { $0 } == 3)
        await store.close()
    }

    @Test func `a batch does not wait for ever for those who never come`() async throws {
        let commits = Mutex<Int>.Box(0)
        let store = try ledger(commits, longestOpen: .milliseconds(1))
        store.attach(guardian: nil, underWay: { 5 })
        for _ in 0..<3 { try await record(in: store) }
        #expect(commits.value.withLock { $0 } == 3)
        await store.close()
    }
}

extension Mutex where Value: ~Copyable {
    /// A lock that several closures hold.
    final class Box: Sendable {
        let value: Mutex<Value>

        init(_ value: consuming sending Value) { self.value = Mutex(value) }
    }
}
