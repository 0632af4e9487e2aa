import Dispatch
import GRDB
import Synchronization

/// Copies the write-ahead log back into the database on a queue of its own, while the writer goes on (`Decisions/0006`).
///
/// A log starts anew only when all of it has been copied, and the writer adds to it meanwhile. Once it has grown long, the copier
/// goes over it again and again until little is left, and leaves the rest to the writer, between two of its batches.
final class LogCopier: Sendable {
    /// How a copy ended that leaves the writer something to do.
    enum Ending: Sendable {
        /// It is to copy the rest.
        case rest
        /// It is to give the file up: pages that had been copied may be lost, and SQLite counts on them.
        case failed(any Error)
    }

    private struct State {
        var connection: Connection?
        var isCopying = false
        var ending: Ending?
        /// Units of work written so far.
        var written = 0
    }

    /// Units added while the copier went over the log that are few enough to be left to the writer.
    private static let fewUnits = 25
    /// How often it goes over the log before it leaves to the writer what there is.
    private static let mostTurns = 8

    private let longestLog: Int
    private let queue = DispatchQueue(label: "postern.storage.copier")
    private let state = Mutex(State())

    /// Takes the frames a log may have before it is to start anew.
    init(longestLog: Int) { self.longestLog = longestLog }

    /// Takes a connection to copy by, opened together with the writer's: both are to hold the same file.
    func use(_ connection: Connection) { state.withLock { $0.connection = connection } }

    /// Says that the log has grown.
    func noteWritten(_ units: Int) { state.withLock { $0.written += units } }

    /// Copies what there is, unless that is under way.
    func begin() {
        let isFirst = state.withLock { state in
            defer { state.isCopying = true }
            return !state.isCopying
        }
        guard isFirst else { return }
        queue.async {
            self.copyInTurns()
            self.state.withLock { $0.isCopying = false }
        }
    }

    /// Copies what there is, and then goes on with something else, whatever came of it.
    func copy(then next: @escaping @Sendable () -> Void) {
        queue.async {
            if let connection = self.state.withLock({ $0.connection }) { _ = self.copy(connection) }
            next()
        }
    }

    /// How copying ended, where that leaves something to do; it is told once.
    func takeEnding() -> Ending? {
        state.withLock { state in
            defer { state.ending = nil }
            return state.ending
        }
    }

    /// Ends what is under way and lets the connection go.
    func stop() {
        let connection = state.withLock { state in
            defer { state.connection = nil }
            return state.connection
        }
        queue.sync { connection?.close() }
    }

    private func copyInTurns() {
        for _ in 0..<Self.mostTurns {
            let (connection, before) = state.withLock { ($0.connection, $0.written) }
            guard let connection, let frames = copy(connection), frames >= longestLog else {
                return
            }
            if state.withLock({ $0.written }) - before <= Self.fewUnits { break }
        }
        state.withLock { $0.ending = $0.ending ?? .rest }
    }

    /// Copies all that no reader needs as it was.
    ///
    /// - Returns: How many frames the log has; nil when something went wrong.
    private func copy(_ connection: Connection) -> Int? {
        do {
            return try connection.queue.writeWithoutTransaction { db in
                // The columns: whether another copies, frames in the log, frames copied.
                try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(PASSIVE)")?[1] ?? 0
            }
        } catch {
            state.withLock { $0.ending = .failed(error) }
            return nil
        }
    }
}
