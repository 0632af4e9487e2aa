import PosternAudit
import PosternModel
import Synchronization
import Testing

/// A file that somebody holds.
private final class Aside: Sendable {
    private let back = Mutex<(@Sendable () -> Void)?>(nil)

    func take(_ path: String, from disk: MemoryDisk) {
        let putBack = disk.takeAway(path)
        back.withLock { $0 = putBack }
    }

    func putBack() { back.withLock { $0.take() }?() }
}

@Suite struct GuardTests {
    static let folder = "/data/audit/"

    /// Every file the guard looks at each time, for a log of 300 entries.
    static let edge = ["checkpoint", "tile/entries/001.p/44", "tile/0/001.p/44", "tile/1/000.p/1"]

    private func log(_ size: Int = 300) throws -> (Bench, TileLog) {
        let bench = Bench()
        let log = try bench.open()
        try bench.grow(log, to: size)
        try log.guard.confirmIntact()
        return (bench, log)
    }

    @Test(arguments: edge)
    func `a removed file is noticed at once, and put back it is good again`(path: String) throws {
        let (bench, log) = try log()
        let putBack = bench.disk.takeAway(Self.folder + path)
        #expect(throws: Fault(.auditTamperedWith)) { try log.guard.confirmIntact() }
        #expect(throws: Fault(.auditTamperedWith)) { try log.integrate() }
        #expect(log.health.faults.contains(Fault(.auditTamperedWith)))
        putBack()
        try log.integrate()
        try log.guard.confirmIntact()
        #expect(log.health.isGood)
    }

    @Test(arguments: edge)
    func `a cut, a changed and an emptied file are noticed at once`(path: String) throws {
        let edits: [(inout [UInt8]) -> Void] = [
            { $0.removeLast() }, { $0[3] ^= 1 }, { $0 = [] }, { $0.append(0) },
        ]
        for edit in edits {
            let (bench, log) = try log()
            let before = bench.folder.files[path] ?? []
            bench.disk.tamper(Self.folder + path, edit)
            #expect(throws: Fault(.auditTamperedWith)) { try log.guard.confirmIntact() }
            // Nothing is signed on top of it.
            #expect(throws: Fault(.auditTamperedWith)) { try bench.grow(log, to: 310) }
            bench.disk.tamper(Self.folder + path) { $0 = before }
            try log.integrate()
            try log.guard.confirmIntact()
            #expect(AuditVerifier(key: log.verifier).verify(bench.folder).findings == [])
        }
    }

    @Test(arguments: edge)
    func `a replaced file is noticed, and accepted only with the same content`(path: String) throws
    {
        let (bench, log) = try log()
        let bytes = bench.folder.files[path] ?? []
        bench.disk.replace(Self.folder + path, with: bytes.reversed())
        #expect(throws: Fault(.auditTamperedWith)) { try log.guard.confirmIntact() }
        #expect(throws: Fault(.auditTamperedWith)) { try log.integrate() }
        bench.disk.replace(Self.folder + path, with: bytes)
        try log.integrate()
        try log.guard.confirmIntact()
    }

    @Test(arguments: edge)
    func `a file removed while entries are taken in is not papered over`(path: String) throws {
        let (bench, log) = try log()
        let aside = Aside()
        bench.entries.onRead { aside.take(Self.folder + path, from: bench.disk) }
        #expect(throws: Fault(.auditTamperedWith)) { try bench.grow(log, to: 310) }
        #expect(throws: Fault(.auditTamperedWith)) { try log.guard.confirmIntact() }
        aside.putBack()
        try log.integrate()
        try log.guard.confirmIntact()
        #expect(AuditVerifier(key: log.verifier).verify(bench.folder).findings == [])
    }

    @Test func `a moved folder is noticed, and moved back it is good again`() throws {
        let (bench, log) = try log()
        let putBack = bench.disk.takeAway("/data/audit")
        #expect(throws: Fault(.auditTamperedWith)) { try log.guard.confirmIntact() }
        putBack()
        try log.guard.confirmIntact()
    }

    @Test func `an older checkpoint put back is noticed, with its own files too`() throws {
        let (bench, log) = try log(290)
        let older = bench.folder.files
        try bench.grow(log, to: 300)
        for (path, bytes) in older where path == "checkpoint" {
            bench.disk.replace(Self.folder + path, with: bytes)
        }
        #expect(throws: Fault(.auditTamperedWith)) { try log.guard.confirmIntact() }
        #expect(throws: Fault(.auditTamperedWith)) { try log.integrate() }
    }

    @Test(arguments: ["tile/entries/000", "tile/0/002"])
    func `an older file has its turn within a round`(path: String) throws {
        let (bench, log) = try log(1000)
        let before = bench.folder.files[path] ?? []
        bench.disk.tamper(Self.folder + path) { $0[5] ^= 1 }
        var calls = 0
        var fault: Fault?
        while fault == nil, calls < 7 {
            calls += 1
            do { try log.guard.confirmIntact() } catch { fault = error }
        }
        #expect(fault?.code == .auditTamperedWith)
        #expect(fault?.note.contains(path) == true)
        #expect(throws: Fault(.auditTamperedWith)) { try log.integrate() }
        bench.disk.tamper(Self.folder + path) { $0 = before }
        try log.integrate()
        for _ in 0..<7 { try log.guard.confirmIntact() }
    }

    @Test func `a rolled back database is noticed while running`() throws {
        let (bench, log) = try log()
        bench.entries.cut(to: 299)
        #expect(throws: Fault(.auditTamperedWith)) { try log.integrate() }
        #expect(throws: Fault(.auditTamperedWith)) { try log.guard.confirmIntact() }
    }

    @Test func `a closed log says no`() throws {
        let (_, log) = try log()
        log.close()
        #expect(throws: Fault(.shuttingDown)) { try log.guard.confirmIntact() }
        #expect(throws: Fault(.shuttingDown)) { try log.integrate() }
    }

    @Test func `how the log is can be asked while the disk has not answered`() throws {
        let (bench, log) = try log()
        let seen = Mutex<[AuditHealth]>([])
        bench.disk.onStep { operation, name in
            // As long as this takes, the guard and the integrator keep everybody else out.
            guard operation == "rename", name == "checkpoint" else { return }
            seen.withLock { $0.append(log.health) }
        }
        try bench.grow(log, to: 310)
        bench.disk.onStep(nil)
        #expect(seen.withLock { $0.map(\.integrated) } == [300])
        #expect(log.health.integrated == 310)
    }

    @Test func `the integrator's own work never alarms the guard`() async throws {
        let (bench, log) = try log(1)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for size in 2...900 { try bench.grow(log, to: size) }
            }
            for _ in 0..<2 {
                group.addTask {
                    for _ in 0..<3000 { try log.guard.confirmIntact() }
                }
            }
            try await group.waitForAll()
        }
    }
}
