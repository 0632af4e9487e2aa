import Dispatch
import GRDB
import Logging
import PosternModel
import PosternSealing
import PosternPipeline
import Synchronization

/// How a commit goes wrong on purpose, in tests.
@_spi(Testing) public enum CommitInterference: Sendable {
    /// As it should.
    case well
    /// It fails, and nothing has happened.
    case failsUndone
    /// It happens, and the caller is told that it failed.
    case failsDone
}

/// The one writer: takes waiting units of work and makes many of them durable with one sync.
///
/// It begins as soon as it is free and never on a timer, so batches form by themselves exactly when a disk is
/// slow enough for them to pay. A batch stays open briefly for those on their way here (`Decisions/0002`). Nobody is told of
/// a unit before COMMIT has returned; when COMMIT fails, nobody of the batch is told it went well.
final class GroupCommitter: Sendable {
    /// What a unit of work may touch.
    struct Work {
        let statements: Statements
        /// Keys of audit entries' subjects: only the ledger has any.
        var keys: SubjectKeys
        /// The number that the next audit entry gets, or in a spool the next delivery.
        var nextIndex: Int64
        /// Something got a number.
        var appended = false
    }

    /// What becomes of what a unit wrote.
    enum Ending<Value: Sendable>: Sendable {
        /// It is kept.
        case keep(Value)
        /// It is undone, and the answer is given all the same.
        case undo(Value)
    }

    struct Unit: Sendable {
        /// Runs the work; gives back whether to keep it, and how to tell the caller.
        let run: @Sendable (inout Work) throws -> (keep: Bool, tell: @Sendable () -> Void)
        let fail: @Sendable (Fault) -> Void
    }

    struct Inbox {
        var units: [Unit] = []
        var draining = false
        var closed = false
        /// The log is to be emptied shortly.
        var emptying = false
        /// Since when a batch is being settled, or something waits for the writer; nil while there is nothing to do.
        var busySince: ContinuousClock.Instant?
        /// How many must wait before the writer is woken, while it sleeps with a batch open.
        var wanted: Int?
    }

    /// What only the writer's queue touches.
    struct Desk {
        var connection: Connection?
        var keys = SubjectKeys()
        var marks: DataFileMarks
        /// By what numbers the log was known after the last commit.
        var logSalts: UInt64?
        var acknowledgedLeaves: Int64
        var unitsSinceCheckpoint = 0
        var logSizeAtCheckpoint = 0
        /// How long the last COMMIT took; before the first, longer than anybody waits.
        var lastCommit = Duration.seconds(60)
    }

    private struct Watchers {
        var guardian: (any LogGuard)?
        var entriesAppended: (@Sendable () -> Void)?
        var underWay: (@Sendable () -> Int)?
    }

    let file: DataFile
    let readers: ReaderPool
    let options: SQLiteStore.Options
    let logger: Logger
    let queue = DispatchQueue(label: "postern.storage.writer")
    let copier: LogCopier
    let inbox = Mutex(Inbox())
    let desk: Mutex<Desk>
    private let watchers = Mutex(Watchers())
    /// Wakes the writer while it sleeps with a batch open.
    private let company = DispatchSemaphore(value: 0)
    private let trouble = Mutex<Fault?>(nil)
    private let lastProbe = Mutex(ContinuousClock.now)
    /// Written with every batch, outside any unit: what may be late but not lost for long.
    private let errands: TouchBook

    init(
        file: DataFile, readers: ReaderPool, vault: KeyVault, options: SQLiteStore.Options,
        errands: TouchBook, logger: Logger
    ) throws(Fault) {
        self.file = file
        self.readers = readers
        self.options = options
        self.errands = errands
        self.logger = logger
        copier = LogCopier(longestLog: options.longestLog)
        do {
            let connection = try file.openWriter(options)
            try file.migrate(connection.queue, sealingWith: vault)
            copier.use(try file.openCopier())
            let leaves = try file.kind.nextIndex(connection.statements)
            desk = Mutex(
                Desk(
                    connection: connection, marks: try DataFileMarks(file.path),
                    logSalts: connection.statements.logSalts, acknowledgedLeaves: leaves))
        } catch { throw Fault(.storageUnreadable, error) }
    }

    /// What stands in the way of writing at present; nil when the last batch went well.
    var presentTrouble: Fault? { trouble.withLock { $0 } }

