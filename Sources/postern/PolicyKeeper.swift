import Foundation
import Logging
import PosternContent
import PosternModel
import PosternPipeline
import PosternPolicy
import ServiceLifecycle
import Synchronization

/// Everything wrong with a policy folder, patterns included, a line each.
struct PolicyTrouble: Error, CustomStringConvertible {
    let description: String
}

/// Keeps the policy in force in step with its folder.
///
/// A good edit comes into force as one value; a bad one keeps the last good policy, and health, a metric, a
/// header, the log and the audit log all say so until the folder is good again.
final class PolicyKeeper: Service {
    private let folder: String
    private let cache: String
    private let interval: Duration
    private let register: PolicyRegister
    private let ledger: any SendLedger
    private let clock: any PosternModel.Clock
    private let logger: Logger

    init(
        folder: String, cache: String, interval: Duration, register: PolicyRegister,
        ledger: any SendLedger, clock: any PosternModel.Clock, logger: Logger
    ) {
        self.folder = folder
        self.cache = cache
        self.interval = interval
        self.register = register
        self.ledger = ledger
        self.clock = clock
        self.logger = logger
    }

    /// Loads a folder and compiles its lists; blocks on the disk and, for large lists, the processor.
    static func load(folder: String, cache: String?) throws(PolicyTrouble) -> ActivePolicy {
        let policy: Policy
        switch PolicyFolder.load(at: folder) {
        case .success(let loaded): policy = loaded
        case .failure(let faults): throw PolicyTrouble(description: faults.description)
        }
        do {
            return ActivePolicy(
                policy: policy,
                scanner: try ContentScanner(lists: policy.keywordLists, cache: cache))
        } catch {
            let lines = error.entries.map { entry in
                let file = policy.keywordLists.first { $0.id == entry.list }?.file ?? entry.list
                return "\(file):\(entry.line):1: \(entry.message)"
            }
            throw PolicyTrouble(description: lines.joined(separator: "\n"))
        }
    }

    /// Looks at the folder again and again until the program stops.
    func run() async {
        let loaded = PolicyFolder.fingerprint(at: folder)
        await record(.policyActivated, register.current.policy.digest, note: folder)
        await cancelWhenGracefulShutdown {
            var seen = loaded
            while !Task.isCancelled {
                try? await Task.sleep(for: self.interval)
                let found = PolicyFolder.fingerprint(at: self.folder)
                if found != seen {
                    seen = found
                    await self.reload()
                }
            }
        }
    }

    private func reload() async {
        let running = register.current.policy.digest
        do {
            let next = try Self.load(folder: folder, cache: cache)
            // Recorded first: the log names a policy before any decision that it made.
            if next.policy.digest != running {
                await record(.policyActivated, next.policy.digest, note: folder)
            }
            register.activate(next)
            guard next.policy.digest != running else { return }
            logger.notice(
                "policy in force",
                metadata: ["policy": "\(next.policy.digest)", "before": "\(running)"])
        } catch {
            register.keepDespite(trouble: "\(error)")
            logger.error(
                "policy refused; the last good one stays in force",
                metadata: ["policy": "\(running)", "faults": "\(error)"])
            await record(.policyRejected, running, note: String("\(error)".prefix(2000)))
        }
    }

    private func record(_ kind: AuditEntry.Kind, _ policy: PolicyDigest, note: String) async {
        do {
            let entry = AuditEntry(
                kind: kind, id: .random(), at: clock.now(), policy: policy, note: note)
            try await ledger.record(SealedEntry(entry, subject: nil, openings: []))
        } catch {
            logger.error("policy change not recorded", metadata: ["fault": "\(error)"])
        }
    }
}
