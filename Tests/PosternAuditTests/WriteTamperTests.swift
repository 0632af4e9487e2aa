import PosternAudit
import PosternModel
import Synchronization
import Testing

/// Somebody at the log's files just when the integrator writes them.
@Suite struct WriteTamperTests {
    /// Every file that growing from 250 to 300 entries writes.
    static let written = [
        "checkpoint", "tile/entries/000", "tile/0/000", "tile/entries/001.p/44", "tile/0/001.p/44",
        "tile/1/000.p/1",
    ]

    enum Deed: CaseIterable {
        case cut, changed, changedQuietly, replaced, removed

        func callAsFunction(_ path: String, on disk: MemoryDisk) {
            switch self {
            case .cut: disk.tamper(path) { $0.removeLast() }
            case .changed: disk.tamper(path) { $0[3] ^= 1 }
            case .changedQuietly: disk.tamper(path, quietly: true) { $0[3] ^= 1 }
            case .replaced: disk.replace(path, with: disk.content(path)?.reversed() ?? [])
            case .removed: _ = disk.takeAway(path)
            }
        }
    }

    /// When it is done.
    enum Moment: CaseIterable {
        /// Before the file's content is on the disk, and before it has its name.
        case aside
        /// As soon as the file has its name.
        case named
        /// As soon as the checkpoint has its name, when all has been looked at for the last time.
        case covered
    }

    /// One deed, once, and what the guard says as soon as the next checkpoint is watched.
    private final class Intruder: Sendable {
        struct State {
            var isDone = false
            /// What the file held before.
            var good: [UInt8] = []
            var hasCheckpoint = false
            var answer: Fault?
        }

        private let state = Mutex(State())
        private let bench: Bench
        private let path: String

        init(_ bench: Bench, _ path: String) {
            self.bench = bench
            self.path = GuardTests.folder + path
        }

        var seen: State { state.withLock { $0 } }

        func enter(_ log: TileLog, _ deed: Deed, _ moment: Moment) throws {
            let before = try bench.disk.stamp(path, in: .anywhere)?.inode
            bench.disk.onStep { [self] operation, name in
                let isCheckpoint = operation == "rename" && name == "checkpoint"
                let isTime =
                    switch moment {
                    case .aside: operation == "write" && bench.disk.content(path + ".new") != nil
                    case .named: operation == "rename" && inode != nil && inode != before
                    case .covered: isCheckpoint
                    }
                if isTime, !seen.isDone {
                    let target = moment == .aside ? path + ".new" : path
                    let good = bench.disk.content(target) ?? []
                    deed(target, on: bench.disk)
                    state.withLock { ($0.isDone, $0.good) = (true, good) }
                }
                if isCheckpoint { state.withLock { $0.hasCheckpoint = true } }
                // The folder's sync after the checkpoint: a commit may come at any time from here on.
                guard operation == "fsync", seen.hasCheckpoint else { return }
                do throws(Fault) { try log.guard.confirmIntact() } catch {
                    state.withLock { $0.answer = error }
                }
            }
        }

        func putBack() { bench.disk.replace(path, with: seen.good) }

        private var inode: UInt64? { (try? bench.disk.stamp(path, in: .anywhere))?.inode }
    }

    @Test(arguments: written, Deed.allCases)
    func `what is done to a file between its writing and its watching is noticed at once`(
        path: String, deed: Deed
    ) throws {
        for moment in [Moment.named, .covered] {
            let (bench, log) = try log()
            let older = bench.checkpoint
            let intruder = Intruder(bench, path)
            try intruder.enter(log, deed, moment)
            let fault = #expect(throws: Fault(.auditTamperedWith)) { try bench.grow(log, to: 300) }
            bench.disk.onStep(nil)
            #expect(fault?.note.contains(path) == true)
            #expect(throws: Fault(.auditTamperedWith)) { try log.guard.confirmIntact() }
            #expect(!log.health.isGood)
            #expect(intruder.seen.isDone)
            if intruder.seen.hasCheckpoint {
                #expect(moment == .covered || path == "checkpoint")
                #expect(intruder.seen.answer?.code == .auditTamperedWith)
            } else {
                #expect(bench.checkpoint == older)
            }
            // A file that is gone and that no checkpoint covers is written again; all else waits for an operator.
            if deed != .removed || intruder.seen.hasCheckpoint {
                #expect(throws: Fault(.auditTamperedWith)) { try log.integrate() }
                #expect(throws: Fault(.auditTamperedWith)) { try log.guard.confirmIntact() }
            }
            intruder.putBack()
            try expectMended(bench, log)
        }
    }

    @Test(arguments: written, Deed.allCases)
    func `what is done to a file before it has its name is noticed as well`(
        path: String, deed: Deed
    ) throws {
        let (bench, log) = try log()
        let intruder = Intruder(bench, path)
        try intruder.enter(log, deed, .aside)
        // A file that is gone cannot be given its name.
        let code: FaultCode = deed == .removed ? .auditUnwritable : .auditTamperedWith
        #expect(throws: Fault(code)) { try bench.grow(log, to: 300) }
        bench.disk.onStep(nil)
        #expect(throws: Fault(code)) { try log.guard.confirmIntact() }
        #expect(intruder.seen.isDone)
        if deed != .removed {
            #expect(throws: Fault(.auditTamperedWith)) { try log.integrate() }
            intruder.putBack()
        }
        try expectMended(bench, log)
    }