    /// How many units wait.
    var waiting: Int { inbox.withLock { $0.units.count } }

    /// For how long the writer has not got further, though there is something to write.
    var standstill: Duration {
        inbox.withLock { $0.busySince }.map { $0.duration(to: .now) } ?? .zero
    }

    /// How writing goes; while it does not, asking makes it try again, at most once a second.
    func health() -> StoreHealth {
        let trouble = presentTrouble
        if trouble != nil {
            let due = lastProbe.withLock { last in
                guard last.duration(to: .now) > .seconds(1) else { return false }
                last = .now
                return true
            }
            if due { Task { try? await probe() } }
        }
        return StoreHealth(trouble: trouble, waiting: waiting, standstill: standstill)
    }

    /// Writes something that changes nothing, to find out whether writing works.
    func probe() async throws(Fault) {
        try await submit { work in
            try work.statements.run(
                "INSERT INTO meta(key, value) VALUES('probe', 1) ON CONFLICT DO UPDATE SET value = value + 1"
            )
            return .keep(())
        }
    }

    /// Names who is asked before every commit, who is told after entries were appended, and who knows how many are on
    /// their way here.
    func attach(
        guardian: (any LogGuard)?, entriesAppended: (@Sendable () -> Void)?,
        underWay: (@Sendable () -> Int)?
    ) {
        watchers.withLock {
            $0 = Watchers(
                guardian: guardian, entriesAppended: entriesAppended, underWay: underWay)
        }
    }

