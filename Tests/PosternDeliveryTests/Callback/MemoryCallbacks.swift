import PosternDelivery
import PosternModel
import PosternPipeline
import Synchronization
import Testing

/// Calls that are owed, in memory; fails on request.
actor MemoryCallbacks: CallbackQueue {
    enum Operation: Hashable, CaseIterable { case due, next, settle, delay }
    /// How an operation fails: nothing happened, or it happened unheard.
    enum Failure { case before, after }

    private(set) var calls: [OwedCallback.ID: (call: OwedCallback, dueAt: Instant)] = [:]
    private(set) var looks = 0
    private var failures: [Operation: [Failure]] = [:]
    private var watchers:
        [(CheckedContinuation<Void, Never>, @Sendable (isolated MemoryCallbacks) -> Bool)] = []

    init(_ calls: [OwedCallback] = []) {
        for call in calls { self.calls[call.id] = (call, call.event.at) }
    }

    func add(_ call: OwedCallback) { calls[call.id] = (call, call.event.at) }

    func fail(_ operation: Operation, _ failure: Failure) {
        failures[operation, default: []].append(failure)
    }

    /// Returns when something holds; looks again after every operation.
    func until(_ wanted: @escaping @Sendable (isolated MemoryCallbacks) -> Bool) async {
        if wanted(self) { return }
        await withCheckedContinuation { watchers.append(($0, wanted)) }
    }

    func dueCallbacks(at instant: Instant, limit: Int) async throws(Fault) -> [OwedCallback] {
        try perform(.due) {
            Array(
                calls.values.filter { $0.dueAt <= instant }.map(\.call).sorted { $0.id < $1.id }
                    .prefix(limit))
        }
    }

    func nextCallback() async throws(Fault) -> Instant? {
        try perform(.next) {
            looks += 1
            return calls.values.map(\.dueAt).min()
        }
    }

    func settleCallback(_ call: OwedCallback.ID) async throws(Fault) {
        try perform(.settle) { calls[call] = nil }
    }

    func delayCallback(_ call: OwedCallback.ID, until instant: Instant) async throws(Fault) {
        try perform(.delay) {
            calls[call]?.dueAt = instant
            calls[call]?.call.attempts += 1
        }
    }

    private func perform<Result>(
        _ operation: Operation, _ body: () -> Result
    ) throws(Fault) -> Result {
        var failure: Failure?
        if failures[operation]?.isEmpty == false { failure = failures[operation]?.removeFirst() }
        if failure == .before { throw Fault(.storageUnwritable) }
        let result = body()
        let ready = watchers.indices.filter { watchers[$0].1(self) }
        for index in ready.reversed() { watchers.remove(at: index).0.resume() }
        if failure == .after { throw Fault(.storageUnwritable) }
        return result
    }
}

/// Answers calls as told, `taken` after the last, and remembers them.
final class ScriptedCaller: CallbackCarrier {
    struct Call: Equatable {
        let url: CallbackURL
        let id: String
        let body: String
    }

    private struct State {
        var calls: [Call] = []
        var answers: [Carriage]
        var isClosed = false
    }
    private let state: Mutex<State>

    init(_ answers: Carriage...) { state = Mutex(State(answers: answers)) }

    var calls: [Call] { state.withLock { $0.calls } }
    var isClosed: Bool { state.withLock { $0.isClosed } }

    func call(_ url: CallbackURL, under id: String, saying body: [UInt8]) async -> Carriage {
        state.withLock { state in
            state.calls.append(Call(url: url, id: id, body: String(decoding: body, as: UTF8.self)))
            return state.answers.isEmpty ? .taken : state.answers.removeFirst()
        }
    }

    func close() async { state.withLock { $0.isClosed = true } }
}

extension Samples {
    static func callback(
        _ id: Int64, to url: String? = "https://ann:secret@hooks.example/in", attempts: Int = 0,
        dialect: String = "test", age: Duration = .zero
    ) throws -> OwedCallback {
        OwedCallback(
            id: id, dialect: dialect,
            url: try url.map { try #require(CallbackURL($0)) },
            event: DispatchEvent(
                message: try #require(MessageGUID("0123456789abcdef0123456789abcdef")), annex: nil,
                ending: .delivered, at: start.advanced(by: .zero - age), kinds: [.ended]),
            attempts: attempts)
    }
}
