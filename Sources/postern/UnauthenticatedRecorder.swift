import Logging
import PosternAudit
import PosternModel
import PosternPipeline
import PosternPolicy
import ServiceLifecycle
import Synchronization

/// Records a sample of the unauthenticated refusals and counts the rest.
final class UnauthenticatedRecorder: UnauthenticatedLog, Service {
    private let sampler = Mutex(RefusalSampler())
    private let policies: PolicyRegister
    private let ledger: any SendLedger
    private let clock: any PosternModel.Clock
    private let logger: Logger
    private let samples: AsyncStream<UnauthenticatedRefusal>
    private let feed: AsyncStream<UnauthenticatedRefusal>.Continuation

    init(
        policies: PolicyRegister, ledger: any SendLedger, clock: any PosternModel.Clock,
        logger: Logger
    ) {
        self.policies = policies
        self.ledger = ledger
        self.clock = clock
        self.logger = logger
        (samples, feed) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(64))
    }

    func note(_ refusal: UnauthenticatedRefusal) {
        let treatment = sampler.withLock { $0.note(at: refusal.at) }
        guard treatment == .record else { return }
        // One that finds no room among those that wait for the ledger is counted instead.
        if case .enqueued = feed.yield(refusal) { return }
        count(refusal)
    }

    /// Writes samples as they come and a summary when one is due, until the program stops.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await cancelWhenGracefulShutdown {
                    while !Task.isCancelled {
                        try? await Task.sleep(for: .seconds(1))
                        await self.summarise()
                    }
                }
                self.feed.finish()
            }
            for await refusal in samples where await !record(refusal.entry) { count(refusal) }
        }
        await summarise(finally: true)
    }

    private func summarise(finally: Bool = false) async {
        let now = clock.now()
        let summary = sampler.withLock { $0.takeSummary(at: now, finally: finally) }
        guard let summary else { return }
        if await !record(summary.entry(policy: policies.current.policy.digest)) {
            sampler.withLock { $0.restore(summary) }
        }
    }

    /// Leaves to a summary what could not be recorded.
    private func count(_ refusal: UnauthenticatedRefusal) {
        sampler.withLock { $0.count(at: refusal.at) }
    }

    private func record(_ entry: AuditEntry) async -> Bool {
        do {
            try await ledger.record(SealedEntry(entry, subject: nil, openings: []))
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
