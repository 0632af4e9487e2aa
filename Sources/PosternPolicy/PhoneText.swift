import PosternModel

/// A group's `phones:` as written: what it does not say, it inherits.
struct PhoneText {
    var allowed: Setting<Bool>?
    /// What numbers must begin with; nil inside for `any`, which undoes what is inherited.
    var prefixes: Setting<[String]?>?

    /// Reads the mapping, if the group has one.
    init(_ group: Fields, name: String, faults: FaultList) {
        let keys = ["allowed", "prefixes"]
        guard let fields = group.fields("phones", "`phones`", known: keys) else { return }
        func setting<Value>(_ located: Located<Value>?) -> Setting<Value>? {
            located.map { Setting(value: $0.value, place: $0.place, group: name) }
        }
        allowed = setting(fields.flag("allowed"))
        prefixes = setting(Self.prefixes(fields, "prefixes", faults))
    }

    /// Takes over whatever is not said here.
    mutating func inherit(from parent: PhoneText) {
        allowed = allowed ?? parent.allowed
        prefixes = prefixes ?? parent.prefixes
    }

    /// The rules, with what holds where nothing is written.
    ///
    /// A telephone is outside the house and its owner signs in nowhere, so nobody writes to one unless a policy says so.
    var rules: PhoneRules {
        PhoneRules(allowed: allowed?.value ?? false, prefixes: prefixes?.value ?? nil)
    }

    /// The values with the places they come from.
    func values(of group: String) -> [EffectiveValue] {
        [
            EffectiveValue("phones.allowed", allowed, of: group, absent: "no") {
                $0 ? "yes" : "no"
            },
            EffectiveValue("phones.prefixes", prefixes, of: group, absent: "any") {
                $0.map { "[" + $0.joined(separator: ", ") + "]" } ?? "any"
            },
        ]
    }

    private static func prefixes(
        _ fields: Fields, _ key: String, _ faults: FaultList
    ) -> Located<[String]?>? {
        if fields.isScalar(key) {
            guard let text = fields.text(key) else { return nil }
            if text.value == "any" { return Located(value: nil, place: text.place) }
            let known = isPrefix(text.value) ? "[\(text.value)]" : nil
            faults.add(
                text.place,
                "`\(key)` must be `any` or a list such as `[+41, +1650]`, not `\(Quote.text(text.value))`.",
                suggestion: known ?? Spelling.nearest(to: text.value, among: ["any"]))
            return nil
        }
        guard let words = fields.words(key) else { return nil }
        if words.value.isEmpty {
            faults.add(
                words.place,
                "`\(key)` leaves no number to write to: name a prefix, or say `allowed: no`.")
            return nil
        }
        for word in words.value where !isPrefix(word.value) {
            faults.add(
                word.place,
                "`\(Quote.text(word.value))` is not the beginning of an international telephone number, such as `+41`: a `+` and 1 to 15 digits, the first of which is not 0.",
                suggestion: tidied(word.value))
        }
        return Located(value: words.value.map(\.value), place: words.place)
    }

    /// Whether a number could begin so.
    private static func isPrefix(_ text: String) -> Bool {
        text.utf8.first == UInt8(ascii: "+") && (2...16).contains(text.utf8.count)
            && text.utf8.dropFirst().first != UInt8(ascii: "0")
            && text.utf8.dropFirst().allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
            }
    }

    /// The prefix or number that was meant by one with spaces or hyphens in it, with `00` before it or without its `+`.
    static func tidied(_ text: String) -> String? {
        var digits = text.filter { !" -().+".contains($0) }
        if !text.contains("+"), digits.hasPrefix("00") { digits = String(digits.dropFirst(2)) }
        return isPrefix("+" + digits) ? "+" + digits : nil
    }
}
