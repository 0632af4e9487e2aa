import PosternModel

/// A group's `cells:` as written: what it does not say, it inherits.
struct CellText {
    var allowed: Setting<Bool>?
    /// The units cells must be on; nil inside for `any`, which undoes what is inherited.
    var units: Setting<[UnitURL]?>?

    /// Reads the mapping, if the group has one.
    init(_ group: Fields, name: String, faults: FaultList) {
        let keys = ["allowed", "units"]
        guard let fields = group.fields("cells", "`cells`", known: keys) else { return }
        func setting<Value>(_ located: Located<Value>?) -> Setting<Value>? {
            located.map { Setting(value: $0.value, place: $0.place, group: name) }
        }
        allowed = setting(fields.flag("allowed"))
        units = setting(Self.units(fields, "units", faults))
    }

    /// Takes over whatever is not said here.
    mutating func inherit(from parent: CellText) {
        allowed = allowed ?? parent.allowed
        units = units ?? parent.units
    }

    /// The rules, with what holds where nothing is written.
    ///
    /// A cell of another unit is outside the house, where none of this policy holds: nobody writes to one unless it says so.
    var rules: CellRules {
        CellRules(allowed: allowed?.value ?? false, units: (units?.value ?? nil).map { Set($0) })
    }

    /// The values with the places they come from.
    func values(of group: String) -> [EffectiveValue] {
        [
            EffectiveValue("cells.allowed", allowed, of: group, absent: "no") { $0 ? "yes" : "no" },
            EffectiveValue("cells.units", units, of: group, absent: "any") {
                $0.map { "[" + $0.map(\.description).joined(separator: ", ") + "]" } ?? "any"
            },
        ]
    }

    private static func units(
        _ fields: Fields, _ key: String, _ faults: FaultList
    ) -> Located<[UnitURL]?>? {
        if fields.isScalar(key) {
            guard let text = fields.text(key) else { return nil }
            if text.value == "any" { return Located(value: nil, place: text.place) }
            faults.add(
                text.place,
                "`\(key)` must be `any` or a list such as `[https://unit.example/]`, not `\(Quote.text(text.value))`.",
                suggestion: UnitURL(text.value).map { "[\($0)]" }
                    ?? Spelling.nearest(to: text.value, among: ["any"]))
            return nil
        }
        guard let words = fields.words(key) else { return nil }
        if words.value.isEmpty {
            faults.add(
                words.place,
                "`\(key)` leaves no cell to write to: name a unit, or say `allowed: no`.")
            return nil
        }
        for word in words.value where UnitURL(word.value) == nil {
            faults.add(
                word.place,
                "`\(Quote.text(word.value))` is not the address of a unit: `https://`, a host in lower case, a port other than 443 if any, and a slash at the end.",
                suggestion: UnitURL(word.value + "/").map(\.description))
        }
        return Located(value: words.value.compactMap { UnitURL($0.value) }, place: words.place)
    }
}