    @Test func `an older checkpoint put in the place of one just written is not accepted`() throws {
        let (bench, log) = try log()
        let older = bench.checkpoint
        bench.disk.onStep { [disk = bench.disk] operation, name in
            guard operation == "rename", name == "checkpoint" else { return }
            disk.replace(GuardTests.folder + name, with: older)
        }
        for _ in 0..<3 {
            #expect(throws: Fault(.auditTamperedWith)) { try bench.grow(log, to: 300) }
            #expect(throws: Fault(.auditTamperedWith)) { try log.guard.confirmIntact() }
        }
    }

    @Test(arguments: GuardTests.edge, 1...3)
    func `a file changed while the log is opened is noticed`(path: String, reading: Int) throws {
        let bench = Bench()
        try bench.grow(try bench.open(), to: 300)
        let changed = change(path, afterReading: reading, on: bench.disk)
        let log = try? bench.open()
        bench.disk.onStep(nil)
        // Not every file is read so often.
        guard let log, changed() else { return }
        #expect(throws: Fault(.auditTamperedWith)) { try log.guard.confirmIntact() }
        #expect(throws: Fault(.auditTamperedWith)) { try log.integrate() }
    }

    @Test(arguments: written)
    func `a file changed before a failure is looked into is noticed`(path: String) throws {
        let (bench, log) = try log()
        try failUnheard(bench, log)
        let before = try #require(bench.folder.files[path])
        bench.disk.tamper(GuardTests.folder + path, quietly: true) { $0[3] ^= 1 }
        #expect(throws: Fault(.auditTamperedWith)) { try log.integrate() }
        #expect(throws: Fault(.auditTamperedWith)) { try log.guard.confirmIntact() }
        bench.disk.tamper(GuardTests.folder + path) { $0 = before }
        try expectMended(bench, log)
    }

    @Test(arguments: written)
    func `a file changed while a failure is looked into is noticed`(path: String) throws {
        let (bench, log) = try log()
        try failUnheard(bench, log)
        let before = try #require(bench.folder.files[path])
        let changed = change(path, afterReading: 1, on: bench.disk)
        // Full files have their turn within a round.
        #expect(throws: Fault(.auditTamperedWith)) {
            try log.integrate()
            for _ in 0..<7 { try log.guard.confirmIntact() }
        }
        bench.disk.onStep(nil)
        #expect(changed())
        #expect(throws: Fault(.auditTamperedWith)) { try log.integrate() }
        bench.disk.tamper(GuardTests.folder + path) { $0 = before }
        try expectMended(bench, log)
    }

    private func log() throws -> (Bench, TileLog) {
        let bench = Bench()
        let log = try bench.open()
        try bench.grow(log, to: 250)
        return (bench, log)
    }

    /// Changes a file just after it was read for the n-th time from now, and says whether it came to that.
    private func change(
        _ path: String, afterReading number: Int, on disk: MemoryDisk
    ) -> () -> Bool {
        let readings = Readings()
        disk.onStep { operation, name in
            guard operation == "read", name == GuardTests.folder + path,
                readings.next() == number
            else { return }
            disk.tamper(GuardTests.folder + path) { $0[3] ^= 1 }
        }
        return { readings.count >= number }
    }

    private final class Readings: Sendable {
        private let number = Mutex(0)

        var count: Int { number.withLock { $0 } }

        func next() -> Int {
            number.withLock {
                $0 += 1
                return $0
            }
        }
    }

    /// Grows the log to 300 entries; the checkpoint's new file gets its name, and that is said to have failed.
    private func failUnheard(_ bench: Bench, _ log: TileLog) throws {
        let rehearsal = Bench()
        let rehearsed = try rehearsal.open()
        try rehearsal.grow(rehearsed, to: 250)
        let start = rehearsal.disk.changes
        let number = Mutex(0)
        rehearsal.disk.onStep { [disk = rehearsal.disk] operation, name in
            guard operation == "rename", name == "checkpoint" else { return }
            number.withLock { $0 = disk.changes - start }
        }
        try rehearsal.grow(rehearsed, to: 300)
        bench.disk.fail(at: number.withLock { $0 }, .doneUnheard)
        #expect(throws: Fault(.auditUnwritable)) { try bench.grow(log, to: 300) }
    }

    private func expectMended(_ bench: Bench, _ log: TileLog) throws {
        while try log.integrate() > 0 {}
        for _ in 0..<7 { try log.guard.confirmIntact() }
        #expect(log.health.isGood)
        expectFiles(bench, log, 300)
        #expect(AuditVerifier(key: log.verifier).verify(bench.folder).findings == [])
        try bench.grow(log, to: 310)
        try log.guard.confirmIntact()
        expectFiles(bench, log, 310)
    }
}
