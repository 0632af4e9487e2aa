import ArgumentParser
import PosternSettings

/// Runs the gateway with its embedded delivery core.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the gateway with its embedded delivery core.",
        discussion: """
            Prints one line, `ready CLIENT-ADDRESS OPERATIONS-ADDRESS`, once it takes requests. SIGTERM \
            and SIGINT finish what was accepted, then stop.
            """)

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let settings = try options.read()
        try await ServerProcess.serve(logLevel: settings.logLevel) {
            try await Installation.assemble(settings).run()
        }
    }
}

/// Why a gateway or core cannot start, for whoever starts it.
struct StartTrouble: Error, CustomStringConvertible {
    let code: ExitCode
    let description: String
}

extension StartTrouble {
    /// What is wrong with a setting or a group of them, in a sentence.
    init(in setting: String, _ sentence: String) {
        self.init(code: .badSettings, description: "\(setting): \(sentence)")
    }
}
