/// One thing that can be set: its name, what it takes, its default and what it is for.
///
/// The README's table is generated from these, and they are made by the same calls that read the values.
public struct Setting: Sendable, Equatable {
    /// Dotted name, for example `listener.port`: nested keys in the file, `POSTERN_LISTENER_PORT` in the
    /// environment, `--listener-port` as a flag.
    public let name: String
    /// What it takes, in words: `a whole number from 0 to 65535`.
    public let takes: String
    /// The default as it would be written; empty when there is none.
    public let fallback: String
    /// What it is for, in a sentence.
    public let purpose: String

    /// The environment variable.
    public var environmentName: String {
        "POSTERN_" + Self.words(name).joined(separator: "_").uppercased()
    }

    /// The flag.
    public var flag: String { "--" + Self.words(name).joined(separator: "-") }

    /// `listener.headBytes` as `listener`, `head`, `bytes`.
    private static func words(_ name: String) -> [String] {
        name.split(separator: ".").flatMap { part -> [String] in
            var words: [String] = []
            for character in part {
                if character.isUppercase || words.isEmpty {
                    words.append(character.lowercased())
                } else {
                    words[words.count - 1].append(character)
                }
            }
            return words
        }
    }
}

/// One thing wrong with the settings.
public struct SettingFault: Sendable, Equatable, CustomStringConvertible {
    /// The setting's name, or the text that is no setting's name.
    public let name: String
    /// A whole sentence; values are quoted unless they may be secret.
    public let message: String

    /// `name: message`.
    public var description: String { "\(name): \(message)" }
}

/// Every fault found in the settings, in the order of the table.
public struct SettingFaults: Error, Sendable, Equatable, CustomStringConvertible {
    /// At least one.
    public let faults: [SettingFault]

    /// One line for each.
    public var description: String { faults.map(\.description).joined(separator: "\n") }
}
