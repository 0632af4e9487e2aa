import Dispatch
import Foundation
import GRDB
import PosternCredentials
import PosternModel
@testable import PosternPipeline
@_spi(Testing) import PosternPolicy
@_spi(Testing) import PosternStorage
import Synchronization
import Testing

@Suite struct FaultTests {
    @Test func `a send whose commit failed is not acknowledged and can be sent again`()
        async throws
    {
        let interference = Interference()
        let bench = try await Workbench(interference.options)
        try await bench.draft(0..<1)
        let send = try bench.send(try bench.find(0))
        interference.plan([.failsUndone])
        await #expect(throws: Fault(.storageUnwritable)) { try await bench.settle(send) }
        #expect(bench.store.health().trouble == Fault(.storageUnwritable))
        #expect(try bench.store.leafCount() == 0)
        #expect(try await bench.settle(send) == .accepted)
        #expect(bench.store.health().trouble == nil)
        #expect(try bench.store.leafCount() == 1)
    }

    @Test func `a writer that gets no further says for how long`() async throws {
        let gate = DispatchSemaphore(value: 0)
        let isHeld = Mutex(false)
        var options = SQLiteStore.Options()
        options.interfereForTests {
            if isHeld.withLock({ $0 }) { gate.wait() }
            return .well
        }
        let bench = try await Workbench(options)
        try await bench.draft(0..<1)
        let send = try bench.send(try bench.find(0))
        while bench.store.standstill > .zero { await Task.yield() }
        isHeld.withLock { $0 = true }
        async let settled = bench.settle(send)
        while bench.store.standstill < .milliseconds(2) { await Task.yield() }
        #expect(bench.store.health().complaint(after: .milliseconds(2))?.contains("disk") == true)
        #expect(bench.store.health().complaint(after: .seconds(3600)) == nil)
        isHeld.withLock { $0 = false }
        gate.signal()
        #expect(try await settled == .accepted)
        while bench.store.standstill > .zero { await Task.yield() }
        #expect(bench.store.health().complaint(after: .milliseconds(2)) == nil)
    }

    @Test func `a send that was committed unheard is found by the retry`() async throws {
        let interference = Interference()
        let bench = try await Workbench(interference.options)
        try await bench.draft(0..<1)
        let send = try bench.send(try bench.find(0))
        interference.plan([.failsDone])
        await #expect(throws: Fault(.storageUnwritable)) { try await bench.settle(send) }
        #expect(try await bench.settle(send) == .alreadyAccepted(send.answer))
        #expect(try bench.count("SELECT messages FROM quotas") == 1)
        #expect(try bench.store.leafCount() == 1)
    }

