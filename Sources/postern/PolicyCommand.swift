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
        @OptionGroup var format: OutputFormat

        func run() async throws {
            let active = try folder.load()
            _ = try cases(folder.path(), for: active.policy)
            let digest = "sha-256=\(active.policy.digest)"
            try format.show(["policy": digest], as: "good: \(digest)")
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
        @OptionGroup var format: OutputFormat

        private struct Shown: Encodable {
            var policy: String
            var timeZone: String
            var defaultGroup: String
            var login: [EffectiveValue.Row]?
            var groups: [Group]

            struct Group: Encodable {
                var name: String
                var values: [EffectiveValue.Row]?
            }
        }

        func run() async throws {
            let policy = try folder.load().policy
            if let group, !policy.groupNames.contains(group) {
                printError("The policy defines no group `\(group.escapedForLine)`.")
                throw ExitCode.failure
            }
            if format.json {
                let shown = Shown(
                    policy: "sha-256=\(policy.digest)", timeZone: "\(policy.timeZone)",
                    defaultGroup: policy.defaultGroup,
                    login: effective && group == nil ? policy.effectiveLogin.map(\.row) : nil,
                    groups: (group.map { [$0] } ?? policy.groupNames).map {
                        Shown.Group(
                            name: $0, values: effective ? policy.effective($0).map(\.row) : nil)
                    })
                return try format.show(shown, as: "")
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
        @OptionGroup var format: OutputFormat

        private struct Tried: Encodable {
            var cases: Int
            var failures: [Failure]
            var rulesMissing: [String]
            var codesMissing: [Int]

            struct Failure: Encodable {
                var place: String
                var name: String
                var difference: String
            }
        }

        func run() async throws {
            let active = try folder.load()
            let report = try cases(folder.path(), for: active.policy).run(active.policy) { text in
                let hits = try? active.scanner.scan(
                    subject: text.subject, body: text.body, format: text.bodyFormat,
                    attachmentNames: text.attachmentNames, lists: nil)
                return hits ?? []
            }
            let tried = Tried(
                cases: report.results.count,
                failures: report.failures.map {
                    Tried.Failure(
                        place: "\($0.policyCase.file):\($0.policyCase.line)",
                        name: $0.policyCase.name, difference: $0.difference ?? "")
                },
                rulesMissing: report.rulesMissing.map(\.rawValue),
                codesMissing: report.codesMissing.map(\.rawValue))
            try format.show(tried, as: report.lines.joined(separator: "\n"))
            let isWhole = report.rulesMissing.isEmpty && report.codesMissing.isEmpty
            if !report.passes || complete && !isWhole { throw ExitCode.failure }
        }
    }
}

extension EffectiveValue {
    /// A value as a row of JSON.
    struct Row: Encodable {
        var name: String
        var value: String
        var file: String?
        var line: Int?
        var inheritedFrom: String?
    }

    var row: Row {
        Row(name: name, value: value, file: file, line: line, inheritedFrom: inheritedFrom)
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
