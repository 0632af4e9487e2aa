public import Logging
public import PosternModel
public import PosternPipeline
import PosternPolicy
import Synchronization

/// Records a sample of the unauthenticated refusals and counts the rest.
///
/// INVARIANT: every refusal that was noted is recorded on its own or is part of a summary, however often the ledger fails
/// meanwhile.
public final class UnauthenticatedRecorder: UnauthenticatedLog {
    /// Refusals that wait for the ledger at most; one more is counted instead.
    public static let mostWaiting = 64

    private let sampler = Mutex(RefusalSampler())
    private let policy: @Sendable () -> PolicyDigest
    private let write: @Sendable (SealedEntry) async throws(Fault) -> Void
    private let clock: any Clock
    private let logger: Logger
    private let samples: AsyncStream<UnauthenticatedRefusal>
    private let feed: AsyncStream<UnauthenticatedRefusal>.Continuation

    /// Begins with nothing counted.
    ///
    /// - Parameters:
    ///   - policy: The policy in force, which a summary names.
    ///   - write: Makes an entry durable, or throws after nothing of it is.
    ///   - clock: When a summary falls due.
    ///   - logger: Told what could not be recorded.
    public init(
        policy: @escaping @Sendable () -> PolicyDigest,
        write: @escaping @Sendable (SealedEntry) async throws(Fault) -> Void,
        clock: any Clock, logger: Logger
    ) {
        self.policy = policy
        self.write = write
        self.clock = clock
        self.logger = logger
        (samples, feed) = AsyncStream.makeStream(
            bufferingPolicy: .bufferingOldest(Self.mostWaiting))
    }

    /// Keeps a sample for the ledger or counts; the ledger is not waited for.
    public func note(_ refusal: UnauthenticatedRefusal) {
        let treatment = sampler.withLock { $0.note(at: refusal.at) }
        guard treatment == .record else { return }
        if case .enqueued = feed.yield(refusal) { return }
        count(refusal)
    }

    /// Writes samples as they come; once told to ``finish()``, those that still wait and a last summary.
    public func recordSamples() async {
        for await refusal in samples where await !record(refusal.entry) { count(refusal) }
        await summarise(finally: true)
    }

    /// Lets ``recordSamples()`` end; what is noted later is counted and told by nobody.
    public func finish() { feed.finish() }

    /// Writes a summary if one is due; what could not be written stays counted.
    public func summarise() async { await summarise(finally: false) }

    private func summarise(finally: Bool) async {
        let now = clock.now()
        let summary = sampler.withLock { $0.takeSummary(at: now, finally: finally) }
        guard let summary else { return }
        if await !record(summary.entry(policy: policy())) {
            sampler.withLock { $0.restore(summary) }
        }
    }

    /// Leaves to a summary what could not be recorded.
    private func count(_ refusal: UnauthenticatedRefusal) {
        sampler.withLock { $0.count(at: refusal.at) }
    }

    private func record(_ entry: AuditEntry) async -> Bool {
        do {
            try await write(SealedEntry(entry, subject: nil, openings: []))
            return true
        } catch {
            logger.error("unauthenticated refusals not recorded", metadata: ["fault": "\(error)"])
            return false
        }
    }
}

extension UnauthenticatedRefusal {
    /// The refusal as an audit entry; it commits to nobody, because nobody is known.
    fileprivate var entry: AuditEntry {
        AuditEntry(
            kind: operation == nil ? .send : .operation, id: decision, at: at,
            policy: verdict.policy, dialect: context.dialect, request: context.request,
            facts: operation == nil ? facts : nil, decision: operation == nil ? verdict : nil,
            operation: operation, refusal: refusal)
    }
}
