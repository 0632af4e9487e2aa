import Foundation
import PosternModel
import Yams

/// Reads the file of issuers whose JWTs are taken as tokens.
///
/// `issuers:` is a list; each has the keys `issuer`, `audience`, `jwks`, `account` and `algorithms`, all of them needed:
/// whom to believe is nothing to have a default for.
public struct IssuersFile {
    /// The largest file read, in bytes.
    public static let largestFile = 1 << 20

    private let path: String
    private var issuers: [IssuerSettings] = []
    private var faults: [SettingFault] = []

    private init(_ path: String) { self.path = path }

    /// Reads the file strictly; key files are not opened.
    ///
    /// - Parameter path: The file. Key files it names are relative to its folder.
    /// - Returns: At least one issuer.
    /// - Throws: Every fault with its place.
    public static func read(_ path: String) throws(SettingFaults) -> [IssuerSettings] {
        var file = IssuersFile(path)
        if let root = file.compose() { file.read(root) }
        if !file.faults.isEmpty { throw SettingFaults(faults: file.faults) }
        return file.issuers
    }

    private mutating func compose() -> Node? {
        guard let data = FileManager.default.contents(atPath: path),
            data.count <= Self.largestFile, let text = String(validating: data, as: UTF8.self)
        else {
            fault(nil, "The file does not exist, is too large or cannot be read as UTF-8 text.")
            return nil
        }
        if let alias = YAMLAliases.first(in: Array(data)) {
            let line = data.prefix(alias).count { $0 == UInt8(ascii: "\n") } + 1
            faults.append(
                SettingFault(
                    name: "\(path):\(line)",
                    message: "Aliases (`*name`) are not allowed: write the value out."))
            return nil
        }
        do {
            let root = try Yams.compose(yaml: text)
            if root == nil { fault(nil, "The file is empty.") }
            return root
        } catch {
            fault(nil, "Not YAML: \("\(error)".escapedForLine)")
            return nil
        }
    }

    private mutating func read(_ root: Node) {
        guard let fields = fields(root, "the file", ["issuers"]), let list = fields["issuers"]
        else { return }
        guard let nodes = list.sequence, !nodes.isEmpty else {
            return fault(list, "`issuers` must be a list with at least one issuer.")
        }
        for node in nodes {
            guard let issuer = issuer(node) else { continue }
            if issuers.contains(where: { $0.issuer == issuer.issuer }) {
                fault(node, "The issuer `\(issuer.issuer.escapedForLine)` stands twice.")
            }
            issuers.append(issuer)
        }
    }

    private mutating func issuer(_ node: Node) -> IssuerSettings? {
        guard
            let fields = fields(
                node, "an issuer", ["issuer", "audience", "jwks", "account", "algorithms"])
        else { return nil }
        let name = text(fields["issuer"], "issuer")
        if let name, let field = fields["issuer"],
            !name.hasPrefix("https://") || name.contains(where: { $0 <= " " })
        {
            fault(field, "`issuer` must begin with `https://` and hold no spaces.")
        }
        let audience = text(fields["audience"], "audience")
        let keys = text(fields["jwks"], "jwks")
        let account = text(fields["account"], "account")
        let algorithms = algorithms(fields["algorithms"])
        guard let name, let audience, let keys, let account, let algorithms else { return nil }
        return IssuerSettings(
            issuer: name, audience: audience,
            keyFile: keys.hasPrefix("/")
                ? keys
                : URL(fileURLWithPath: path).deletingLastPathComponent().appending(path: keys)
                    .relativePath,
            account: account, algorithms: algorithms)
    }

    private mutating func algorithms(_ node: Node?) -> [IssuerSettings.Algorithm]? {
        guard let node else { return nil }
        let known = IssuerSettings.Algorithm.allCases.map(\.rawValue).joined(separator: ", ")
        guard let nodes = node.sequence, !nodes.isEmpty else {
            fault(node, "`algorithms` must be a list of at least one of \(known).")
            return nil
        }
        return nodes.compactMap { node in
            let word = node.scalar?.string ?? ""
            if let algorithm = IssuerSettings.Algorithm(rawValue: word) { return algorithm }
            fault(
                node, "`\(word.prefix(80).escapedForLine)` is no algorithm to trust: use \(known).")
            return nil
        }
    }

    private mutating func text(_ node: Node?, _ key: String) -> String? {
        guard let node else { return nil }
        guard let text = node.scalar?.string, !text.isEmpty, text.utf8.count <= 1024 else {
            fault(node, "`\(key)` must be a text of 1 to 1024 bytes.")
            return nil
        }
        return text
    }

    /// The fields of a mapping: those known, and all of them.
    private mutating func fields(
        _ node: Node, _ what: String, _ known: [String]
    ) -> [String: Node]? {
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
        for name in known where fields[name] == nil {
            fault(node, "The key `\(name)` is missing from \(what).")
        }
        return fields
    }

    private mutating func fault(_ node: Node?, _ sentence: String) {
        let place = node?.mark.map { "\(path):\($0.line):\($0.column)" } ?? path
        faults.append(SettingFault(name: place, message: sentence))
    }
}
