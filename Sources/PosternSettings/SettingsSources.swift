import Configuration
import Foundation
import PosternModel
import Yams

/// Where settings come from: flags first, then the environment, then the file.
public enum SettingsSources {
    /// Opens the sources and reads every setting; every fault of every source is reported together.
    ///
    /// - Parameters:
    ///   - file: A YAML file; nil for none.
    ///   - environment: Variables; those that begin with `POSTERN_` are settings.
    ///   - flags: Arguments of the form `--listener-port 8443` or `--listener-port=8443`.
    ///   - processors: How many processors there are.
    ///   - settings: Whose settings; the gateway's where nothing else is said.
    /// - Returns: The settings.
    /// - Throws: ``SettingFaults``.
    public static func read<Command: CommandSettings>(
        file: String?, environment: [String: String], flags: [String], processors: Int,
        as settings: Command.Type = Settings.self
    ) throws(SettingFaults) -> Command {
        let table = Command.table(processors: processors)
        var faults: [SettingFault] = []
        var providers: [any ConfigProvider] = [
            CommandLineArgumentsProvider(arguments: ["postern"] + flags),
            EnvironmentVariablesProvider(environmentVariables: environment)
                .prefixKeys(with: "postern"),
        ]
        faults += unknownFlags(flags, table) + unknownVariables(environment, table)
        if let file {
            let loaded = load(file, table)
            providers.append(loaded.values)
            faults += loaded.faults
        }
        do {
            let settings = try Command(
                from: ConfigReader(providers: providers), processors: processors)
            if faults.isEmpty { return settings }
        } catch {
            faults += error.faults
        }
        throw SettingFaults(faults: faults)
    }

    /// Reads the file strictly: nested mappings of scalars whose paths are settings.
    ///
    /// - Returns: The settings that are there, faults or not, so that their own faults are found as well.
    private static func load(_ file: String, _ table: [Setting]) -> (
        values: InMemoryProvider, faults: [SettingFault]
    ) {
        guard let data = FileManager.default.contents(atPath: file),
            let text = String(validating: data, as: UTF8.self)
        else { return unreadable(file, "The file does not exist or cannot be read as UTF-8 text.") }
        if let alias = YAMLAliases.first(in: Array(data)) {
            let line = data.prefix(alias).count { $0 == UInt8(ascii: "\n") } + 1
            return unreadable(
                "\(file):\(line)", "Aliases (`*name`) are not allowed: write the value out.")
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            return unreadable(file, "Not YAML: \("\(error)".escapedForLine)")
        }
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        var faults: [SettingFault] = []
        func walk(_ node: Node, path: [String]) {
            let name = path.joined(separator: ".")
            let place = node.mark.map { "\(file):\($0.line):\($0.column)" } ?? file
            switch node {
            case .mapping(let mapping):
                for (key, value) in mapping { walk(value, path: path + [key.string ?? "?"]) }
            case .scalar(let scalar) where table.contains { $0.name == name }:
                values[AbsoluteConfigKey(path)] = ConfigValue(
                    .string(scalar.string), isSecret: false)
            // An empty file is a scalar without a name.
            case .scalar where path.isEmpty: break
            default:
                faults.append(
                    SettingFault(
                        name: place, message: unknown(name, among: table.map(\.name))))
            }
        }
        if let root { walk(root, path: []) }
        return (InMemoryProvider(values: values), faults)
    }

    private static func unreadable(_ place: String, _ message: String) -> (
        values: InMemoryProvider, faults: [SettingFault]
    ) {
        (InMemoryProvider(values: [:]), [SettingFault(name: place, message: message)])
    }

    private static func unknownFlags(_ flags: [String], _ table: [Setting]) -> [SettingFault] {
        let known = table.map(\.flag)
        return flags.filter { $0.hasPrefix("--") }
            .map { String($0.prefix { $0 != "=" }) }
            .filter { !known.contains($0) }
            .map { SettingFault(name: $0.escapedForLine, message: unknown($0, among: known)) }
    }

    private static func unknownVariables(
        _ environment: [String: String], _ table: [Setting]
    ) -> [SettingFault] {
        let known = table.map(\.environmentName)
        return environment.keys.sorted()
            .filter { $0.hasPrefix("POSTERN_") && !known.contains($0) }
            .map { SettingFault(name: $0.escapedForLine, message: unknown($0, among: known)) }
    }

    private static func unknown(_ name: String, among known: [String]) -> String {
        let sentence = "There is no setting `\(name.escapedForLine)`."
        guard let nearest = Spelling.nearest(to: name, among: known) else { return sentence }
        return "\(sentence) Did you mean `\(nearest)`?"
    }
}
