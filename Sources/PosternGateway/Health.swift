import PosternModel
import Synchronization

/// How one part of Postern is.
public enum HealthState: Sendable, Equatable {
    /// As it should be.
    case good
    /// Serving, and somebody should look.
    case degraded(String)
    /// Unable to send anything.
    case down(String)
}

/// Asks each part how it is.
public struct HealthBoard: Sendable {
    /// One part's name and how to ask it, from any thread but an event loop's.
    ///
    /// Asking must not wait for what may stand still: what takes a disk to know is known by a ``Glance``.
    public typealias Check = (name: String, ask: @Sendable () -> HealthState)

    /// How each part is, in the order listed.
    typealias States = [(name: String, state: HealthState)]

    private let checks: [Check]

    /// Lists the parts.
    public init(_ checks: [Check]) { self.checks = checks }

    /// Every part's present state, in the order listed.
    var states: States { checks.map { ($0.name, $0.ask()) } }

    /// The worst of some states as one word: `good`, `degraded` or `down`.
    static func summary(of states: States) -> String {
        let words = states.map { $0.state.word }
        return ["down", "degraded"].first(where: words.contains) ?? "good"
    }
}

extension HealthState {
    /// `good`, `degraded` or `down`.
    var word: String {
        switch self {
        case .good: "good"
        case .degraded: "degraded"
        case .down: "down"
        }
    }

    /// Why, unless all is well.
    var reason: String? {
        switch self {
        case .good: nil
        case .degraded(let reason), .down(let reason): reason
        }
    }
}
