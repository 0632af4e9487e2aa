import CStart
import Foundation
import Logging
import PosternContent
import PosternModel
import PosternPipeline
import PosternPolicy
import PosternStorage
import ServiceLifecycle
import Synchronization

/// Everything wrong with a policy folder, patterns included, a line each.
struct PolicyTrouble: Error, CustomStringConvertible {
    /// `file:line:column: sentence`, a line each; sentences quote the files.
    let lines: [String]

    var description: String { lines.joined(separator: "\n") }

    /// How many faults there are and where the first is: what the audit log may say, which outsiders read and the
    /// keyword lists must not show in.
    var summary: String {
        let place = lines.first?.split(separator: ":").prefix(3).joined(separator: ":") ?? "?"
        return "\(lines.count) \(lines.count == 1 ? "fault" : "faults"), the first at \(place)"
    }
}

/// A policy ready to come into force, and the files it was read from.
struct LoadedPolicy {
    let active: ActivePolicy
    let version: PolicyVersion
    /// What the folder looked like before it was read: an edit made meanwhile differs from it.
    let fingerprint: PolicyFolder.Fingerprint
}

/// Keeps the policy in force in step with its folder.
///
/// INVARIANT: a policy's files are kept by digest, and the audit log names it, before a decision is made under it.
///
/// A good edit comes into force as one value; a bad one keeps the last good policy, and health, a metric, a
/// header, the log and the audit log all say so until the folder is good again.
final class PolicyKeeper: Service {
    private let first: PolicyFolder.Fingerprint
    private let folder: String
    private let cache: String
    private let interval: Duration
    private let archive: PolicyArchive
    private let register: PolicyRegister
    private let ledger: any SendLedger
    private let clock: any PosternModel.Clock
    private let logger: Logger

    init(
        _ first: PolicyFolder.Fingerprint, folder: String, cache: String, interval: Duration,
        archive: PolicyArchive, register: PolicyRegister, ledger: any SendLedger,
        clock: any PosternModel.Clock, logger: Logger
    ) {
        self.first = first
        self.folder = folder
        self.cache = cache
        self.interval = interval
        self.archive = archive
        self.register = register
        self.ledger = ledger
        self.clock = clock
        self.logger = logger
    }

    /// Loads a folder and compiles its lists; blocks on the disk and, for large lists, the processor.
    static func load(folder: String, cache: String?) throws(PolicyTrouble) -> LoadedPolicy {
        let fingerprint = PolicyFolder.fingerprint(at: folder)
        let version = PolicyFolder.version(at: folder)
        var faults: [PolicyFault] = []
        let lists: [KeywordList]
        switch version {
        case .success(let loaded): lists = loaded.policy.keywordLists
        case .failure(let found): (faults, lists) = (found.faults, found.keywordLists)
        }
        // Compiled whatever else is wrong, so that patterns at fault do not show only after all else is mended.
        let scanner: ContentScanner?
        do {
            scanner = try ContentScanner(lists: lists, cache: cache)
        } catch {
            scanner = nil
            faults += error.entries.map { $0.fault(in: lists) }
        }
        guard case .success(let version) = version, let scanner else {
            throw PolicyTrouble(lines: faults.sorted().map(\.description))
        }
        return LoadedPolicy(
            active: ActivePolicy(policy: version.policy, scanner: scanner), version: version,
            fingerprint: fingerprint)
    }

    /// Names the first policy in the audit log; called before anything is decided.
    ///
    /// - Throws: When the log cannot be written.
    func begin() async throws(Fault) {
        try await record(.policyActivated, register.current.policy.digest, note: folder)
    }

    /// Looks at the folder again and again until the program stops.
    func run() async {
        await cancelWhenGracefulShutdown {
            var seen = self.first
            while !Task.isCancelled {
                try? await Task.sleep(for: self.interval)
                let found = PolicyFolder.fingerprint(at: self.folder)
                if found != seen, await self.reload() { seen = found }
            }
        }
    }

    /// Puts the folder's policy in force, or says why not.
    ///
    /// - Returns: Whether that was the last word on these files; when not, they are worth another try.
    private func reload() async -> Bool {
        let running = register.current.policy.digest
        do {
            let next = try Self.load(folder: folder, cache: cache)
            let digest = next.version.policy.digest
            if digest != running {
                do throws(Fault) {
                    try archive.keep(next.version)
                    try await record(.policyActivated, digest, note: folder)
                } catch {
                    say(
                        "policy cannot be recorded; the last one stays in force", error.note,
                        running)
                    return false
                }
            }
            register.activate(next.active)
            cstart_trim_heaps()
            guard digest != running else { return true }
            logger.notice(
                "policy in force", metadata: ["policy": "\(digest)", "before": "\(running)"])
        } catch {
            say("policy refused; the last good one stays in force", "\(error)", running)
            do {
                try await record(.policyRejected, running, note: error.summary)
            } catch {
                logger.error("policy refusal not recorded", metadata: ["fault": "\(error)"])
            }
        }
        return true
    }

    /// Is loud about files that are not in force, once for each reason.
    private func say(_ message: Logger.Message, _ trouble: String, _ running: PolicyDigest) {
        guard register.trouble != trouble else { return }
        register.keepDespite(trouble: trouble)
        logger.error(message, metadata: ["policy": "\(running)", "faults": "\(trouble)"])
    }

    private func record(
        _ kind: AuditEntry.Kind, _ policy: PolicyDigest, note: String
    ) async throws(Fault) {
        let now = clock.now()
        let entry = AuditEntry(
            kind: kind, id: .make(at: now), at: now, policy: policy, note: note)
        try await ledger.record(SealedEntry(entry, subject: nil, openings: []))
    }
}

extension KeywordFaults.Entry {
    /// The fault at its place; one that lies with no entry is the whole policy's.
    fileprivate func fault(in lists: [KeywordList]) -> PolicyFault {
        let list = lists.first { $0.id == self.list }
        let entry = list?.entries.first { $0.line == line }
        return PolicyFault(
            file: list?.file ?? "policy.yaml", line: entry?.line ?? 1, column: entry?.column ?? 1,
            message: message)
    }
}
