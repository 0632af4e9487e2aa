import PosternModel
import Synchronization

/// Lets those who want the same thing go one after the other, in the order they came; others do not wait for them.
final class Turns<Thing: Hashable & Sendable>: Sendable {
    /// Who waits for each thing that somebody has.
    private let waiting = Mutex<[Thing: [CheckedContinuation<Void, Never>]]>([:])

    /// Does something while nobody else has the thing.
    func take<Value>(
        _ thing: Thing, _ body: () async throws(Fault) -> Value
    ) async throws(Fault) -> Value {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isFree = waiting.withLock { waiting in
                guard waiting[thing] != nil else {
                    waiting[thing] = []
                    return true
                }
                waiting[thing]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
        defer { pass(thing) }
        return try await body()
    }

    private func pass(_ thing: Thing) {
        let next = waiting.withLock { waiting -> CheckedContinuation<Void, Never>? in
            guard let queue = waiting[thing], !queue.isEmpty else {
                waiting[thing] = nil
                return nil
            }
            return waiting[thing]?.removeFirst()
        }
        next?.resume()
    }
}
