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
        let given = read(flags, table)
        var faults = given.faults + unknownVariables(environment, table)
        var providers: [any ConfigProvider] = [
            given.values,
            EnvironmentVariablesProvider(environmentVariables: environment)
                .prefixKeys(with: "postern"),
        ]
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
        let root: Node?
        do throws(SettingFaults) {
            root = try SettingsText.compose(file)
        } catch {
            return (InMemoryProvider(values: [:]), error.faults)
        }
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        var faults: [SettingFault] = []
        func walk(_ node: Node, path: [String]) {
            let name = path.joined(separator: ".")
            let place = node.mark.map { "\(file):\($0.line):\($0.column)" } ?? file
            func object(_ message: String) {
                faults.append(SettingFault(name: place, message: message))
            }
            switch node {
            case .mapping(let mapping):
                for (key, value) in mapping { walk(value, path: path + [key.string ?? "?"]) }
            // An empty file is a scalar without a name.
            case .scalar(let scalar) where path.isEmpty && scalar.string.isEmpty: break
            case _ where path.isEmpty: object("Here settings are expected, as keys and values.")
            case _ where path.contains { $0.contains(".") }:
                object("`\(name.escapedForLine)` goes without dots, as keys inside each other.")
            case .scalar(let scalar) where table.contains { $0.name == name }:
                values[AbsoluteConfigKey(path)] = ConfigValue(
                    .string(scalar.string), isSecret: false)
            default: object(unknown(name, among: table.map(\.name)))
            }
        }
        if let root { walk(root, path: []) }
        return (InMemoryProvider(values: values), faults)
    }

    /// Reads flags to the letter.
    ///
    /// WHY NOT: the provider that comes with the library. It takes values apart at commas, and one that has several parts, or
    /// a flag that stands twice, it passes over without a word.
    private static func read(_ flags: [String], _ table: [Setting]) -> (
        values: InMemoryProvider, faults: [SettingFault]
    ) {
        let settings = Dictionary(table.map { ($0.flag, $0) }) { first, _ in first }
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        var faults: [SettingFault] = []
        var rest = flags[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--") else { continue }
            let flag = String(argument.prefix { $0 != "=" })
            guard let setting = settings[flag] else {
                let message = unknown(flag, among: table.map(\.flag))
                faults.append(SettingFault(name: flag.escapedForLine, message: message))
                continue
            }
            let value =
                flag == argument ? rest.popFirst() : String(argument.dropFirst(flag.count + 1))
            guard let value else {
                faults.append(SettingFault(name: flag, message: "It takes \(setting.takes)."))
                continue
            }
            let key = AbsoluteConfigKey(setting.name.split(separator: ".").map(String.init))
            let earlier = values.updateValue(
                ConfigValue(.string(value), isSecret: false), forKey: key)
            if earlier != nil {
                faults.append(SettingFault(name: flag, message: "It stands more than once."))
            }
        }
        return (InMemoryProvider(values: values), faults)
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
