import ArgumentParser
import PosternSettings

/// Runs a delivery core for a gateway in another process.
struct CoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "core", abstract: "Run a delivery core for a gateway in another process.",
        discussion: """
            The gateway hands it what its `relay` or `webhook` would carry: give them here and not there. Its settings are \
            those that `postern settings --core` lists.

            Prints one line, `ready GATEWAY-ADDRESS OPERATIONS-ADDRESS`, once it takes requests. SIGTERM and SIGINT finish \
            what is in hand, then stop; the rest waits in the spool.
            """)

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let settings = try options.read(CoreServiceSettings.self)
        try await ServerProcess.serve(logLevel: settings.logLevel) {
            try await CoreInstallation.assemble(settings).run()
        }
    }
}
