import Foundation
import PosternModel
import Yams

/// The YAML text of a file of settings.
///
/// What is said of a fault quotes none of the text: the line at fault may hold a password.
enum SettingsText {
    /// The largest file read, in bytes.
    static let largest = 1 << 20

    /// The root of a file's text; nil when it holds nothing.
    ///
    /// - Parameter path: The file.
    /// - Returns: The root.
    /// - Throws: The fault that keeps the file from being read, with its place.
    static func compose(_ path: String) throws(SettingFaults) -> Node? {
        guard let data = FileManager.default.contents(atPath: path), data.count <= largest,
            let text = String(validating: data, as: UTF8.self)
        else {
            throw fault(
                path, "The file does not exist, is too large or cannot be read as UTF-8 text.")
        }
        if let alias = YAMLAliases.first(in: Array(data)) {
            let line = data.prefix(alias).count { $0 == UInt8(ascii: "\n") } + 1
            throw fault(
                "\(path):\(line)", "Aliases (`*name`) are not allowed: write the value out.")
        }
        do {
            return try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw fault(
                error.mark.map { "\(path):\($0.line):\($0.column)" } ?? path, error.sentence)
        } catch {
            throw fault(path, "Not YAML.")
        }
    }

    private static func fault(_ place: String, _ message: String) -> SettingFaults {
        SettingFaults(faults: [SettingFault(name: place, message: message)])
    }
}

extension YamlError {
    fileprivate var mark: Mark? {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
            mark
        case .duplicatedKeysInMapping(_, let context): context.mark
        default: nil
        }
    }

    fileprivate var sentence: String {
        switch self {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _),
            .composer(_, let problem, _, _), .reader(let problem, _, _, _):
            "Not YAML: \(problem)."
        case .duplicatedKeysInMapping(let names, _):
            "`\((names.first ?? "").escapedForLine)` stands more than once in the same mapping."
        default: "Not YAML."
        }
    }
}
