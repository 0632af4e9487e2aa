import ArgumentParser
import PosternSettings

/// The command line: the one place where concrete types meet.
@main
struct Postern: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postern",
        abstract: "A policy-enforcing secure messaging gateway.",
        discussion: """
            Every setting can also be given as a flag, for example --listener-port 9443; \
            `postern settings` lists them.

            Exit codes: 0 all well, 1 a check found something, 64 wrong usage, 65 wrong data (a policy, \
            load or audit file), 66 a file cannot be read, 69 something needed is unavailable, 78 wrong \
            settings.
            """,
        subcommands: [
            ServeCommand.self, CoreCommand.self, LoadCommand.self, PolicyCommand.self,
            AuditCommand.self, TokenCommand.self, AccountCommand.self, DeliveryCommand.self,
            CertCommand.self,
            KeysCommand.self, SettingsCommand.self,
        ])

    static func main() async {
        await main(SettingsOptions.gatheringFlags(CommandLine.arguments.dropFirst()))
    }
}
