import Dispatch
import PosternModel
import Synchronization

/// Connections that read, lent to one thread at a time and never waiting for the writer.
final class ReaderPool: Sendable {
    private struct State {
        var idle: [Connection] = []
        var lent = 0
        var isShut = false
        var generation = 0
    }

    private let file: DataFile
    private let state = Mutex(State())
    /// Signalled when the last has read while nobody may begin to.
    private let drained = DispatchSemaphore(value: 0)
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
        let (idle, generation) = try state.withLock { state throws(Fault) in
            guard !state.isShut else {
                throw Fault(.storageUnreadable, note: "the data file is being opened again")
            }
            state.lent += 1
            return (state.idle.popLast(), state.generation)
        }
        defer {
            let isLast = state.withLock { state in
                state.lent -= 1
                return state.isShut && state.lent == 0
            }
            if isLast { drained.signal() }
        }
        let reader: Connection
        do { reader = try idle ?? file.openReader() } catch {
            throw Fault(.storageUnreadable, error)
        }
        let value: Value
        do { value = try body(reader.statements) } catch {
            // A reader that failed is let go, in its transaction or not: what its cache holds is unknown.
            reader.close()
            throw Fault(.storageUnreadable, error)
        }
        let isKept = state.withLock { state in
            guard state.generation == generation, !state.isShut, state.idle.count < keptIdle else {
                return false
            }
            state.idle.append(reader)
            return true
        }
        if !isKept { reader.close() }
        return value
    }

    /// Lets nobody read until ``admit()``, and waits for a while until nobody does.
    ///
    /// - Returns: Whether every connection is closed.
    func shut(within patience: Duration) -> Bool {
        state.withLock { $0.isShut = true }
        reset()
        if state.withLock({ $0.lent > 0 }) {
            _ = drained.wait(
                timeout: .now() + .milliseconds(Int(patience.wholeMilliseconds)))
        }
        return state.withLock { $0.lent == 0 }
    }

    /// Lets everybody read again.
    func admit() { state.withLock { $0.isShut = false } }

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
