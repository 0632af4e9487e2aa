public import PosternModel

/// How the audit log is.
public struct AuditHealth: Sendable, Equatable {
    /// What is wrong, with notes for operators; empty when all is well.
    ///
    /// While it is not, nothing is sent.
    public let faults: [Fault]
    /// How many entries the newest checkpoint covers.
    public let integrated: UInt64
    /// How many committed entries no checkpoint covered yet when the integrator last looked.
    public let waiting: UInt64
    /// When the newest checkpoint of this run was written; nil before the first.
    public let checkpointedAt: Instant?

    /// Whether nothing is wrong.
    public var isGood: Bool { faults.isEmpty }
}
