import ArgumentParser
import Foundation

/// Measures the parts, and prints the figures as JSON.
struct MeasureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure", abstract: "Measure the parts, and print the figures as JSON.")

    /// What can be measured alone.
    enum Part: String, CaseIterable, ExpressibleByArgument {
        case content, passwords, decide, ledger, scale
    }

    @Argument(help: "What to measure; everything when nothing is named.") var parts: [Part] = Part
        .allCases
    @Option(help: "A folder on the disk to be measured.") var directory: String
    @Option(help: "Accounts in the crowded ledger.") var accounts = 1_000_000
    @Option(help: "Messages in the full ledger.") var messages = 500_000
    @Option(help: "Rounds of each pair; the medians count.") var rounds = 5

    func run() async throws {
        var results: [Measurement] = []
        for part in parts {
            switch part {
            case .content: results += try ContentBenchmark.run(rounds: rounds)
            case .passwords: results += try await PasswordBenchmark.run(rounds: rounds)
            case .decide: results += try DecideBenchmark.run(rounds: rounds)
            case .ledger:
                results += try await LedgerBenchmark.run(
                    folder: directory, settles: 4000, rounds: rounds)
            case .scale:
                results += try await ScaleBenchmark.run(
                    folder: directory, sizes: .init(accounts: accounts, messages: messages),
                    rounds: rounds)
            }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(results), as: UTF8.self))
    }
}
