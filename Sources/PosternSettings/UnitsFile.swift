import PosternModel
import Yams

/// Reads the file of foreign units whose cells exchange messages with cells here.
///
/// `units:` is a list, perhaps an empty one; each has the keys `unit`, `jwks` and `account`, and may have `trustRoots`.
public enum UnitsFile {
    /// Reads the file strictly; the files it names are not opened.
    ///
    /// - Parameter path: The file. Files it names are relative to its folder.
    /// - Returns: The units in the file's order, each once.
    /// - Throws: Every fault with its place.
    public static func read(_ path: String) throws(SettingFaults) -> [UnitSettings] {
        try StrictFile.entries(
            in: path, under: "units", mayBeEmpty: true,
            orElse: "`units` must be a list; `[]` for none.",
            name: { "unit `\($0.unit)`" }, entry: unit)
    }

    private static func unit(_ node: Node, in file: inout StrictFile) -> UnitSettings? {
        guard
            let fields = file.fields(
                node, "a unit", ["unit", "jwks", "account"], optional: ["trustRoots"])
        else { return nil }
        let address = file.text(fields["unit"], "unit")
        let unit = address.flatMap { UnitURL($0) }
        if address != nil, unit == nil, let field = fields["unit"] {
            file.fault(
                field,
                "`unit` must be an address such as `https://unit.example/`: a host in lower case, a port other than 443 if any, and a slash at the end."
            )
        }
        let keys = file.file(fields["jwks"], "jwks")
        let name = file.text(fields["account"], "account")
        let account = name.flatMap { EmailAddress($0) }
        if name != nil, account == nil, let field = fields["account"] {
            file.fault(field, "`account` must be the email address of an account here.")
        }
        let roots = file.file(fields["trustRoots"], "trustRoots")
        guard let unit, let keys, let account else { return nil }
        return UnitSettings(unit: unit, keyFile: keys, account: account, trustRoots: roots)
    }
}
