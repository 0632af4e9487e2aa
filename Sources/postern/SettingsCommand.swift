import ArgumentParser
import Foundation
import PosternSettings

/// Prints every setting there is.
struct SettingsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "List every setting, its default and what it is for.")

    @Flag(help: "Print JSON.") var json = false

    @Flag(help: "List those of `postern core`.") var core = false

    func run() async throws {
        let table =
            core ? CoreServiceSettings.table(processors: 2) : Settings.table(processors: 2)
        if json {
            let rows = table.map {
                [
                    "name": $0.name, "takes": $0.takes, "default": $0.fallback,
                    "purpose": $0.purpose, "environment": $0.environmentName, "flag": $0.flag,
                ]
            }
            let data = try JSONSerialization.data(
                withJSONObject: rows,
                options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
            print(String(decoding: data, as: UTF8.self))
            return
        }
        print("| setting | takes | default | what it is for |\n|---|---|---|---|")
        for row in table {
            let fallback = row.fallback.isEmpty ? "" : "`\(row.fallback)`"
            print("| `\(row.name)` | \(row.takes) | \(fallback) | \(row.purpose) |")
        }
    }
}
