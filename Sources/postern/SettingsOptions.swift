import ArgumentParser
import Foundation
import PosternSettings

/// The options of every command that needs the settings.
struct SettingsOptions: ParsableArguments {
    @Option(name: .customLong("settings"), help: "A YAML file of settings.")
    var file: String?

    @Option(name: .customLong("set"), help: .hidden)
    var flags: [String] = []

    /// Reads the settings, or prints every fault and exits with 78.
    func read<Command: CommandSettings>(_ settings: Command.Type = Settings.self) throws -> Command
    {
        do {
            return try SettingsSources.read(
                file: file, environment: ProcessInfo.processInfo.environment, flags: flags,
                processors: Self.processors, as: settings)
        } catch {
            printError(error.description)
            throw ExitCode.badSettings
        }
    }

    /// How many processors this process may use.
    static var processors: Int { ProcessInfo.processInfo.activeProcessorCount }

    /// Joins each setting's flag with its value into one argument of the hidden option, wherever it stands.
    ///
    /// WHY NOT: an array of unrecognised arguments. It would take the value of a flag for a positional argument.
    static func gatheringFlags(_ arguments: some Sequence<String>) -> [String] {
        let known = Set(
            (Settings.table(processors: processors)
                + CoreServiceSettings.table(processors: processors)).map(\.flag))
        var gathered: [String] = []
        var waiting: String?
        for argument in arguments {
            if let flag = waiting {
                gathered.append("--set=\(flag)=\(argument)")
                waiting = nil
            } else if known.contains(argument) {
                waiting = argument
            } else if known.contains(String(argument.prefix { $0 != "=" })) {
                gathered.append("--set=\(argument)")
            } else {
                gathered.append(argument)
            }
        }
        return gathered + (waiting.map { [$0] } ?? [])
    }
}

/// Prints a line to standard error.
func printError(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
}
