import PosternModel
import Yams

/// Reads the file of issuers whose JWTs are taken as tokens.
///
/// `issuers:` is a list; each has the keys `issuer`, `audience`, `jwks`, `account` and `algorithms`, all of them needed:
/// whom to believe is nothing to have a default for.
public enum IssuersFile {
    /// Reads the file strictly; key files are not opened.
    ///
    /// - Parameter path: The file. Key files it names are relative to its folder.
    /// - Returns: At least one issuer.
    /// - Throws: Every fault with its place.
    public static func read(_ path: String) throws(SettingFaults) -> [IssuerSettings] {
        try StrictFile.entries(
            in: path, under: "issuers", mayBeEmpty: false,
            orElse: "`issuers` must be a list with at least one issuer.",
            name: { "issuer `\($0.issuer.escapedForLine)`" }, entry: issuer)
    }

    private static func issuer(_ node: Node, in file: inout StrictFile) -> IssuerSettings? {
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
        let algorithms = algorithms(fields["algorithms"], in: &file)
        guard let name, let audience, let keys, let account, let algorithms else { return nil }
        return IssuerSettings(
            issuer: name, audience: audience, keyFile: keys,
            account: account, algorithms: algorithms)
    }

    private static func algorithms(
        _ node: Node?, in file: inout StrictFile
    ) -> [IssuerSettings.Algorithm]? {
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
