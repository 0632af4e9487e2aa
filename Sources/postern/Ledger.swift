import ArgumentParser
import Foundation
import Logging
import PosternAudit
import PosternModel
import PosternPipeline
import PosternPolicy
import PosternSettings
import PosternStorage

/// The ledger as an administrator's command opens it: beside a serving gateway or without one.
struct Ledger {
    let store: SQLiteStore
    let clock = SystemClock()
    private let policy: PolicyDigest

    /// Opens the ledger, or says why not and exits.
    static func open(_ settings: Settings) throws -> Ledger {
        do {
            let policy = try PolicyKeeper.load(folder: settings.policy.directory, cache: nil)
                .version.policy
            let store = try SQLiteStore(settings, for: .command)
            // Entries without a log look like a log that was taken away, so the log is made before the first.
            if try store.leafCount() == 0 {
                try TileLog.open(TileLogSettings(settings.audit), source: store).close()
            }
            return Ledger(store: store, policy: policy.digest)
        } catch let trouble as PolicyTrouble {
            printError(trouble.description)
            throw ExitCode.badData
        } catch let trouble as StartTrouble {
            printError(trouble.description)
            throw trouble.code
        } catch let fault as Fault {
            printError("\(fault)\n\(fault.code.entry.operatorHint)")
            throw ExitCode.unavailable
        }
    }

    /// Runs one administrative act, recorded in the same transaction, then closes the ledger.
    ///
    /// - Parameters:
    ///   - note: What was done, in Postern's own words; a subject's address goes into an opening instead.
    ///   - subject: The account it was done to.
    ///   - act: The act; it must append the entry it is handed.
    /// - Returns: What the act returned.
    /// - Throws: What the act throws; a fault is printed and becomes an exit code.
    func administer<Result: Sendable>(
        _ note: String, to subject: AccountSummary? = nil,
        _ act: (SQLiteStore, SealedEntry) async throws -> Result
    ) async throws -> Result {
        do {
            let now = clock.now()
            let entry = AuditEntry(
                kind: .administration, id: .make(at: now), at: now, policy: policy, note: note)
            let openings = subject.map {
                [Opening(field: "account", value: $0.address.description)]
            }
            let sealed = try SealedEntry(
                entry, subject: subject?.id, openings: openings ?? [])
            let result = try await act(store, sealed)
            await store.close()
            return result
        } catch let fault as Fault {
            printError("\(fault)\n\(fault.code.entry.operatorHint)")
            throw ExitCode.unavailable
        }
    }

    /// Finds an account by address, or says that there is none and exits.
    func account(_ address: String) throws -> AccountSummary {
        guard let parsed = EmailAddress(address) else {
            throw ValidationError("`\(address.escapedForLine)` is no email address.")
        }
        guard let account = try store.account(parsed) else {
            printError("There is no account `\(parsed)`.")
            throw ExitCode.failure
        }
        return account
    }
}
