import PosternModel
import Yams

/// Reads the file of foreign units whose cells exchange messages with cells here.
///
/// `units:` is a list, perhaps an empty one; each has the keys `unit`, `jwks` and `account`, and may have `trustRoots`.
public struct UnitsFile {
    private var file: StrictFile
    private var units: [UnitSettings] = []

    private init(_ path: String) { file = StrictFile(path) }

    /// Reads the file strictly; the files it names are not opened.
    ///
    /// - Parameter path: The file. Files it names are relative to its folder.
    /// - Returns: The units in the file's order, each once.
    /// - Throws: Every fault with its place.
    public static func read(_ path: String) throws(SettingFaults) -> [UnitSettings] {
        var reader = UnitsFile(path)
        if let root = reader.file.compose() { reader.read(root) }
        if !reader.file.faults.isEmpty { throw SettingFaults(faults: reader.file.faults) }
        return reader.units
    }

    private mutating func read(_ root: Node) {
        guard let fields = file.fields(root, "the file", ["units"]), let list = fields["units"]
        else { return }
        guard let nodes = list.sequence else {
            return file.fault(list, "`units` must be a list; `[]` for none.")
        }
        for node in nodes {
            guard let unit = unit(node) else { continue }
            if units.contains(where: { $0.unit == unit.unit }) {
                file.fault(node, "The unit `\(unit.unit)` stands twice.")
            }
            units.append(unit)
        }
    }

    private mutating func unit(_ node: Node) -> UnitSettings? {
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