    /// Makes one unit of work durable, or throws after nothing of it is.
    func submit<Value: Sendable>(
        _ body: @escaping @Sendable (inout Work) throws -> Ending<Value>
    ) async throws(Fault) -> Value {
        let outcome = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Value, Fault>, Never>) in
            enqueue(
                Unit(
                    run: { work in
                        switch try body(&work) {
                        case .keep(let value):
                            (true, { continuation.resume(returning: .success(value)) })
                        case .undo(let value):
                            (false, { continuation.resume(returning: .success(value)) })
                        }
                    },
                    fail: { continuation.resume(returning: .failure($0)) }))
        }
        return try outcome.get()
    }

    /// Wakes the writer for errands alone.
    func nudge() {
        let start = inbox.withLock { inbox in
            guard !inbox.draining, !inbox.closed else { return false }
            inbox.draining = true
            return true
        }
        if start { queue.async { self.drain() } }
    }

    /// Finishes what was accepted, takes no more, and closes the connection.
    func close() async {
        inbox.withLock { $0.closed = true }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            queue.async { self.closeOnceDrained { continuation.resume() } }
        }
    }

    private func closeOnceDrained(_ tell: @escaping @Sendable () -> Void) {
        // Nothing more is accepted, so that this comes to an end.
        guard !inbox.withLock({ $0.draining }) else {
            return queue.async { self.closeOnceDrained(tell) }
        }
        desk.withLock { desk in
            if let connection = desk.connection { close(connection) }
            desk.connection = nil
        }
        tell()
    }

    private func enqueue(_ unit: Unit) {
        enum Place { case refused(Fault), waits, wakes, starts }
        let place = inbox.withLock { inbox -> Place in
            if inbox.closed { return .refused(Fault(.shuttingDown)) }
            if inbox.units.count >= options.waitingLimit {
                return .refused(Fault(.overloaded, note: "the queue of \(file.kind.title) is full"))
            }
            inbox.units.append(unit)
            inbox.busySince = inbox.busySince ?? .now
            if inbox.draining {
                guard let wanted = inbox.wanted, inbox.units.count >= wanted else { return .waits }
                inbox.wanted = nil
                return .wakes
            }
            inbox.draining = true
            return .starts
        }
        switch place {
        case .refused(let fault): unit.fail(fault)
        case .waits: break
        case .wakes: company.signal()
        case .starts: queue.async { self.drain() }
        }
    }

    /// Settles a batch, then lines up again: whoever waits to empty the log has a turn between two batches, however many units
    /// keep coming.
    private func drain(errandsTried: Bool = false) {
        let batch = inbox.withLock { inbox -> [Unit]? in
            if inbox.units.isEmpty, errandsTried || !errands.isWaiting {
                inbox.draining = false
                inbox.busySince = nil
                return nil
            }
            inbox.busySince = .now
            let batch = Array(inbox.units.prefix(options.batchLimit))
            inbox.units.removeFirst(batch.count)
            return batch
        }
        guard let batch else { return }
        settle(batch)
        queue.async { self.drain(errandsTried: true) }
    }

    private func settle(_ first: [Unit]) {
        let watchers = watchers.withLock { $0 }
        var batch = first
        do {
            try watchers.guardian?.confirmIntact()
            let ended = try desk.withLock { desk throws(Fault) in
                try commit(&batch, &desk, underWay: watchers.underWay)
            }
            trouble.withLock { $0 = nil }
            for tell in ended.tell { tell() }
            if ended.appended { watchers.entriesAppended?() }
            desk.withLock { desk in checkpointIfDue(&desk) }
        } catch {
            let first = trouble.withLock { trouble in
                defer { trouble = error }
                return trouble == nil
            }
            if first { logger.error("Nothing can be recorded.", metadata: ["fault": "\(error)"]) }
            for unit in batch { unit.fail(error) }
        }
    }

    private typealias Ended = (tell: [@Sendable () -> Void], appended: Bool)

    private func commit(
        _ batch: inout [Unit], _ desk: inout Desk, underWay: (@Sendable () -> Int)?
    ) throws(Fault) -> Ended {
        var connection: Connection
        if let open = desk.connection {
            try desk.marks.confirmDatabase()
            connection = open
        } else {
            connection = try reopen(&desk)
        }
        let touches = errands.take()
        let ended: Ended
        do {
            connection = try confirmLog(connection, &desk, holding: desk.acknowledgedLeaves)
            try connection.statements.growIndex(beyondLogOf: desk.marks.logSize)
            var work = Work(
                statements: connection.statements, keys: desk.keys,
                nextIndex: desk.acknowledgedLeaves)
            // Keys made in a transaction that fails are in no ledger.
            desk.keys = SubjectKeys()
            let end = ContinuousClock.now + min(desk.lastCommit * 2, options.longestOpen)
            let tell = try transact(&batch, touches, &work, &desk.lastCommit) { taken in
                guard let underWay else { return [] }
                return more(taken, until: end, underWay)
            }
            desk.keys = work.keys
            ended = (tell, work.appended)
            connection = try confirmLog(connection, &desk, holding: work.nextIndex)
            desk.logSalts = connection.statements.logSalts
            desk.acknowledgedLeaves = work.nextIndex
            desk.unitsSinceCheckpoint += batch.count
            copier.noteWritten(batch.count)
        } catch {
            errands.putBack(touches)
            // WHY NOT carry on with the handle: after an I/O error, and most of all after a failed sync, neither
            // SQLite's cache nor the kernel's says what is on disk. Only a full disk leaves both sound.
            if (error as? DatabaseError)?.resultCode != .SQLITE_FULL {
                giveUp(connection, &desk)
            }
            throw Fault(.storageUnwritable, error)
        }
        // The handle stays open when the database is gone: it may be the last hold on what was acknowledged.
        try desk.marks.confirmDatabase()
        return ended
    }

    /// More units for an open batch: those that wait, or else those that come soon; none when it is time to commit.
    private func more(
        _ taken: Int, until end: ContinuousClock.Instant, _ underWay: () -> Int
    ) -> [Unit] {
        while taken < options.batchLimit {
            let rest = ContinuousClock.now.duration(to: end)
            guard rest > .zero else { return [] }
            let coming = underWay()
            let units = inbox.withLock { inbox -> [Unit] in
                let units = Array(inbox.units.prefix(options.batchLimit - taken))
                inbox.units.removeFirst(units.count)
                inbox.wanted = units.isEmpty && coming > 0 ? min(coming, options.quorum) : nil
                return units
            }
            if !units.isEmpty || coming == 0 { return units }
            _ = company.wait(timeout: .now() + .nanoseconds(Int(rest / .nanoseconds(1))))
            inbox.withLock { $0.wanted = nil }
        }
        return []
    }

    /// One transaction for the whole batch, which `more` may let grow.
    ///
    /// Most batches keep all they write, so none of their units gets a savepoint. When one unit must be undone after it
    /// has written something, the batch is begun again with a savepoint for each.
    private func transact(
        _ batch: inout [Unit], _ touches: [TouchBook.Touch], _ work: inout Work,
        _ lastCommit: inout Duration, more: (Int) -> [Unit]
    ) throws -> [@Sendable () -> Void] {
        let interference = options.interference?() ?? .well
        do {
            let tell =
                try attempt(&batch, &work, more: more) { try Self.runUnguarded($0, &$1) }
                ?? attempt(&batch, &work) { try Self.runGuarded($0, &$1) } ?? []
            for touch in touches {
                try work.statements.run(
                    "UPDATE sessions SET last_seen = ?2 WHERE digest = ?1 AND last_seen < ?2",
                    touch.digest, touch.at)
            }
            if case .failsUndone = interference {
                throw Fault(.storageUnwritable, note: "planned, undone")
            }
            let began = ContinuousClock.now
            try work.statements.run("COMMIT TRANSACTION")
            lastCommit = began.duration(to: .now)
            if case .failsDone = interference {
                throw Fault(.storageUnwritable, note: "planned, done")
            }
            return tell
        } catch {
            if work.statements.isInTransaction {
                _ = try? work.statements.run("ROLLBACK TRANSACTION")
            }
            throw error
        }
    }

    /// Begins a transaction and runs every unit in it; nil, and no transaction, when one unit asks for another way.
    private func attempt(
        _ batch: inout [Unit], _ work: inout Work, more: (Int) -> [Unit] = { _ in [] },
        _ run: (Unit, inout Work) throws -> (@Sendable () -> Void)?
    ) throws -> [@Sendable () -> Void]? {
        let acknowledged = work.nextIndex
        try work.statements.run("BEGIN IMMEDIATE TRANSACTION")
        let first = try file.kind.nextIndex(work.statements)
        guard first >= acknowledged else {
            throw Fault(.storageUnwritable, note: "the data file was rolled back")
        }
        work.nextIndex = first
        var tell: [@Sendable () -> Void] = []
        var next = batch
        while !next.isEmpty {
            for unit in next {
                if let ended = try run(unit, &work) {
                    tell.append(ended)
                    continue
                }
                if work.statements.isInTransaction {
                    try work.statements.run("ROLLBACK TRANSACTION")
                }
                (work.nextIndex, work.appended) = (acknowledged, false)
                work.keys.forget()
                return nil
            }
            next = more(batch.count)
            batch += next
        }
        return tell
    }

    /// Runs a unit that is expected to keep what it writes; nil when that is not so.
    private static func runUnguarded(
        _ unit: Unit, _ work: inout Work
    ) throws -> (@Sendable () -> Void)? {
        let written = work.statements.written
        do {
            let (keep, tell) = try unit.run(&work)
            return keep || work.statements.written == written ? tell : nil
        } catch let fault as Fault {
            guard work.statements.written == written else { return nil }
            return { unit.fail(fault) }
        } catch let error as DatabaseError where error.concernsOneUnit {
            return nil
        }
    }

    /// Runs a unit under a savepoint.
    private static func runGuarded(
        _ unit: Unit, _ work: inout Work
    ) throws -> @Sendable () -> Void {
        let statements = work.statements
        let (indexBefore, appendedBefore) = (work.nextIndex, work.appended)
        try statements.run("SAVEPOINT unit")
        func undo() throws {
            try statements.run("ROLLBACK TO SAVEPOINT unit")
            try statements.run("RELEASE SAVEPOINT unit")
            (work.nextIndex, work.appended) = (indexBefore, appendedBefore)
            work.keys.forget()
        }
        do {
            let (keep, tell) = try unit.run(&work)
            if keep { try statements.run("RELEASE SAVEPOINT unit") } else { try undo() }
            return tell
        } catch let fault as Fault {
            try undo()
            return { unit.fail(fault) }
        } catch let error as DatabaseError
            where error.concernsOneUnit && work.statements.isInTransaction
        {
            try undo()
            let fault = Fault(.storageUnwritable, error)
            return { unit.fail(fault) }
        }
    }

}

extension DatabaseError {
    /// The statement was at fault, not the disk: others of the batch need not suffer.
    fileprivate var concernsOneUnit: Bool {
        switch resultCode {
        case .SQLITE_CONSTRAINT, .SQLITE_TOOBIG, .SQLITE_MISMATCH, .SQLITE_RANGE, .SQLITE_ERROR:
            true
        default: false
        }
    }
}
