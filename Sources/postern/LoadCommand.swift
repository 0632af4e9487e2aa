import ArgumentParser
import Foundation
import PosternCredentials
import PosternDialectRevicom
import PosternModel
import PosternPipeline
import PosternSettings
import PosternStorage

/// Brings accounts, contacts, address books, tokens, drafts and dispatches into the ledger.
struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract:
            "Load accounts, contacts, address books, tokens, drafts and dispatches from a YAML or JSON file.",
        discussion:
            "All or nothing, and the same again when repeated. Works while the gateway serves.")

    @Argument(help: "The file.") var file: String
    @OptionGroup var options: SettingsOptions
    @OptionGroup var format: OutputFormat

    func run() async throws {
        let settings = try options.read()
        let plan = try readPlan()
        let ledger = try Ledger.open(settings)
        let passwords = PasswordChecker(PasswordChecker.Settings(settings.passwords))
        let report = try await ledger.administer("loaded a file") { store, entry in
            try await store.load(plan, at: ledger.clock.now(), recording: entry) {
                password throws(Fault) in try await passwords.hash(password)
            }
        }
        await passwords.shutdown()
        try format.show(
            report,
            as:
                "loaded \(report.accounts) accounts, \(report.tokens) tokens, \(report.contacts) contacts, \(report.addressBookEntries) address book entries, \(report.lists) lists, \(report.drafts) drafts, \(report.sent) sent messages and \(report.dispatches) dispatches; left \(report.untouched) as they are"
        )
    }

    private func readPlan() throws -> LoadPlan {
        let size = (try? FileManager.default.attributesOfItem(atPath: file))?[.size] as? Int
        guard size.map({ $0 <= LoadFile.largestFile }) ?? true,
            let data = FileManager.default.contents(atPath: file),
            let text = String(validating: data, as: UTF8.self)
        else {
            printError(
                "\(file): cannot be read as UTF-8 text of at most \(LoadFile.largestFile) bytes.")
            throw ExitCode.noInput
        }
        do {
            return try LoadFile.read(text, channels: RevicomDialect.channels)
        } catch {
            for fault in error.faults { printError("\(file):\(fault)") }
            throw ExitCode.badData
        }
    }
}
