import GRDB
import PosternModel
import Synchronization

/// Connections that read, lent to one thread at a time and never waiting for the writer.
final class ReaderPool: Sendable {
    private struct State {
        var idle: [DatabaseQueue] = []
        var generation = 0
    }

    private let file: DataFile
    private let state = Mutex(State())
    private let keptIdle = 8

    init(_ file: DataFile) { self.file = file }

    /// Reads with one consistent view of the data.
    func snapshot<Value>(_ body: (Database) throws -> Value) throws(Fault) -> Value {
        try read { db in
            try db.run("BEGIN DEFERRED TRANSACTION")
            defer { _ = try? db.run("ROLLBACK TRANSACTION") }
            return try body(db)
        }
    }

    /// Reads with one view for each statement.
    func read<Value>(_ body: (Database) throws -> Value) throws(Fault) -> Value {
        let (lent, generation) = state.withLock { ($0.idle.popLast(), $0.generation) }
        do {
            let reader = try lent ?? file.openReader()
            // A reader that failed is let go: what its cache holds is unknown.
            let value = try reader.unsafeRead(body)
            state.withLock { state in
                guard state.generation == generation, state.idle.count < keptIdle else { return }
                state.idle.append(reader)
            }
            return value
        } catch { throw Fault(.storageUnreadable, error) }
    }

    /// Lets every connection go, so that none keeps a view of a file that was given up.
    func reset() {
        let idle = state.withLock { state in
            state.generation += 1
            defer { state.idle = [] }
            return state.idle
        }
        for reader in idle { try? reader.close() }
    }
}
