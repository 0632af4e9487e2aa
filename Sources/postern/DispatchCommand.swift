import ArgumentParser
import PosternDialectRevicom
import PosternModel
import PosternSettings
import PosternStorage

/// Dispatches: collections of messages that their owners start and stop as a whole.
struct DispatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dispatch", abstract: "Make and list dispatches.",
        discussion:
            "Their owners add recipients to them, and start and stop them, through the Revicom API.",
        subcommands: [Create.self, List.self])

    /// Makes a dispatch.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a dispatch for an account, or change one that was not started.")

        @Argument(help: "Its number, which clients name it by.") var id: String
        @Option(help: "The way its messages go: SMS, say.") var channel = "SMS"
        @Option(help: "Whom recipients see them come from.") var sender: String
        @Option(help: "What they say.") var content: String
        @Option(help: "What its owner calls it.") var name = ""
        @OptionGroup var options: AccountOptions

        func run() async throws {
            guard let id = DispatchID(id) else {
                throw ValidationError("A number is written in 1 to 18 digits, the first not 0.")
            }
            guard RevicomDialect.channels.contains(channel) else {
                let known = RevicomDialect.channels.joined(separator: ", ")
                throw ValidationError("The channel must be one of: \(known).")
            }
            let template = Dispatch.Template(channel: channel, sender: sender, text: content)
            guard template.isWithinBounds,
                name.unicodeScalars.count <= ContactListContent.longestName
            else { throw ValidationError("The sender, the content or the name is too long.") }
            let (ledger, account) = try options.open()
            let plan = DispatchPlan(id: id, name: name, template: template)
            let isMade = try await ledger.administer("made a dispatch", to: account) {
                store, entry in
                try await store.makeDispatch(
                    plan, for: account.id, at: ledger.clock.now(), recording: entry)
            }
            guard isMade else {
                printError("The dispatch \(id.rawValue) was started, or is another account's.")
                throw ExitCode.failure
            }
            print("\(id.rawValue)")
        }
    }

    /// Lists dispatches.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List dispatches by number, the highest first; never what their messages say."
        )

        @Option(help: "How many at most.") var limit = 100
        @OptionGroup var options: SettingsOptions
        @OptionGroup var format: OutputFormat

        private struct Row: Encodable {
            var number: Int64
            var state: String
            var owner: String
            var channel: String
            var sender: String
            var messages: Int
            var waiting: Int
            var name: String
        }

        func run() async throws {
            let ledger = try Ledger.open(options.read())
            for dispatch in try ledger.store.dispatches(limit: max(0, limit)) {
                let row = Row(
                    number: dispatch.id.rawValue, state: dispatch.state.rawValue,
                    owner: dispatch.owner.description, channel: dispatch.channel.description,
                    sender: dispatch.sender, messages: dispatch.messages,
                    waiting: dispatch.waiting, name: dispatch.name)
                try format.show(
                    row,
                    as:
                        "\(row.number) \(row.state) of \(row.owner), \(row.channel) from \(row.sender.escapedForLine): \(row.messages) messages, \(row.waiting) waiting; \(row.name.escapedForLine)"
                )
            }
            await ledger.store.close()
        }
    }
}
