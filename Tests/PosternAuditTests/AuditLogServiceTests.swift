import Logging
import PosternAudit
import PosternModel
import Synchronization
import Testing

/// Callbacks that come when the test says so.
final class HandTimer: Sendable {
    private let due = Mutex<[(Duration, @Sendable () -> Void)]>([])

    var timer: AuditLogService.Timer {
        { [self] delay, work in due.withLock { $0.append((delay, work)) } }
    }
    var delays: [Duration] { due.withLock { $0.map(\.0).sorted() } }

    func fire(_ delay: Duration) {
        let works = due.withLock { due in
            defer { due.removeAll { $0.0 == delay } }
            return due.filter { $0.0 == delay }.map(\.1)
        }
        for work in works { work() }
    }
}

struct StillClock: PosternModel.Clock {
    func now() -> Instant { Instant(milliseconds: 42) }
}

@Suite struct AuditLogServiceTests {
    let bench = Bench()
    let timer = HandTimer()
    let pace = AuditLogService.Pace(
        gather: .milliseconds(200), retry: .seconds(1), patrol: .seconds(5))

    private func service() throws -> (AuditLogService, TileLog) {
        let log = try bench.open()
        return (
            AuditLogService(
                log, clock: StillClock(), pace: pace, logger: Logger(label: "test"),
                timer: timer.timer),
            log
        )
    }

    @Test func `start takes in what a crash left, and many nudges are one run`() async throws {
        let (service, log) = try service()
        bench.entries.append(Samples.pool[..<10])
        service.start()
        service.start()
        #expect(try await service.integrateNow() == 10)
        #expect(service.health.checkpointedAt == Instant(milliseconds: 42))
        bench.entries.append(Samples.pool[10..<20])
        for _ in 0..<100 { service.entriesAppended() }
        #expect(timer.delays == [pace.gather, pace.patrol])
        timer.fire(pace.gather)
        #expect(try await service.integrateNow() == 20)
        expectFiles(bench, log, 20)
        service.entriesAppended()
        #expect(timer.delays == [pace.gather, pace.patrol])
        try await service.stop()
    }

    @Test func `stop takes in what is left and closes`() async throws {
        let (service, log) = try service()
        service.start()
        bench.entries.append(Samples.pool[..<300])
        try await service.stop()
        expectFiles(bench, log, 300)
        #expect(throws: Fault(.shuttingDown)) { try log.guard.confirmIntact() }
        service.entriesAppended()
        #expect(!timer.delays.contains(pace.gather))
    }

    @Test func `after a failure it tries again by itself`() async throws {
        let (service, log) = try service()
        service.start()
        _ = try await service.integrateNow()
        bench.disk.setFull(true)
        bench.entries.append(Samples.pool[..<5])
        service.entriesAppended()
        timer.fire(pace.gather)
        await #expect(throws: Fault(.auditUnwritable)) { try await service.integrateNow() }
        #expect(service.health.faults == [Fault(.auditUnwritable)])
        #expect(timer.delays.contains(pace.retry))
        bench.disk.setFull(false)
        timer.fire(pace.retry)
        // The queue is serial: whatever the timer started is done when this returns.
        #expect(try await service.integrateNow() == 5)
        #expect(service.health.isGood)
        try log.guard.confirmIntact()
        try await service.stop()
    }

    @Test func `what the guard notices is looked into without a nudge`() async throws {
        let (service, log) = try service()
        bench.entries.append(Samples.pool[..<300])
        service.start()
        _ = try await service.integrateNow()
        let putBack = bench.disk.takeAway("/data/audit/tile/0/000")
        for _ in 0..<4 { _ = try? log.guard.confirmIntact() }
        #expect(throws: Fault(.auditTamperedWith)) { try log.guard.confirmIntact() }
        #expect(timer.delays.contains(pace.retry))
        putBack()
        timer.fire(pace.retry)
        _ = try await service.integrateNow()
        for _ in 0..<4 { try log.guard.confirmIntact() }
        try await service.stop()
    }

    @Test func `changes are noticed while nobody sends`() async throws {
        let (service, _) = try service()
        bench.entries.append(Samples.pool[..<3])
        service.start()
        _ = try await service.integrateNow()
        bench.disk.tamper("/data/audit/checkpoint") { $0[0] ^= 1 }
        timer.fire(pace.patrol)
        _ = try? await service.integrateNow()
        #expect(service.health.faults.contains(Fault(.auditTamperedWith)))
        await #expect(throws: Fault(.auditTamperedWith)) { try await service.stop() }
    }
}
