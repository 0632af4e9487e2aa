import ArgumentParser
import Foundation
import Logging
import PosternModel
import PosternPipeline
import PosternPolicy
import PosternSettings
import PosternStorage

/// Explains a decision from the audit log.
struct PolicyExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explain a recorded decision, rule by rule, from the facts the log kept.",
        discussion: """
            Decides the recorded facts again by the policy that decided them, which is kept by digest even when \
            the files have changed since. Exits with 1 when that policy is no longer kept, and then says what \
            the present one would answer.

            The facts hold what the policy of then found in texts, addresses and passwords, and not those themselves. \
            Another policy is asked about what was found: an edit of keywords, domains, telephone prefixes, units or \
            attempts does not show, and the rules that rest on such are marked.
            """)

    @Argument(help: "The decision's id, from the reply's Postern-Decision header.")
    var decision: String
    @Flag(help: "Say what the present policy files would answer to the recorded facts instead.")
    var present = false
    @OptionGroup var options: SettingsOptions
    @OptionGroup var format: OutputFormat

    func run() async throws {
        guard let id = DecisionID(decision) else {
            throw ValidationError("A decision id has 32 hexadecimal digits.")
        }
        let settings = try options.read()
        let (index, entry) = try await recorded(id, settings)
        if let operation = entry.operation {
            try show(operation, index, entry)
            return
        }
        guard let facts = entry.facts else { throw notThere() }
        if present {
            let policy = try presentPolicy(settings)
            try show(policy, index, entry, facts)
            if !format.json, policy.digest != entry.policy { print("decided by: \(entry.policy)") }
            return
        }
        let archive = PolicyArchive(dataFolder: settings.dataDirectory)
        switch archive.version(entry.policy) {
        case .success(let version):
            try show(version.policy, index, entry, facts)
            guard agrees(version.policy, with: entry, on: facts) else {
                printError("The recorded decision is not what its facts and policy give.")
                throw ExitCode.badData
            }
        case .failure(let missing):
            let policy = try presentPolicy(settings)
            try show(policy, index, entry, facts)
            // The files may still be those that decided, though no copy of them was kept.
            if policy.digest == entry.policy, agrees(policy, with: entry, on: facts) { return }
            printError(
                "It was decided by the policy \(entry.policy), which \(missing.words). The above is what the present policy says to what was found then."
            )
            throw ExitCode.failure
        }
    }

    private func agrees(_ policy: Policy, with entry: AuditEntry, on facts: Facts) -> Bool {
        entry.decision.map { policy.decide(facts, at: entry.at).agrees(with: $0) } ?? false
    }

    private func recorded(
        _ id: DecisionID, _ settings: Settings
    ) async throws -> (Int64, AuditEntry) {
        let store: SQLiteStore
        do {
            store = try SQLiteStore(settings, for: .command, mustExist: true)
        } catch let trouble as StartTrouble {
            printError(trouble.description)
            throw trouble.code
        } catch let fault as Fault {
            printError("\(fault)\n\(fault.code.entry.operatorHint)")
            throw ExitCode.unavailable
        }
        let found = try store.entry(of: id)
        await store.close()
        guard let found,
            let entry = try? JSONDecoder().decode(AuditEntry.self, from: Data(found.leaf))
        else { throw notThere() }
        return (found.index, entry)
    }

    private func notThere() -> ExitCode {
        printError(
            "The audit log has no entry of this decision. Faults leave none, nor do composing, attaching, searching, address books and labels while they are allowed; of requests without a good session only a sample is recorded."
        )
        return .failure
    }

    /// Says what came of something that was no send: no facts are kept of it, and the code says all there is to say.
    private func show(_ operation: String, _ index: Int64, _ entry: AuditEntry) throws {
        let catalogue = entry.refusal.flatMap { OperationCode(name: $0)?.entry }
        let shown = Shown(
            entry: index, decidedAt: entry.at.rfc3339, decidedBy: "\(entry.policy)",
            operation: operation, refusal: entry.refusal, meaning: catalogue?.meaning,
            advice: catalogue?.advice)
        let lines = [
            "entry \(index), decided \(shown.decidedAt)",
            "\(operation): " + (entry.refusal.map { "refused, \($0)" } ?? "done"),
            catalogue?.meaning, catalogue?.advice,
        ]
        try format.show(shown, as: lines.compactMap(\.self).joined(separator: "\n"))
    }

    private func presentPolicy(_ settings: Settings) throws -> Policy {
        switch PolicyFolder.load(at: settings.policy.directory) {
        case .success(let policy): return policy
        case .failure(let faults):
            printError(faults.description)
            throw ExitCode.badData
        }
    }

    private func show(
        _ policy: Policy, _ index: Int64, _ entry: AuditEntry, _ facts: Facts
    ) throws {
        let explanation = policy.explain(facts, at: entry.at, foundBy: entry.policy)
        let shown = Shown(
            entry: index, decidedAt: entry.at.rfc3339, decidedBy: "\(entry.policy)",
            decision: explanation.decision, group: explanation.group,
            rules: explanation.rules.map(Shown.Rule.init))
        let lines = ["entry \(index), decided \(shown.decidedAt)"] + explanation.lines
        try format.show(shown, as: lines.joined(separator: "\n"))
    }

    /// An explanation as JSON: of a send the decision and each rule's say, of anything else what came of it.
    private struct Shown: Encodable {
        var entry: Int64
        var decidedAt: String
        /// The policy that was in force, which is not always the one that explains.
        var decidedBy: String
        var operation: String?
        var refusal: String?
        var meaning: String?
        var advice: String?
        var decision: Decision?
        var group: String?
        var rules: [Rule]?

        struct Rule: Encodable {
            var rule: String
            var code: Int
            var outcome: String
            var sentence: String?
            var values: [EffectiveValue.Row]
            /// The policy that explains is not the one whose findings the rule was judged by.
            var restsOnEarlierFindings: Bool

            init(_ rule: ExplainedRule) {
                self.rule = rule.rule.rawValue
                code = rule.code.rawValue
                outcome = rule.outcome.name
                sentence = rule.sentence
                values = rule.values.map(\.row)
                restsOnEarlierFindings = rule.restsOnEarlierFindings
            }
        }
    }
}

extension ExplainedRule.Outcome {
    fileprivate var name: String {
        switch self {
        case .passes: "passes"
        case .objects: "objects"
        case .shadowed: "shadowed"
        case .excepted: "excepted"
        case .notReached: "notReached"
        }
    }
}

extension PolicyArchive.Missing {
    /// The end of a sentence that begins with the policy.
    fileprivate var words: String {
        switch self {
        case .absent: "is no longer kept"
        case .damaged: "was kept, but its copy has been changed"
        case .refused(let faults): "this build does not take:\n\(faults)\n"
        }
    }
}