    @Test(arguments: ["", "-wal"]) func `a file that was removed stops acknowledgement`(
        _ suffix: String
    ) async throws {
        let bench = try await Workbench()
        try await bench.store.record(bench.entry())
        try FileManager.default.removeItem(atPath: bench.file + suffix)
        await #expect(throws: Fault(.storageUnwritable)) {
            try await bench.store.record(bench.entry())
        }
    }

    @Test func `a lost log is made good from the handle that still holds it`() async throws {
        let bench = try await Workbench()
        try await bench.store.record(bench.entry())
        try FileManager.default.removeItem(atPath: bench.file + "-wal")
        await #expect(throws: Fault(.storageUnwritable)) {
            try await bench.store.record(bench.entry())
        }
        try await bench.store.record(bench.entry())
        #expect(try bench.store.leafCount() == 2)
    }

    @Test func `a log that another program has emptied and written to is gone on with`()
        async throws
    {
        let bench = try await Workbench()
        for _ in 0..<20 { try await bench.store.record(bench.entry()) }
        let other = try SQLiteStore(folder: bench.folder)
        let before = try bench.size("-wal")
        await other.emptyLog()
        try await other.record(bench.entry())
        #expect((1..<before).contains(try bench.size("-wal")))
        try await bench.store.record(bench.entry())
        #expect(try bench.store.leafCount() == 22)
        await other.close()
    }

    @Test(arguments: [0, 2]) func `a log that was cut is not carried on with`(
        _ share: Int
    ) async throws {
        let bench = try await Workbench()
        try await bench.store.record(bench.entry())
        let size = try share == 0 ? 0 : bench.size("-wal") / share
        #expect(truncate(bench.file + "-wal", size) == 0)
        for _ in 0..<3 {
            await #expect(throws: Fault(.storageUnwritable)) {
                try await bench.store.record(bench.entry())
            }
        }
    }

    @Test func `a database that was replaced is not written to, and goes on when it is back`()
        async throws
    {
        let bench = try await Workbench()
        let aside = bench.file + ".aside"
        try FileManager.default.moveItem(atPath: bench.file, toPath: aside)
        try FileManager.default.copyItem(atPath: aside, toPath: bench.file)
        await #expect(throws: Fault(.storageUnwritable)) {
            try await bench.store.record(bench.entry())
        }
        try FileManager.default.removeItem(atPath: bench.file)
        try FileManager.default.moveItem(atPath: aside, toPath: bench.file)
        try await bench.store.record(bench.entry())
    }

    @Test func `a full ledger says so and goes on when there is room`() async throws {
        var options = SQLiteStore.Options()
        options.maximumPages = 90
        let bench = try await Workbench(options)
        var accepted: Int64 = 0
        await #expect(throws: Fault(.storageUnwritable)) {
            for _ in 0..<1_000 {
                try await bench.store.record(bench.entry())
                accepted += 1
            }
        }
        #expect(try bench.store.leafCount() == accepted)
        #expect(bench.store.health().trouble != nil)
        await bench.store.close()
        let roomy = try SQLiteStore(folder: bench.folder)
        try await roomy.record(bench.entry())
        #expect(try roomy.leafCount() == accepted + 1)
        await roomy.close()
    }

    @Test(.enabled(if: getuid() == 0, "mounting a small disk takes root"))
    func `a full disk says so and service resumes by itself`() async throws {
        let disk = NSTemporaryDirectory() + "postern-disk-" + MessageGUID.random().description
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: disk) }
        guard mount("tmpfs", disk, "tmpfs", 0, "size=1m") == 0 else { return }
        defer { umount2(disk, 2) }
        let bench = try await Workbench(in: disk + "/data")
        let filler = disk + "/filler"
        #expect(FileManager.default.createFile(atPath: filler, contents: nil))
        let handle = try #require(FileHandle(forWritingAtPath: filler))
        while (try? handle.write(contentsOf: Data(count: 4096))) != nil {}
        var accepted: Int64 = 0
        await #expect(throws: Fault(.storageUnwritable)) {
            for _ in 0..<1_000 {
                try await bench.store.record(bench.entry())
                accepted += 1
            }
        }
        #expect(try bench.store.leafCount() == accepted)
        try handle.close()
        try FileManager.default.removeItem(atPath: filler)
        try await bench.store.record(bench.entry())
        #expect(try bench.store.leafCount() == accepted + 1)
        await bench.store.close()
    }

    @Test func `the guard of the log is asked before anything is written`() async throws {
        let bench = try await Workbench()
        let told = Mutex(0)
        bench.store.attach(guardian: nil) { told.withLock { $0 += 1 } }
        try await bench.store.record(bench.entry())
        #expect(told.withLock { $0 } == 1)
        bench.store.attach(guardian: Suspicious())
        await #expect(throws: Fault(.auditTamperedWith)) {
            try await bench.store.record(bench.entry())
        }
        #expect(try bench.store.leafCount() == 1)
    }

    private struct Suspicious: LogGuard {
        func confirmIntact() throws(Fault) { throw Fault(.auditTamperedWith) }
    }

    @Test func `work beyond the bound is turned away`() async throws {
        var options = SQLiteStore.Options()
        options.waitingLimit = 4
        let gate = DispatchSemaphore(value: 0)
        let held = Mutex(false)
        options.interfereForTests {
            if held.withLock({ $0 }) { gate.wait() }
            return .well
        }
        let bench = try await Workbench(options)
        held.withLock { $0 = true }
        let outcomes = await withTaskGroup(of: FaultCode?.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    do {
                        try await bench.store.record(try bench.entry())
                        return nil
                    } catch { return (error as? Fault)?.code }
                }
            }
            // The first to be heard were turned away: nothing is committed while the gate is shut.
            let first = await group.next() ?? nil
            held.withLock { $0 = false }
            for _ in 0..<40 { gate.signal() }
            return await group.reduce(into: [first]) { $0.append($1) }
        }
        #expect(outcomes.first == .overloaded)
        #expect(outcomes.allSatisfy { $0 == nil || $0 == .overloaded })
        #expect(try bench.store.leafCount() == Int64(outcomes.count { $0 == nil }))
    }

    @Test func `the data file of a closed ledger is whole without its log`() async throws {
        let bench = try await Workbench()
        try await bench.draft(0..<1)
        await bench.store.close()
        #expect(!FileManager.default.fileExists(atPath: bench.file + "-wal"))
        let copy = bench.folder + "/copy"
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: bench.file, toPath: copy + "/postern.sqlite")
        try FileManager.default.copyItem(
            atPath: bench.folder + "/master.keys", toPath: copy + "/master.keys")
        let store = try SQLiteStore(folder: copy, mustExist: true)
        guard case .found = try store.load(Workbench.guid(0), for: bench.ann, on: Workbench.day)
        else {
            Issue.record("the draft is missing")
            return
        }
        await store.close()
    }

    @Test func `a closed ledger takes no more`() async throws {
        let bench = try await Workbench()
        await bench.store.close()
        await #expect(throws: Fault(.shuttingDown)) {
            try await bench.store.record(bench.entry())
        }
    }
}
