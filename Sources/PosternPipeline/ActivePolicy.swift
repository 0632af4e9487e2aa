public import PosternContent
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
}

/// Holds the policy in force.
///
/// INVARIANT: a request reads it once and is judged by that value to its end, so no request sees a
/// mixture of two policies.
public final class PolicyRegister: Sendable {
    private let active: Mutex<ActivePolicy>

    /// Begins with a policy.
    public init(_ first: ActivePolicy) { active = Mutex(first) }

    /// The policy in force now.
    public var current: ActivePolicy { active.withLock { $0 } }

    /// Puts another in force; requests under way finish with theirs.
    public func activate(_ next: ActivePolicy) { active.withLock { $0 = next } }
}
