import Dispatch
import GRDB
import Logging
import PosternModel
import Synchronization

// Copying the write-ahead log back, emptying it, and opening the file again after trouble: all of it on the writer's queue.
extension GroupCommitter {
    /// Has the log copied back once much was written, or copies the rest of it, after everyone who waited was told.
    func checkpointIfDue(_ desk: inout Desk) {
        guard let connection = desk.connection else { return }
        switch copier.takeEnding() {
        case .rest: return copyRest(connection, &desk)
        case .failed(let error): return noteFailedCopy(error, connection, &desk)
        case nil: break
        }
        let grown = desk.marks.logSize - desk.logSizeAtCheckpoint
        guard
            desk.unitsSinceCheckpoint >= options.checkpointUnits || grown >= options.checkpointBytes
        else { return }
        desk.unitsSinceCheckpoint = 0
        desk.logSizeAtCheckpoint = desk.marks.logSize
        copier.begin()
    }

    private func copyRest(_ connection: Connection, _ desk: inout Desk) {
        do {
            try connection.queue.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA wal_checkpoint(PASSIVE)")
            }
        } catch { noteFailedCopy(error, connection, &desk) }
    }

    /// Gives the file up after the log could not be copied back, unless only room was missing.
    private func noteFailedCopy(
        _ error: any Error, _ connection: Connection, _ desk: inout Desk
    ) {
        logger.warning(
            "The log could not be copied back.",
            metadata: ["fault": "\(Fault(.storageUnwritable, error))"])
        guard (error as? DatabaseError)?.resultCode != .SQLITE_FULL else { return }
        giveUp(connection, &desk, keepingLog: true)
    }

    /// Copies the whole log back and empties it, so that nothing overwritten lingers in it.
    ///
    /// A reader or a full disk may stand in the way: it is tried again then, until it is done.
    ///
    /// - Returns: Whether it is done already.
    @discardableResult
    func emptyLog() async -> Bool {
        await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
            emptyCopiedLog { isDone in
                if !isDone { self.emptyLogSoon() }
                continuation.resume(returning: isDone)
            }
        }
    }

    /// Whether the log is still to be emptied.
    var isLogToBeEmptied: Bool { inbox.withLock { $0.emptying } }

    /// Empties the log within a second, once for all who ask until then.
    ///
    /// What stands in the way may stay, a copy that is being made say, and each try can hold the writer up: the pauses between
    /// tries double, up to a minute.
    func emptyLogSoon() {
        let isFirst = inbox.withLock { inbox in
            defer { inbox.emptying = true }
            return !inbox.emptying && !inbox.closed
        }
        if isFirst { emptyLog(after: 1) }
    }

    private func emptyLog(after seconds: Int) {
        queue.asyncAfter(deadline: .now() + .seconds(seconds)) {
            self.emptyCopiedLog { isDone in
                self.inbox.withLock { $0.emptying = !isDone }
                if !isDone { self.emptyLog(after: min(2 * seconds, 60)) }
            }
        }
    }

    /// Empties the log after most of it has been copied beside the writer; tells whether nothing is left to do.
    private func emptyCopiedLog(_ tell: @escaping @Sendable (Bool) -> Void) {
        copier.copy { self.queue.async { tell(self.emptyLogNow()) } }
    }

    /// - Returns: Whether nothing is left to do: the log is empty, or is emptied when the file is opened again.
    private func emptyLogNow() -> Bool {
        desk.withLock { desk in
            // Files that were tampered with are left for the next commit to find.
            guard let connection = desk.connection, (try? desk.marks.confirmDatabase()) != nil,
                (try? desk.marks.confirmLog()) != nil
            else { return true }
            if case .failed(let error) = copier.takeEnding() {
                noteFailedCopy(error, connection, &desk)
                return false
            }
            let busy: Int?
            do {
                busy = try connection.queue.writeWithoutTransaction { db in
                    try Int.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
                }
            } catch {
                noteFailedCopy(error, connection, &desk)
                return false
            }
            try? desk.marks.acceptEmptiedLog()
            desk.logSizeAtCheckpoint = desk.marks.logSize
            return busy == 0
        }
    }

    /// Makes sure that the log is the one last seen, or that another program has copied all of it back and emptied it.
    ///
    /// That is what an empty log may mean, or a shorter one that is known by other numbers; it may also mean that somebody cut it
    /// off. A handle that is opened anew after all others are closed finds only what is on disk, and the number of audit entries
    /// tells the one from the other.
    func confirmLog(
        _ connection: Connection, _ desk: inout Desk, holding leaves: Int64
    ) throws -> Connection {
        do { try desk.marks.confirmLog() } catch {
            let size = try DataFileMarks(file.path).logSize
            let beganAnew = size == 0 || connection.statements.logSalts != desk.logSalts
            guard size < desk.marks.logSize, beganAnew else { throw error }
            giveUp(connection, &desk)
            let next = try openAnew()
            guard try file.kind.nextIndex(next.statements) >= leaves else {
                next.close()
                throw error
            }
            try adopt(next, &desk)
            return next
        }
        return connection
    }

    /// Closes every handle; the last one to close copies the log back if it still can.
    func giveUp(
        _ connection: Connection, _ desk: inout Desk, keepingLog isKept: Bool = false
    ) {
        readers.reset()
        close(connection, keepingLog: isKept)
        desk.connection = nil
    }

    /// Closes the writer's handle and the copier's.
    ///
    /// What was copied earlier without a sync may be lost when a copy has failed, and SQLite would not copy it again: the log is
    /// kept whole then, and all of it is copied when the file is opened anew.
    func close(_ connection: Connection, keepingLog isKept: Bool = false) {
        copier.stop()
        let hasFailed = if case .failed = copier.takeEnding() { true } else { false }
        if isKept || hasFailed { connection.statements.keepLog() }
        connection.close()
    }

    /// Opens the file again after trouble, and believes only what recovery finds on disk.
    func reopen(_ desk: inout Desk) throws(Fault) -> Connection {
        // The database is never made anew here: a ledger that is gone is trouble, not an empty ledger.
        try desk.marks.confirmDatabase()
        do {
            let connection = try openAnew()
            // What the kernel calls clean after a failed sync may never have reached the disk. Copying the log
            // into the database writes and syncs every page again, and starts a new log.
            let busy = try connection.queue.writeWithoutTransaction { db in
                try Int.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            }
            guard busy == 0 else {
                throw Fault(.storageUnwritable, note: "the log could not be copied back")
            }
            try adopt(connection, &desk)
            logger.notice("The data file was opened again.")
            return connection
        } catch { throw Fault(.storageUnwritable, error) }
    }

    /// Takes a handle for the writer's, and one for the copier: both, or neither.
    private func adopt(_ connection: Connection, _ desk: inout Desk) throws {
        let marks = try DataFileMarks(file.path)
        copier.use(try file.openCopier())
        (desk.connection, desk.marks, desk.logSizeAtCheckpoint) = (connection, marks, 0)
        desk.logSalts = connection.statements.logSalts
    }

    /// Opens the file with no other handle open, so that what is known of the log is found on disk.
    private func openAnew() throws -> Connection {
        defer { readers.admit() }
        guard readers.shut(within: options.patience) else {
            throw Fault(.storageUnwritable, note: "the file that was given up is still read")
        }
        return try file.openWriter(options)
    }
}
