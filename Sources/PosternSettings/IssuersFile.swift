import PosternModel
import Yams

/// Reads the file of issuers whose JWTs are taken as tokens.
///
/// `issuers:` is a list; each has the keys `issuer`, `audience`, `jwks`, `account` and `algorithms`, all of them needed:
/// whom to believe is nothing to have a default for.
public struct IssuersFile {
    private var file: StrictFile
    private var issuers: [IssuerSettings] = []

    private init(_ path: String) { file = StrictFile(path) }

    /// Reads the file strictly; key files are not opened.
    ///
    /// - Parameter path: The file. Key files it names are relative to its folder.
    /// - Returns: At least one issuer.
    /// - Throws: Every fault with its place.
    public static func read(_ path: String) throws(SettingFaults) -> [IssuerSettings] {
        var reader = IssuersFile(path)
        if let root = reader.file.compose() { reader.read(root) }
        if !reader.file.faults.isEmpty { throw SettingFaults(faults: reader.file.faults) }
        return reader.issuers
    }

    private mutating func read(_ root: Node) {
        guard let fields = file.fields(root, "the file", ["issuers"]), let list = fields["issuers"]
        else { return }
        guard let nodes = list.sequence, !nodes.isEmpty else {
            return file.fault(list, "`issuers` must be a list with at least one issuer.")
        }
        for node in nodes {
            guard let issuer = issuer(node) else { continue }
            if issuers.contains(where: { $0.issuer == issuer.issuer }) {
                file.fault(node, "The issuer `\(issuer.issuer.escapedForLine)` stands twice.")
            }
            issuers.append(issuer)
        }
    }

    private mutating func issuer(_ node: Node) -> IssuerSettings? {
        guard
            let fields = file.fields(
                node, "an issuer", ["issuer", "audience", "jwks", "account", "algorithms"])
        else { return nil }
        let name = file.text(fields["issuer"], "issuer")
        if let name, let field = fields["issuer"],
            !name.hasPrefix("https://") || name.contains(where: { $0 <= " " })
        {
            file.fault(field, "`issuer` must begin with `https://` and hold no spaces.")
        }
        let audience = file.text(fields["audience"], "audience")
        let keys = file.file(fields["jwks"], "jwks")
        let account = file.text(fields["account"], "account")
        let algorithms = algorithms(fields["algorithms"])
        guard let name, let audience, let keys, let account, let algorithms else { return nil }
        return IssuerSettings(
            issuer: name, audience: audience, keyFile: keys,
            account: account, algorithms: algorithms)
    }

    private mutating func algorithms(_ node: Node?) -> [IssuerSettings.Algorithm]? {
        guard let node else { return nil }
        let known = IssuerSettings.Algorithm.allCases.map(\.rawValue).joined(separator: ", ")
        guard let nodes = node.sequence, !nodes.isEmpty else {
            file.fault(node, "`algorithms` must be a list of at least one of \(known).")
            return nil
        }
        return nodes.compactMap { node in
            let word = node.scalar?.string ?? ""
            if let algorithm = IssuerSettings.Algorithm(rawValue: word) { return algorithm }
            file.fault(
                node, "`\(word.prefix(80).escapedForLine)` is no algorithm to trust: use \(known).")
            return nil
        }
    }
}
