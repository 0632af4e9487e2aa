import ArgumentParser
import Foundation
import PosternSettings

/// The options every command that touches a running installation takes.
struct SettingsOptions: ParsableArguments {
    @Option(name: .customLong("settings"), help: "A YAML file of settings.")
    var file: String?

    @Argument(
        parsing: .allUnrecognized,
        help: ArgumentHelp(
            "Any setting as a flag, for example --listener-port 9443; `postern settings` lists them.",
            valueName: "setting flags"))
    var flags: [String] = []

    /// Reads the settings, or prints every fault and exits with 78.
    func read() throws -> Settings {
        do {
            return try SettingsSources.read(
                file: file, environment: ProcessInfo.processInfo.environment, flags: flags,
                processors: ProcessInfo.processInfo.activeProcessorCount)
        } catch let faults as SettingFaults {
            printError(faults.description)
            throw ExitCode.badSettings
        }
    }
}

/// Prints a line to standard error.
func printError(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
}
