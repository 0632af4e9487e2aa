internal import NIOConcurrencyHelpers
internal import Synchronization

/// What a listener has done so far and is doing now; read it for metrics.
public struct ListenerSnapshot: Sendable, Equatable {
    /// Connections open now.
    public var connections = 0
    /// Connections accepted since the start.
    public var accepted = 0
    /// Connections closed at once because there were too many.
    public var turnedAway = 0
    /// TLS handshakes completed.
    public var handshakes = 0
    /// TLS handshakes that failed or took too long.
    public var handshakesFailed = 0
    /// Requests handed to the handler over HTTP/1.
    public var requestsHTTP1 = 0
    /// Requests handed to the handler over HTTP/2.
    public var requestsHTTP2 = 0
    /// Requests in the handler's hands now.
    public var requestsInFlight = 0
    /// Bytes of answers that clients have not taken yet, as ``ListenerLimits/answersInAll`` counts them.
    public var answerBytesWaiting = 0
    /// Connections ended for breaking HTTP/2's rules, flooding, or leaving too many answers untaken.
    public var connectionsCondemned = 0
    /// Refused requests by ``ListenerProblem/name``.
    public var refused: [String: Int] = [:]
    /// Times a new certificate was taken into use.
    public var certificateReloads = 0
    /// Times a new certificate could not be used and the old one was kept.
    public var certificateReloadsFailed = 0
}

/// The counters behind ``ListenerSnapshot``.
final class ListenerCounters: Sendable {
    let connections = Atomic(0)
    let accepted = Atomic(0)
    let turnedAway = Atomic(0)
    let handshakes = Atomic(0)
    let handshakesFailed = Atomic(0)
    let requestsHTTP1 = Atomic(0)
    let requestsHTTP2 = Atomic(0)
    let requestsInFlight = Atomic(0)
    /// Answers that clients have not taken.
    let answers = KeptBytes()
    /// Bodies of HTTP/2 requests that have not been handed on.
    let bodies = KeptBytes()
    let connectionsCondemned = Atomic(0)
    let certificateReloads = Atomic(0)
    let certificateReloadsFailed = Atomic(0)
    private let refused = NIOLockedValueBox<[String: Int]>([:])

    func refuse(_ problem: ListenerProblem) {
        refused.withLockedValue { $0[problem.name, default: 0] += 1 }
    }

    var snapshot: ListenerSnapshot {
        ListenerSnapshot(
            connections: connections.load(ordering: .relaxed),
            accepted: accepted.load(ordering: .relaxed),
            turnedAway: turnedAway.load(ordering: .relaxed),
            handshakes: handshakes.load(ordering: .relaxed),
            handshakesFailed: handshakesFailed.load(ordering: .relaxed),
            requestsHTTP1: requestsHTTP1.load(ordering: .relaxed),
            requestsHTTP2: requestsHTTP2.load(ordering: .relaxed),
            requestsInFlight: requestsInFlight.load(ordering: .relaxed),
            answerBytesWaiting: answers.all.load(ordering: .relaxed),
            connectionsCondemned: connectionsCondemned.load(ordering: .relaxed),
            refused: refused.withLockedValue { $0 },
            certificateReloads: certificateReloads.load(ordering: .relaxed),
            certificateReloadsFailed: certificateReloadsFailed.load(ordering: .relaxed))
    }
}

/// Adds without returning the sum.
func add(_ amount: Int, to counter: borrowing Synchronization.Atomic<Int>) {
    counter.wrappingAdd(amount, ordering: .relaxed)
}

/// Bytes of one kind that connections keep for their clients.
final class KeptBytes: Sendable {
    let all = Atomic(0)
    /// Connections that have a part in them.
    let connections = Atomic(0)

    /// Changes one connection's part.
    func change(_ part: inout Int, by bytes: Int) {
        guard bytes != 0 else { return }
        if part == 0 { add(1, to: connections) }
        part += bytes
        if part == 0 { add(-1, to: connections) }
        add(bytes, to: all)
    }
}
