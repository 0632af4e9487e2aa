public import PosternContent
public import PosternModel
public import PosternPolicy
import Synchronization

/// A policy in force together with the scanner compiled from its keyword lists; swapped as one value.
public struct ActivePolicy: Sendable {
    /// The rules.
    public let policy: Policy
    /// The compiled lists.
    public let scanner: ContentScanner

    /// Joins a policy and the scanner compiled from its lists.
    public init(policy: Policy, scanner: ContentScanner) {
        self.policy = policy
        self.scanner = scanner
    }

    /// The policy's name.
    public var digest: PolicyDigest { policy.digest }
}

/// Holds the policy in force.
///
/// INVARIANT: a request reads it once and is judged by that value to its end, so no request sees a
/// mixture of two policies.
public final class PolicyRegister: Sendable {
    private struct State {
        var active: ActivePolicy
        var trouble: String?
    }

    private let state: Mutex<State>

    /// Begins with a policy.
    public init(_ first: ActivePolicy) { state = Mutex(State(active: first)) }

    /// The policy in force now.
    public var current: ActivePolicy { state.withLock { $0.active } }

    /// Why the files on disk are not the policy in force; nil while they are.
    public var trouble: String? { state.withLock { $0.trouble } }

    /// Puts another in force; requests under way finish with theirs.
    public func activate(_ next: ActivePolicy) {
        state.withLock { $0 = State(active: next, trouble: nil) }
    }

    /// Keeps the present policy although the files have changed, and says why.
    public func keepDespite(trouble: String) { state.withLock { $0.trouble = trouble } }
}
