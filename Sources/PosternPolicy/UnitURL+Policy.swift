import PosternModel

extension UnitURL: OutsiderLimit {
    static let wording = OutsiderWording(
        section: "cells", key: "units", example: "[https://unit.example/]", recipient: "cell",
        limit: "unit",
        shape:
            "the address of a unit: `https://`, a host in lower case, a port other than 443 if any, and a slash at the end"
    )

    /// The unit that was meant by an address without the slash at its end.
    static func meant(by text: String) -> UnitURL? { UnitURL(text + "/") }
}

extension OutsiderText<UnitURL> {
    /// The rules, with what holds where nothing is written.
    ///
    /// A cell of another unit is outside the house, where none of this policy holds: nobody writes to one unless it says so.
    var rules: CellRules {
        CellRules(allowed: allowed?.value ?? false, units: (limits?.value ?? nil).map { Set($0) })
    }
}
