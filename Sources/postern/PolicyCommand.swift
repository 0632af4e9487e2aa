import ArgumentParser
import Foundation
import PosternContent
import PosternModel
import PosternPipeline
import PosternPolicy
import PosternSettings
import PosternStorage

/// Policy files.
struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Check, show, explain and test policy files.",
        subcommands: [Check.self, Show.self, PolicyExplainCommand.self, Test.self])

    /// Where the files are.
    struct Folder: ParsableArguments {
        @Argument(help: "The policy folder; the one in the settings when not given.")
        var folder: String?
        @OptionGroup var options: SettingsOptions

        /// Loads the policy with its scanner, or prints every fault and exits with 65.
        func load() throws -> ActivePolicy {
            do {
                return try PolicyKeeper.load(folder: path(), cache: nil).active
            } catch let trouble as PolicyTrouble {
                printError(trouble.description)
                throw ExitCode.badData
            }
        }

        func path() throws -> String { try folder ?? options.read().policy.directory }
    }

    /// Loads the files and says whether they would come into force.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say whether the policy files would come into force, and every fault if not.")

        @OptionGroup var folder: Folder

        func run() async throws {
            let active = try folder.load()
            _ = try cases(folder.path(), for: active.policy)
            print("good: sha-256=\(active.policy.digest)")
        }
    }

    /// Prints the values in force.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Show the groups, or with --effective every value that holds and where it is written."
        )

        @Flag(help: "Every value that holds for sign-in and for each group, with file and line.")
        var effective = false
        @Option(help: "One group only.") var group: String?
        @OptionGroup var folder: Folder

        func run() async throws {
            let policy = try folder.load().policy
            if let group, !policy.groupNames.contains(group) {
                printError("The policy defines no group `\(group.escapedForLine)`.")
                throw ExitCode.failure
            }
            print("policy sha-256=\(policy.digest)")
            print("time zone \(policy.timeZone), default group \(policy.defaultGroup)")
            if effective, group == nil { printValues(policy.effectiveLogin, indent: "") }
            for name in group.map({ [$0] }) ?? policy.groupNames {
                print("\n\(name)")
                guard effective else { continue }
                printValues(policy.effective(name), indent: "  ")
            }
        }

        private func printValues(_ values: [EffectiveValue], indent: String) {
            for value in values {
                print("\(indent)\(value.name): \(value.value)  (\(value.provenance))")
            }
        }
    }

    /// Runs the cases beside a policy.
    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run the cases beside the policy, with coverage by rule and by code.",
            discussion:
                "Exits with 1 when a case fails, or with --complete when a rule or code has no case."
        )

        @Flag(help: "Every rule and every code must have a case.") var complete = false
        @OptionGroup var folder: Folder

        func run() async throws {
            let active = try folder.load()
            let report = try cases(folder.path(), for: active.policy).run(active.policy) { text in
                let hits = try? active.scanner.scan(
                    subject: text.subject, body: text.body, format: text.bodyFormat,
                    attachmentNames: text.attachmentNames, lists: nil)
                return hits ?? []
            }
            report.lines.forEach { print($0) }
            let isWhole = report.rulesMissing.isEmpty && report.codesMissing.isEmpty
            if !report.passes || complete && !isWhole { throw ExitCode.failure }
        }
    }
}

private func cases(_ folder: String, for policy: Policy) throws -> PolicyCases {
    switch PolicyFolder.loadCases(at: folder, for: policy) {
    case .success(let cases): return cases
    case .failure(let faults):
        printError(faults.description)
        throw ExitCode.badData
    }
}
