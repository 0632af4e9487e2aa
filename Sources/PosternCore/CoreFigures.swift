import HTTPTypes
public import PosternCoreContract
import Synchronization

/// Counts what a core was asked and what it answered.
public final class CoreFigures: Sendable {
    /// One kind of answer.
    public struct Kind: Hashable, Sendable, Comparable {
        /// What was asked; nil for what is no route, or was refused before that was known.
        public let route: CoreRoute.Name?
        /// The status, or a problem's name.
        public let result: String

        /// Orders by both.
        public static func < (left: Kind, right: Kind) -> Bool {
            (left.route?.rawValue ?? "", left.result) < (right.route?.rawValue ?? "", right.result)
        }
    }

    private struct State {
        var counts: [Kind: Int] = [:]
        var inFlight = 0
    }

    private let state = Mutex(State())

    /// Begins at zero.
    public init() {}

    /// How often each kind of answer was given.
    public var counts: [Kind: Int] { state.withLock { $0.counts } }

    /// Requests under way.
    public var inFlight: Int { state.withLock { $0.inFlight } }

    /// Takes a place for a request; false when all are taken.
    func admit(limit: Int) -> Bool {
        state.withLock { state in
            guard state.inFlight < limit else { return false }
            state.inFlight += 1
            return true
        }
    }

    /// Gives the place back.
    func leave() { state.withLock { $0.inFlight -= 1 } }

    func count(_ status: HTTPResponse.Status, of route: CoreRoute.Name) {
        count(Kind(route: route, result: "\(status.code)"))
    }

    func count(_ problem: CoreProblem.Name, of route: CoreRoute.Name?) {
        count(Kind(route: route, result: problem.rawValue))
    }

    private func count(_ kind: Kind) { state.withLock { $0.counts[kind, default: 0] += 1 } }
}
