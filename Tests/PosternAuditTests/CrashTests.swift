import PosternAudit
import PosternModel
import PosternPipeline
import Testing

@Suite struct CrashTests {
    static let steps: [ClosedRange<Int>] = [
        0...1, 1...2, 200...255, 254...256, 255...257, 256...300, 300...511, 100...700, 511...513,
        512...768,
    ]

    /// Breaks one step of growth at every change to the disk in turn, for one kind of fault, and returns how
    /// many places there were.
    private func sweep(
        _ step: ClosedRange<Int>, _ fault: MemoryDisk.Fault,
        afterwards: (Bench, TileLog?, _ acknowledged: Bool) throws -> Void
    ) throws -> Int {
        var number = 0
        while true {
            number += 1
            let bench = Bench()
            var log: TileLog? = try bench.open()
            if let log { try bench.grow(log, to: step.lowerBound) }
            let before = bench.disk.changes
            bench.disk.fail(at: number, fault)
            var acknowledged = true
            do { if let log { try bench.grow(log, to: step.upperBound) } } catch {
                acknowledged = false
            }
            let reached = bench.disk.changes - before >= number
            if fault == .killed || fault == .killedAfter { log = nil }
            try afterwards(bench, log, acknowledged)
            if !reached { return number - 1 }
            #expect(number < 500)
        }
    }

    @Test(arguments: steps, [false, true])
    func `ended at any point, the log goes on after a restart`(
        step: ClosedRange<Int>, powerCut: Bool
    ) throws {
        for fault in [MemoryDisk.Fault.killed, .killedAfter] {
            let places = try sweep(step, fault) { bench, _, acknowledged in
                bench.disk.restart(powerCut: powerCut)
                // Whatever is there now verifies, finished or not.
                let log = try bench.open()
                let found = Int(log.health.integrated)
                expectFiles(bench, log, found)
                if acknowledged { #expect(found == step.upperBound) }
                try log.guard.confirmIntact()
                while try log.integrate() > 0 {}
                try log.guard.confirmIntact()
                expectFiles(bench, log, step.upperBound)
            }
            #expect(places > 10)
        }
    }

    @Test(arguments: steps, [MemoryDisk.Fault.refused, .doneUnheard])
    func `a failed operation stops the gateway until the log is written anew`(
        step: ClosedRange<Int>, fault: MemoryDisk.Fault
    ) throws {
        _ = try sweep(step, fault) { bench, log, acknowledged in
            guard let log else { return }
            if !acknowledged {
                #expect(throws: Fault(.auditUnwritable)) { try log.guard.confirmIntact() }
                #expect(log.health.faults == [Fault(.auditUnwritable)])
                while try log.integrate() > 0 {}
            }
            try log.guard.confirmIntact()
            #expect(log.health.isGood)
            expectFiles(bench, log, step.upperBound)
            // And it is safe now, not only there.
            bench.disk.restart(powerCut: true)
            expectFiles(bench, log, step.upperBound)
        }
    }

    @Test(arguments: [false, true])
    func `ended at any point of its making, a log is made after a restart`(powerCut: Bool) throws {
        for fault in [MemoryDisk.Fault.killed, .killedAfter, .refused, .doneUnheard] {
            for number in 1...40 {
                let bench = Bench()
                bench.disk.fail(at: number, fault)
                _ = try? bench.open()
                bench.disk.restart(powerCut: powerCut)
                let log = try bench.open()
                try bench.grow(log, to: 5)
                expectFiles(bench, log, 5)
            }
        }
    }

    @Test func `a full disk is told of, and its end as well`() throws {
        let bench = Bench()
        let log = try bench.open()
        try bench.grow(log, to: 10)
        bench.disk.setFull(true)
        #expect(throws: Fault(.auditUnwritable)) { try bench.grow(log, to: 20) }
        #expect(throws: Fault(.auditUnwritable)) { try log.guard.confirmIntact() }
        #expect(throws: Fault(.auditUnwritable)) { try log.integrate() }
        bench.disk.setFull(false)
        #expect(try log.integrate() == 0)
        try log.guard.confirmIntact()
        expectFiles(bench, log, 20)
    }

    @Test func `a ledger that cannot be read is told of under its own code`() throws {
        let bench = Bench()
        let log = try bench.open()
        bench.entries.setUnreadable(true)
        #expect(throws: Fault(.storageUnreadable)) { try log.integrate() }
        bench.entries.setUnreadable(false)
        try log.integrate()
        try log.guard.confirmIntact()
    }

    @Test func `a file left ahead of the checkpoint is written over only if it says the same`()
        throws
    {
        let bench = Bench()
        let log = try bench.open()
        try bench.grow(log, to: 10)
        bench.entries.append(Samples.pool[10..<20])
        bench.disk.replace("/data/audit/tile/0/000.p/20", with: [1, 2, 3])
        #expect(throws: Fault.self) { try log.integrate() }
    }
}
