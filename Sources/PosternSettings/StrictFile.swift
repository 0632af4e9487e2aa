import Foundation
import PosternModel
import Yams

/// A YAML file read strictly: no unknown key, none missing, no alias, and every fault with line and column.
///
/// Files that it names are relative to its folder, and not opened.
struct StrictFile {
    private let path: String
    private(set) var faults: [SettingFault] = []

    init(_ path: String) { self.path = path }

    /// Reads a file that holds one list, whose entries each have a name of their own.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - key: The one key, behind which the list stands.
    ///   - mayBeEmpty: Whether a list without entries will do.
    ///   - sentence: What is said of a value that is no such list.
    ///   - name: What an entry is called when it stands twice: `issuer` and its name, say.
    ///   - entry: Reads one entry; nil after a fault.
    /// - Returns: The entries in the file's order.
    /// - Throws: Every fault with its place.
    static func entries<Entry>(
        in path: String, under key: String, mayBeEmpty: Bool, orElse sentence: String,
        name: (Entry) -> String, entry: (Node, inout StrictFile) -> Entry?
    ) throws(SettingFaults) -> [Entry] {
        var file = StrictFile(path)
        var entries: [Entry] = []
        var names: Set<String> = []
        if let root = file.compose(), let list = file.fields(root, "the file", [key])?[key] {
            if let nodes = list.sequence, mayBeEmpty || !nodes.isEmpty {
                for node in nodes {
                    guard let found = entry(node, &file) else { continue }
                    if !names.insert(name(found)).inserted {
                        file.fault(node, "The \(name(found)) stands twice.")
                    }
                    entries.append(found)
                }
            } else {
                file.fault(list, sentence)
            }
        }
        if !file.faults.isEmpty { throw SettingFaults(faults: file.faults) }
        return entries
    }

    /// The file's outermost node; nil with a fault when there is none.
    mutating func compose() -> Node? {
        do throws(SettingFaults) {
            let root = try SettingsText.compose(path)
            if root == nil { fault(nil, "The file is empty.") }
            return root
        } catch {
            faults += error.faults
            return nil
        }
    }

    /// A text that must be there.
    mutating func text(_ node: Node?, _ key: String) -> String? {
        guard let node else { return nil }
        guard let text = node.scalar?.string, !text.isEmpty, text.utf8.count <= 1024 else {
            fault(node, "`\(key)` must be a text of 1 to 1024 bytes.")
            return nil
        }
        return text
    }

    /// The path of a file that is named.
    mutating func file(_ node: Node?, _ key: String) -> String? {
        guard let name = text(node, key) else { return nil }
        if name.hasPrefix("/") { return name }
        return URL(fileURLWithPath: path).deletingLastPathComponent().appending(path: name)
            .relativePath
    }

    /// The fields of a mapping: those known, and all of them but the optional ones.
    mutating func fields(
        _ node: Node, _ what: String, _ needed: [String], optional: [String] = []
    ) -> [String: Node]? {
        let known = needed + optional
        guard let mapping = node.mapping else {
            fault(node, "Here \(what) is expected, as keys and values.")
            return nil
        }
        var fields: [String: Node] = [:]
        for (key, value) in mapping {
            let name = key.scalar?.string ?? "?"
            if known.contains(name) {
                fields[name] = value
            } else {
                fault(
                    key,
                    "`\(name.prefix(80).escapedForLine)` is not a key of \(what). Known keys: \(known.joined(separator: ", "))."
                )
            }
        }
        for name in needed where fields[name] == nil {
            fault(node, "The key `\(name)` is missing from \(what).")
        }
        return fields
    }

    /// Notes a fault at a node; nil for the file as a whole.
    mutating func fault(_ node: Node?, _ sentence: String) {
        let place = node?.mark.map { "\(path):\($0.line):\($0.column)" } ?? path
        faults.append(SettingFault(name: place, message: sentence))
    }
}
