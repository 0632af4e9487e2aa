import PosternModel
import Synchronization

/// Connections that read, lent to one thread at a time and never waiting for the writer.
final class ReaderPool: Sendable {
    private struct State {
        var idle: [Connection] = []
        var generation = 0
    }

    private let file: DataFile
    private let state = Mutex(State())
    private let keptIdle = 8

    init(_ file: DataFile) { self.file = file }

    /// Reads with one consistent view of the data.
    func snapshot<Value>(_ body: (Statements) throws -> Value) throws(Fault) -> Value {
        try read { statements in
            try statements.run("BEGIN DEFERRED TRANSACTION")
            let value = try body(statements)
            try statements.run("ROLLBACK TRANSACTION")
            return value
        }
    }

    /// Reads with one view for each statement.
    func read<Value>(_ body: (Statements) throws -> Value) throws(Fault) -> Value {
        let (lent, generation) = state.withLock { ($0.idle.popLast(), $0.generation) }
        let reader: Connection
        do { reader = try lent ?? file.openReader() } catch {
            throw Fault(.storageUnreadable, error)
        }
        let value: Value
        do { value = try body(reader.statements) } catch {
            // A reader that failed is let go, in its transaction or not: what its cache holds is unknown.
            reader.close()
            throw Fault(.storageUnreadable, error)
        }
        let isKept = state.withLock { state in
            guard state.generation == generation, state.idle.count < keptIdle else { return false }
            state.idle.append(reader)
            return true
        }
        if !isKept { reader.close() }
        return value
    }

    /// Lets every connection go, so that none keeps a view of a file that was given up.
    func reset() {
        let idle = state.withLock { state in
            state.generation += 1
            defer { state.idle = [] }
            return state.idle
        }
        for reader in idle { reader.close() }
    }
}
