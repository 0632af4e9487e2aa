import Logging
import PosternModel
import PosternPipeline
import PosternPolicy
import PosternSealing
import PosternStorage
import ServiceLifecycle

/// Erases messages whose time has come, once a minute.
///
/// Readers do not depend on it: a message past its time is not shown, erased or not. At the start it makes up for erasures that
/// a killed process did not see through.
struct ExpiryService: Service {
    let store: SQLiteStore
    let policies: PolicyRegister
    let clock: any PosternModel.Clock
    let logger: Logger

    func run() async throws {
        removeOrphans()
        await store.emptyLog()
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await erase()
                try? await Task.sleep(for: .seconds(60))
            }
        }
    }

    private func removeOrphans() {
        do {
            let removed = try store.removeOrphans()
            guard removed > 0 else { return }
            logger.notice(
                "Attached files that belong to no message were removed.",
                metadata: ["files": "\(removed)"])
        } catch {
            logger.warning("Attached files could not be looked through: \(error)")
        }
    }

    private func erase() async {
        do throws(Fault) {
            while !Task.isCancelled {
                let now = clock.now()
                let policy = policies.current.policy.digest
                let seenTo = try await store.eraseExpired(at: now, limit: 500) {
                    count throws(Fault) in
                    try SealedEntry(
                        AuditEntry(
                            kind: .erasure, id: .make(at: now), at: now, policy: policy,
                            count: count, note: "messages were erased because their time had come"),
                        subject: nil, openings: [])
                }
                if seenTo < 500 { return }
            }
        } catch {
            logger.error(
                "Messages whose time has come could not be erased.",
                metadata: ["fault": "\(error)"])
        }
    }
}
